//! The measures of each data set's validation photos. CIDEr-D of greedy captions is what training is for,
//! and what the best weights are chosen by: cross-entropy and accuracy rank decoders otherwise than their
//! captions. In scripts without spaces every character counts as a word.

mod measurer;
mod samples;

use anyhow::Result;
use burn::tensor::Device;
use model_export::decoder::Decoder;
use model_export::generate::GenerateOptions;
use model_export::text::spaced;

pub(crate) use measurer::{Measured, Measurer, Measures};

use super::input::{EncodedPhoto, Input, ValidationPhotos, cached_features};
use crate::score::{CiderD, tokenize_all, tokenize_grouped};

/// The validation photos of a data set.
pub(crate) struct ValidationSet<'a> {
    photos: &'a ValidationPhotos,
    cider: CiderD,
}

/// What a decoder reaches on validation photos.
#[derive(Clone, Copy)]
pub(crate) struct Validation {
    pub(crate) measures: Measures,
    /// CIDEr-D (0 to 10) of greedy captions.
    pub(crate) cider: f64,
}

impl Validation {
    /// The mean over data sets, each of which counts alike whatever its size.
    ///
    /// # Panics
    /// When there is none.
    pub(crate) fn mean(sets: &[Self]) -> Self {
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

impl<'a> ValidationSet<'a> {
    /// Photos with their captions.
    pub(crate) fn new(photos: &'a ValidationPhotos) -> Self {
        let captions: Vec<Vec<_>> = photos
            .captions
            .iter()
            .map(|captions| captions.iter().map(|text| spaced(text)).collect())
            .collect();
        Self {
            photos,
            cider: CiderD::new(&tokenize_grouped(captions.iter().map(Vec::as_slice))),
        }
    }

    /// The data set's name.
    pub(crate) fn name(&self) -> &str {
        &self.photos.name
    }

    /// What a decoder reaches.
    ///
    /// # Errors
    /// When the device fails.
    pub(crate) fn validate(
        &self,
        decoder: &Decoder,
        input: &Input,
        device: &Device,
    ) -> Result<Validation> {
        let options = GenerateOptions {
            start: self.example().start(),
            ..GenerateOptions::greedy()
        };
        let measurer = Measurer {
            decoder,
            vocabulary: &input.vocabulary,
            options: &options,
        };
        let Measured { measures, captions } = measurer.measure(&self.photos.encoded, |photos| {
            cached_features(photos, &input.features, device)
        })?;
        let captions: Vec<_> = captions.iter().map(|text| spaced(text)).collect();
        let scores = tokenize_all(&captions)
            .iter()
            .enumerate()
            .map(|(photo, words)| self.cider.score(photo, words))
            .sum::<f64>();
        Ok(Validation {
            measures,
            cider: scores / captions.len().max(1) as f64,
        })
    }

    /// Captions of one of the photos after an epoch, to show.
    ///
    /// # Errors
    /// When the device fails.
    pub(crate) fn samples(
        &self,
        decoder: &Decoder,
        input: &Input,
        device: &Device,
        epoch: usize,
    ) -> Result<String> {
        let photo = self.example();
        let features = cached_features(&[photo], &input.features, device)?;
        let captions = samples::captions(
            decoder,
            features,
            photo.start(),
            &input.vocabulary,
            epoch as u64,
        )?;
        Ok(format!("epoch {epoch}, {}\n{captions}", photo.name))
    }

    /// One of the photos.
    fn example(&self) -> &EncodedPhoto {
        &self.photos.encoded[0]
    }
}
