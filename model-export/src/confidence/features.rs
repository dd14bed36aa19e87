//! The numbers of a search that tell a right caption from a wrong one.

use serde::{Deserialize, Serialize};

use crate::generate::{GeneratedCaption, GeneratedToken};

/// No probability counts as nearer to 0 or 1 than this, so that its logarithms stay finite.
const LEAST_PROBABILITY: f64 = 1e-6;

/// A number that a search gives for the caption that it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaptionFeature {
    /// The mean of the tokens' log-probabilities, `[END]` included.
    MeanLogProbability,
    /// The log-probability of the least probable word.
    LowestLogProbability,
    /// The mean log-probability of the two least probable words.
    TwoLowestLogProbability,
    /// The number of words.
    Length,
    /// The share of the caption's words that a runner-up has too: the mean over the runners-up, each weighed by
    /// its probability. 1 where there is none.
    Agreement,
    /// `e^(score of the best runner-up − score of the caption)`, in 0 to 1: how close the choice was. 0 where
    /// there is no runner-up.
    RunnerUp,
}

/// A number of one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WordFeature {
    /// `ln p` of the word's probability.
    LogProbability,
    /// `ln (p / (1 − p))` of the word's probability.
    Logit,
}

impl CaptionFeature {
    /// Every feature.
    pub const ALL: [Self; 6] = [
        Self::MeanLogProbability,
        Self::LowestLogProbability,
        Self::TwoLowestLogProbability,
        Self::Length,
        Self::Agreement,
        Self::RunnerUp,
    ];

    /// Its value for a caption and the runners-up of the same search, the best first. Finite.
    pub fn of(self, caption: &GeneratedCaption, runners_up: &[GeneratedCaption]) -> f64 {
        let words = caption.tokens.len() as f64;
        match self {
            Self::MeanLogProbability => caption.log_probability / (words + 1.0),
            Self::LowestLogProbability => mean_lowest(caption, 1),
            Self::TwoLowestLogProbability => mean_lowest(caption, 2),
            Self::Length => words,
            Self::Agreement => agreement(caption, runners_up),
            Self::RunnerUp => runners_up
                .first()
                .map_or(0.0, |other| (other.score - caption.score).exp()),
        }
    }
}

impl WordFeature {
    /// Every feature.
    pub const ALL: [Self; 2] = [Self::LogProbability, Self::Logit];

    /// Its value for a word. Finite.
    pub fn of(self, token: &GeneratedToken) -> f64 {
        let probability = bounded(token.probability);
        match self {
            Self::LogProbability => probability.ln(),
            Self::Logit => (probability / (1.0 - probability)).ln(),
        }
    }
}

fn bounded(probability: f32) -> f64 {
    f64::from(probability).clamp(LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY)
}

/// The mean log-probability of the `count` least probable words; 0 where there are no words.
fn mean_lowest(caption: &GeneratedCaption, count: usize) -> f64 {
    let tokens = caption.tokens.iter();
    let mut values: Vec<_> = tokens
        .map(|token| bounded(token.probability).ln())
        .collect();
    values.sort_by(f64::total_cmp);
    values.truncate(count);
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// See [`CaptionFeature::Agreement`].
fn agreement(caption: &GeneratedCaption, runners_up: &[GeneratedCaption]) -> f64 {
    let shared = |other: &GeneratedCaption| {
        let has = |id| other.tokens.iter().any(|token| token.id == id);
        let shared = caption.tokens.iter().filter(|token| has(token.id)).count();
        shared as f64 / caption.tokens.len().max(1) as f64
    };
    // Only their ratios count; as they are, the probabilities of long captions could all be 0.
    let likeliest = runners_up
        .iter()
        .map(|other| other.log_probability)
        .fold(f64::NEG_INFINITY, f64::max);
    let (mut sum, mut weights) = (0.0, 0.0);
    for other in runners_up {
        let weight = (other.log_probability - likeliest).exp();
        sum += weight * shared(other);
        weights += weight;
    }
    if weights > 0.0 { sum / weights } else { 1.0 }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::confidence) fn token(id: u32, probability: f32) -> GeneratedToken {
        GeneratedToken {
            id,
            probability,
            attention: Vec::new(),
        }
    }

    pub(in crate::confidence) fn caption(
        words: &[(u32, f32)],
        log_probability: f64,
        score: f64,
    ) -> GeneratedCaption {
        GeneratedCaption {
            tokens: words.iter().map(|&(id, p)| token(id, p)).collect(),
            log_probability,
            score,
        }
    }

    pub(in crate::confidence) fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }

    #[test]
    fn features_are_what_they_are_called() {
        let best = caption(&[(4, 0.5), (5, 0.1), (6, 0.2), (7, 1.0)], -6.0, -1.0);
        let runners_up = [
            // Half of the best one's words, three times as likely as the next, which has a quarter.
            caption(&[(4, 0.5), (6, 0.9)], 0.03f64.ln(), -1.5),
            caption(&[(7, 0.5), (9, 0.9)], 0.01f64.ln(), -1.75),
        ];
        let of = |feature: CaptionFeature| feature.of(&best, &runners_up);
        assert_close(of(CaptionFeature::MeanLogProbability), -6.0 / 5.0);
        assert_close(of(CaptionFeature::LowestLogProbability), 0.1f64.ln());
        let two = (0.1f64.ln() + 0.2f64.ln()) / 2.0;
        assert_close(of(CaptionFeature::TwoLowestLogProbability), two);
        assert_close(of(CaptionFeature::Length), 4.0);
        assert_close(of(CaptionFeature::Agreement), 0.75 * 0.5 + 0.25 * 0.25);
        assert_close(of(CaptionFeature::RunnerUp), (-0.5f64).exp());
        assert_close(WordFeature::Logit.of(&token(4, 0.8)), 4f64.ln());
        assert_close(WordFeature::LogProbability.of(&token(4, 0.8)), 0.8f64.ln());
    }

    #[test]
    fn features_are_finite_without_runners_up_and_at_the_edges() {
        let least = caption(&[(4, 0.0), (5, 1.0)], -2000.0, -900.0);
        let less = caption(&[(4, 0.0)], -3000.0, -950.0);
        for runners_up in [&[][..], &[less]] {
            for feature in CaptionFeature::ALL {
                let value = feature.of(&least, runners_up);
                assert!(value.is_finite(), "{feature:?} {value}");
            }
        }
        assert_eq!(CaptionFeature::Agreement.of(&least, &[]), 1.0);
        assert_eq!(CaptionFeature::RunnerUp.of(&least, &[]), 0.0);
        for feature in WordFeature::ALL {
            assert!(feature.of(&token(4, 0.0)) < feature.of(&token(4, 1.0)));
            assert!(feature.of(&token(4, 1.0)).is_finite());
        }
    }
}
