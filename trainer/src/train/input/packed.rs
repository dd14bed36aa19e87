//! Photos with their captions, packed: data sets have millions, and as lists of lists of ids they take
//! five times the memory.

use anyhow::{Context, Result};
use model_export::vocabulary::Vocabulary;

use super::encoded::EncodedPhoto;
use crate::features::View;

/// Photos with their captions as ids, one after the other in one buffer.
#[derive(Default)]
pub(crate) struct PackedPhotos {
    bytes: Vec<u8>,
    /// Where in `bytes` each photo begins.
    starts: Vec<usize>,
    /// The longest caption of each photo, in ids.
    longest: Vec<u32>,
}

impl PackedPhotos {
    /// Adds a photo.
    ///
    /// # Errors
    /// None that is known.
    pub(crate) fn push(&mut self, photo: &EncodedPhoto) -> Result<()> {
        let longest = photo.captions.iter().map(Vec::len).max().unwrap_or(0);
        self.starts.push(self.bytes.len());
        self.longest.push(longest as u32);
        self.bytes = postcard::to_extend(photo, std::mem::take(&mut self.bytes))
            .context("cannot pack a photo's captions")?;
        Ok(())
    }

    /// Number of photos.
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The longest caption of a photo, in ids.
    ///
    /// # Panics
    /// When there is no such photo.
    pub(crate) fn longest_caption(&self, index: usize) -> u32 {
        self.longest[index]
    }

    /// A photo.
    ///
    /// # Errors
    /// When there is no such photo.
    pub(crate) fn get(&self, index: usize) -> Result<EncodedPhoto> {
        self.starts
            .get(index)
            .and_then(|&start| postcard::from_bytes(&self.bytes[start..]).ok())
            .with_context(|| format!("there is no photo {index}"))
    }

    /// All of them, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Result<EncodedPhoto>> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// All of them in a view.
    pub(crate) fn seen(
        &self,
        view: View,
        vocabulary: &Vocabulary,
    ) -> impl Iterator<Item = Result<EncodedPhoto>> {
        self.iter()
            .map(move |photo| Ok(photo?.seen(view, vocabulary)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::RowKey;

    #[test]
    fn photos_come_back_as_they_were_in_far_fewer_bytes() {
        let photos: Vec<_> = (0..100)
            .map(|index| EncodedPhoto {
                name: format!("{index}.jpg"),
                row: RowKey::default(),
                captions: (0..5)
                    .map(|caption| (0..8 + caption).chain([70_000 + index]).collect())
                    .collect(),
            })
            .collect();
        let mut packed = PackedPhotos::default();
        for photo in &photos {
            packed.push(photo).unwrap();
        }
        let back: Vec<_> = packed.iter().collect::<Result<_>>().unwrap();
        assert_eq!(back, photos);
        assert_eq!(packed.len(), 100);
        assert_eq!(packed.longest_caption(7), 13);
        // Names and words, and what says which row of the cache is a photo's.
        const KEY: usize = 17;
        assert!(
            packed.bytes.len() < 100 * (80 + KEY),
            "{}",
            packed.bytes.len()
        );
        assert!(packed.get(100).is_err());
    }
}
