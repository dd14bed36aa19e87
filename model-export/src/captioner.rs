//! The whole way: a photo's bytes to its caption.
//!
//! A photo comes in as the bytes of a file ([`Captioner::caption_bytes`]), as pixels that somebody else has decoded
//! ([`Captioner::caption_pixels`]), or, many at once, as image features ([`Captioner::caption_features`]), which
//! [`Captioner::prepare`] and [`Captioner::features`] make.

use burn::tensor::{Device, Tensor};
use image::RgbImage;
use image::imageops::flip_horizontal;
use serde::Serialize;
use thiserror::Error;

use crate::attention::{Grid, fold_mirrored};
use crate::confidence::{Calibration, Decoding};
use crate::content_words::ContentWords;
use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::generate::{GenerateError, GenerateOptions, GeneratedCaption, GeneratedToken, generate};
use crate::model_file::{Manifest, ModelError, ModelFile};
use crate::photo::{self, PhotoError};
use crate::text;

/// An encoder, a decoder and their vocabulary on one device.
#[derive(Debug)]
pub struct Captioner {
    manifest: Manifest,
    encoder: Encoder,
    decoder: Decoder,
    content_words: ContentWords,
    device: Device,
}

/// How a photo is captioned.
pub type CaptionOptions = GenerateOptions;

/// A photo's caption: that of the best score, and its runners-up.
#[derive(Clone, Debug, Serialize)]
pub struct Caption {
    /// The words put together; see [`crate::text`].
    pub text: String,
    /// Each word with its probability and map.
    pub words: Vec<Word>,
    /// The grid that the maps lie on.
    pub grid: Grid,
    /// The natural logarithm of the caption's probability, its end included.
    pub log_probability: f64,
    /// What captions are ranked by; see [`GenerateOptions::length_penalty`].
    pub score: f64,
    /// The probability that the caption is right, in 0 to 1; see [`Captioner::calibration`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// The runners-up, the best first; one less than [`GenerateOptions::captions`] asks for.
    pub alternatives: Vec<Alternative>,
}

/// Another caption of the same photo, with maps on the same grid.
#[derive(Clone, Debug, Serialize)]
pub struct Alternative {
    /// The words put together; see [`crate::text`].
    pub text: String,
    /// Each word with its probability and map.
    pub words: Vec<Word>,
    /// The natural logarithm of the caption's probability, its end included.
    pub log_probability: f64,
    /// What captions are ranked by.
    pub score: f64,
}

/// One word of a caption.
#[derive(Clone, Debug, Serialize)]
pub struct Word {
    /// The word.
    pub text: String,
    /// Its probability given the photo and the words before it.
    pub probability: f32,
    /// The probability that the word is right, in 0 to 1; see [`Captioner::calibration`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// Where the model looked: one weight per position of the grid, row by row, summing to 1. Empty
    /// where the architecture has no attention.
    pub map: Vec<f32>,
}

/// Why a photo got no caption.
#[derive(Debug, Error)]
pub enum CaptionError {
    /// The photo could not be read.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// An option is out of its range, or the device failed.
    #[error(transparent)]
    Generate(#[from] GenerateError),
}

impl Captioner {
    /// Loads a model file onto a device. Memory: at most 64 bytes for each of the file's.
    ///
    /// # Errors
    /// [`ModelError`]
    pub fn from_bytes(bytes: &[u8], device: &Device) -> Result<Self, ModelError> {
        let file = ModelFile::parse(bytes)?;
        let (encoder, decoder) = file.load(device)?;
        // The blocks that the decoder was trained with run in the encoder, which has the kernels for them.
        let manifest = file.manifest().clone();
        let (decoder, blocks) = if manifest.decoder.has_tail_of(manifest.encoder) {
            decoder.without_image_blocks()
        } else {
            (decoder, Vec::new())
        };
        let content_words = ContentWords::of(&manifest.vocabulary, &manifest.language);
        Ok(Self {
            manifest,
            encoder: encoder.with_blocks(blocks).with_kernels(device),
            decoder: decoder.with_kernels(device),
            content_words,
            device: device.clone(),
        })
    }

    /// What the model file says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The words that a caption says but once, unless its options allow more: none where the captions' language is not
    /// known well enough.
    pub fn content_words(&self) -> &ContentWords {
        &self.content_words
    }

    /// What tells how sure captions with these options are: `None` where the model file has no calibration, or one
    /// that was fitted with another search. How many captions are asked for makes no difference.
    pub fn calibration(&self, options: &CaptionOptions) -> Option<&Calibration> {
        let calibration = self.manifest.confidence.as_ref()?;
        (Decoding::of(options) == Some(calibration.decoding)).then_some(calibration)
    }

    /// The decoder, for evaluation by teacher forcing.
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Captions a JPEG, PNG or WebP file. `on_word` sees each word of the caption: as it is chosen
    /// where only one can become of it (one draw, or a beam of width 1), and at the end otherwise.
    ///
    /// # Errors
    /// [`CaptionError`]
    pub async fn caption_bytes(
        &self,
        photo: &[u8],
        options: &CaptionOptions,
        on_word: &mut dyn FnMut(&Word),
    ) -> Result<Caption, CaptionError> {
        let photo = photo::decode(photo)?;
        Ok(self.caption_pixels(&photo, options, on_word).await?)
    }

    /// As [`Self::caption_bytes`] for a photo that is decoded already: upright, and of any size.
    ///
    /// # Errors
    /// [`GenerateError`]
    pub async fn caption_pixels(
        &self,
        photo: &RgbImage,
        options: &CaptionOptions,
        on_word: &mut dyn FnMut(&Word),
    ) -> Result<Caption, GenerateError> {
        let squashed = photo::squash(photo, self.manifest.preparation.size);
        let features = self.features(&[squashed]);
        let calibration = self.calibration(options);
        let search = self.search_options(options, calibration);
        let mut told = 0;
        let generated = generate(&self.decoder, features, &search, &mut |_, token| {
            if let Some(word) = self.word(token, calibration) {
                told += 1;
                on_word(&word);
            }
        })
        .await?;
        let generated = generated.into_iter().flatten().collect();
        let caption = self.caption_from(generated, options, calibration);
        for word in caption.words.iter().skip(told) {
            on_word(word);
        }
        Ok(caption)
    }

    /// Captions photos by their image features `[photos, positions, channels]`, those of
    /// [`Self::features`]: one caption for each.
    ///
    /// # Errors
    /// [`GenerateError`]
    pub async fn caption_features(
        &self,
        features: Tensor<3>,
        options: &CaptionOptions,
    ) -> Result<Vec<Caption>, GenerateError> {
        let calibration = self.calibration(options);
        let search = self.search_options(options, calibration);
        let generated = generate(&self.decoder, features, &search, &mut |_, _| {}).await?;
        Ok(generated
            .into_iter()
            .map(|captions| self.caption_from(captions, options, calibration))
            .collect())
    }

    /// A JPEG, PNG or WebP file as the encoder reads it: upright, and squashed to its size.
    ///
    /// # Errors
    /// [`PhotoError`]
    pub fn prepare(&self, photo: &[u8]) -> Result<RgbImage, PhotoError> {
        let upright = photo::decode(photo)?;
        Ok(photo::squash(&upright, self.manifest.preparation.size))
    }

    /// Image features `[photos, positions, channels]` of one or more photos as [`Self::prepare`] leaves them, for this
    /// captioner's decoder: after the blocks of the image network that were trained with it, if any.
    /// Where the model looks at mirror images too, their positions follow those of the photos.
    pub fn features(&self, photos: &[RgbImage]) -> Tensor<3> {
        let upright = self.encode(photos);
        if !self.manifest.mirrored_view {
            return upright;
        }
        let mirrored: Vec<_> = photos.iter().map(flip_horizontal).collect();
        Tensor::cat(vec![upright, self.encode(&mirrored)], 1)
    }

    fn encode(&self, photos: &[RgbImage]) -> Tensor<3> {
        let pixels = photo::to_tensor(photos, &self.manifest.preparation, &self.device);
        self.encoder.forward(pixels)
    }

    /// A photo's captions, the best first, as one with as many of its runners-up as were asked for.
    fn caption_from(
        &self,
        captions: Vec<GeneratedCaption>,
        options: &CaptionOptions,
        calibration: Option<&Calibration>,
    ) -> Caption {
        let confidence = calibration.map(|calibration| calibration.caption_confidence(&captions));
        let mut alternatives: Vec<_> = captions
            .into_iter()
            .take(options.captions)
            .map(|caption| {
                let words: Vec<_> = caption
                    .tokens
                    .iter()
                    .filter_map(|token| self.word(token, calibration))
                    .collect();
                Alternative {
                    text: text::join(words.iter().map(|word| word.text.as_str())),
                    words,
                    log_probability: caption.log_probability,
                    score: caption.score,
                }
            })
            .collect();
        // Every photo gets at least one: each hypothesis may end at any time.
        let best = alternatives.remove(0);
        Caption {
            text: best.text,
            words: best.words,
            grid: self.manifest.grid,
            log_probability: best.log_probability,
            score: best.score,
            confidence,
            alternatives,
        }
    }

    fn word(&self, token: &GeneratedToken, calibration: Option<&Calibration>) -> Option<Word> {
        let text = self.manifest.vocabulary.word(token.id)?;
        Some(Word {
            text: text.to_owned(),
            probability: token.probability,
            confidence: calibration.and_then(|it| it.word_confidence(token, text)),
            map: if self.manifest.mirrored_view {
                fold_mirrored(&token.attention, self.manifest.grid)
            } else {
                token.attention.clone()
            },
        })
    }

    /// What is searched for where these options are asked for: with a calibration, also the runners-up that it
    /// compares the best caption with. They change no caption.
    fn search_options(
        &self,
        options: &CaptionOptions,
        calibration: Option<&Calibration>,
    ) -> GenerateOptions {
        match calibration {
            Some(calibration) => GenerateOptions {
                start: options.start,
                ..calibration.decoding.options(&self.content_words)
            },
            None => options.clone(),
        }
    }
}
