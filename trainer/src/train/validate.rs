//! The measures of each data set's validation photos. CIDEr-D of greedy captions is what training is for,
//! and what the best weights are chosen by: cross-entropy and accuracy rank decoders otherwise than their
//! captions. In scripts without spaces every character counts as a word.

use anyhow::Result;
use burn::tensor::Device;
use model_export::decoder::Decoder;
use model_export::generate::{GenerateOptions, generate};
use model_export::text::spaced;
use model_export::vocabulary::Vocabulary;

use super::batch::{EncodedPhoto, cached_features};
use super::objective::{Measures, measure};
use crate::data::CaptionedPhoto;
use crate::features::FeatureCache;
use crate::score::tokenize_grouped;
use crate::score::{CiderD, tokenize_all};

/// Photos captioned together.
const PHOTOS_PER_PASS: usize = 16;

/// The validation photos of a data set, all of which are in the feature cache.
pub(super) struct ValidationSet {
    /// The data set's name.
    pub(super) name: String,
    photos: Vec<EncodedPhoto>,
    cider: CiderD,
}

/// What a decoder reaches on validation photos.
#[derive(Clone, Copy)]
pub(super) struct Validation {
    pub(super) measures: Measures,
    /// CIDEr-D (0 to 10) of greedy captions.
    pub(super) cider: f64,
}

impl Validation {
    /// The mean over data sets, each of which counts alike whatever its size.
    ///
    /// # Panics
    /// When there is none.
    pub(super) fn mean(sets: &[Self]) -> Self {
        let mean =
            |value: fn(&Self) -> f64| sets.iter().map(value).sum::<f64>() / sets.len() as f64;
        Self {
            measures: Measures {
                cross_entropy: mean(|set| set.measures.cross_entropy),
                accuracy: mean(|set| set.measures.accuracy),
            },
            cider: mean(|set| set.cider),
        }
    }
}

impl ValidationSet {
    /// Photos as ids, and with their captions as they stand in the data set, in the same order.
    pub(super) fn new<'a>(
        name: String,
        photos: Vec<EncodedPhoto>,
        captioned: impl Iterator<Item = &'a CaptionedPhoto>,
    ) -> Self {
        let captions: Vec<Vec<_>> = captioned
            .map(|photo| photo.captions.iter().map(|text| spaced(text)).collect())
            .collect();
        Self {
            name,
            photos,
            cider: CiderD::new(&tokenize_grouped(captions.iter().map(Vec::as_slice))),
        }
    }

    /// One of the photos, to show.
    pub(super) fn example(&self) -> &EncodedPhoto {
        &self.photos[0]
    }

    /// What a decoder reaches.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn validate(
        &self,
        decoder: &Decoder,
        vocabulary: &Vocabulary,
        features: &FeatureCache,
        device: &Device,
    ) -> Result<Validation> {
        Ok(Validation {
            measures: measure(decoder, &self.photos, |photos| {
                cached_features(photos, features, device)
            })?,
            cider: self.greedy_cider(decoder, vocabulary, features, device)?,
        })
    }

    fn greedy_cider(
        &self,
        decoder: &Decoder,
        vocabulary: &Vocabulary,
        features: &FeatureCache,
        device: &Device,
    ) -> Result<f64> {
        let options = GenerateOptions {
            start: self.example().start(),
            ..GenerateOptions::greedy()
        };
        let mut captions = Vec::with_capacity(self.photos.len());
        for photos in self.photos.chunks(PHOTOS_PER_PASS) {
            let photos: Vec<_> = photos.iter().collect();
            let features = cached_features(&photos, features, device)?;
            let generated =
                pollster::block_on(generate(decoder, features, &options, &mut |_, _| {}))?;
            for caption in generated.iter().flatten() {
                let ids: Vec<_> = caption.tokens.iter().map(|token| token.id).collect();
                captions.push(spaced(&vocabulary.decode(&ids)));
            }
        }
        let scores = tokenize_all(&captions)
            .iter()
            .enumerate()
            .map(|(photo, words)| self.cider.score(photo, words))
            .sum::<f64>();
        Ok(scores / captions.len().max(1) as f64)
    }
}
