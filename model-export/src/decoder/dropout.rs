//! Dropout whose masks depend on a seed of the thread alone.
//!
//! burn's own draws from one generator of the whole process, behind a lock: threads that train side by
//! side would wait for each other, and a run could not be repeated.

use std::cell::RefCell;

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

thread_local! {
    static RANDOM: RefCell<ChaCha8Rng> = RefCell::new(ChaCha8Rng::seed_from_u64(0));
}

/// Decides all masks that this thread draws from here on: those of `stream`, one of many that a seed
/// has.
pub fn seed_dropout(seed: u64, stream: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    RANDOM.set(random);
}

/// Zeroes a share of the values in training, and scales the others so that their sum stays (Srivastava
/// et al., 2014, <https://jmlr.org/papers/v15/srivastava14a.html>). Off the training device it does
/// nothing.
#[derive(Module, Debug)]
pub(super) struct Dropout {
    rate: f64,
}

impl Dropout {
    /// `rate` is the share to zero, in 0 to 1, 1 excluded.
    pub(super) fn new(rate: f64) -> Self {
        Self { rate }
    }

    pub(super) fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let device = x.device();
        if self.rate == 0.0 || !device.is_autodiff() {
            return x;
        }
        let shape = x.dims();
        let mask = mask(self.rate, shape.iter().product());
        let dtype = x.dtype();
        x * Tensor::from_data(TensorData::new(mask, shape), (&device, dtype))
    }
}

/// Leaves a share of an image's positions out in training, others in every step, so that a photo never looks
/// quite the same (as Li et al., 2022, <https://arxiv.org/abs/2212.00794>, leave out patches). The photos
/// of a batch lose the same ones, and nothing is computed for those. Off the training device it does
/// nothing.
#[derive(Module, Debug)]
pub(super) struct PositionDropout {
    rate: f64,
}

impl PositionDropout {
    /// `rate` is the share to leave out, in 0 to 1, 1 excluded.
    pub(super) fn new(rate: f64) -> Self {
        Self { rate }
    }

    /// The positions to keep, in ascending order, of so many; none where all are kept.
    pub(super) fn kept(&self, positions: usize, device: &Device) -> Option<Tensor<1, Int>> {
        if self.rate == 0.0 || !device.is_autodiff() {
            return None;
        }
        let count = (positions as f64 * (1.0 - self.rate)).ceil() as usize;
        let mut kept: Vec<_> = (0..positions as i32).collect();
        RANDOM.with_borrow_mut(|random| kept.shuffle(random));
        kept.truncate(count);
        kept.sort_unstable();
        Some(Tensor::from_data(TensorData::new(kept, [count]), device))
    }
}

/// `count` factors: 0, or what makes up for the zeroed share. Sixteen random bits decide each.
fn mask(rate: f64, count: usize) -> Vec<f32> {
    const DRAWS: usize = 2048;
    let kept = (1.0 / (1.0 - rate)) as f32;
    let threshold = (rate * 65536.0).round() as u32;
    let mut bytes = [0; 2 * DRAWS];
    let mut mask = Vec::with_capacity(count);
    RANDOM.with_borrow_mut(|random| {
        while mask.len() < count {
            let draws = DRAWS.min(count - mask.len());
            let bytes = &mut bytes[..2 * draws];
            random.fill_bytes(bytes);
            let (pairs, _) = bytes.as_chunks::<2>();
            mask.extend(pairs.iter().map(|&pair| {
                let zeroed = u32::from(u16::from_le_bytes(pair)) < threshold;
                if zeroed { 0.0 } else { kept }
            }));
        }
    });
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ones(device: &Device) -> Tensor<2> {
        Tensor::ones([100, 300], device)
    }

    fn values(x: Tensor<2>) -> Vec<f32> {
        x.into_data().try_into_vec().unwrap()
    }

    #[test]
    fn a_share_is_zeroed_and_the_mean_stays() {
        let device = Device::flex().autodiff();
        seed_dropout(1, 0);
        let values = values(Dropout::new(0.3).forward(ones(&device)));
        let zeros = values.iter().filter(|&&value| value == 0.0).count();
        let share = zeros as f64 / values.len() as f64;
        // Six standard deviations of a share of 30,000 draws.
        assert!((share - 0.3).abs() < 0.016, "{share}");
        assert!(
            values
                .iter()
                .all(|&value| value == 0.0 || (value - 1.0 / 0.7).abs() < 1e-6)
        );
    }

    #[test]
    fn seed_and_stream_decide_the_mask() {
        let device = Device::flex().autodiff();
        let draw = |seed, stream| {
            seed_dropout(seed, stream);
            values(Dropout::new(0.5).forward(ones(&device)))
        };
        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(1, 3));
        assert_ne!(draw(1, 2), draw(2, 2));
    }

    #[test]
    fn other_positions_are_kept_each_time() {
        let device = Device::flex().autodiff();
        seed_dropout(1, 0);
        let dropout = PositionDropout::new(0.25);
        let draw = || {
            let kept = dropout.kept(10, &device).unwrap();
            kept.into_data().convert::<i64>().try_into_vec().unwrap()
        };
        let (first, second): (Vec<i64>, Vec<i64>) = (draw(), draw());
        assert_eq!(first.len(), 8);
        assert!(first.is_sorted_by(|a, b| a < b) && first.iter().all(|&place| place < 10));
        assert_ne!(first, second);
        assert!(dropout.kept(10, &Device::flex()).is_none());
    }

    #[test]
    fn nothing_is_dropped_outside_training() {
        let x = ones(&Device::flex());
        assert!(
            values(Dropout::new(0.9).forward(x))
                .iter()
                .all(|&value| value == 1.0)
        );
    }
}
