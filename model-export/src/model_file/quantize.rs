//! Numbers as the file stores them, and back.

use half::f16;
use safetensors::Dtype;
use serde::{Deserialize, Serialize};

/// How matrices and kernels are stored. Vectors (biases, norms) are always f32: they are small, and
/// f16 cannot hold the output bias of a banned token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// 4 bytes a value.
    F32,
    /// 2 bytes a value.
    F16,
    /// 1 byte a value, one scale per output channel.
    Int8,
}

/// A tensor's bytes as they stand in the file.
pub(super) struct Stored {
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    pub(super) bytes: Vec<u8>,
}

pub(super) fn f32_tensor(values: &[f32], shape: &[usize]) -> Stored {
    Stored {
        dtype: Dtype::F32,
        shape: shape.to_vec(),
        bytes: values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect(),
    }
}

pub(super) fn f16_tensor(values: &[f32], shape: &[usize]) -> Stored {
    Stored {
        dtype: Dtype::F16,
        shape: shape.to_vec(),
        bytes: values
            .iter()
            .flat_map(|&value| f16::from_f32(value).to_le_bytes())
            .collect(),
    }
}

/// Symmetric int8 with one scale per index of `output_dimension`: the values, and their scales.
pub(super) fn int8_tensor(
    values: &[f32],
    shape: &[usize],
    output_dimension: usize,
) -> (Stored, Stored) {
    let channels = shape[output_dimension];
    let stride: usize = shape[output_dimension + 1..].iter().product();
    let channel = |index: usize| index / stride % channels;

    let mut scales = vec![0f32; channels];
    for (index, value) in values.iter().enumerate() {
        let scale = &mut scales[channel(index)];
        *scale = scale.max(value.abs() / 127.0);
    }
    let bytes = values
        .iter()
        .enumerate()
        .map(|(index, value)| match scales[channel(index)] {
            0.0 => 0,
            scale => (value / scale).round().clamp(-127.0, 127.0) as i8 as u8,
        })
        .collect();
    let mut scale_shape = vec![1; shape.len()];
    scale_shape[output_dimension] = channels;
    (
        Stored {
            dtype: Dtype::I8,
            shape: shape.to_vec(),
            bytes,
        },
        f32_tensor(&scales, &scale_shape),
    )
}

pub(super) fn widen_f32(bytes: &[u8]) -> Vec<f32> {
    let (values, _) = bytes.as_chunks::<4>();
    values
        .iter()
        .map(|&value| f32::from_le_bytes(value))
        .collect()
}

pub(super) fn widen_f16(bytes: &[u8]) -> Vec<f32> {
    let (values, _) = bytes.as_chunks::<2>();
    values
        .iter()
        .map(|&value| f16::from_le_bytes(value).to_f32())
        .collect()
}

/// `scales` has one value per index of `output_dimension` of `shape`.
pub(super) fn widen_int8(
    bytes: &[u8],
    shape: &[usize],
    scales: &[f32],
    output_dimension: usize,
) -> Vec<f32> {
    let stride: usize = shape[output_dimension + 1..].iter().product();
    let widen = |byte: u8, scale: f32| f32::from(byte as i8) * scale;
    let mut values = Vec::with_capacity(bytes.len());
    if stride == 1 {
        for row in bytes.chunks(scales.len().max(1)) {
            let row = row.iter().zip(scales);
            values.extend(row.map(|(&byte, &scale)| widen(byte, scale)));
        }
    } else {
        for (run, &scale) in bytes.chunks(stride).zip(scales.iter().cycle()) {
            values.extend(run.iter().map(|&byte| widen(byte, scale)));
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn int8_is_within_half_a_step_of_every_channel() {
        let shape = [3, 4, 2];
        let values: Vec<f32> = (0..24)
            .map(|i| ((i * 37) % 23) as f32 * 0.3 - 3.0)
            .collect();
        for output_dimension in 0..3 {
            let (stored, scale) = int8_tensor(&values, &shape, output_dimension);
            let mut expected = vec![1; 3];
            expected[output_dimension] = shape[output_dimension];
            assert_eq!(scale.shape, expected);
            let scales = widen_f32(&scale.bytes);
            let largest = scales.iter().copied().fold(0.0, f32::max);
            let widened = widen_int8(&stored.bytes, &shape, &scales, output_dimension);
            for (value, widened) in values.iter().zip(widened) {
                assert!((value - widened).abs() <= largest / 2.0 + 1e-6);
            }
        }
    }

    #[test]
    fn a_channel_of_zeros_stays_zero() {
        let (stored, scale) = int8_tensor(&[0.0, 0.0, 1.0, -2.0], &[2, 2], 0);
        let scales = widen_f32(&scale.bytes);
        let widened = widen_int8(&stored.bytes, &[2, 2], &scales, 0);
        assert_eq!(widened[..2], [0.0, 0.0]);
        assert!((widened[3] + 2.0).abs() < 1e-6);
    }

    #[test]
    fn f16_and_f32_come_back() {
        let values = [0.5, -3.0, 65504.0];
        assert_eq!(widen_f16(&f16_tensor(&values, &[3]).bytes), values);
        assert_eq!(widen_f32(&f32_tensor(&values, &[3]).bytes), values);
    }
}
