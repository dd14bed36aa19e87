//! Reading the PyTorch fixtures, and where the model that is held against them runs.

use std::path::Path;

use burn::tensor::{Device, TensorData};
use safetensors::SafeTensors;

/// burn-flex, or where `GLIMPSE_TEST_BACKEND` is `ndarray`, burn-ndarray.
#[allow(deprecated, reason = "burn calls its reference backend so")]
pub(crate) fn device() -> Device {
    match std::env::var("GLIMPSE_TEST_BACKEND").as_deref() {
        #[cfg(feature = "ndarray")]
        Ok("ndarray") => Device::ndarray(),
        Ok(other) => {
            panic!("GLIMPSE_TEST_BACKEND={other}: build with --features model-export/{other}")
        }
        Err(_) => Device::flex(),
    }
}

/// The bytes of a file below `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new("tests/fixtures").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// An f32 tensor of a fixture.
pub(crate) fn f32_tensor(tensors: &SafeTensors, name: &str) -> TensorData {
    let tensor = tensors.tensor(name).unwrap();
    assert_eq!(tensor.dtype(), safetensors::Dtype::F32, "{name}");
    let (values, _) = tensor.data().as_chunks::<4>();
    let values: Vec<f32> = values
        .iter()
        .map(|&value| f32::from_le_bytes(value))
        .collect();
    TensorData::new(values, tensor.shape().to_vec())
}

/// The largest absolute difference of two lists of the same length.
pub(crate) fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}
