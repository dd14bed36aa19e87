//! The captions file of Flickr8k and Flickr30k: a line `PHOTO#NUMBER⇥CAPTION` per caption.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Result, bail};

use super::photos::read_text;

/// The captions of each photo, photos in the file's order.
pub(super) struct TokenFile {
    photos: Vec<(String, Vec<String>)>,
    places: HashMap<String, usize>,
}

impl TokenFile {
    /// Reads the file that a layout has.
    ///
    /// # Errors
    /// When it cannot be read, or a line is something else.
    pub(super) fn parse(path: &Path, layout: &str) -> Result<Self> {
        let mut this = Self {
            photos: Vec::new(),
            places: HashMap::new(),
        };
        for (number, line) in (1..).zip(read_text(path, layout)?.lines()) {
            if line.trim().is_empty() {
                continue;
            }
            let Some((photo, caption)) = line
                .split_once('\t')
                .and_then(|(key, caption)| Some((key.split_once('#')?.0, caption)))
            else {
                bail!(
                    "{}, line {number}: expected PHOTO#NUMBER, a tab and a caption",
                    path.display()
                );
            };
            let photos = &mut this.photos;
            let place = *this.places.entry(photo.to_owned()).or_insert_with(|| {
                photos.push((photo.to_owned(), Vec::new()));
                photos.len() - 1
            });
            photos[place].1.push(caption.to_owned());
        }
        Ok(this)
    }

    /// The names of all photos.
    pub(super) fn photos(&self) -> impl Iterator<Item = &str> {
        self.photos.iter().map(|(name, _)| name.as_str())
    }

    /// The captions of a photo; none where it has none.
    pub(super) fn of(&self, photo: &str) -> impl Iterator<Item = &str> {
        let captions = self.places.get(photo).map(|&place| &self.photos[place].1);
        captions.into_iter().flatten().map(String::as_str)
    }
}
