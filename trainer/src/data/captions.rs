//! Captions that stand one by one in a file, gathered by photo.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result};

use super::builder::Builder;
use super::text;

/// The captions of each photo, photos in the order in which they were first named.
#[derive(Default)]
pub(super) struct CaptionsByPhoto {
    photos: Vec<(String, Vec<String>)>,
    places: HashMap<String, usize>,
}

impl CaptionsByPhoto {
    /// Reads the file that Flickr8k's and Flickr30k's layouts have: a line `PHOTO#NUMBER⇥CAPTION` per
    /// caption. Lines that are something else are left out and noted.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn parse(path: &Path, layout: &str, builder: &mut Builder) -> Result<Self> {
        let mut this = Self::default();
        let text = text::read(path, &mut builder.journal)
            .with_context(|| format!("{layout} has {}", path.display()))?;
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() {
                continue;
            }
            // A name may have the sign too.
            let parts = line
                .split_once('\t')
                .and_then(|(key, caption)| Some((key.rsplit_once('#')?.0, caption)));
            match parts {
                Some((photo, caption)) => {
                    builder.journal.good(1);
                    this.add(photo, [caption.to_owned()]);
                }
                None => builder.journal.bad(format!(
                    "{}, line {number}: expected PHOTO#NUMBER, a tab and a caption",
                    path.display()
                )),
            }
        }
        Ok(this)
    }

    /// More captions of a photo.
    pub(super) fn add(&mut self, photo: &str, captions: impl IntoIterator<Item = String>) {
        let photo = photo.trim();
        let place = *self.places.entry(photo.to_owned()).or_insert_with(|| {
            self.photos.push((photo.to_owned(), Vec::new()));
            self.photos.len() - 1
        });
        self.photos[place].1.extend(captions);
    }

    /// All photos with their captions, which are given away one by one: large data sets have millions.
    pub(super) fn into_photos(self) -> impl Iterator<Item = (String, Vec<String>)> {
        self.photos.into_iter()
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
