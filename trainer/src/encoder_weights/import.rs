//! Published weights as a file of this program.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use model_export::encoder::{Architecture, Encoder, EncoderConfig, IMAGENET_CLASSES};
use model_export::model_file::{Precision, load_parameters, serialize_encoder};

use super::checkpoint::Checkpoint;
use super::names::{Fields, Names};
use super::weights::{ARCHITECTURE, SOURCE};

/// The bytes of a file as `--encoder-weights` takes it: the weights of a published one, batch norms folded into
/// the convolutions, and `source`, whom they come from and under which licence; without it, whose library the
/// file was written by.
///
/// # Errors
/// When a tensor is missing, left over, or of another shape or type.
pub fn import(weights: &Path, architecture: Architecture, source: Option<&str>) -> Result<Vec<u8>> {
    let Imported {
        encoder,
        classifier,
        source: library,
    } = read(weights, architecture, &Device::flex())?;
    let notes = HashMap::from([
        (ARCHITECTURE.to_owned(), architecture.name().to_owned()),
        (SOURCE.to_owned(), source.map_or(library, str::to_owned)),
    ]);
    Ok(serialize_encoder(
        &encoder,
        classifier.as_ref(),
        Precision::F16,
        notes,
    )?)
}

/// What a file of published weights holds.
struct Imported {
    encoder: Encoder,
    classifier: Option<Linear>,
    /// Whom the weights come from, where the user does not say.
    source: String,
}

/// The network with the weights of a file.
///
/// # Errors
/// When a tensor is missing, left over, or of another shape or type.
fn read(weights: &Path, architecture: Architecture, device: &Device) -> Result<Imported> {
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
    let fields = names.fields();
    let mut vector = |field: &str| checkpoint.values(&format!("{norm}{field}"), &[channels]);
    let gamma = fields.gamma.map(&mut vector).transpose()?;
    let gamma = gamma.unwrap_or_else(|| vec![1.0; channels]);
    let beta = vector(fields.beta)?;
    let mean = vector(fields.mean)?;
    let variance = vector(fields.variance)?;
    let scale: Vec<f32> = gamma
        .iter()
        .zip(&variance)
        .map(|(gamma, variance)| gamma / (variance + names.batch_norm_epsilon()).sqrt())
        .collect();
    let values = match kind {
        "weight" => {
            let weight = kernel(checkpoint, fields, &layer.convolution, shape)?;
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

/// The weight `[outputs, inputs, rows, columns]` of a convolution, in whichever order the file has it.
fn kernel(
    checkpoint: &mut Checkpoint,
    fields: &Fields,
    convolution: &str,
    shape: &[usize],
) -> Result<Vec<f32>> {
    let name = format!("{convolution}{}", fields.kernel);
    let &[outputs, inputs, rows, columns] = shape else {
        bail!("{name} is no convolution's weight: its shape is {shape:?}");
    };
    if !fields.outputs_last {
        return checkpoint.values(&name, shape);
    }
    let stored = [rows, columns, inputs, outputs];
    let values = TensorData::new(checkpoint.values(&name, &stored)?, stored);
    let kernel = Tensor::<4>::from_data(values, &Device::flex()).permute([3, 2, 0, 1]);
    Ok(kernel.into_data().try_into_vec()?)
}

#[cfg(test)]
mod tests;
