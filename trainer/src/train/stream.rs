//! Streams of random numbers, each for a purpose of its own: what is drawn for one tells nothing of another, and a
//! run that is resumed draws on as if it had not been interrupted.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// What numbers are drawn for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// The order of the photos; counted in passes over them.
    PhotoOrder,
    /// The order of captions without photos; counted in passes over them.
    TextOrder,
    /// The view and the captions of each photo of a step.
    Views,
    /// Which values a thread's share of a step drops.
    Dropout {
        /// The share's place.
        share: usize,
    },
    /// The words of captions that are drawn for a thread's share of a step.
    Draws {
        /// The share's place.
        share: usize,
    },
    /// The words of captions that are shown after an epoch; counted in epochs.
    Samples,
}

/// One of the streams of a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stream {
    pub(super) seed: u64,
    /// Which of the seed's streams.
    pub(super) number: u64,
}

/// The stream for a purpose at a step, or in whatever its purpose is counted.
///
/// How streams are numbered is a part of every recipe: other numbers would give other weights.
pub(super) fn stream(seed: u64, purpose: Purpose, step: u64) -> Stream {
    let of_share = |share: usize| (step << 8) + share as u64;
    let (seed, number) = match purpose {
        Purpose::PhotoOrder | Purpose::TextOrder => (seed, step),
        Purpose::Views => (seed, u64::MAX - step),
        Purpose::Dropout { share } => (seed, of_share(share)),
        // The captions of a photo are streams of their own.
        Purpose::Draws { share } => (seed.wrapping_add(of_share(share)), 0),
        // The same photo's captions can be compared from run to run.
        Purpose::Samples => (step, 0),
    };
    Stream { seed, number }
}

impl Stream {
    /// Its numbers, from the first one on.
    pub(super) fn numbers(self) -> ChaCha8Rng {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(self.number);
        random
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Trained models are repeated by these numbers.
    #[test]
    fn streams_are_numbered_as_they_always_were() {
        let of = |purpose, step| {
            let Stream { seed, number } = stream(7, purpose, step);
            (seed, number)
        };
        assert_eq!(of(Purpose::PhotoOrder, 3), (7, 3));
        assert_eq!(of(Purpose::TextOrder, 3), (7, 3));
        assert_eq!(of(Purpose::Views, 3), (7, u64::MAX - 3));
        assert_eq!(of(Purpose::Dropout { share: 2 }, 3), (7, 770));
        assert_eq!(of(Purpose::Draws { share: 2 }, 3), (777, 0));
        assert_eq!(of(Purpose::Samples, 3), (3, 0));
    }

    #[test]
    fn steps_and_shares_have_streams_of_their_own() {
        let dropout = |step, share| {
            let Stream { seed, number } = stream(1, Purpose::Dropout { share }, step);
            (seed, number)
        };
        let all: HashSet<_> = (0..50)
            .flat_map(|step| (0..8).map(move |share| dropout(step, share)))
            .collect();
        assert_eq!(all.len(), 400);
    }
}
