//! EfficientNet-Lite0's features against PyTorch's, on three photos.
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

fn relative_error(values: &[f32], expected: &[f32]) -> f32 {
    let norm = |values: &mut dyn Iterator<Item = f32>| values.map(|v| v * v).sum::<f32>().sqrt();
    norm(&mut values.iter().zip(expected).map(|(a, b)| a - b)) / norm(&mut expected.iter().copied())
}
