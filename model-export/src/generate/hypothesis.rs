//! The beginning of a caption, and a whole one.

use std::sync::Arc;

use super::caption::{GeneratedCaption, GeneratedToken};

/// The beginning of a caption. Hypotheses that share their first words share the tokens too.
#[derive(Clone, Debug, Default)]
pub(super) struct Hypothesis {
    tokens: Vec<Arc<GeneratedToken>>,
    log_probability: f64,
}

impl Hypothesis {
    /// The newest token, unless there is none yet.
    pub(super) fn newest(&self) -> Option<&GeneratedToken> {
        self.tokens.last().map(Arc::as_ref)
    }

    /// Sum of its tokens' log-probabilities.
    pub(super) fn log_probability(&self) -> f64 {
        self.log_probability
    }

    /// This hypothesis and one more word.
    pub(super) fn extended(&self, token: GeneratedToken, log_probability: f64) -> Self {
        let mut tokens = Vec::with_capacity(self.tokens.len() + 1);
        tokens.extend_from_slice(&self.tokens);
        tokens.push(Arc::new(token));
        Self {
            tokens,
            log_probability: self.log_probability + log_probability,
        }
    }

    /// The words that would make a sequence of `length` words stand here a second time; none where
    /// `length` is 0.
    pub(super) fn repeating(&self, length: usize) -> Vec<u32> {
        if length == 0 || self.tokens.len() < length {
            return Vec::new();
        }
        let ids: Vec<_> = self.tokens.iter().map(|token| token.id).collect();
        let beginning = &ids[ids.len() + 1 - length..];
        ids.windows(length)
            .filter(|window| &window[..length - 1] == beginning)
            .map(|window| window[length - 1])
            .collect()
    }

    /// Ends with `[END]` of the given log-probability.
    pub(super) fn ended(self, log_probability: f64, length_penalty: f64) -> GeneratedCaption {
        let log_probability = self.log_probability + log_probability;
        let length = self.tokens.len() + 1;
        let tokens = self.tokens.into_iter().map(Arc::unwrap_or_clone).collect();
        GeneratedCaption {
            tokens,
            log_probability,
            score: score(log_probability, length, length_penalty),
        }
    }
}

/// A log-probability divided by a power of the number of tokens, `[END]` included.
pub(super) fn score(log_probability: f64, length: usize, length_penalty: f64) -> f64 {
    log_probability / (length as f64).powf(length_penalty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hypothesis(ids: &[u32]) -> Hypothesis {
        ids.iter().fold(Hypothesis::default(), |hypothesis, &id| {
            let token = GeneratedToken {
                id,
                probability: 0.5,
                attention: Vec::new(),
            };
            hypothesis.extended(token, 0.5f64.ln())
        })
    }

    #[test]
    fn words_that_would_repeat_a_sequence_are_found() {
        let words = hypothesis(&[5, 6, 7, 5, 6, 8, 5, 6]);
        assert_eq!(words.repeating(3), [7, 8]);
        assert_eq!(words.repeating(2), [7, 8]);
        assert!(words.repeating(4).is_empty());
        assert_eq!(words.repeating(1), [5, 6, 7, 5, 6, 8, 5, 6]);
        assert!(words.repeating(0).is_empty());
        assert_eq!(hypothesis(&[5, 5]).repeating(2), [5]);
        assert!(hypothesis(&[5]).repeating(2).is_empty());
        assert!(hypothesis(&[]).repeating(1).is_empty());
    }

    #[test]
    fn the_length_counts_the_end() {
        let plain = hypothesis(&[5, 6]).ended(0.25f64.ln(), 0.0);
        assert!((plain.log_probability - 0.0625f64.ln()).abs() < 1e-12);
        assert_eq!(plain.score, plain.log_probability);
        let mean = hypothesis(&[5, 6]).ended(0.25f64.ln(), 1.0);
        assert!((mean.score - 0.0625f64.ln() / 3.0).abs() < 1e-12);
        let ids: Vec<_> = plain.tokens.iter().map(|token| token.id).collect();
        assert_eq!(ids, [5, 6]);
    }
}
