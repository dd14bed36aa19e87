//! Imported networks against torchvision's, timm's and Keras', with made-up weights.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use model_export::encoder::FeatureLayer;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use temp_dir::TempDir;

use super::*;
use crate::files;

/// The shape of each tensor.
type Shapes = BTreeMap<String, Vec<usize>>;

/// Numbers in 0 to 1 that the name decides; made_up_weights.py has the same.
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
        // Keras, whose names are paths, has a kernel's outputs last; the others have them first.
        let inputs = if name.contains('/') {
            &shape[..3]
        } else {
            &shape[1..]
        };
        let inputs: usize = inputs.iter().product();
        let reach = (3.5 / inputs as f64).sqrt() as f32;
        map(&|number| (number * 2.0 - 1.0) * reach)
    } else if ["running_var", "weight", "moving_variance", "vars/2"]
        .iter()
        .any(|ending| name.ends_with(ending))
    {
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

/// What a network of another library gives.
struct Reference {
    /// The tensors of its file.
    shapes: Shapes,
    /// `[positions, kept channels]`
    features: Vec<f32>,
    /// Their mean, `[kept channels]`.
    pooled: Vec<f32>,
}

fn fixture(name: &str) -> Reference {
    let path = format!("tests/fixtures/encoders/{name}.safetensors");
    let bytes = files::read(Path::new(&path)).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let shapes = metadata.metadata().as_ref().unwrap()["shapes"].clone();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let values = |name: &str| {
        let tensor = file.tensor(name).unwrap();
        let (values, _) = tensor.data().as_chunks::<4>();
        values
            .iter()
            .map(|&value| f32::from_le_bytes(value))
            .collect()
    };
    Reference {
        shapes: serde_json::from_str(&shapes).unwrap(),
        features: values("features"),
        pooled: values("pooled"),
    }
}

/// The network with made-up weights, imported from a file with the tensors of the fixture; of its features
/// those of the fixture's channels are compared.
fn parity(fixture_name: &str, architecture: Architecture) {
    for device in backends() {
        parity_on(&device, fixture_name, architecture);
    }
}

/// burn-flex, and burn's reference backend where the build has it.
fn backends() -> Vec<Device> {
    vec![
        Device::flex(),
        #[cfg(feature = "ndarray")]
        #[allow(deprecated, reason = "burn calls its reference backend so")]
        Device::ndarray(),
    ]
}

fn parity_on(device: &Device, fixture_name: &str, architecture: Architecture) {
    let reference = fixture(fixture_name);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("published.safetensors");
    files::write_whole(&path, &published(&reference.shapes)).unwrap();
    let Imported { encoder, .. } = read(&path, architecture, device).unwrap();
    let size = architecture.preparation().size as usize;
    let pixels: Vec<f32> = uniform("pixels", 3 * size * size)
        .iter()
        .map(|number| number * 4.0 - 2.0)
        .collect();
    let pixels = Tensor::from_data(TensorData::new(pixels, [1, 3, size, size]), device);

    let compare = |encoder: Encoder, feature_layer: FeatureLayer, expected: &[f32]| {
        let features = encoder.forward(pixels.clone());
        let config = EncoderConfig {
            feature_layer,
            ..EncoderConfig::whole(architecture)
        };
        let (positions, channels) = (config.grid().positions(), config.channels());
        assert_eq!(features.dims(), [1, positions, channels]);
        let step = positions * channels / expected.len();
        let found = features.into_data().try_into_vec::<f32>().unwrap();
        let found: Vec<_> = found.iter().step_by(step).copied().collect();
        assert_eq!(found.len(), expected.len());
        let norm = |values: &mut dyn Iterator<Item = f32>| {
            values.map(|value| value * value).sum::<f32>().sqrt()
        };
        let difference = norm(&mut found.iter().zip(expected).map(|(a, b)| a - b));
        let error = difference / norm(&mut expected.iter().copied());
        println!(
            "{fixture_name}, {}: relative error {error:.1e}",
            feature_layer.name()
        );
        // With an epsilon of 1e-5 in the batch norms instead of 1e-3, the error is 1e-3 to 1e-2.
        assert!(error < 1e-4, "{error}");
    };
    let (pooled, _) = encoder.clone().split(FeatureLayer::Pooled);
    compare(encoder, FeatureLayer::Head, &reference.features);
    compare(pooled, FeatureLayer::Pooled, &reference.pooled);
}

#[test]
fn mobilenet_v3_small_is_torchvisions() {
    parity("mobilenet-v3-small", Architecture::MobileNetV3Small);
}

#[test]
fn mobilenet_v3_large_is_torchvisions() {
    parity("mobilenet-v3-large", Architecture::MobileNetV3Large);
}

#[test]
fn inception_v3_is_torchvisions() {
    parity("inception-v3", Architecture::InceptionV3);
}

#[test]
fn mobilenet_v3_is_timms() {
    parity("timm-mobilenet-v3-small", Architecture::MobileNetV3Small);
    parity("timm-mobilenet-v3-large", Architecture::MobileNetV3Large);
    parity(
        "timm-tf-mobilenet-v3-small",
        Architecture::TfMobileNetV3Small,
    );
}

#[test]
fn efficientnet_lite_is_timms() {
    parity("timm-efficientnet-lite0", Architecture::EfficientNetLite0);
    parity("timm-efficientnet-lite1", Architecture::EfficientNetLite1);
    parity("timm-efficientnet-lite2", Architecture::EfficientNetLite2);
}

#[test]
fn inception_v3_is_timms() {
    parity("timm-inception-v3", Architecture::InceptionV3);
}

#[test]
fn tf_inception_v3_is_kerass() {
    parity("keras-inception-v3", Architecture::TfInceptionV3);
    parity("keras-legacy-inception-v3", Architecture::TfInceptionV3);
}

/// What becomes of a file whose tensors were changed.
fn changed(
    fixture_name: &str,
    architecture: Architecture,
    change: impl Fn(&mut Shapes),
) -> Result<Imported> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("published.safetensors");
    let mut shapes = fixture(fixture_name).shapes;
    change(&mut shapes);
    files::write_whole(&path, &published(&shapes)).unwrap();
    read(&path, architecture, &Device::flex())
}

/// The message about such a file.
fn refusal(fixture_name: &str, architecture: Architecture, change: impl Fn(&mut Shapes)) -> String {
    let imported = changed(fixture_name, architecture, change);
    format!("{:#}", imported.err().unwrap())
}

#[test]
fn what_is_missing_left_over_or_of_another_shape_is_named() {
    let small = |change: &dyn Fn(&mut Shapes)| {
        refusal("mobilenet-v3-small", Architecture::MobileNetV3Small, change)
    };
    let missing = small(&|shapes| drop(shapes.remove("features.12.1.running_var")));
    assert!(
        missing.contains("lacks the tensor features.12.1.running_var"),
        "{missing}"
    );
    let left_over = small(&|shapes| drop(shapes.insert("extra.weight".to_owned(), vec![3])));
    assert!(left_over.contains("extra.weight"), "{left_over}");
    let other = small(&|shapes| {
        shapes.insert("features.0.0.weight".to_owned(), vec![16, 3, 5, 5]);
    });
    assert!(other.contains("[16, 3, 5, 5]"), "{other}");
}

#[test]
fn a_file_that_holds_no_tensors_is_named() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("published.safetensors");
    files::write_whole(&path, b"no tensors").unwrap();
    let imported = read(&path, Architecture::MobileNetV3Small, &Device::flex());
    let damaged = format!("{:#}", imported.err().unwrap());
    assert!(damaged.contains("as safetensors"), "{damaged}");
}

#[test]
fn the_names_of_inception_v3_and_of_timm_are_named_likewise() {
    let missing = refusal("inception-v3", Architecture::InceptionV3, |shapes| {
        shapes.remove("Mixed_7b.branch3x3dbl_3b.conv.weight");
    });
    assert!(
        missing.contains("lacks the tensor Mixed_7b.branch3x3dbl_3b.conv.weight"),
        "{missing}"
    );
    let left_over = refusal("inception-v3", Architecture::InceptionV3, |shapes| {
        shapes.insert("Mixed_8a.conv.weight".to_owned(), vec![3]);
    });
    assert!(left_over.contains("Mixed_8a.conv.weight"), "{left_over}");
    let few = refusal(
        "timm-mobilenet-v3-small",
        Architecture::MobileNetV3Small,
        |shapes| shapes.retain(|name, _| !name.starts_with("blocks.0.")),
    );
    assert!(few.contains("no block 0"), "{few}");
    // Lite1 has blocks that Lite0 lacks: its file is not taken for Lite0's.
    let another = refusal(
        "timm-efficientnet-lite1",
        Architecture::EfficientNetLite0,
        |_| (),
    );
    assert!(another.contains("blocks."), "{another}");
}

#[test]
fn a_file_of_kerass_needs_no_classifier_and_all_of_its_norms() {
    for (fixture_name, classifier, missing) in [
        (
            "keras-inception-v3",
            "layers/dense/",
            "layers/batch_normalization_40/vars/1",
        ),
        (
            "keras-legacy-inception-v3",
            "predictions/",
            "batch_normalization_41/batch_normalization_41/moving_mean",
        ),
    ] {
        let without = changed(fixture_name, Architecture::TfInceptionV3, |shapes| {
            let all = shapes.len();
            shapes.retain(|name, _| !name.starts_with(classifier));
            assert_eq!(shapes.len(), all - 2);
        });
        assert!(without.is_ok());
        let refused = refusal(fixture_name, Architecture::TfInceptionV3, |shapes| {
            shapes.remove(missing).unwrap();
        });
        assert!(
            refused.contains(&format!("lacks the tensor {missing} of")),
            "{refused}"
        );
        let left_over = refusal(fixture_name, Architecture::TfInceptionV3, |shapes| {
            shapes.insert("attention/kernel".to_owned(), vec![3]);
        });
        assert!(left_over.contains("attention/kernel"), "{left_over}");
    }
}

#[test]
fn how_a_file_of_kerass_is_converted_is_told() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("inception_notop.h5");
    files::write_whole(&path, b"\x89HDF\r\n\x1a\n and more").unwrap();
    let imported = read(&path, Architecture::TfInceptionV3, &Device::flex());
    let refused = format!("{:#}", imported.err().unwrap());
    let command = format!(
        "python keras_to_safetensors.py {} {}",
        path.display(),
        path.with_extension("safetensors").display()
    );
    assert!(
        refused.contains("HDF5") && refused.contains(&command),
        "{refused}"
    );
}

#[test]
fn the_library_is_told_by_the_names() {
    let source = |fixture_name: &str, architecture: Architecture| {
        let names = fixture(fixture_name).shapes.into_keys().collect();
        Names::new(architecture, names).source()
    };
    let small = Architecture::MobileNetV3Small;
    assert!(source("mobilenet-v3-small", small).contains("torchvision"));
    assert!(source("timm-mobilenet-v3-small", small).contains("timm"));
    let inception = Architecture::InceptionV3;
    assert!(source("inception-v3", inception).contains("torchvision"));
    let inception = Architecture::TfInceptionV3;
    assert!(source("keras-inception-v3", inception).contains("Keras"));
    assert!(source("keras-legacy-inception-v3", inception).contains("Keras"));
    let lite0 = Architecture::EfficientNetLite0;
    assert!(source("timm-efficientnet-lite0", lite0).contains("timm"));
}
