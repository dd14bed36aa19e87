//! Captions that stand one by one in a file, gathered by photo.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Result, bail};

use super::photos::read_text;

/// The captions of each photo, photos in the order in which they were first named.
#[derive(Default)]
pub(super) struct CaptionsByPhoto {
    photos: Vec<(String, Vec<String>)>,
    places: HashMap<String, usize>,
}

impl CaptionsByPhoto {
    /// Reads the file that Flickr8k's and Flickr30k's layouts have: a line `PHOTO#NUMBER⇥CAPTION` per
    /// caption.
    ///
    /// # Errors
    /// When it cannot be read, or a line is something else.
    pub(super) fn parse(path: &Path, layout: &str) -> Result<Self> {
        let mut this = Self::default();
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
            this.add(photo, [caption.to_owned()]);
        }
        Ok(this)
    }

    /// More captions of a photo.
    pub(super) fn add(&mut self, photo: &str, captions: impl IntoIterator<Item = String>) {
        let place = *self.places.entry(photo.to_owned()).or_insert_with(|| {
            self.photos.push((photo.to_owned(), Vec::new()));
            self.photos.len() - 1
        });
        self.photos[place].1.extend(captions);
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
