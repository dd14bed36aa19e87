//! A linear layer of many positions where its weights are int8's: products of 16-bit integers, of which WebAssembly's
//! vectors multiply two in the place of one f32.
//!
//! Each position's inputs are rounded to multiples of a step of its own, as many as its largest magnitude allows
//! (dynamic quantization, Jacob et al., 2018, <https://arxiv.org/abs/1712.05877>, with 16 bits instead of 8). The
//! weights are exact, and so are the sums: the error is half a step of each input.

use super::rows::{After, Rows};
use super::vectors::{Floats, LANES, Pairs, Sums, farthest, round, sum};

/// Positions that are multiplied together. With more, browsers' compilers run out of registers.
const POSITIONS: usize = 4;

/// Vectors of output channels that are multiplied together.
const VECTORS: usize = 2;

/// Output channels that are multiplied together.
const WIDTH: usize = VECTORS * LANES;

/// Positions that are rounded before they are multiplied, so that they stay in the first cache.
const CHUNK: usize = 15 * POSITIONS;

/// The weights of a linear layer whose every output has int8 weights of one scale.
#[derive(Clone, Debug)]
pub(crate) struct Int8Weights {
    /// Pairs of inputs: whole vectors of them.
    pairs: usize,
    /// `[output panel, pair of inputs, vector of outputs]`
    panels: Vec<[Pairs; VECTORS]>,
    /// What an output's sums are multiples of, for inputs of step 1: `[output panel, vector of outputs]`.
    scales: Vec<[[f32; LANES]; VECTORS]>,
    /// The largest magnitude of a rounded input: no sum leaves 32 bits.
    largest_input: f32,
}

impl Int8Weights {
    /// Of weights `[output, read]` for positions of `inputs` values. `None` where they are not int8's.
    pub(crate) fn of(weights: &[f32], read: usize, inputs: usize) -> Option<Self> {
        let pairs = inputs.next_multiple_of(2 * LANES) / 2;
        let count = (weights.len() / read).div_ceil(WIDTH);
        let mut panels = vec![[[0; LANES]; VECTORS]; count * pairs];
        let mut scales = vec![[[0.0; LANES]; VECTORS]; count];
        let mut rounded = vec![0; pairs];
        let mut largest_sum = 1f32;
        for (output, weights) in weights.chunks_exact(read).enumerate() {
            let scale = round(weights, 127.0, &mut rounded);
            let sum = sum(weights) / scale;
            // A stored int8 was multiplied by the scale, with two roundings.
            if !sum.is_finite() || farthest(weights, scale) > 1e-3 * scale {
                return None;
            }
            largest_sum = largest_sum.max(sum);
            let (panel, vector, lane) = (output / WIDTH, output % WIDTH / LANES, output % LANES);
            scales[panel][vector][lane] = scale;
            for (place, &pair) in panels[panel * pairs..].iter_mut().zip(&rounded) {
                place[vector][lane] = pair;
            }
        }
        // Less than fits, by more than sums of f32 are wrong.
        let fits = 0.999 * i32::MAX as f32 / largest_sum;
        Some(Self {
            pairs,
            panels,
            scales,
            largest_input: fits.min(f32::from(i16::MAX)).floor(),
        })
    }

    /// From positions `[position, inputs]` to rows of `[position, outputs]`.
    pub(crate) fn multiply(
        &self,
        input: &[f32],
        [inputs, outputs]: [usize; 2],
        bias: &[f32],
        after: After,
        output: Rows,
    ) {
        let mut rounded = vec![0; CHUNK * self.pairs];
        let mut positions = [Position::default(); CHUNK];
        let mut product = Product {
            weights: self,
            outputs,
            bias,
            after,
            values: output.values,
        };
        for (chunk, input) in input.chunks(CHUNK * inputs).enumerate() {
            let count = input.len() / inputs;
            let rounded = &mut rounded[..count * self.pairs];
            for (index, (values, pairs)) in input
                .chunks_exact(inputs)
                .zip(rounded.chunks_exact_mut(self.pairs))
                .enumerate()
            {
                let index_of_all = chunk * CHUNK + index;
                let row = index_of_all / output.columns * output.stride;
                positions[index] = Position {
                    step: round(values, self.largest_input, pairs),
                    read: index_of_all * outputs,
                    place: row + index_of_all % output.columns * outputs,
                };
            }
            for panel in 0..self.scales.len() {
                for (tile, positions) in rounded
                    .chunks(POSITIONS * self.pairs)
                    .zip(positions.chunks(POSITIONS))
                {
                    match tile.len() / self.pairs {
                        4 => product.tile::<4>(tile, positions, panel),
                        3 => product.tile::<3>(tile, positions, panel),
                        2 => product.tile::<2>(tile, positions, panel),
                        _ => product.tile::<1>(tile, positions, panel),
                    }
                }
            }
        }
    }
}

/// A position whose inputs were rounded.
#[derive(Clone, Copy, Default)]
struct Position {
    /// What its integers are multiples of.
    step: f32,
    /// Where a map that is added has its values.
    read: usize,
    /// Where its values are written.
    place: usize,
}

struct Product<'a> {
    weights: &'a Int8Weights,
    outputs: usize,
    bias: &'a [f32],
    after: After<'a>,
    values: &'a mut [f32],
}

impl Product<'_> {
    /// Some output channels of a few positions.
    #[inline(always)]
    fn tile<const COUNT: usize>(&mut self, tile: &[i32], positions: &[Position], panel: usize) {
        let pairs = self.weights.pairs;
        let weights = &self.weights.panels[panel * pairs..][..pairs];
        let rows: [_; COUNT] = std::array::from_fn(|index| &tile[index * pairs..][..pairs]);
        let mut sums = [[Sums::zero(); VECTORS]; COUNT];
        for (pair, weights) in weights.iter().enumerate() {
            for (row, sums) in rows.iter().zip(&mut sums) {
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = sum.with_products(row[pair], *weights);
                }
            }
        }
        for (vector, scale) in self.weights.scales[panel].iter().enumerate() {
            let channel = panel * WIDTH + vector * LANES;
            if channel >= self.outputs {
                break;
            }
            let scale = Floats::load(*scale);
            let bias = load(&self.bias[channel..]);
            for (sums, position) in sums.iter().zip(positions) {
                let scale = scale.times(Floats::splat(position.step));
                let sum = sums[vector].to_floats().times(scale).plus(bias);
                let values = match self.after {
                    After::Nothing => sum,
                    After::Relu6 => sum.relu6(),
                    After::Add(map) => sum.plus(load(&map[position.read + channel..])),
                };
                let place = &mut self.values[position.place + channel..][..LANES];
                place.copy_from_slice(&values.to_array());
            }
        }
    }
}

/// The first values of a slice.
#[inline(always)]
fn load(values: &[f32]) -> Floats {
    let mut first = [0.0; LANES];
    first.copy_from_slice(&values[..LANES]);
    Floats::load(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One position through one layer.
    fn product(weights: &[f32], input: &[f32]) -> Vec<f32> {
        let read = input.len();
        let outputs = (weights.len() / read).next_multiple_of(LANES);
        let mut values = vec![0.0; outputs];
        let place = Rows {
            values: &mut values,
            columns: 1,
            stride: 0,
        };
        let layer = Int8Weights::of(weights, read, read).expect("they are int8's");
        layer.multiply(
            input,
            [read, outputs],
            &vec![0.0; outputs],
            After::Nothing,
            place,
        );
        values
    }

    #[test]
    fn the_largest_sums_do_not_overflow() {
        for count in [1, 7, 1248, 100_000] {
            let sum = product(&vec![127.0; count], &vec![3.0; count])[0];
            let expected = 3.0 * 127.0 * count as f32;
            // At 100,000 inputs the bound leaves them 169 steps.
            assert!((sum / expected - 1.0).abs() < 1e-3, "{sum} of {expected}");
        }
    }

    #[test]
    fn inputs_and_weights_of_nothing_but_zeros_give_zero() {
        assert_eq!(product(&[0.0; 9], &[1.0; 9])[0], 0.0);
        assert_eq!(product(&[1.0; 9], &[0.0; 9])[0], 0.0);
        // Too little for its inverse to be a number.
        assert_eq!(product(&[1e-40; 9], &[1.0; 9])[0], 0.0);
        assert_eq!(product(&[1.0; 9], &[1e-40; 9])[0], 0.0);
    }

    #[test]
    fn what_is_not_finite_is_no_int8() {
        for odd in [f32::NAN, f32::INFINITY] {
            assert!(Int8Weights::of(&[1.0, odd, 0.5, 2.0], 4, 4).is_none());
        }
    }
}
