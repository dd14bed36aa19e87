//! The image network on the command line.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::Args;
use model_export::encoder::{Architecture, EncoderConfig, FeatureLayer};

use crate::arguments::by_name;

/// What the decoder reads of a photo. Flattened into a command's arguments.
#[derive(Args)]
pub struct EncoderOptions {
    /// The image network; the preset's where not given.
    #[arg(long, value_parser = by_name(&Architecture::ALL, Architecture::name))]
    encoder: Option<Architecture>,
    /// Its weights, imported with `glimpse encoder import`; not needed for those that this program carries,
    /// efficientnet-lite0, efficientnet-lite2 and tf-mobilenet-v3-small.
    #[arg(long, value_name = "FILE")]
    pub encoder_weights: Option<PathBuf>,
    /// The layer of it that the decoder reads: after the head convolution, or, for EfficientNet-Lite, after
    /// the last block or within it; then the decoder gets the layers that follow and trains them. pooled is
    /// the mean over all positions after the head, for decoders without attention.
    #[arg(long, value_parser = by_name(&FeatureLayer::ALL, FeatureLayer::name))]
    feature_layer: Option<FeatureLayer>,
    /// Side of the prepared photos in pixels; the published weights' where not given.
    #[arg(long, value_name = "PIXELS")]
    photo_size: Option<u32>,
}

impl EncoderOptions {
    /// A preset's encoder with these values.
    ///
    /// # Errors
    /// When the network lacks the layer or cannot read photos of that size.
    pub fn config(&self, preset: EncoderConfig) -> Result<EncoderConfig> {
        let config = EncoderConfig {
            architecture: self.encoder.unwrap_or(preset.architecture),
            feature_layer: self.feature_layer.unwrap_or(preset.feature_layer),
            photo_size: self.photo_size.or(preset.photo_size),
        };
        config.validate().map_err(|sentence| anyhow!(sentence))?;
        Ok(config)
    }
}
