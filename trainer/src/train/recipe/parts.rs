//! The knobs of words, data and training. A field is all there is of a knob: clap reads it as an option, which takes
//! the place of a preset's value; serde reads and writes it in a preset's TOML and in a run's configuration.
//! What has a range has a line in [`check`] too.

use anyhow::{Result, ensure};
use clap::Args;
use model_export::text::TextRules;
use serde::{Deserialize, Serialize};

use crate::arguments::by_name;
use crate::data::HOLD_OUT;

/// How captions become tokens.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextRecipe {
    /// How captions become words: in lower case without punctuation, or also without words of one letter
    /// and words with digits.
    #[arg(long = "text-rules", value_name = "TEXT_RULES", value_parser = by_name(&TextRules::ALL, TextRules::name))]
    pub rules: TextRules,
    /// Most words in the vocabulary, special tokens included.
    #[arg(long)]
    pub vocabulary: usize,
    /// Words seen less often than this are unknown.
    #[arg(long, value_name = "TIMES")]
    #[serde(default = "once")]
    pub least_count: u64,
    /// Most words of a caption in training; longer ones are cut. Validation reads captions whole.
    #[arg(long)]
    pub caption_words: usize,
}

fn once() -> u64 {
    1
}

/// Which part of a data set is used for what.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataRecipe {
    /// Draw photos until they have this many captions, by their names alone.
    #[arg(long, value_name = "COUNT")]
    pub captions: Option<usize>,
    /// Share of the photos that is held out for validation where the data set has no such split.
    #[arg(long, value_name = "SHARE")]
    pub hold_out: f64,
}

impl Default for DataRecipe {
    fn default() -> Self {
        Self {
            captions: None,
            hold_out: HOLD_OUT,
        }
    }
}

/// How the learning rate goes on after the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Half a cosine to a hundredth of the largest rate.
    Cosine,
    /// The same to the end.
    Constant,
    /// A tenth of it in the last third.
    Drop,
}

impl Schedule {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Cosine, Self::Constant, Self::Drop];

    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::Constant => "constant",
            Self::Drop => "drop",
        }
    }
}

/// How the decoder is trained.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingRecipe {
    /// Reporting epochs: passes over the training photos, unless --epoch-steps says otherwise. With --from
    /// it may be 0: then the weights are validated and kept as they are.
    #[arg(long)]
    pub epochs: usize,
    /// Steps of a reporting epoch.
    #[arg(long, value_name = "STEPS")]
    #[serde(default)]
    pub epoch_steps: Option<u64>,
    /// Photos in a step; all captions of a photo share one pass over its features.
    #[arg(long)]
    pub photos_per_step: usize,
    /// Largest learning rate, reached after the warm-up.
    #[arg(long)]
    pub learning_rate: f64,
    /// Steps over which the learning rate rises from 0.
    #[arg(long)]
    pub warm_up: u64,
    /// How the learning rate goes on: half a cosine, the same to the end, or a tenth in the last third.
    #[arg(long, value_parser = by_name(&Schedule::ALL, Schedule::name))]
    pub schedule: Schedule,
    /// AdamW's weight decay of matrices; 0 makes it Adam.
    #[arg(long)]
    pub weight_decay: f64,
    /// Decay of AdamW's mean of squared gradients.
    #[arg(long = "beta-2")]
    #[serde(default = "beta_2")]
    pub beta_2: f64,
    /// What AdamW adds to the root of that mean.
    #[arg(long)]
    #[serde(default = "epsilon")]
    pub epsilon: f64,
    /// Share of a label's probability spread over the whole vocabulary.
    #[arg(long)]
    pub label_smoothing: f64,
    /// Share of the learning rate that the image network's blocks get, where --feature-layer leaves some to
    /// the decoder.
    #[arg(long, value_name = "SHARE")]
    #[serde(default = "whole")]
    pub block_learning_rate: f64,
    /// What doubly stochastic attention weighs in the loss: it asks that every position of the photo is
    /// looked at once in all.
    #[arg(long, value_name = "WEIGHT")]
    #[serde(default)]
    pub doubly_stochastic: f64,
    /// What it weighs in the loss that the image network's blocks still see the classes of ImageNet that they
    /// saw before: the divergence from the published network's probabilities, where --feature-layer leaves some
    /// blocks to the decoder and --image-classes is given.
    #[arg(long, value_name = "WEIGHT")]
    #[serde(default)]
    pub hold_classes: f64,
    /// Largest norm of all gradients together.
    #[arg(long)]
    #[serde(default)]
    pub gradient_norm: Option<f64>,
    /// Decay of the exponential moving average of the weights that is validated and exported; 0
    /// keeps none.
    #[arg(long)]
    pub weight_average: f64,
    /// Reporting epochs without improvement after which training stops.
    #[arg(long)]
    pub patience: usize,
}

impl TrainingRecipe {
    /// Values that change nothing: a command that is recorded leaves them out.
    pub(super) const WITHOUT_EFFECT: [(&str, f64); 3] = [
        ("block_learning_rate", 1.0),
        ("doubly_stochastic", 0.0),
        ("hold_classes", 0.0),
    ];
}

fn whole() -> f64 {
    1.0
}

/// Vaswani et al., 2017, <https://arxiv.org/abs/1706.03762>.
fn beta_2() -> f64 {
    0.98
}

/// Kingma and Ba, 2015, <https://arxiv.org/abs/1412.6980>.
fn epsilon() -> f64 {
    1e-8
}

/// Whether every number is in its range.
///
/// # Errors
/// A sentence that names the first that is not.
pub(super) fn check(text: &TextRecipe, data: &DataRecipe, training: &TrainingRecipe) -> Result<()> {
    for (name, value, range) in [
        ("learning-rate", training.learning_rate, 0.0..1.0),
        ("weight-decay", training.weight_decay, 0.0..1.0),
        ("beta-2", training.beta_2, 0.0..1.0),
        ("epsilon", training.epsilon, 1e-16..1.0),
        ("label-smoothing", training.label_smoothing, 0.0..1.0),
        ("doubly-stochastic", training.doubly_stochastic, 0.0..1e3),
        ("hold-classes", training.hold_classes, 0.0..1e3),
        (
            "block-learning-rate",
            training.block_learning_rate,
            0.0..1e3,
        ),
        ("weight-average", training.weight_average, 0.0..1.0),
        (
            "gradient-norm",
            training.gradient_norm.unwrap_or(1.0),
            1e-9..1e9,
        ),
        ("hold-out", data.hold_out, 1e-6..1.0),
    ] {
        ensure!(
            range.contains(&value),
            "--{name} is {value}, not in {} to {}",
            range.start,
            range.end
        );
    }
    for (name, count) in [
        ("vocabulary", text.vocabulary as u64),
        ("caption-words", text.caption_words as u64),
        ("photos-per-step", training.photos_per_step as u64),
        ("epoch-steps", training.epoch_steps.unwrap_or(1)),
        ("patience", training.patience as u64),
        ("captions", data.captions.unwrap_or(1) as u64),
    ] {
        ensure!(count > 0, "--{name} must be at least 1");
    }
    Ok(())
}
