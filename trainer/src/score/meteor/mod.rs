//! METEOR 1.5 (M. Denkowski, A. Lavie: Meteor Universal: Language Specific Translation Evaluation for
//! Any Target Language, 2014, <https://aclanthology.org/W14-3348>) with two of its four matchers:
//! words that are the same, and words with the same stem. Without its tables of synonyms and
//! paraphrases the scores are lower than those of the whole METEOR: compare only like with like.

mod alignment;
mod normalize;

use std::collections::{HashMap, HashSet};

use rust_stemmers::{Algorithm, Stemmer};

use alignment::{Match, align};

pub(super) use normalize::normalize;

// METEOR 1.5's parameters for English, task "rank".
const ALPHA: f64 = 0.85;
const BETA: f64 = 0.2;
const GAMMA: f64 = 0.6;
const DELTA: f64 = 0.75;
const STEM_WEIGHT: f64 = 0.6;

/// Words that count less, because they are in every text (METEOR 1.5's list for English: those that
/// make up more than a thousandth of a large corpus).
const FUNCTION_WORDS: [&str; 93] = [
    "the", ",", ".", "to", "of", "and", "a", "in", "that", "for", "\"", "is", "on", "'s", "it",
    "with", "was", "as", "said", "at", "he", "by", "be", "from", "have", "has", "are", "his",
    "but", "an", "this", "not", "i", "will", "’", "they", ")", "-rrb-", "(", "-lrb-", "who",
    "their", "had", "we", "which", "were", "been", "more", "or", "s", "its", "would", "about",
    "new", "one", "after", "you", ":", "also", "up", "when", "there", "than", "$", "all", "out",
    "her", "people", "she", "year", "two", "-", "can", "if", "last", "first", "“", "over", "other",
    "”", "into", "some", "what", "so", "--", "no", "time", "years", "could", "?", "'t", "—", "'",
];

/// Stems words, each once.
pub(super) struct Meteor {
    stemmer: Stemmer,
    function_words: HashSet<&'static str>,
}

/// Words of one kind: how many carry meaning, how many do not.
#[derive(Clone, Copy, Default)]
struct Words {
    content: f64,
    function: f64,
}

impl Words {
    fn all(self) -> f64 {
        self.content + self.function
    }

    fn weighted(self) -> f64 {
        DELTA * self.content + (1.0 - DELTA) * self.function
    }

    fn add(&mut self, other: Self) {
        self.content += other.content;
        self.function += other.function;
    }
}

/// What METEOR counts, of one caption with its best reference or summed over many.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    candidate: Words,
    reference: Words,
    /// Matched words of the candidate: the same, of the same stem.
    candidate_matched: [Words; 2],
    reference_matched: [Words; 2],
    chunks: f64,
}

impl Counts {
    pub(super) fn add(&mut self, other: &Self) {
        self.candidate.add(other.candidate);
        self.reference.add(other.reference);
        for kind in 0..2 {
            self.candidate_matched[kind].add(other.candidate_matched[kind]);
            self.reference_matched[kind].add(other.reference_matched[kind]);
        }
        self.chunks += other.chunks;
    }

    /// METEOR, from 0 to 1: equations 1 to 6 of the paper.
    pub(super) fn score(&self) -> f64 {
        let share = |matched: [Words; 2], all: Words| {
            let matched = matched[0].weighted() + STEM_WEIGHT * matched[1].weighted();
            if all.all() > 0.0 {
                matched / all.weighted()
            } else {
                0.0
            }
        };
        let precision = share(self.candidate_matched, self.candidate);
        let recall = share(self.reference_matched, self.reference);
        if precision == 0.0 || recall == 0.0 {
            return 0.0;
        }
        let mean = precision * recall / (ALPHA * precision + (1.0 - ALPHA) * recall);
        let words = |matched: [Words; 2]| matched[0].all() + matched[1].all();
        let matched = (words(self.candidate_matched) + words(self.reference_matched)) / 2.0;
        // The whole reference, word by word: nothing is fragmented.
        let is_whole = matched == self.candidate.all() && matched == self.reference.all();
        let fragmentation = if is_whole && self.chunks == 1.0 {
            0.0
        } else {
            self.chunks / matched
        };
        mean * (1.0 - GAMMA * fragmentation.powf(BETA))
    }
}

impl Meteor {
    pub(super) fn new() -> Self {
        Self {
            stemmer: Stemmer::create(Algorithm::English),
            function_words: FUNCTION_WORDS.into_iter().collect(),
        }
    }

    /// Counts of a caption with the reference that scores best; both as [`normalize()`] gives them.
    pub(super) fn counts(&self, candidate: &[String], references: &[Vec<String>]) -> Counts {
        let mut best: Option<(f64, Counts)> = None;
        for reference in references {
            let counts = self.counts_with(candidate, reference);
            let score = counts.score();
            // Of equal scores the first counts, whatever rounding makes of them.
            if best.is_none_or(|(highest, _)| score > highest + 1e-12) {
                best = Some((score, counts));
            }
        }
        best.map(|(_, counts)| counts).unwrap_or_default()
    }

    fn counts_with(&self, candidate: &[String], reference: &[String]) -> Counts {
        let (matches, chunks) = align(&self.matches(candidate, reference), candidate.len());
        let mut counts = Counts {
            candidate: self.words(candidate.iter()),
            reference: self.words(reference.iter()),
            chunks: chunks as f64,
            ..Counts::default()
        };
        for (place, found) in &matches {
            let kind = usize::from(found.is_stem);
            counts.candidate_matched[kind].add(self.words([&candidate[*place]].into_iter()));
            counts.reference_matched[kind].add(self.words([&reference[found.place]].into_iter()));
        }
        counts
    }

    fn words<'a>(&self, words: impl Iterator<Item = &'a String>) -> Words {
        let mut counts = Words::default();
        for word in words {
            if self.function_words.contains(word.as_str()) {
                counts.function += 1.0;
            } else {
                counts.content += 1.0;
            }
        }
        counts
    }

    /// For each word of the candidate the words of the reference that it may be matched with.
    fn matches(&self, candidate: &[String], reference: &[String]) -> Vec<Vec<Match>> {
        let mut stems: HashMap<&str, String> = HashMap::new();
        for word in candidate.iter().chain(reference) {
            stems
                .entry(word)
                .or_insert_with(|| self.stemmer.stem(word).into_owned());
        }
        candidate
            .iter()
            .map(|word| {
                reference
                    .iter()
                    .enumerate()
                    .filter_map(|(place, other)| {
                        let is_stem = word != other;
                        (!is_stem || stems.get(word.as_str()) == stems.get(other.as_str()))
                            .then_some(Match { place, is_stem })
                    })
                    .collect()
            })
            .collect()
    }
}
