//! EfficientNet-Lite0's features against PyTorch's, on three photos.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

#[allow(dead_code, reason = "each test file uses its part")]
mod common;

use burn::tensor::Device;
use common::{f32_tensor, fixture};
use image::RgbImage;
use model_export::encoder::Architecture;
use model_export::model_file::read_encoder;
use model_export::photo;
use safetensors::SafeTensors;

#[test]
fn features_are_pytorchs() {
    let weights = include_bytes!("../weights/efficientnet-lite0.safetensors");
    let device = Device::flex();
    let architecture = Architecture::EfficientNetLite0;
    let encoder = read_encoder(weights, architecture, &device).unwrap();
    let bytes = fixture("encoder_reference.safetensors");
    let reference = SafeTensors::deserialize(&bytes).unwrap();
    for index in 0..3 {
        let pixels = reference.tensor(&format!("input.{index}")).unwrap();
        let photo = RgbImage::from_raw(224, 224, pixels.data().to_vec()).unwrap();
        let input = photo::to_tensor(&[photo], &architecture.preparation(), &device);
        let features = encoder.forward(input);
        assert_eq!(features.dims(), [1, 49, 1280]);
        let features = features.into_data().try_into_vec::<f32>().unwrap();
        let expected = f32_tensor(&reference, &format!("features.{index}"))
            .try_into_vec::<f32>()
            .unwrap();
        let norm = |values: &mut dyn Iterator<Item = f32>| values.map(|v| v * v).sum::<f32>().sqrt();
        let error = norm(&mut features.iter().zip(&expected).map(|(a, b)| a - b))
            / norm(&mut expected.iter().copied());
        println!("photo {index}: relative error {error:.2e}");
        assert!(error <= 1e-3, "photo {index}: relative error {error:.2e}");
    }
}
