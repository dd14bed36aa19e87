//! The first convolution, which reads pixels.

use burn::nn::conv::Conv2d;
use pulp::Arch;

use super::block::Map;
use super::pointwise::Pointwise;
use crate::kernels::{After, Arithmetic, Rows};

/// A convolution of stride 2 with ReLU6, of planes of pixels.
#[derive(Clone, Debug)]
pub(super) struct Stem {
    /// Reads the kernel's pixels as the channels of one position, plane by plane.
    product: Pointwise,
    planes: usize,
    kernel: usize,
}

const STRIDE: usize = 2;

impl Stem {
    pub(super) fn new(convolution: &Conv2d, arch: Arch, arithmetic: Arithmetic) -> Self {
        let [_, planes, kernel, _] = convolution.weight.dims();
        let inputs = planes * kernel * kernel;
        Self {
            product: Pointwise::new(convolution, inputs, arch, arithmetic),
            planes,
            kernel,
        }
    }

    /// Channels of what it gives.
    pub(super) fn outputs(&self) -> usize {
        self.product.outputs()
    }

    /// From pixels `[plane, row, column]`.
    pub(super) fn forward(&self, arch: Arch, pixels: &[f32], size: usize) -> Map {
        let side = size.div_ceil(STRIDE);
        // As TensorFlow's "SAME".
        let before = ((side - 1) * STRIDE + self.kernel).saturating_sub(size) / 2;
        let row = side * self.outputs();
        let mut values = vec![0.0; side * row];
        let window = self.planes * self.kernel * self.kernel;
        let mut windows = vec![0.0; side * window];
        for (y, place) in values.chunks_exact_mut(row).enumerate() {
            windows.fill(0.0);
            for (x, window) in windows.chunks_exact_mut(window).enumerate() {
                let mut window = window.iter_mut();
                for plane in pixels.chunks_exact(size * size) {
                    for dy in 0..self.kernel {
                        for (dx, place) in window.by_ref().take(self.kernel).enumerate() {
                            let pixel = [y * STRIDE + dy, x * STRIDE + dx]
                                .map(|beyond| beyond.checked_sub(before).filter(|&at| at < size));
                            if let [Some(y), Some(x)] = pixel {
                                *place = plane[y * size + x];
                            }
                        }
                    }
                }
            }
            let place = Rows {
                values: place,
                columns: side,
                stride: row,
            };
            self.product.forward(arch, &windows, After::Relu6, place);
        }
        Map { side, values }
    }
}
