//! BLEU: clipped n-gram precision with a penalty on short captions (K. Papineni et al.: BLEU: a
//! Method for Automatic Evaluation of Machine Translation, 2002,
//! <https://aclanthology.org/P02-1040>), with the constants of coco-caption.

use std::collections::HashMap;

/// BLEU-1 to this.
pub(super) const MAX_ORDER: usize = 4;

// What coco-caption adds so that nothing is divided by zero and an empty product is not zero: a
// single caption without a common 4-gram gets about 1e-4 instead of 0 as its BLEU-4.
const TINY: f64 = 1e-15;
const SMALL: f64 = 1e-9;

/// What BLEU counts, of one caption or summed over many.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    length: usize,
    reference_length: usize,
    guessed: [usize; MAX_ORDER],
    correct: [usize; MAX_ORDER],
}

impl Counts {
    /// Counts of a tokenised caption and its references. An n-gram counts as often as in the
    /// reference that has it most; the reference's length is the closest one, of two as close the
    /// shorter.
    pub(super) fn new(candidate: &[&str], references: &[Vec<&str>]) -> Self {
        let mut counts = Self {
            length: candidate.len(),
            reference_length: references
                .iter()
                .map(Vec::len)
                .min_by_key(|&length| (length.abs_diff(candidate.len()), length))
                .unwrap_or_default(),
            ..Self::default()
        };
        for order in 0..MAX_ORDER {
            let mut most: HashMap<&[&str], usize> = HashMap::new();
            for reference in references {
                for (ngram, count) in ngrams(reference, order + 1) {
                    let most = most.entry(ngram).or_default();
                    *most = (*most).max(count);
                }
            }
            let given = ngrams(candidate, order + 1);
            counts.guessed[order] = given.values().sum();
            counts.correct[order] = given
                .into_iter()
                .map(|(ngram, count)| count.min(most.get(ngram).copied().unwrap_or_default()))
                .sum();
        }
        counts
    }

    /// Adds another caption's counts: BLEU of a corpus is not a mean.
    pub(super) fn add(&mut self, other: &Self) {
        self.length += other.length;
        self.reference_length += other.reference_length;
        for order in 0..MAX_ORDER {
            self.guessed[order] += other.guessed[order];
            self.correct[order] += other.correct[order];
        }
    }

    /// BLEU-1 to BLEU-4, from 0 to 1.
    pub(super) fn bleu(&self) -> [f64; MAX_ORDER] {
        let ratio = (self.length as f64 + TINY) / (self.reference_length as f64 + SMALL);
        let penalty = if ratio < 1.0 {
            (1.0 - 1.0 / ratio).exp()
        } else {
            1.0
        };
        let mut product = 1.0;
        std::array::from_fn(|order| {
            product *= (self.correct[order] as f64 + TINY) / (self.guessed[order] as f64 + SMALL);
            f64::powf(product, 1.0 / (order + 1) as f64) * penalty
        })
    }
}

fn ngrams<'a, 'b>(words: &'b [&'a str], length: usize) -> HashMap<&'b [&'a str], usize> {
    let mut counts = HashMap::new();
    for ngram in words.windows(length) {
        *counts.entry(ngram).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    #[test]
    fn the_papers_examples() {
        // Papineni et al., section 2.1: the modified unigram precision of "the the the …" is 2/7.
        let references = [
            words("the cat is on the mat"),
            words("there is a cat on the mat"),
        ];
        let counts = Counts::new(&words("the the the the the the the"), &references);
        assert_eq!((counts.correct[0], counts.guessed[0]), (2, 7));
        assert_eq!(counts.reference_length, 7);
        // Of 5 and 7 words both are as close to 6: the shorter counts.
        let references = [words("a b c d e f g"), words("a b c d e")];
        assert_eq!(
            Counts::new(&words("a b c d e f"), &references).reference_length,
            5
        );
    }

    #[test]
    fn a_short_caption_pays() {
        let counts = Counts::new(&["a", "dog"], &[words("a dog runs fast")]);
        assert!((counts.bleu()[0] - (1.0f64 - 2.0).exp()).abs() < 1e-6);
    }
}
