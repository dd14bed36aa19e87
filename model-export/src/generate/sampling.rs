//! Drawing one photo's captions at random.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::caption::{GeneratedCaption, GeneratedToken};
use super::error::DeviceError;
use super::hypothesis::{Hypothesis, Repeats};
use super::logits::{largest, likeliest};
use super::options::Sampling;
use super::search::{Predictions, Search};
use crate::vocabulary::{END, is_banned};

/// Draws captions that share the photo's keys and values, each from a random stream of its own.
pub(super) struct SamplingSearch {
    sampling: Sampling,
    length_penalty: f64,
    repeats: Repeats,
    open: Vec<Hypothesis>,
    /// For each open hypothesis the number of its draw, and its random stream.
    draws: Vec<(usize, ChaCha8Rng)>,
    /// By the number of the draw.
    drawn: Vec<Option<GeneratedCaption>>,
    weights: Vec<f32>,
}

impl SamplingSearch {
    /// Draw `n` gets stream `first_stream + n` of the seed's.
    pub(super) fn new(
        sampling: Sampling,
        captions: usize,
        length_penalty: f64,
        repeats: Repeats,
        first_stream: u64,
    ) -> Self {
        let draws = (0..captions)
            .map(|draw| {
                let mut random = ChaCha8Rng::seed_from_u64(sampling.seed);
                random.set_stream(first_stream + draw as u64);
                (draw, random)
            })
            .collect();
        Self {
            sampling,
            length_penalty,
            repeats,
            open: vec![Hypothesis::default(); captions],
            draws,
            drawn: vec![None; captions],
            weights: Vec::new(),
        }
    }
}

impl Search for SamplingSearch {
    fn open(&self) -> &[Hypothesis] {
        &self.open
    }

    fn advance(&mut self, rows: &Predictions, must_end: bool) -> Result<Vec<usize>, DeviceError> {
        let mut parents = Vec::new();
        let mut open = Vec::new();
        let mut draws = Vec::new();
        let before = std::mem::take(&mut self.open).into_iter();
        for (index, (hypothesis, (draw, mut random))) in
            before.zip(std::mem::take(&mut self.draws)).enumerate()
        {
            // The first words of all draws come from the same row.
            let row = index.min(rows.count() - 1);
            let logits = rows.logits(row);
            let normaliser = weigh(logits, &mut self.weights);
            if !normaliser.is_finite() {
                return Err(DeviceError::not_a_number());
            }
            let id = if must_end {
                END
            } else {
                let repeating = hypothesis.repeating(&self.repeats);
                restrict(logits, &self.sampling, &repeating, &mut self.weights);
                draw_one(&self.weights, &mut random)
            };
            let log_probability = f64::from(logits[id as usize]) - normaliser;
            if id == END {
                self.drawn[draw] = Some(hypothesis.ended(log_probability, self.length_penalty));
            } else {
                let token = GeneratedToken {
                    id,
                    probability: log_probability.exp() as f32,
                    attention: rows.attention(row).to_vec(),
                };
                parents.push(row);
                open.push(hypothesis.extended(token, log_probability));
                draws.push((draw, random));
            }
        }
        self.open = open;
        self.draws = draws;
        Ok(parents)
    }

    /// In the order of the draws.
    fn into_captions(self: Box<Self>) -> Vec<GeneratedCaption> {
        self.drawn.into_iter().flatten().collect()
    }
}

/// Fills `weights` with values in proportion to the tokens' probabilities; returns what a logit less
/// gives the log-probability, which is not finite where a logit is not a number.
fn weigh(logits: &[f32], weights: &mut Vec<f32>) -> f64 {
    let largest = largest(logits);
    weights.clear();
    weights.extend(logits.iter().map(|logit| (logit - largest).exp()));
    let sum: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    f64::from(largest) + sum.ln()
}

/// From the weights of [`weigh`] to those of the tokens that may be drawn; 0 for all others.
fn restrict(logits: &[f32], sampling: &Sampling, repeating: &[u32], weights: &mut Vec<f32>) {
    let banned = (0..=END).filter(|&id| is_banned(id));
    if sampling.temperature == 1.0 && repeating.is_empty() {
        for id in banned {
            weights[id as usize] = 0.0;
        }
    } else {
        let mut allowed = logits.to_vec();
        for id in banned.chain(repeating.iter().copied()) {
            allowed[id as usize] = f32::NEG_INFINITY;
        }
        // The largest weight is 1 again, so that low temperatures leave not only zeros.
        let largest = largest(&allowed);
        weights.clear();
        let scaled = allowed
            .iter()
            .map(|logit| ((logit - largest) / sampling.temperature).exp());
        weights.extend(scaled);
    }
    if sampling.top_k > 0 || sampling.top_p < 1.0 {
        let kept = likeliest_share(weights, sampling.top_k, f64::from(sampling.top_p));
        let values: Vec<f32> = kept.iter().map(|&id| weights[id as usize]).collect();
        weights.fill(0.0);
        for (id, value) in kept.into_iter().zip(values) {
            weights[id as usize] = value;
        }
    }
}

/// The ids of the `top_k` largest weights (0: of all), and of these only the first that together
/// reach `share` of the sum.
fn likeliest_share(weights: &[f32], top_k: usize, share: f64) -> Vec<u32> {
    let all = if top_k == 0 { weights.len() } else { top_k };
    let possible = |id: u32| weights[id as usize] > 0.0;
    let sum_of = |ids: &[u32]| -> f64 {
        let values = ids.iter().map(|&id| f64::from(weights[id as usize]));
        values.sum()
    };
    if share >= 1.0 {
        return likeliest(weights, all, possible);
    }
    let sum: f64 = if top_k == 0 {
        weights.iter().map(|&weight| f64::from(weight)).sum()
    } else {
        sum_of(&likeliest(weights, all, possible))
    };
    // Mostly a few words hold nearly all probability: no need to sort thousands.
    let mut count = all.min(32);
    loop {
        let mut ids = likeliest(weights, count, possible);
        let mut reached = 0.0;
        let last = ids.iter().position(|&id| {
            reached += f64::from(weights[id as usize]);
            reached >= share * sum
        });
        if let Some(last) = last {
            ids.truncate(last + 1);
            return ids;
        }
        if count == all {
            return ids;
        }
        count = all.min(4 * count);
    }
}

/// Draws an id with a probability in proportion to its weight.
fn draw_one(weights: &[f32], random: &mut ChaCha8Rng) -> u32 {
    let sum: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    // 53 random bits: every value is exact in f64.
    let share = (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    let mut left = share * sum;
    let mut last = END;
    for (id, &weight) in (0..).zip(weights) {
        if weight > 0.0 {
            last = id;
            left -= f64::from(weight);
            if left < 0.0 {
                break;
            }
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logits of the three banned tokens, `[END]` and three words.
    const LOGITS: [f32; 7] = [9.0, 9.0, 9.0, -1.0, 2.0, 1.0, 0.0];

    fn shares(sampling: &Sampling, repeating: &[u32]) -> Vec<f64> {
        let mut weights = Vec::new();
        weigh(&LOGITS, &mut weights);
        restrict(&LOGITS, sampling, repeating, &mut weights);
        let sum: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
        let shares = weights.iter().map(|&weight| f64::from(weight) / sum);
        shares.collect()
    }

    /// The softmax of the given logits.
    fn softmax(logits: &[f64]) -> Vec<f64> {
        let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
        logits.iter().map(|logit| logit.exp() / sum).collect()
    }

    fn assert_close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-6, "{found:?} {expected:?}");
        }
    }

    #[test]
    fn banned_tokens_are_never_drawn() {
        let expected = softmax(&[-1.0, 2.0, 1.0, 0.0]);
        let found = shares(&Sampling::default(), &[]);
        assert_eq!(found[..3], [0.0; 3]);
        assert_close(&found[3..], &expected);
    }

    #[test]
    fn the_temperature_divides_the_logits() {
        for temperature in [0.5f32, 2.0] {
            let sampling = Sampling {
                temperature,
                ..Sampling::default()
            };
            let scaled = [-1.0, 2.0, 1.0, 0.0].map(|logit| logit / f64::from(temperature));
            assert_close(&shares(&sampling, &[])[3..], &softmax(&scaled));
        }
        // So cold that every weight but the largest vanishes; the likeliest word may not be drawn.
        let cold = Sampling {
            temperature: 1e-3,
            ..Sampling::default()
        };
        assert_eq!(shares(&cold, &[4]), [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn top_k_keeps_the_likeliest() {
        let sampling = Sampling {
            top_k: 2,
            ..Sampling::default()
        };
        let found = shares(&sampling, &[]);
        let pair = softmax(&[2.0, 1.0]);
        assert_close(&found, &[0.0, 0.0, 0.0, 0.0, pair[0], pair[1], 0.0]);
    }

    #[test]
    fn top_p_keeps_the_fewest_that_reach_it() {
        let all = softmax(&[2.0, 1.0, 0.0, -1.0]);
        let kept = |top_p: f64, top_k| {
            let sampling = Sampling {
                top_p: top_p as f32,
                top_k,
                ..Sampling::default()
            };
            let shares = shares(&sampling, &[]);
            shares.iter().filter(|share| **share > 0.0).count()
        };
        assert_eq!(kept(all[0] - 1e-3, 0), 1);
        assert_eq!(kept(all[0] + 1e-3, 0), 2);
        assert_eq!(kept(all[0] + all[1] + 1e-3, 0), 3);
        assert_eq!(kept(1.0 - 1e-4, 0), 4);
        // Of the two words that top-k leaves, the first has more than 0.7.
        assert_eq!(kept(0.7, 2), 1);
        assert_eq!(kept(0.75, 2), 2);
    }

    #[test]
    fn top_p_finds_its_words_among_thousands_of_equals() {
        let weights = vec![1.0; 1000];
        assert_eq!(likeliest_share(&weights, 0, 0.5).len(), 500);
        assert_eq!(likeliest_share(&weights, 300, 0.5).len(), 150);
        assert_eq!(likeliest_share(&weights, 300, 1.0).len(), 300);
    }

    #[test]
    fn draws_follow_the_weights() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut counts = [0u32; 4];
        for _ in 0..10_000 {
            counts[draw_one(&[0.0, 1.4, 0.4, 0.2], &mut random) as usize] += 1;
        }
        for (count, expected) in counts.iter().zip([0, 7000, 2000, 1000]) {
            assert!(count.abs_diff(expected) < 200, "{counts:?}");
        }
        assert_eq!(counts[0], 0);
    }
}
