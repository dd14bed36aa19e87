//! The image network on the command line.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::Args;
use model_export::encoder::{Architecture, EncoderConfig, FeatureLayer};

use super::EncoderWeights;
use crate::arguments::by_name;

/// What the decoder reads of a photo. Flattened into a command's arguments.
#[derive(Args)]
pub(crate) struct EncoderArguments {
    /// The image network.
    #[arg(long, value_parser = by_name(&Architecture::ALL, Architecture::name), default_value = "efficientnet-lite0")]
    encoder: Architecture,
    /// Its weights, imported with `glimpse encoder import`; not needed for those that this program carries,
    /// efficientnet-lite0 and efficientnet-lite2.
    #[arg(long, value_name = "FILE")]
    pub(crate) encoder_weights: Option<PathBuf>,
    /// The layer of it that the decoder reads: after the head convolution, or, for EfficientNet-Lite, after
    /// the last block or within it; then the decoder gets the layers that follow and trains them. pooled is
    /// the mean over all positions after the head, for decoders without attention.
    #[arg(long, value_parser = by_name(&FeatureLayer::ALL, FeatureLayer::name), default_value = "head")]
    feature_layer: FeatureLayer,
    /// Side of the prepared photos in pixels; the published weights' where not given.
    #[arg(long, value_name = "PIXELS")]
    photo_size: Option<u32>,
}

impl EncoderArguments {
    /// The encoder that these arguments stand for.
    ///
    /// # Errors
    /// When the network lacks the layer or cannot read photos of that size.
    pub(crate) fn config(&self) -> Result<EncoderConfig> {
        let config = EncoderConfig {
            architecture: self.encoder,
            feature_layer: self.feature_layer,
            photo_size: self.photo_size,
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
