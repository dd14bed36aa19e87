//! Every value of a preset that the command line can change.

use anyhow::{Result, bail, ensure};
use clap::Args;
use model_export::decoder::{ClassMemoryConfig, DecoderConfig};
use model_export::text::TextRules;

use super::{Preset, Schedule};
use crate::arguments::by_name;
use crate::encoder_weights::EncoderOptions;

/// Options that take the place of a preset's values. Flattened into a command's arguments.
#[derive(Args)]
pub struct Overrides {
    /// Those of the image network.
    #[command(flatten)]
    pub encoder: EncoderOptions,
    /// Number of decoder layers (Transformer).
    #[arg(long)]
    layers: Option<usize>,
    /// Width of the decoder; a Transformer's is divided evenly among its heads.
    #[arg(long)]
    units: Option<usize>,
    /// Attention heads per layer (Transformer).
    #[arg(long)]
    heads: Option<usize>,
    /// Width of the feed-forward layers (Transformer).
    #[arg(long)]
    feed_forward_units: Option<usize>,
    /// Give the output layer weights of its own instead of the word embedding's (Transformer).
    #[arg(long)]
    untied_output: bool,
    /// Dropout of the decoder, but for the image features and for what only some presets drop: a Transformer's inner
    /// feed-forward values and what its output layer reads.
    #[arg(long)]
    dropout: Option<f64>,
    /// Dropout of the image features (not with additive attention).
    #[arg(long)]
    image_dropout: Option<f64>,
    /// Share of the image's positions that every training step leaves out (Transformer).
    #[arg(long)]
    position_dropout: Option<f64>,
    /// How many of the classes that the image network thinks likeliest the decoder reads beside the image's
    /// positions; 0 for none (Transformer, on --feature-layer blocks of weights that have a classifier).
    #[arg(long, value_name = "COUNT")]
    image_classes: Option<usize>,
    /// How captions become words: in lower case without punctuation, or also without words of one letter
    /// and words with digits.
    #[arg(long, value_parser = by_name(&TextRules::ALL, TextRules::name))]
    text_rules: Option<TextRules>,
    /// Most words in the vocabulary, special tokens included.
    #[arg(long)]
    vocabulary: Option<usize>,
    /// Words seen less often than this are unknown.
    #[arg(long, value_name = "TIMES")]
    least_count: Option<u64>,
    /// Most words of a caption in training; longer ones are cut. Validation reads captions whole.
    #[arg(long)]
    caption_words: Option<usize>,
    /// Draw photos until they have this many captions, by their names alone.
    #[arg(long, value_name = "COUNT")]
    captions: Option<usize>,
    /// Share of the photos that is held out for validation where the data set has no such split.
    #[arg(long, value_name = "SHARE")]
    hold_out: Option<f64>,
    /// Reporting epochs: passes over the training photos, unless --epoch-steps says otherwise. With --from
    /// it may be 0: then the weights are validated and kept as they are.
    #[arg(long)]
    epochs: Option<usize>,
    /// Steps of a reporting epoch.
    #[arg(long, value_name = "STEPS")]
    epoch_steps: Option<u64>,
    /// Photos in a step; all captions of a photo share one pass over its features.
    #[arg(long)]
    photos_per_step: Option<usize>,
    /// Largest learning rate, reached after the warm-up.
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Share of the learning rate that the image network's blocks get, where --feature-layer leaves some to
    /// the decoder.
    #[arg(long, value_name = "SHARE")]
    block_learning_rate: Option<f64>,
    /// Steps over which the learning rate rises from 0.
    #[arg(long)]
    warm_up: Option<u64>,
    /// How the learning rate goes on: half a cosine, the same to the end, or a tenth in the last third.
    #[arg(long, value_parser = by_name(&Schedule::ALL, Schedule::name))]
    schedule: Option<Schedule>,
    /// AdamW's weight decay of matrices; 0 makes it Adam.
    #[arg(long)]
    weight_decay: Option<f64>,
    /// Decay of AdamW's mean of squared gradients.
    #[arg(long = "beta-2")]
    beta_2: Option<f64>,
    /// What AdamW adds to the root of that mean.
    #[arg(long)]
    epsilon: Option<f64>,
    /// Share of a label's probability spread over the whole vocabulary.
    #[arg(long)]
    label_smoothing: Option<f64>,
    /// What doubly stochastic attention weighs in the loss: it asks that every position of the photo is
    /// looked at once in all.
    #[arg(long, value_name = "WEIGHT")]
    doubly_stochastic: Option<f64>,
    /// Largest norm of all gradients together.
    #[arg(long)]
    gradient_norm: Option<f64>,
    /// Decay of the exponential moving average of the weights that is validated and exported; 0
    /// keeps none.
    #[arg(long)]
    weight_average: Option<f64>,
    /// Reporting epochs without improvement after which training stops.
    #[arg(long)]
    patience: Option<usize>,
}

/// Puts a value in the place of a preset's, where one was given.
fn set<T: Clone>(place: &mut T, given: &Option<T>) {
    if let Some(value) = given {
        *place = value.clone();
    }
}

impl Overrides {
    /// The preset with these values, every one of them checked.
    ///
    /// # Errors
    /// When a value is out of its range, or a part has no such value.
    pub fn apply(&self, mut preset: Preset) -> Result<Preset> {
        preset.image = self.encoder.config(preset.image)?;
        self.decoder(&mut preset.decoder)?;
        let text = &mut preset.text;
        set(&mut text.rules, &self.text_rules);
        set(&mut text.vocabulary, &self.vocabulary);
        set(&mut text.least_count, &self.least_count);
        set(&mut text.caption_words, &self.caption_words);
        let data = &mut preset.data;
        if self.captions.is_some() {
            data.captions = self.captions;
        }
        set(&mut data.hold_out, &self.hold_out);
        let training = &mut preset.training;
        set(&mut training.epochs, &self.epochs);
        if self.epoch_steps.is_some() {
            training.epoch_steps = self.epoch_steps;
        }
        set(&mut training.photos_per_step, &self.photos_per_step);
        set(&mut training.learning_rate, &self.learning_rate);
        set(&mut training.warm_up, &self.warm_up);
        set(&mut training.schedule, &self.schedule);
        set(&mut training.weight_decay, &self.weight_decay);
        set(&mut training.beta_2, &self.beta_2);
        set(&mut training.epsilon, &self.epsilon);
        set(&mut training.label_smoothing, &self.label_smoothing);
        set(&mut training.doubly_stochastic, &self.doubly_stochastic);
        set(&mut training.block_learning_rate, &self.block_learning_rate);
        if self.gradient_norm.is_some() {
            training.gradient_norm = self.gradient_norm;
        }
        set(&mut training.weight_average, &self.weight_average);
        set(&mut training.patience, &self.patience);
        check(&preset)?;
        preset.fit(preset.text.vocabulary)?;
        Ok(preset)
    }

    fn decoder(&self, decoder: &mut DecoderConfig) -> Result<()> {
        let kind = decoder.kind();
        match decoder {
            DecoderConfig::Transformer(config) => {
                set(&mut config.layers, &self.layers);
                if self.units.is_some() || self.heads.is_some() {
                    set(&mut config.units, &self.units);
                    set(&mut config.heads, &self.heads);
                    ensure!(config.heads > 0, "--heads must be at least 1");
                    ensure!(
                        config.units.is_multiple_of(config.heads),
                        "{} units cannot be divided evenly among {} heads: change --units or --heads",
                        config.units,
                        config.heads
                    );
                    config.head_size = config.units / config.heads;
                }
                set(&mut config.feed_forward_units, &self.feed_forward_units);
                config.tied_output = config.tied_output && !self.untied_output;
                if let Some(rate) = self.dropout {
                    config.dropout = config.dropout.with_rate(rate);
                }
                set(&mut config.dropout.image, &self.image_dropout);
                set(&mut config.dropout.image_positions, &self.position_dropout);
                if let Some(likeliest) = self.image_classes {
                    config.image_classes = (likeliest > 0).then(|| ClassMemoryConfig {
                        likeliest,
                        // Known when the vocabulary is.
                        words: Vec::new(),
                    });
                }
                return Ok(());
            }
            DecoderConfig::GruAttention(config) => {
                set(&mut config.units, &self.units);
                set(&mut config.dropout, &self.dropout);
                if self.image_dropout.is_some() {
                    bail!("--image-dropout: a {kind} decoder has none");
                }
            }
            DecoderConfig::MergeLstm(config) => {
                set(&mut config.units, &self.units);
                set(&mut config.embedding_dropout, &self.dropout);
                set(&mut config.image_dropout, &self.image_dropout);
            }
        }
        for (option, given) in [
            ("layers", self.layers.is_some()),
            ("heads", self.heads.is_some()),
            ("feed-forward-units", self.feed_forward_units.is_some()),
            ("untied-output", self.untied_output),
            ("position-dropout", self.position_dropout.is_some()),
            ("image-classes", self.image_classes.is_some()),
        ] {
            ensure!(
                !given,
                "--{option} is for a Transformer, not for a {kind} decoder"
            );
        }
        Ok(())
    }
}

/// Whether every number is in its range.
fn check(preset: &Preset) -> Result<()> {
    let (text, training) = (&preset.text, &preset.training);
    for (name, value, range) in [
        ("learning-rate", training.learning_rate, 0.0..1.0),
        ("weight-decay", training.weight_decay, 0.0..1.0),
        ("beta-2", training.beta_2, 0.0..1.0),
        ("epsilon", training.epsilon, 1e-16..1.0),
        ("label-smoothing", training.label_smoothing, 0.0..1.0),
        ("doubly-stochastic", training.doubly_stochastic, 0.0..1e3),
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
        ("hold-out", preset.data.hold_out, 1e-6..1.0),
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
        ("captions", preset.data.captions.unwrap_or(1) as u64),
    ] {
        ensure!(count > 0, "--{name} must be at least 1");
    }
    ensure!(
        training.doubly_stochastic == 0.0 || preset.decoder.has_attention(),
        "--doubly-stochastic: a {} decoder has no attention",
        preset.decoder.kind()
    );
    Ok(())
}

impl Preset {
    /// The options that give these values, whatever the defaults of the named preset are.
    pub fn options(&self) -> String {
        let mut options = Vec::new();
        let mut option = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                options.push(format!(" --{name} {value}"));
            }
        };
        option("encoder", Some(self.image.architecture.name().to_owned()));
        option(
            "feature-layer",
            Some(self.image.feature_layer.name().to_owned()),
        );
        option(
            "photo-size",
            self.image.photo_size.map(|size| size.to_string()),
        );
        match &self.decoder {
            DecoderConfig::Transformer(config) => {
                option("layers", Some(config.layers.to_string()));
                if config.head_size == config.units / config.heads {
                    option("units", Some(config.units.to_string()));
                    option("heads", Some(config.heads.to_string()));
                }
                option(
                    "feed-forward-units",
                    Some(config.feed_forward_units.to_string()),
                );
                let rates = config.dropout;
                let same = rates == rates.with_rate(rates.embedding);
                option("dropout", same.then(|| rates.embedding.to_string()));
                option("image-dropout", Some(rates.image.to_string()));
                let positions = rates.image_positions;
                option(
                    "position-dropout",
                    (positions > 0.0).then(|| positions.to_string()),
                );
                let classes = config.image_classes.as_ref();
                option(
                    "image-classes",
                    classes.map(|classes| classes.likeliest.to_string()),
                );
            }
            DecoderConfig::GruAttention(config) => {
                option("units", Some(config.units.to_string()));
                option("dropout", Some(config.dropout.to_string()));
            }
            DecoderConfig::MergeLstm(config) => {
                option("units", Some(config.units.to_string()));
                option("dropout", Some(config.embedding_dropout.to_string()));
                option("image-dropout", Some(config.image_dropout.to_string()));
            }
        }
        let untied =
            matches!(&self.decoder, DecoderConfig::Transformer(config) if !config.tied_output);
        let (text, data, training) = (&self.text, &self.data, &self.training);
        option("text-rules", Some(text.rules.name().to_owned()));
        option("vocabulary", Some(text.vocabulary.to_string()));
        option("least-count", Some(text.least_count.to_string()));
        option("caption-words", Some(text.caption_words.to_string()));
        option("captions", data.captions.map(|count| count.to_string()));
        option("hold-out", Some(data.hold_out.to_string()));
        option("epochs", Some(training.epochs.to_string()));
        option(
            "epoch-steps",
            training.epoch_steps.map(|steps| steps.to_string()),
        );
        option(
            "photos-per-step",
            Some(training.photos_per_step.to_string()),
        );
        option("learning-rate", Some(training.learning_rate.to_string()));
        option("warm-up", Some(training.warm_up.to_string()));
        option("schedule", Some(training.schedule.name().to_owned()));
        option("weight-decay", Some(training.weight_decay.to_string()));
        option("beta-2", Some(training.beta_2.to_string()));
        option("epsilon", Some(training.epsilon.to_string()));
        option(
            "label-smoothing",
            Some(training.label_smoothing.to_string()),
        );
        option(
            "block-learning-rate",
            (training.block_learning_rate != 1.0).then(|| training.block_learning_rate.to_string()),
        );
        option(
            "doubly-stochastic",
            (training.doubly_stochastic > 0.0).then(|| training.doubly_stochastic.to_string()),
        );
        option(
            "gradient-norm",
            training.gradient_norm.map(|norm| norm.to_string()),
        );
        option("weight-average", Some(training.weight_average.to_string()));
        option("patience", Some(training.patience.to_string()));
        if untied {
            options.push(" --untied-output".to_owned());
        }
        options.concat()
    }
}
