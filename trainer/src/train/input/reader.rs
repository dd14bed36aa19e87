//! Data sets as a run reads them: photos that have features, with their captions as ids.

use anyhow::{Context, Error, Result, ensure};
use model_export::vocabulary::Vocabulary;

use super::encoded::{EncodedPhoto, encode};
use super::packed::PackedPhotos;
use super::pass::SetShare;
use crate::data::{CaptionedPhoto, Captions, DietSet};
use crate::features::{FeatureCache, RowKey};
use crate::train::recipe::TextRecipe;

/// A data set's photos for validation, all of which have features.
pub(crate) struct ValidationPhotos {
    /// The data set's name.
    pub(crate) name: String,
    /// With their captions as ids.
    pub(crate) encoded: Vec<EncodedPhoto>,
    /// Their captions as they stand in the data set, in the same order.
    pub(crate) captions: Vec<Captions>,
}

/// Takes data sets in, as far as their photos have features.
pub(super) struct Reader<'a> {
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) features: &'a FeatureCache,
    pub(super) text: &'a TextRecipe,
    /// Most tokens of a caption that the decoder can read.
    pub(super) max_words: usize,
}

impl Reader<'_> {
    /// Most words of a caption in training.
    pub(super) fn train_words(&self) -> usize {
        // [START] comes on top of the words; [END] is lost where a caption is cut.
        self.max_words.min(self.text.caption_words + 1)
    }

    /// Packs a data set's training photos; their captions as text are gone then.
    pub(super) fn train(&self, set: &mut DietSet, photos: &mut PackedPhotos) -> Result<SetShare> {
        // As text they are not needed any more, and large data sets have millions.
        let captions = std::mem::take(&mut set.dataset.train);
        ensure!(
            !captions.is_empty(),
            "{}: no photo is left to train on",
            set.dataset.name
        );
        let before = photos.len();
        let start = self.start(set)?;
        let encoded = encode(
            captions,
            self.vocabulary,
            start,
            self.text.rules,
            self.train_words(),
        );
        self.with_features(encoded, |photo| photos.push(&photo))
            .with_context(|| set.dataset.name.clone())?;
        Ok(SetShare {
            photos: photos.len() - before,
            share: set.share,
        })
    }

    /// A data set's photos for validation, if it has any.
    pub(super) fn validation(&self, set: &DietSet) -> Result<Option<ValidationPhotos>> {
        let DietSet { dataset, .. } = set;
        if dataset.dev.is_empty() {
            return Ok(None);
        }
        let mut encoded = Vec::new();
        let photos = encode(
            &dataset.dev,
            self.vocabulary,
            self.start(set)?,
            self.text.rules,
            self.max_words,
        );
        self.with_features(photos, |photo| {
            encoded.push(photo);
            Ok(())
        })
        .with_context(|| dataset.name.clone())?;
        let held = |photo: &&CaptionedPhoto| self.features.holds(RowKey::upright(photo.content));
        let captions = dataset.dev.iter().filter(held);
        Ok(Some(ValidationPhotos {
            name: dataset.name.clone(),
            encoded,
            captions: captions.map(|photo| photo.captions.clone()).collect(),
        }))
    }

    /// The token of a data set's style.
    fn start(&self, set: &DietSet) -> Result<u32> {
        let start = self.vocabulary.start(set.style.as_deref());
        start.map_err(Error::msg)
    }

    /// Gives photos that are in the cache to `keep`; leaves out, and counts, others.
    ///
    /// # Errors
    /// When no photo is in the cache, or when `keep` fails.
    fn with_features(
        &self,
        photos: impl IntoIterator<Item = EncodedPhoto>,
        mut keep: impl FnMut(EncodedPhoto) -> Result<()>,
    ) -> Result<()> {
        let (mut all, mut kept) = (0, 0);
        for photo in photos {
            all += 1;
            if self.features.holds(photo.row) {
                kept += 1;
                keep(photo)?;
            }
        }
        ensure!(kept > 0, "none of {all} photos can be read");
        if kept < all {
            eprintln!("left out: {} photos without features", all - kept);
        }
        Ok(())
    }
}
