//! The convolution that reads each channel by itself, with bias and ReLU6 in one pass.

use burn::nn::conv::Conv2d;
use pulp::{Arch, Simd, WithSimd};

use super::lanes::{relu6, round_up, values};

/// Columns that are computed together: they share the kernel and what their windows have in common.
const COLUMNS: usize = 5;

/// A depthwise convolution of a square kernel.
#[derive(Clone, Debug)]
pub(super) struct Depthwise {
    pub(super) channels: usize,
    pub(super) kernel: usize,
    pub(super) stride: usize,
    /// `[row of the kernel, column of the kernel, channel]`
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Depthwise {
    /// `None` of a kernel or a stride that EfficientNet-Lite does not have.
    pub(super) fn new(convolution: &Conv2d, arch: Arch) -> Option<Self> {
        let (weight, [channels, _, kernel, columns], mut bias) = values(convolution);
        let [stride, _] = convolution.stride;
        if !matches!((kernel, stride), (3 | 5, 1 | 2)) || columns != kernel {
            return None;
        }
        let width = round_up(channels, arch);
        let mut weights = vec![0.0; kernel * kernel * width];
        for (channel, plane) in weight.chunks_exact(kernel * kernel).enumerate() {
            for (place, value) in weights.chunks_exact_mut(width).zip(plane) {
                place[channel] = *value;
            }
        }
        bias.resize(width, 0.0);
        Some(Self {
            channels: width,
            kernel,
            stride,
            weights,
            bias,
        })
    }

    /// From rows `[row, width, channels]` with all that the kernel reads beyond the edge, to rows
    /// `[row, columns, channels]`.
    pub(super) fn forward(
        &self,
        arch: Arch,
        input: &[f32],
        width: usize,
        output: &mut [f32],
        columns: usize,
    ) {
        arch.dispatch(Filter {
            layer: self,
            input,
            width,
            output,
            columns,
        });
    }
}

struct Filter<'a> {
    layer: &'a Depthwise,
    input: &'a [f32],
    width: usize,
    output: &'a mut [f32],
    columns: usize,
}

impl WithSimd for Filter<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match (self.layer.kernel, self.layer.stride) {
            (3, 1) => self.rows::<S, 3, 1>(simd),
            (3, _) => self.rows::<S, 3, 2>(simd),
            (_, 1) => self.rows::<S, 5, 1>(simd),
            _ => self.rows::<S, 5, 2>(simd),
        }
    }
}

impl Filter<'_> {
    #[inline(always)]
    fn rows<S: Simd, const KERNEL: usize, const STRIDE: usize>(mut self, simd: S) {
        let rows = self.output.len() / (self.columns * self.layer.channels);
        let together = self.columns / COLUMNS * COLUMNS;
        for row in 0..rows {
            for column in (0..together).step_by(COLUMNS) {
                self.tile::<S, KERNEL, STRIDE, COLUMNS>(simd, row, column);
            }
            for column in together..self.columns {
                self.tile::<S, KERNEL, STRIDE, 1>(simd, row, column);
            }
        }
    }

    /// All channels of a few columns.
    #[inline(always)]
    fn tile<S: Simd, const KERNEL: usize, const STRIDE: usize, const COUNT: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
    ) {
        let vectors = self.layer.channels / S::F32_LANES;
        let read = (COUNT - 1) * STRIDE + KERNEL;
        let (bias, _) = S::as_simd_f32s(&self.layer.bias);
        let (weights, _) = S::as_simd_f32s(&self.layer.weights);
        let (input, _) = S::as_simd_f32s(self.input);
        let (output, _) = S::as_mut_simd_f32s(self.output);
        let output = &mut output[(row * self.columns + column) * vectors..][..COUNT * vectors];
        let weights = &weights[..KERNEL * KERNEL * vectors];
        let mut rows = [&input[..0]; KERNEL];
        for (y, place) in rows.iter_mut().enumerate() {
            let first = (row * STRIDE + y) * self.width + column * STRIDE;
            *place = &input[first * vectors..][..read * vectors];
        }
        for (vector, &bias) in bias.iter().enumerate().take(vectors) {
            let mut sums = [bias; COUNT];
            for (y, values) in rows.iter().enumerate() {
                let mut kernel = [bias; KERNEL];
                for (x, place) in kernel.iter_mut().enumerate() {
                    *place = weights[(y * KERNEL + x) * vectors + vector];
                }
                for x in 0..read {
                    let value = values[x * vectors + vector];
                    for (index, sum) in sums.iter_mut().enumerate() {
                        if let Some(weight) = x.checked_sub(index * STRIDE)
                            && weight < KERNEL
                        {
                            *sum = simd.mul_add_e_f32s(value, kernel[weight], *sum);
                        }
                    }
                }
            }
            for (index, &sum) in sums.iter().enumerate() {
                output[index * vectors + vector] = relu6(simd, sum);
            }
        }
    }
}
