//! Reading the PyTorch fixtures.

use std::path::PathBuf;

use burn::tensor::TensorData;
use safetensors::SafeTensors;

/// The bytes of a file below `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", name]
        .iter()
        .collect();
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
