//! The beginning of a caption, and a whole one.

use std::sync::Arc;

use super::caption::{GeneratedCaption, GeneratedToken};
use super::options::GenerateOptions;
use crate::content_words::ContentWords;

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

    /// The words that may not follow.
    pub(super) fn repeating(&self, repeats: &Repeats) -> Vec<u32> {
        let ids: Vec<_> = self.tokens.iter().map(|token| token.id).collect();
        let mut words = sequence_ends(&ids, repeats.sequence);
        words.extend(ids.iter().flat_map(|&id| repeats.said_once.forms(id)));
        words
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

/// What must not stand in a caption a second time; see [`GenerateOptions`].
#[derive(Clone, Debug, Default)]
pub(super) struct Repeats {
    /// Sequences of so many words; 0 allows all.
    pub(super) sequence: usize,
    /// These words, in either number.
    pub(super) said_once: ContentWords,
}

impl Repeats {
    pub(super) fn of(options: &GenerateOptions) -> Self {
        Self {
            sequence: options.repeat_block,
            said_once: options.said_once.clone(),
        }
    }
}

/// The words that would make a sequence of `length` words stand a second time; none where `length` is 0.
fn sequence_ends(ids: &[u32], length: usize) -> Vec<u32> {
    if length == 0 || ids.len() < length {
        return Vec::new();
    }
    let beginning = &ids[ids.len() + 1 - length..];
    ids.windows(length)
        .filter(|window| &window[..length - 1] == beginning)
        .map(|window| window[length - 1])
        .collect()
}

/// A log-probability divided by a power of the number of tokens, `[END]` included.
pub(super) fn score(log_probability: f64, length: usize, length_penalty: f64) -> f64 {
    log_probability / (length as f64).powf(length_penalty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextRules;
    use crate::vocabulary::Vocabulary;

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
        let words = [5, 6, 7, 5, 6, 8, 5, 6];
        assert_eq!(sequence_ends(&words, 3), [7, 8]);
        assert_eq!(sequence_ends(&words, 2), [7, 8]);
        assert!(sequence_ends(&words, 4).is_empty());
        assert_eq!(sequence_ends(&words, 1), words);
        assert!(sequence_ends(&words, 0).is_empty());
        assert_eq!(sequence_ends(&[5, 5], 2), [5]);
        assert!(sequence_ends(&[5], 2).is_empty());
        assert!(sequence_ends(&[], 1).is_empty());
    }

    #[test]
    fn content_words_may_not_follow_in_either_number() {
        let captions = ["the dogs and the dog a cat"];
        let vocabulary = Vocabulary::from_captions(captions, TextRules::TfTutorial, 100, 1);
        let id = |word| vocabulary.id(word).unwrap();
        let repeats = Repeats {
            sequence: 0,
            said_once: ContentWords::of(&vocabulary, "en"),
        };
        let said = hypothesis(&[id("the"), id("dogs"), id("a")]);
        assert_eq!(said.repeating(&repeats), [id("dogs"), id("dog")]);
        assert!(said.repeating(&Repeats::default()).is_empty());
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
