//! The convolution of one pixel: a product of matrices, with bias, activation and residual in one pass.

use burn::nn::conv::Conv2d;
use pulp::{Arch, Simd, WithSimd};

use super::lanes::{lanes, relu6, round_up, values};
use crate::kernels::{After, Arithmetic, Int8Weights, Rows};

/// Positions that are multiplied together. With more, browsers' compilers run out of registers.
const POSITIONS: usize = 4;

/// Vectors of output channels that are multiplied together.
const VECTORS: usize = 2;

/// Positions that are laid out before they are multiplied, so that they stay in the first cache.
const CHUNK: usize = 15 * POSITIONS;

/// A linear layer at every position.
#[derive(Clone, Debug)]
pub(super) struct Pointwise {
    inputs: usize,
    outputs: usize,
    weights: Weights,
    bias: Vec<f32>,
}

#[derive(Clone, Debug)]
enum Weights {
    Int8(Int8Weights),
    /// `[output panel, input, output of the panel]`
    F32(Vec<f32>),
}

impl Pointwise {
    /// Of a convolution, its kernel taken as one row of inputs. The map that it reads has `inputs` values at each
    /// position, the last of them 0 where the convolution reads fewer.
    pub(super) fn new(
        convolution: &Conv2d,
        inputs: usize,
        arch: Arch,
        arithmetic: Arithmetic,
    ) -> Self {
        let (weight, [channels, read, rows, columns], mut bias) = values(convolution);
        let read = read * rows * columns;
        let width = VECTORS * lanes(arch);
        bias.resize(channels.next_multiple_of(width), 0.0);
        let int8 = match arithmetic {
            Arithmetic::Integers => Int8Weights::of(&weight, read, inputs),
            Arithmetic::Floats => None,
        };
        Self {
            inputs,
            outputs: round_up(channels, arch),
            weights: match int8 {
                Some(weights) => Weights::Int8(weights),
                None => Weights::F32(panels(&weight, read, inputs, width)),
            },
            bias,
        }
    }

    /// Values at each position of what it gives.
    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }

    /// From positions `[position, inputs]` to rows of `[position, outputs]`.
    pub(super) fn forward(&self, arch: Arch, input: &[f32], after: After, output: Rows) {
        match &self.weights {
            Weights::Int8(weights) => {
                let shape = [self.inputs, self.outputs];
                weights.multiply(input, shape, &self.bias, after, output);
            }
            Weights::F32(panels) => arch.dispatch(Product {
                layer: self,
                panels,
                input,
                after,
                output,
            }),
        }
    }
}

/// Weights `[output, read]` as `[panel, input, output of the panel]`, panels of `width` outputs.
fn panels(weights: &[f32], read: usize, inputs: usize, width: usize) -> Vec<f32> {
    let panels = (weights.len() / read).div_ceil(width);
    let mut packed = vec![0.0; panels * inputs * width];
    for (output, weights) in weights.chunks_exact(read).enumerate() {
        let panel = &mut packed[output / width * inputs * width..][..inputs * width];
        for (input, &value) in weights.iter().enumerate() {
            panel[input * width + output % width] = value;
        }
    }
    packed
}

struct Product<'a> {
    layer: &'a Pointwise,
    panels: &'a [f32],
    input: &'a [f32],
    after: After<'a>,
    output: Rows<'a>,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let inputs = self.layer.inputs;
        let width = VECTORS * S::F32_LANES;
        let mut tiles = vec![0.0; CHUNK * inputs];
        let chunks = self.input.chunks(CHUNK * inputs);
        for (chunk, positions) in chunks.enumerate() {
            // Each tile's positions side by side for each input, as the product reads them.
            for (rows, tile) in positions
                .chunks(POSITIONS * inputs)
                .zip(tiles.chunks_mut(POSITIONS * inputs))
            {
                let count = rows.len() / inputs;
                for (index, row) in rows.chunks_exact(inputs).enumerate() {
                    for (value, place) in row.iter().zip(tile.chunks_exact_mut(count)) {
                        place[index] = *value;
                    }
                }
            }
            let tiles = &tiles[..positions.len()];
            let panels = self.panels.chunks_exact(inputs * width);
            for (panel, weights) in panels.enumerate() {
                let channel = panel * width;
                for (index, tile) in tiles.chunks(POSITIONS * inputs).enumerate() {
                    let first = chunk * CHUNK + index * POSITIONS;
                    match tile.len() / inputs {
                        4 => self.tile::<S, 4>(simd, tile, weights, first, channel),
                        3 => self.tile::<S, 3>(simd, tile, weights, first, channel),
                        2 => self.tile::<S, 2>(simd, tile, weights, first, channel),
                        _ => self.tile::<S, 1>(simd, tile, weights, first, channel),
                    }
                }
            }
        }
    }
}

impl Product<'_> {
    /// Some output channels of a few positions, from `first` on.
    #[inline(always)]
    fn tile<S: Simd, const COUNT: usize>(
        &mut self,
        simd: S,
        tile: &[f32],
        weights: &[f32],
        first: usize,
        channel: usize,
    ) {
        let lanes = S::F32_LANES;
        let outputs = self.layer.outputs;
        let (bias, _) = S::as_simd_f32s(&self.layer.bias[channel..][..VECTORS * lanes]);
        let mut sums = [[bias[0], bias[1]]; COUNT];
        let (weights, _) = S::as_simd_f32s(weights);
        for (values, weights) in tile.chunks_exact(COUNT).zip(weights.chunks_exact(VECTORS)) {
            for index in 0..COUNT {
                let value = simd.splat_f32s(values[index]);
                for vector in 0..VECTORS {
                    sums[index][vector] =
                        simd.mul_add_e_f32s(value, weights[vector], sums[index][vector]);
                }
            }
        }
        for (index, sums) in sums.into_iter().enumerate() {
            let position = first + index;
            let row = position / self.output.columns * self.output.stride;
            let place = row + position % self.output.columns * outputs;
            for (vector, sum) in sums.into_iter().enumerate() {
                let channel = channel + vector * lanes;
                if channel >= outputs {
                    break;
                }
                let value = match self.after {
                    After::Nothing => sum,
                    After::Relu6 => relu6(simd, sum),
                    After::Add(map) => {
                        let added = &map[position * outputs + channel..][..lanes];
                        let (added, _) = S::as_simd_f32s(added);
                        simd.add_f32s(sum, added[0])
                    }
                };
                let place = &mut self.output.values[place + channel..][..lanes];
                let (place, _) = S::as_mut_simd_f32s(place);
                place[0] = value;
            }
        }
    }
}
