//! The image networks' features against PyTorch's.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

#[allow(dead_code, reason = "each test file uses its part")]
mod common;

use burn::tensor::{Device, Tensor};
use common::{f32_tensor, fixture};
use image::RgbImage;
use model_export::encoder::{Architecture, EncoderConfig, FeatureLayer, Pointwise};
use model_export::model_file::read_encoder;
use model_export::photo;
use safetensors::SafeTensors;

#[test]
fn features_are_pytorchs() {
    let weights = include_bytes!("../weights/efficientnet-lite0.safetensors");
    let device = Device::flex();
    let config = EncoderConfig::whole(Architecture::EfficientNetLite0);
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
fn lite2_is_pytorchs_at_every_layer() {
    let weights = include_bytes!("../weights/efficientnet-lite2.safetensors");
    let device = Device::flex();
    let config = EncoderConfig::whole(Architecture::EfficientNetLite2);
    let encoder = read_encoder(weights, config, &device).unwrap();
    let bytes = fixture("encoder_lite2_reference.safetensors");
    let reference = SafeTensors::deserialize(&bytes).unwrap();
    let pixels = reference.tensor("input.0").unwrap();
    let photo = RgbImage::from_raw(260, 260, pixels.data().to_vec()).unwrap();
    let input = photo::to_tensor(&[photo], &config.architecture.preparation(), &device);
    let after = encoder.forward(input.clone());
    let whole = after.clone().into_data().try_into_vec::<f32>().unwrap();
    // What a decoder takes over gives, as linear layers, what it gave as convolutions.
    let [_, before] = [FeatureLayer::Depthwise, FeatureLayer::Blocks].map(|feature_layer| {
        let (trunk, tail) = encoder.clone().split(feature_layer);
        let features = trunk.forward(input.clone());
        let cut = EncoderConfig {
            feature_layer,
            ..config
        };
        assert_eq!(features.dims(), [1, 81, cut.channels()]);
        let linear =
            |x: Tensor<2>, layer: Pointwise| x.matmul(layer.weight) + layer.bias.unsqueeze();
        let mut x = features.clone().squeeze_dim::<2>(0);
        assert_eq!(
            tail.projection.is_some(),
            feature_layer == FeatureLayer::Depthwise
        );
        if let Some(projection) = tail.projection {
            x = linear(x, projection);
        }
        let again = linear(x, tail.head.unwrap()).clamp(0.0, 6.0);
        let again = again.into_data().try_into_vec::<f32>().unwrap();
        assert!(relative_error(&again, &whole) < 1e-5);
        features
    });

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
