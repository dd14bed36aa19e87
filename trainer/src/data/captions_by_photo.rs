//! Captions that stand one by one in a file, gathered by photo.

use std::path::Path;

use anyhow::{Context, Result};
use indexmap::IndexMap;

use super::builder::Builder;
use super::captions::Captions;
use super::text;

/// The captions of each photo, photos in the order in which they were first named.
#[derive(Default)]
pub(super) struct CaptionsByPhoto {
    photos: IndexMap<String, Captions>,
}

impl CaptionsByPhoto {
    /// Reads the file that Flickr8k's and Flickr30k's layouts have: a line `PHOTO#NUMBER⇥CAPTION` per
    /// caption. Lines that are something else are left out and noted.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn parse(path: &Path, layout: &str, builder: &mut Builder) -> Result<Self> {
        let mut this = Self::default();
        text::each_line(path, &mut builder.journal, |number, line, journal| {
            if line.trim().is_empty() {
                return;
            }
            // A name may have the sign too.
            let parts = line
                .split_once('\t')
                .and_then(|(key, caption)| Some((key.rsplit_once('#')?.0, caption)));
            match parts {
                Some((photo, caption)) => {
                    journal.good(1);
                    this.add(photo, [caption]);
                }
                None => journal.bad(format!(
                    "{}, line {number}: expected PHOTO#NUMBER, a tab and a caption",
                    path.display()
                )),
            }
        })
        .with_context(|| format!("{layout} has {}", path.display()))?;
        Ok(this)
    }

    /// More captions of a photo.
    pub(super) fn add<S: AsRef<str>>(
        &mut self,
        photo: &str,
        captions: impl IntoIterator<Item = S>,
    ) {
        let photo = photo.trim();
        match self.photos.get_mut(photo) {
            Some(own) => captions
                .into_iter()
                .for_each(|caption| own.push(caption.as_ref())),
            None => {
                self.photos
                    .insert(photo.to_owned(), captions.into_iter().collect());
            }
        }
    }

    /// All photos with their captions, which are given away one by one: large data sets have millions.
    pub(super) fn into_photos(self) -> impl Iterator<Item = (String, Captions)> {
        self.photos.into_iter()
    }

    /// The names of all photos.
    pub(super) fn photos(&self) -> impl Iterator<Item = &str> {
        self.photos.keys().map(String::as_str)
    }

    /// The captions of a photo; none where it has none.
    pub(super) fn of(&self, photo: &str) -> impl Iterator<Item = &str> {
        self.photos.get(photo).into_iter().flat_map(Captions::iter)
    }
}
