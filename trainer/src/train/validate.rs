//! CIDEr-D of greedy captions of the validation photos: what training is for, and what the best weights
//! are chosen by. Cross-entropy and accuracy rank decoders otherwise than their captions. In scripts without
//! spaces every character counts as a word.

use anyhow::Result;
use burn::tensor::Tensor;
use model_export::decoder::Decoder;
use model_export::generate::{GenerateOptions, Strategy, generate};
use model_export::text::spaced;
use model_export::vocabulary::Vocabulary;

use super::batch::EncodedPhoto;
use crate::data::CaptionedPhoto;
use crate::score::{CiderD, tokenize_all};
use crate::score_command::tokenize_grouped;

/// Photos captioned together.
const PHOTOS_PER_PASS: usize = 16;

/// Scores greedy captions of the validation photos.
pub(super) struct Validator {
    cider: CiderD,
}

impl Validator {
    /// For these photos, in this order.
    pub(super) fn new<'a>(photos: impl Iterator<Item = &'a CaptionedPhoto>) -> Self {
        let captions: Vec<Vec<_>> = photos
            .map(|photo| photo.captions.iter().map(|text| spaced(text)).collect())
            .collect();
        Self {
            cider: CiderD::new(&tokenize_grouped(captions.iter().map(Vec::as_slice))),
        }
    }

    /// The mean CIDEr-D (0 to 10) of a decoder's greedy captions of the photos, whose features
    /// `[photos, positions, channels]` are had from `features`.
    ///
    /// # Errors
    /// When the device fails, or `features` does.
    pub(super) fn cider(
        &self,
        decoder: &Decoder,
        photos: &[EncodedPhoto],
        vocabulary: &Vocabulary,
        mut features: impl FnMut(&[&EncodedPhoto]) -> Result<Tensor<3>>,
    ) -> Result<f64> {
        let options = GenerateOptions {
            strategy: Strategy::Beam { width: 1 },
            ..GenerateOptions::default()
        };
        let mut captions = Vec::with_capacity(photos.len());
        for photos in photos.chunks(PHOTOS_PER_PASS) {
            let photos: Vec<_> = photos.iter().collect();
            let features = features(&photos)?;
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
