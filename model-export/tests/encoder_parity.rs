//! The image networks' features against PyTorch's.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

#[allow(dead_code, reason = "each test file uses its part")]
mod common;

use burn::tensor::Device;
use common::{f32_tensor, fixture};
use image::RgbImage;
use model_export::encoder::{Architecture, EncoderConfig, FeatureLayer};
use model_export::model_file::read_encoder;
use model_export::photo;
use safetensors::SafeTensors;

#[test]
fn features_are_pytorchs() {
    let weights = include_bytes!("../weights/efficientnet-lite0.safetensors");
    let device = Device::flex();
    let config = EncoderConfig {
        architecture: Architecture::EfficientNetLite0,
        feature_layer: FeatureLayer::Head,
    };
    let encoder = read_encoder(weights, config, &device).unwrap();
    let bytes = fixture("encoder_reference.safetensors");
    let reference = SafeTensors::deserialize(&bytes).unwrap();
    for index in 0..3 {
        let pixels = reference.tensor(&format!("input.{index}")).unwrap();
        let photo = RgbImage::from_raw(224, 224, pixels.data().to_vec()).unwrap();
        let input = photo::to_tensor(&[photo], &config.architecture.preparation(), &device);
        let features = encoder.forward(input);
        assert_eq!(features.dims(), [1, 49, 1280]);
        let features = features.into_data().try_into_vec::<f32>().unwrap();
        let error = |name: &str| {
            let expected = f32_tensor(&reference, &format!("{name}.{index}"));
            relative_error(&features, &expected.try_into_vec::<f32>().unwrap())
        };
        let (parity, rounding) = (error("rounded"), error("features"));
        println!("photo {index}: {parity:.1e} from PyTorch, {rounding:.1e} with unrounded weights");
        // The same half-float weights on both sides: what is left is the order of additions.
        assert!(parity <= 1e-4, "photo {index}: relative error {parity:.2e}");
        // The published f32 weights, batch norms not folded: what folding and rounding cost.
        assert!(
            rounding <= 1e-2,
            "photo {index}: relative error {rounding:.2e}"
        );
    }
}

#[test]
fn lite2_is_pytorchs_after_and_before_the_head() {
    let weights = include_bytes!("../weights/efficientnet-lite2.safetensors");
    let device = Device::flex();
    let config = EncoderConfig {
        architecture: Architecture::EfficientNetLite2,
        feature_layer: FeatureLayer::Head,
    };
    let encoder = read_encoder(weights, config, &device).unwrap();
    let bytes = fixture("encoder_lite2_reference.safetensors");
    let reference = SafeTensors::deserialize(&bytes).unwrap();
    let pixels = reference.tensor("input.0").unwrap();
    let photo = RgbImage::from_raw(260, 260, pixels.data().to_vec()).unwrap();
    let input = photo::to_tensor(&[photo], &config.architecture.preparation(), &device);
    let after = encoder.forward(input.clone());
    let (trunk, head) = encoder.split_head();
    let before = trunk.forward(input);
    let blocks = EncoderConfig {
        feature_layer: FeatureLayer::Blocks,
        ..config
    };
    assert_eq!(before.dims(), [1, 81, blocks.channels()]);
    // The head as a linear layer gives what it gave as a convolution.
    let (weight, bias) = head.unwrap();
    let again = before.clone().squeeze_dim::<2>(0).matmul(weight) + bias.unsqueeze();
    let again = again
        .clamp(0.0, 6.0)
        .into_data()
        .try_into_vec::<f32>()
        .unwrap();
    let whole = after.clone().into_data().try_into_vec::<f32>().unwrap();
    assert!(relative_error(&again, &whole) < 1e-5);

    for (features, name) in [(after, "rounded.0"), (before, "rounded_blocks.0")] {
        // Every fifth position is in the reference.
        let [_, positions, channels] = features.dims();
        let values = features.into_data().try_into_vec::<f32>().unwrap();
        let found: Vec<f32> = (0..positions)
            .step_by(5)
            .flat_map(|position| values[position * channels..][..channels].to_vec())
            .collect();
        let expected = f32_tensor(&reference, name).try_into_vec::<f32>().unwrap();
        let error = relative_error(&found, &expected);
        println!("{name}: {error:.1e} from PyTorch");
        assert!(error <= 1e-4, "{name}: relative error {error:.2e}");
    }
}

fn relative_error(values: &[f32], expected: &[f32]) -> f32 {
    let norm = |values: &mut dyn Iterator<Item = f32>| values.map(|v| v * v).sum::<f32>().sqrt();
    norm(&mut values.iter().zip(expected).map(|(a, b)| a - b)) / norm(&mut expected.iter().copied())
}
