//! A block: its widened map is made and filtered a few rows at a time, so that it stays in the second cache.

use burn::nn::conv::Conv2d;
use pulp::Arch;

use super::depthwise::Depthwise;
use super::pointwise::Pointwise;
use crate::encoder::inverted_residual::InvertedResidual;
use crate::kernels::{After, Arithmetic, Rows};

/// Values of the widened rows that are kept at a time: 384 KiB.
const WINDOW: usize = 96 << 10;

/// An [`InvertedResidual`].
#[derive(Clone, Debug)]
pub(super) struct Block {
    expand: Option<Pointwise>,
    depthwise: Depthwise,
    project: Pointwise,
    residual: bool,
    inputs: usize,
}

/// A square map `[row, column, channel]`.
pub(super) struct Map {
    pub(super) side: usize,
    pub(super) values: Vec<f32>,
}

impl Block {
    /// Of a block that reads maps of `inputs` channels, padding included.
    pub(super) fn new(
        block: &InvertedResidual,
        inputs: usize,
        arch: Arch,
        arithmetic: Arithmetic,
    ) -> Option<Self> {
        let depthwise = Depthwise::new(&block.depthwise, arch)?;
        let pointwise = |layer: &Conv2d, inputs| Pointwise::new(layer, inputs, arch, arithmetic);
        Some(Self {
            expand: block.expand.as_ref().map(|layer| pointwise(layer, inputs)),
            project: pointwise(&block.project, depthwise.channels),
            depthwise,
            residual: block.residual,
            inputs,
        })
    }

    /// Channels of what it gives.
    pub(super) fn outputs(&self) -> usize {
        self.project.outputs()
    }

    /// The next map.
    pub(super) fn forward(&self, arch: Arch, input: &Map) -> Map {
        let &Depthwise {
            channels,
            kernel,
            stride,
            ..
        } = &self.depthwise;
        let side = input.side.div_ceil(stride);
        // As TensorFlow's "SAME".
        let width = (side - 1) * stride + kernel;
        let before = width.saturating_sub(input.side) / 2;
        let row = width * channels;
        let strip = (WINDOW / row).saturating_sub(kernel - stride) / stride;
        let strip = strip.clamp(1, side);
        let rows = (strip - 1) * stride + kernel;
        let mut window = vec![0.0; rows * row];
        let mut filtered = vec![0.0; strip * side * channels];
        let outputs = side * self.outputs();
        let mut output = vec![0.0; side * outputs];
        for first in (0..side).step_by(strip) {
            let count = strip.min(side - first);
            // What the last strip's windows have in common with this one's.
            let kept = if first > 0 {
                kernel.saturating_sub(stride)
            } else {
                0
            };
            window.copy_within((rows - kept) * row.., 0);
            let from = (first * stride + kept).max(before);
            let to = (first * stride + rows).min(before + input.side).max(from);
            let there = from..to;
            let beginning = (there.start - first * stride) * row;
            window[kept * row..beginning].fill(0.0);
            window[beginning + there.len() * row..].fill(0.0);
            if !there.is_empty() {
                let read = (there.start - before) * input.side * self.inputs;
                let read = &input.values[read..][..there.len() * input.side * self.inputs];
                let place = &mut window[beginning + before * channels..];
                self.widen(arch, read, input.side, place, row);
            }
            let filtered = &mut filtered[..count * side * channels];
            self.depthwise.forward(arch, &window, width, filtered, side);
            let strip = first * outputs..(first + count) * outputs;
            let after = if self.residual {
                After::Add(&input.values[strip.clone()])
            } else {
                After::Nothing
            };
            let place = Rows {
                values: &mut output[strip],
                columns: side,
                stride: outputs,
            };
            self.project.forward(arch, filtered, after, place);
        }
        Map {
            side,
            values: output,
        }
    }

    /// Rows of `columns` positions as the depthwise convolution reads them, `stride` values from row to row.
    fn widen(&self, arch: Arch, rows: &[f32], columns: usize, place: &mut [f32], stride: usize) {
        match &self.expand {
            Some(expand) => {
                let place = Rows {
                    values: place,
                    columns,
                    stride,
                };
                expand.forward(arch, rows, After::Relu6, place);
            }
            None => {
                let rows = rows.chunks_exact(columns * self.inputs);
                for (row, place) in rows.zip(place.chunks_mut(stride)) {
                    place[..row.len()].copy_from_slice(row);
                }
            }
        }
    }
}
