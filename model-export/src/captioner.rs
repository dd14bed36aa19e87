//! The whole way: a photo's bytes to its caption.

use burn::tensor::{Device, Tensor};
use image::RgbImage;
use serde::Serialize;
use thiserror::Error;

use crate::attention::Grid;
use crate::decoder::TransformerDecoder;
use crate::encoder::Encoder;
use crate::generate::{DeviceError, GenerateOptions, GeneratedToken, generate};
use crate::model_file::{Manifest, ModelError, ModelFile};
use crate::photo::{self, PhotoError};

/// An encoder, a decoder and their vocabulary on one device.
#[derive(Debug)]
pub struct Captioner {
    manifest: Manifest,
    encoder: Encoder,
    decoder: TransformerDecoder,
    device: Device,
}

/// How a photo is captioned.
#[derive(Clone, Debug)]
pub struct CaptionOptions {
    /// Most words of the caption; never more than the model has positions for.
    pub max_words: usize,
}

impl Default for CaptionOptions {
    fn default() -> Self {
        Self { max_words: 50 }
    }
}

/// A photo's caption.
#[derive(Clone, Debug, Serialize)]
pub struct Caption {
    /// The words, joined with spaces.
    pub text: String,
    /// Each word with its probability and map.
    pub words: Vec<Word>,
    /// The grid that the maps lie on.
    pub grid: Grid,
}

/// One word of a caption.
#[derive(Clone, Debug, Serialize)]
pub struct Word {
    /// The word.
    pub text: String,
    /// Its probability given the photo and the words before it.
    pub probability: f32,
    /// Where the model looked: one weight per position of the grid, row by row, summing to 1.
    pub map: Vec<f32>,
}

/// Why a photo got no caption.
#[derive(Debug, Error)]
pub enum CaptionError {
    /// The photo could not be read.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// The device failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

impl Captioner {
    /// Loads a model file onto a device.
    ///
    /// # Errors
    /// [`ModelError`]
    pub fn from_bytes(bytes: &[u8], device: &Device) -> Result<Self, ModelError> {
        let file = ModelFile::parse(bytes)?;
        let (encoder, decoder) = file.load(device)?;
        Ok(Self {
            manifest: file.manifest().clone(),
            encoder,
            decoder,
            device: device.clone(),
        })
    }

    /// What the model file says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The decoder, for evaluation by teacher forcing.
    pub fn decoder(&self) -> &TransformerDecoder {
        &self.decoder
    }

    /// Captions a JPEG, PNG or WebP file. `on_word` sees each word as it is chosen.
    ///
    /// # Errors
    /// [`CaptionError`]
    pub async fn caption(
        &self,
        photo: &[u8],
        options: &CaptionOptions,
        on_word: &mut dyn FnMut(&Word),
    ) -> Result<Caption, CaptionError> {
        let upright = photo::decode(photo)?;
        let squashed = photo::squash(&upright, self.manifest.preparation.size);
        let features = self.features(&[squashed]);
        Ok(self.describe(features, options, on_word).await?)
    }

    /// Image features `[batch, positions, channels]` of photos already squashed to the encoder's
    /// size.
    pub fn features(&self, photos: &[RgbImage]) -> Tensor<3> {
        let pixels = photo::to_tensor(photos, &self.manifest.preparation, &self.device);
        self.encoder.forward(pixels)
    }

    /// Captions the image features `[1, positions, channels]` of one photo.
    ///
    /// # Errors
    /// [`DeviceError`]
    pub async fn describe(
        &self,
        features: Tensor<3>,
        options: &CaptionOptions,
        on_word: &mut dyn FnMut(&Word),
    ) -> Result<Caption, DeviceError> {
        let options = GenerateOptions {
            max_words: options.max_words.min(self.manifest.decoder.max_words - 1),
            temperature: 0.0,
            seed: 0,
        };
        let mut words = Vec::new();
        generate(&self.decoder, features, &options, &mut |_, token| {
            if let Some(word) = self.word(token) {
                on_word(&word);
                words.push(word);
            }
        })
        .await?;
        let texts: Vec<_> = words.iter().map(|word: &Word| word.text.as_str()).collect();
        Ok(Caption {
            text: texts.join(" "),
            words,
            grid: self.manifest.grid,
        })
    }

    fn word(&self, token: &GeneratedToken) -> Option<Word> {
        let text = self.manifest.vocabulary.word(token.id)?;
        Some(Word {
            text: text.to_owned(),
            probability: token.probability,
            map: token.attention.clone(),
        })
    }
}
