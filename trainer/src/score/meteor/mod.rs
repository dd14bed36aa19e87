//! METEOR 1.5 (M. Denkowski, A. Lavie: Meteor Universal: Language Specific Translation Evaluation for
//! Any Target Language, 2014, <https://aclanthology.org/W14-3348>) with two of its four matchers, words that
//! are the same and words with the same stem, or with a third, synonyms, where WordNet is given. Without its
//! table of paraphrases the scores are lower than those of the whole METEOR: compare only like with like.

mod alignment;
mod normalize;

use std::collections::{HashMap, HashSet};

use rust_stemmers::{Algorithm, Stemmer};

use super::wordnet::WordNet;
use alignment::{Match, Matcher, align};

pub(super) use normalize::normalize;

// METEOR 1.5's parameters for English, task "rank".
const ALPHA: f64 = 0.85;
const BETA: f64 = 0.2;
const GAMMA: f64 = 0.6;
const DELTA: f64 = 0.75;
/// Of words that are the same, have the same stem, mean the same.
const WEIGHTS: [f64; 3] = [1.0, 0.6, 0.8];

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

/// What words are matched by.
pub(super) struct Meteor<'a> {
    stemmer: Stemmer,
    function_words: HashSet<&'static str>,
    synonyms: Option<&'a WordNet>,
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
    /// Matched words of the candidate, by [`Matcher`].
    candidate_matched: [Words; 3],
    reference_matched: [Words; 3],
    chunks: f64,
}

impl Counts {
    pub(super) fn add(&mut self, other: &Self) {
        self.candidate.add(other.candidate);
        self.reference.add(other.reference);
        for kind in 0..WEIGHTS.len() {
            self.candidate_matched[kind].add(other.candidate_matched[kind]);
            self.reference_matched[kind].add(other.reference_matched[kind]);
        }
        self.chunks += other.chunks;
    }

    /// METEOR, from 0 to 1: equations 1 to 6 of the paper.
    pub(super) fn score(&self) -> f64 {
        let share = |matched: [Words; 3], all: Words| {
            let matched = matched.iter().zip(WEIGHTS);
            let matched: f64 = matched
                .map(|(words, weight)| weight * words.weighted())
                .sum();
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
        let words = |matched: [Words; 3]| matched.iter().map(|words| words.all()).sum::<f64>();
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

impl<'a> Meteor<'a> {
    pub(super) fn new(synonyms: Option<&'a WordNet>) -> Self {
        Self {
            stemmer: Stemmer::create(Algorithm::English),
            function_words: FUNCTION_WORDS.into_iter().collect(),
            synonyms,
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
            let kind = found.matcher as usize;
            counts.candidate_matched[kind].add(self.words([&candidate[*place]].into_iter()));
            counts.reference_matched[kind].add(self.words([&reference[found.place]].into_iter()));
        }
        counts
    }

    fn words<'b>(&self, words: impl Iterator<Item = &'b String>) -> Words {
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

    /// For each word of the candidate the words of the reference that it may be matched with. Words that have the same stem
    /// and mean the same may be matched for either reason, and so are a choice to METEOR.
    fn matches(&self, candidate: &[String], reference: &[String]) -> Vec<Vec<Match>> {
        let mut known: HashMap<&str, (String, HashSet<u32>)> = HashMap::new();
        for word in candidate.iter().chain(reference) {
            known.entry(word).or_insert_with(|| {
                let senses = self.synonyms.map(|synonyms| synonyms.senses(word));
                (
                    self.stemmer.stem(word).into_owned(),
                    senses.unwrap_or_default(),
                )
            });
        }
        let matchers = |word: &String, other: &String| {
            if word == other {
                return vec![Matcher::Exact];
            }
            let (Some((stem, senses)), Some((other_stem, other_senses))) =
                (known.get(word.as_str()), known.get(other.as_str()))
            else {
                return Vec::new();
            };
            let stem = (stem == other_stem).then_some(Matcher::Stem);
            let synonym = (!senses.is_disjoint(other_senses)).then_some(Matcher::Synonym);
            stem.into_iter().chain(synonym).collect()
        };
        candidate
            .iter()
            .map(|word| {
                let places = reference.iter().enumerate();
                let matches = places.flat_map(|(place, other)| {
                    let matchers = matchers(word, other).into_iter();
                    matchers.map(move |matcher| Match { place, matcher })
                });
                matches.collect()
            })
            .collect()
    }
}
