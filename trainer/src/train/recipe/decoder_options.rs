//! The decoder's sizes on the command line, as far as a decoder has them. Its configuration is the model's own.

use anyhow::{Result, bail, ensure};
use clap::Args;
use model_export::decoder::{ClassMemoryConfig, DecoderConfig};

/// Options that take the place of a decoder's values.
#[derive(Args)]
pub(super) struct DecoderOptions {
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
    /// positions; 0 for none (Transformer, on --feature-layer blocks, last-block or last-stages of weights that have
    /// a classifier).
    #[arg(long, value_name = "COUNT")]
    image_classes: Option<usize>,
}

/// Puts a value in the place of a preset's, where one was given.
fn set<T: Clone>(place: &mut T, given: &Option<T>) {
    if let Some(value) = given {
        *place = value.clone();
    }
}

impl DecoderOptions {
    /// Puts these values into a decoder.
    ///
    /// # Errors
    /// When it has no such value.
    pub(super) fn apply(&self, decoder: &mut DecoderConfig) -> Result<()> {
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

/// The options that give a decoder's values, as far as there are options for them.
pub(super) fn recorded(decoder: &DecoderConfig) -> String {
    let mut options = Vec::new();
    let mut option = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            options.push(format!(" --{name} {value}"));
        }
    };
    match decoder {
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
    options.concat()
}
