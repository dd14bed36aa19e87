//! What a model file says about itself.

use serde::{Deserialize, Serialize};

use crate::attention::Grid;
use crate::confidence::Calibration;
use crate::decoder::DecoderConfig;
use crate::encoder::EncoderConfig;
use crate::photo::Preparation;
use crate::text::TextRules;
use crate::vocabulary::Vocabulary;

/// The version of the format that this program writes, and the only one that it reads.
pub const FORMAT_VERSION: u32 = 2;

/// The manifest of a model file: everything but the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT_VERSION`]
    pub format_version: u32,
    /// A name for people.
    pub name: String,
    /// The captions' language, a tag of BCP 47 such as `en` or `zh-Hans`: whose voice reads them aloud.
    #[serde(default = "english")]
    pub language: String,
    /// The image network, and the layer of it that the decoder reads.
    #[serde(flatten)]
    pub encoder: EncoderConfig,
    /// How photos are prepared for it.
    pub preparation: Preparation,
    /// The grid of its image positions.
    pub grid: Grid,
    /// Whether the decoder looks at each photo's mirror image as well: the encoder reads both, and the decoder's
    /// cross-attention has the positions of both before it. Costs the encoder's time twice.
    #[serde(default)]
    pub mirrored_view: bool,
    /// The caption decoder.
    pub decoder: DecoderConfig,
    /// How captions became words.
    pub text: TextRules,
    /// The words.
    pub vocabulary: Vocabulary,
    /// What tells how sure the captions are, where `glimpse calibrate` has fitted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Calibration>,
    /// How the decoder was trained.
    pub training: TrainingRecord,
    /// SPDX expression of the file's licence.
    pub licence: String,
    /// Whom the weights come from, a line each.
    pub attribution: Vec<String>,
}

/// The language of captions where a file names none.
fn english() -> String {
    "en".to_owned()
}

/// The recipe of a model, and what it reached.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainingRecord {
    /// The data set's name.
    pub data: String,
    /// Photos trained on.
    pub photos: usize,
    /// Captions trained on.
    pub captions: usize,
    /// The commands that trained it, a line each: a run may go on from another.
    pub command: String,
    /// The source revision, where known.
    pub commit: Option<String>,
    /// Seed of initial weights, data order and dropout.
    pub seed: u64,
    /// Optimiser steps until the exported weights.
    pub steps: u64,
    /// Photos in one step; every caption of a photo counts.
    pub photos_per_step: usize,
    /// Largest learning rate.
    pub learning_rate: f64,
    /// Weight decay of matrices.
    pub weight_decay: f64,
    /// Label smoothing.
    pub label_smoothing: f64,
    /// Decay of the exponential moving average of the weights, where one was kept.
    pub weight_average: Option<f64>,
    /// Validation photos.
    pub validation_photos: usize,
    /// Validation cross-entropy per word in nats, before the export.
    pub validation_cross_entropy: f64,
    /// Share of validation words predicted right, before the export.
    pub validation_accuracy: f64,
    /// CIDEr-D (0 to 10) of greedy captions of the validation photos, before the export.
    #[serde(default)]
    pub validation_cider: f64,
}
