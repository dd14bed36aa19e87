//! Every knob of a training run, named once.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::{Args, ValueEnum};
use model_export::decoder::TransformerConfig;
use model_export::encoder::{EncoderConfig, FeatureLayer};
use model_export::text::TextRules;
use serde::{Deserialize, Serialize};

use crate::arguments::by_name;
use crate::data::{Dataset, Format};
use crate::device::DeviceChoice;
use crate::encoder_weights::{EncoderArguments, EncoderWeights};
use crate::features::Views;

/// Decoder architectures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Preset {
    /// The one that captions best here.
    Glimpse,
    /// TensorFlow's tutorial "Image captioning with visual attention".
    TfTutorial,
}

#[derive(Args)]
pub(crate) struct Arguments {
    /// Data set: a folder in one of the layouts of --format. Where it has no validation photos, one in
    /// twenty is held out for that.
    #[arg(long, required_unless_present = "resume")]
    data: Option<PathBuf>,
    /// The data set's layout; told by its files where not given.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// More captioned photos to train on, in any of the layouts; may be given several times.
    #[arg(long)]
    more_data: Vec<PathBuf>,
    /// Captions without photos, which teach the decoder the language: a JSON object that lists the
    /// captions of each photo by its name; may be given several times.
    #[arg(long, value_name = "FILE")]
    text: Vec<PathBuf>,
    /// Folder of the feature cache that `glimpse features` made.
    #[arg(long, default_value = "features")]
    features: PathBuf,
    #[command(flatten)]
    encoder: EncoderArguments,
    #[command(flatten)]
    views: Views,
    /// Folder of the run: configuration, checkpoints, log and plots.
    #[arg(long)]
    pub(super) output: PathBuf,
    /// Go on with the run in --output, with its own configuration.
    #[arg(long)]
    pub(super) resume: bool,
    /// Where the decoder trains.
    #[arg(long, value_enum, default_value = "cpu")]
    pub(super) device: DeviceChoice,
    /// Decoder architecture.
    #[arg(long, value_enum, default_value = "glimpse")]
    preset: Preset,
    /// Number of decoder layers; the preset's where not given.
    #[arg(long)]
    layers: Option<usize>,
    /// Width of the decoder, divided evenly among its heads; the preset's where not given.
    #[arg(long)]
    units: Option<usize>,
    /// Attention heads per layer; the preset's where not given.
    #[arg(long)]
    heads: Option<usize>,
    /// Width of the feed-forward layers; the preset's where not given.
    #[arg(long)]
    feed_forward_units: Option<usize>,
    /// Give the output layer weights of its own instead of the word embedding's.
    #[arg(long)]
    untied_output: bool,
    /// Start the word embedding with these vectors, in GloVe's text format.
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    word_vectors: Option<PathBuf>,
    /// How captions become words: in lower case without punctuation, or also without words of one letter
    /// and words with digits.
    #[arg(long, value_parser = by_name(&TextRules::ALL, TextRules::name), default_value = "tf-tutorial")]
    text_rules: TextRules,
    /// Most words in the vocabulary, special tokens included.
    #[arg(long, default_value_t = 5000)]
    vocabulary: usize,
    /// Most words of a caption in training; longer ones are cut. A batch is as long as its longest
    /// caption, so a few long ones would cost much. Validation reads captions whole.
    #[arg(long, default_value_t = 20)]
    caption_words: usize,
    /// Passes over the training photos. With --from it may be 0: then the weights are validated and kept
    /// as they are.
    #[arg(long, default_value_t = 10)]
    epochs: usize,
    /// Photos in a step; all captions of a photo share one pass over its features.
    #[arg(long, default_value_t = 16)]
    photos_per_step: usize,
    /// Threads that share out the photos of a step on the CPU; as many as there are cores, and no
    /// more than four photos need, where not given.
    #[arg(long)]
    threads: Option<usize>,
    /// Largest learning rate, reached after the warm-up; it then falls as a half cosine.
    #[arg(long, default_value_t = 7e-4)]
    learning_rate: f64,
    /// Steps over which the learning rate rises from 0.
    #[arg(long, default_value_t = 300)]
    warm_up: u64,
    /// AdamW's weight decay of matrices; 0 makes it Adam.
    #[arg(long, default_value_t = 0.01)]
    weight_decay: f64,
    /// Share of a label's probability spread over the whole vocabulary.
    #[arg(long, default_value_t = 0.1)]
    label_smoothing: f64,
    /// Dropout in every place of the decoder but the image features; the preset's where not given.
    #[arg(long)]
    dropout: Option<f64>,
    /// Dropout of the image features; the preset's where not given.
    #[arg(long)]
    image_dropout: Option<f64>,
    /// Largest norm of all gradients together.
    #[arg(long, default_value_t = 1.0)]
    gradient_norm: f64,
    /// Decay of the exponential moving average of the weights that is validated and exported; 0
    /// keeps none.
    #[arg(long, default_value_t = 0.999)]
    weight_average: f64,
    /// Begin with the best weights, and the vocabulary, of another run with the same architecture; given
    /// several times, with the mean of their weights, which helps where they began with the same ones.
    #[arg(long, value_name = "RUN")]
    from: Vec<PathBuf>,
    /// Self-critical training: the share of the loss that rewards drawn captions by their CIDEr-D; the
    /// rest is cross-entropy. Start from a trained run, with a smaller learning rate.
    #[arg(long, value_name = "SHARE", requires = "from")]
    self_critical: Option<f64>,
    /// Captions drawn per photo in self-critical training.
    #[arg(long, default_value_t = 5)]
    draws: usize,
    /// Epochs without improvement after which training stops.
    #[arg(long, default_value_t = 3)]
    patience: usize,
    /// Steps between two checkpoints within an epoch.
    #[arg(long, default_value_t = 100)]
    checkpoint_every: u64,
    /// Steps between two rows of the log.
    #[arg(long, default_value_t = 20)]
    log_every: u64,
    /// Seed of initial weights, data order and dropout.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What a run needs to be repeated or resumed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TrainConfig {
    pub(crate) data: PathBuf,
    #[serde(default)]
    pub(crate) format: Option<Format>,
    pub(crate) more_data: Vec<PathBuf>,
    #[serde(default)]
    pub(crate) text: Vec<PathBuf>,
    pub(crate) features: PathBuf,
    #[serde(flatten)]
    pub(crate) encoder: EncoderConfig,
    #[serde(default)]
    pub(crate) encoder_weights: Option<PathBuf>,
    #[serde(flatten)]
    pub(crate) views: Views,
    pub(crate) preset: Preset,
    pub(crate) layers: Option<usize>,
    pub(crate) units: Option<usize>,
    pub(crate) heads: Option<usize>,
    pub(crate) feed_forward_units: Option<usize>,
    pub(crate) untied_output: bool,
    pub(crate) word_vectors: Option<PathBuf>,
    #[serde(default)]
    pub(crate) text_rules: TextRules,
    /// Number of tokens: once the run has begun, as many as there are.
    pub(crate) vocabulary: usize,
    pub(crate) caption_words: usize,
    pub(crate) epochs: usize,
    pub(crate) photos_per_step: usize,
    /// Threads that share out the photos of a step on the CPU. They decide the masks of dropout, so
    /// they are a part of the recipe.
    #[serde(default)]
    pub(crate) threads: usize,
    pub(crate) learning_rate: f64,
    pub(crate) warm_up: u64,
    pub(crate) weight_decay: f64,
    pub(crate) label_smoothing: f64,
    pub(crate) dropout: Option<f64>,
    pub(crate) image_dropout: Option<f64>,
    pub(crate) gradient_norm: f64,
    pub(crate) weight_average: f64,
    pub(crate) from: Vec<PathBuf>,
    pub(crate) self_critical: Option<f64>,
    pub(crate) draws: usize,
    pub(crate) patience: usize,
    pub(crate) checkpoint_every: u64,
    pub(crate) log_every: u64,
    pub(crate) seed: u64,
}

impl Arguments {
    /// The configuration, every value checked.
    pub(super) fn config(&self) -> Result<TrainConfig> {
        let data = self
            .data
            .clone()
            .ok_or_else(|| anyhow!("--data is missing"))?;
        for (name, value, range) in [
            ("learning-rate", self.learning_rate, 0.0..1.0),
            ("weight-decay", self.weight_decay, 0.0..1.0),
            ("label-smoothing", self.label_smoothing, 0.0..1.0),
            ("dropout", self.dropout.unwrap_or(0.0), 0.0..1.0),
            ("image-dropout", self.image_dropout.unwrap_or(0.0), 0.0..1.0),
            ("weight-average", self.weight_average, 0.0..1.0),
            (
                "self-critical",
                self.self_critical.unwrap_or(0.0),
                0.0..1.0 + f64::EPSILON,
            ),
            ("gradient-norm", self.gradient_norm, 1e-9..1e9),
        ] {
            if !range.contains(&value) {
                return Err(anyhow!(
                    "--{name} is {value}, not in {} to {}",
                    range.start,
                    range.end
                ));
            }
        }
        for (name, count) in [
            ("vocabulary", self.vocabulary as u64),
            ("caption-words", self.caption_words as u64),
            ("epochs", (self.epochs + self.from.len()) as u64),
            ("photos-per-step", self.photos_per_step as u64),
            ("threads", self.threads.unwrap_or(1) as u64),
            ("patience", self.patience as u64),
            ("checkpoint-every", self.checkpoint_every),
            ("log-every", self.log_every),
            ("draws", self.draws as u64),
            ("layers", self.layers.unwrap_or(1) as u64),
            ("units", self.units.unwrap_or(1) as u64),
            ("heads", self.heads.unwrap_or(1) as u64),
            (
                "feed-forward-units",
                self.feed_forward_units.unwrap_or(1) as u64,
            ),
        ] {
            if count == 0 {
                return Err(anyhow!("--{name} must be at least 1"));
            }
        }
        if self.device == DeviceChoice::Gpu && self.threads.is_some_and(|threads| threads > 1) {
            return Err(anyhow!(
                "--threads are for --device cpu: a GPU gets whole steps"
            ));
        }
        if self.self_critical.is_some() && self.draws < 2 {
            return Err(anyhow!(
                "--draws must be at least 2: the baseline of a draw is the mean of the others"
            ));
        }
        Ok(TrainConfig {
            data,
            format: self.format,
            more_data: self.more_data.clone(),
            text: self.text.clone(),
            features: self.features.clone(),
            encoder: self.encoder.config()?,
            encoder_weights: self.encoder.encoder_weights.clone(),
            views: self.views,
            preset: self.preset,
            layers: self.layers,
            units: self.units,
            heads: self.heads,
            feed_forward_units: self.feed_forward_units,
            untied_output: self.untied_output,
            word_vectors: self.word_vectors.clone(),
            text_rules: self.text_rules,
            vocabulary: self.vocabulary,
            caption_words: self.caption_words,
            epochs: self.epochs,
            photos_per_step: self.photos_per_step,
            threads: self.threads.unwrap_or_else(|| self.default_threads()),
            learning_rate: self.learning_rate,
            warm_up: self.warm_up,
            weight_decay: self.weight_decay,
            label_smoothing: self.label_smoothing,
            dropout: self.dropout,
            image_dropout: self.image_dropout,
            gradient_norm: self.gradient_norm,
            weight_average: self.weight_average,
            from: self.from.clone(),
            self_critical: self.self_critical,
            draws: self.draws,
            patience: self.patience,
            checkpoint_every: self.checkpoint_every,
            log_every: self.log_every,
            seed: self.seed,
        })
    }
}

impl Arguments {
    /// One for each core, but each with four photos at least. A GPU gets whole steps.
    fn default_threads(&self) -> usize {
        /// Fewer photos make tensors too small to fill a core.
        const PHOTOS_PER_THREAD: usize = 4;
        if self.device == DeviceChoice::Gpu {
            return 1;
        }
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        cores.clamp(1, (self.photos_per_step / PHOTOS_PER_THREAD).max(1))
    }
}

impl TrainConfig {
    /// The data set, with all of `more_data` to train on.
    ///
    /// # Errors
    /// When one of its files is missing or cannot be understood.
    pub(crate) fn dataset(&self) -> Result<Dataset> {
        let mut dataset = Dataset::open(&self.data, self.format)?;
        dataset.hold_out();
        for folder in &self.more_data {
            dataset.extend(Dataset::open(folder, None)?);
        }
        Ok(dataset)
    }

    /// The image network's weights.
    ///
    /// # Errors
    /// [`EncoderWeights::open`]
    pub(crate) fn encoder_weights(&self) -> Result<EncoderWeights> {
        EncoderWeights::open(self.encoder.architecture, self.encoder_weights.as_deref())
    }

    /// The decoder's architecture.
    pub(crate) fn decoder(&self) -> TransformerConfig {
        let channels = self.encoder.channels();
        let mut decoder = match self.preset {
            Preset::Glimpse => {
                let positions = self.encoder.grid().positions();
                TransformerConfig::glimpse(self.vocabulary, channels, positions)
            }
            Preset::TfTutorial => TransformerConfig::tf_tutorial(self.vocabulary, channels),
        };
        let layer = self.encoder.feature_layer;
        if layer == FeatureLayer::Depthwise {
            decoder.image_bottleneck_units = self.encoder.channels_after(FeatureLayer::Blocks);
        }
        if layer != FeatureLayer::Head {
            decoder.image_head_units = self.encoder.channels_after(FeatureLayer::Head);
        }
        decoder.layers = self.layers.unwrap_or(decoder.layers);
        if self.units.is_some() || self.heads.is_some() {
            decoder.units = self.units.unwrap_or(decoder.units);
            decoder.heads = self.heads.unwrap_or(decoder.heads);
            decoder.head_size = decoder.units / decoder.heads;
        }
        decoder.feed_forward_units = self
            .feed_forward_units
            .unwrap_or(decoder.feed_forward_units);
        decoder.tied_output = decoder.tied_output && !self.untied_output;
        if let Some(rate) = self.dropout {
            let rates = &mut decoder.dropout;
            rates.embedding = rate;
            rates.attention_weights = rate;
            rates.attention_output = rate;
            rates.feed_forward_output = rate;
        }
        if let Some(rate) = self.image_dropout {
            decoder.dropout.image = rate;
        }
        decoder
    }

    /// The command that makes such a run, with paths left to the reader.
    pub(crate) fn command(&self) -> String {
        let preset = match self.preset {
            Preset::Glimpse => "glimpse",
            Preset::TfTutorial => "tf-tutorial",
        };
        let option = |name: &str, value: Option<String>| {
            value
                .map(|value| format!(" --{name} {value}"))
                .unwrap_or_default()
        };
        let rate = |rate: Option<f64>| rate.map(|rate| rate.to_string());
        let count = |count: Option<usize>| count.map(|count| count.to_string());
        let switch = |name: &str, on: bool| {
            if on {
                format!(" --{name}")
            } else {
                String::new()
            }
        };
        [
            "glimpse train --data DATA --output RUN".to_owned(),
            " --more-data DATA".repeat(self.more_data.len()),
            " --text FILE".repeat(self.text.len()),
            format!(
                " --encoder {} --feature-layer {}",
                self.encoder.architecture.name(),
                self.encoder.feature_layer.name()
            ),
            option("photo-size", self.encoder.photo_size.map(|size| size.to_string())),
            if self.encoder_weights.is_some() { " --encoder-weights FILE".to_owned() } else { String::new() },
            self.views.options(),
            format!(" --preset {preset}"),
            option("layers", count(self.layers)),
            option("units", count(self.units)),
            option("heads", count(self.heads)),
            option("feed-forward-units", count(self.feed_forward_units)),
            switch("untied-output", self.untied_output),
            if self.word_vectors.is_some() { " --word-vectors FILE".to_owned() } else { String::new() },
            format!(
                " --text-rules {} --vocabulary {} --caption-words {} --epochs {} --photos-per-step {} --threads {} --learning-rate {} \
                 --warm-up {} --weight-decay {} --label-smoothing {}",
                self.text_rules.name(),
                self.vocabulary,
                self.caption_words,
                self.epochs,
                self.photos_per_step,
                self.threads,
                self.learning_rate,
                self.warm_up,
                self.weight_decay,
                self.label_smoothing,
            ),
            option("dropout", rate(self.dropout)),
            option("image-dropout", rate(self.image_dropout)),
            " --from RUN_BEFORE".repeat(self.from.len()),
            match self.self_critical {
                Some(share) => format!(" --self-critical {share} --draws {}", self.draws),
                None => String::new(),
            },
            format!(
                " --gradient-norm {} --weight-average {} --patience {} --seed {}",
                self.gradient_norm, self.weight_average, self.patience, self.seed,
            ),
        ]
        .concat()
    }
}
