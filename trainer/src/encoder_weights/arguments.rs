//! The image network on the command line.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use model_export::encoder::{Architecture, EncoderConfig, FeatureLayer};

use super::EncoderWeights;

/// The layers of an image network, on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum LayerChoice {
    /// After the head convolution.
    Head,
    /// After the last block; the decoder gets the head convolution and trains it (EfficientNet-Lite).
    Blocks,
}

/// What the decoder reads of a photo. Flattened into a command's arguments.
#[derive(Args)]
pub(crate) struct EncoderArguments {
    /// The image network.
    #[arg(long, value_parser = architecture(), default_value = "efficientnet-lite0")]
    encoder: Architecture,
    /// Its weights, imported with `glimpse encoder import`; not needed for those that this program carries,
    /// efficientnet-lite0 and efficientnet-lite2.
    #[arg(long, value_name = "FILE")]
    pub(crate) encoder_weights: Option<PathBuf>,
    /// The layer of it that the decoder reads.
    #[arg(long, value_enum, default_value = "head")]
    feature_layer: LayerChoice,
}

impl EncoderArguments {
    /// The encoder that these arguments stand for.
    ///
    /// # Errors
    /// When the network lacks the layer.
    pub(crate) fn config(&self) -> Result<EncoderConfig> {
        let config = EncoderConfig {
            architecture: self.encoder,
            feature_layer: match self.feature_layer {
                LayerChoice::Head => FeatureLayer::Head,
                LayerChoice::Blocks => FeatureLayer::Blocks,
            },
        };
        config.validate().map_err(|sentence| anyhow!(sentence))?;
        Ok(config)
    }

    /// Its weights.
    ///
    /// # Errors
    /// [`EncoderWeights::open`]
    pub(crate) fn weights(&self) -> Result<EncoderWeights> {
        EncoderWeights::open(self.encoder, self.encoder_weights.as_deref())
    }
}

/// A network by its name.
pub(super) fn architecture() -> impl TypedValueParser<Value = Architecture> {
    PossibleValuesParser::new(Architecture::ALL.map(Architecture::name)).try_map(|name| {
        let mut all = Architecture::ALL.into_iter();
        all.find(|architecture| architecture.name() == name)
            .ok_or("no such network")
    })
}
