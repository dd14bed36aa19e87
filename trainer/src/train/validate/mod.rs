//! The measures of each data set's validation photos. CIDEr-D of greedy captions is what training is for,
//! and what the best weights are chosen by: cross-entropy and accuracy rank decoders otherwise than their
//! captions. In scripts without spaces every character counts as a word.

mod measurer;
mod samples;

use anyhow::Result;
use burn::tensor::Device;
use model_export::content_words::ContentWords;
use model_export::decoder::Decoder;
use model_export::generate::{GenerateOptions, generate};
use model_export::text::spaced;

use measurer::best_text;
pub(crate) use measurer::{Measured, Measures, measure};

use super::input::{EncodedPhoto, Input, ValidationPhotos, cached_features};
use crate::score::{CiderD, Report, score, tokenize_all, tokenize_grouped};

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
        Self {
            photos,
            cider: CiderD::new(&references(photos)),
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
        let greedy = GenerateOptions::greedy();
        let Measured { measures, captions } =
            captions_of(self.photos, decoder, input, device, greedy)?;
        let candidates = candidates(&captions);
        let scores = candidates.iter().enumerate();
        let scores: f64 = scores
            .map(|(photo, words)| self.cider.score(photo, words))
            .sum();
        Ok(Validation {
            measures,
            cider: scores / candidates.len().max(1) as f64,
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

/// The scores of a decoder's captions of validation photos, found as a model's are where nothing else is said.
///
/// # Errors
/// When the device fails.
pub(crate) fn scores(
    photos: &ValidationPhotos,
    decoder: &Decoder,
    input: &Input,
    language: &str,
    device: &Device,
) -> Result<Report> {
    let options = GenerateOptions {
        said_once: ContentWords::of(&input.vocabulary, language),
        ..GenerateOptions::default()
    };
    let Measured { captions, .. } = captions_of(photos, decoder, input, device, options)?;
    let candidates = candidates(&captions);
    let mut report = Report::default();
    report.add("photos", candidates.len() as f64, 0, "");
    report.add_measures(&score(&candidates, &references(photos)).corpus());
    report.add_vocabulary(&candidates);
    Ok(report)
}

/// What a decoder makes of validation photos, in their style.
fn captions_of(
    photos: &ValidationPhotos,
    decoder: &Decoder,
    input: &Input,
    device: &Device,
    options: GenerateOptions,
) -> Result<Measured<String>> {
    let options = GenerateOptions {
        start: photos.encoded[0].start(),
        ..options
    };
    measure(
        decoder,
        &photos.encoded,
        |photos| cached_features(photos, &input.features, device),
        |features| {
            let ignore = &mut |_, _: &_| {};
            let photos = pollster::block_on(generate(decoder, features, &options, ignore))?;
            let texts = photos
                .iter()
                .map(|found| best_text(found, &input.vocabulary));
            Ok(texts.collect())
        },
    )
}

/// Captions as words, `[photo][word]`.
fn candidates(captions: &[String]) -> Vec<Vec<String>> {
    let captions: Vec<_> = captions.iter().map(|text| spaced(text)).collect();
    tokenize_all(&captions)
}

/// What people said of photos as words, `[photo][caption][word]`.
fn references(photos: &ValidationPhotos) -> Vec<Vec<Vec<String>>> {
    let captions = photos.captions.iter();
    tokenize_grouped(captions.map(|captions| captions.iter().map(spaced)))
}
