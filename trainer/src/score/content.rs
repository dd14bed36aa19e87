//! Whether captions are true, as far as references can tell: which of their content words the
//! references have, and which of the references' they miss. In the spirit of CHAIR (A. Rohrbach et
//! al.: Object Hallucination in Image Captioning, 2018, <https://aclanthology.org/D18-1437>), with all
//! content words in place of COCO's eighty kinds of objects, so that any captions will do.
//!
//! A content word is every word that is none of [`model_export::content_words::function_words`]. Content
//! words are compared by their stems. docs/scores.md says what these measures are not.

use std::collections::{HashMap, HashSet};
use std::iter::Sum;
use std::sync::LazyLock;

use model_export::content_words::is_function_word;
use rust_stemmers::{Algorithm, Stemmer};

/// The form that stands for a word whose stem would not tell that it is the same.
static IRREGULAR_WORDS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    lines(include_str!("irregular_words.txt"))
        .filter_map(|line| line.split_once(' '))
        .flat_map(|(base, forms)| forms.split_whitespace().map(move |form| (form, base)))
        .collect()
});

/// The first form of a word whose stem would not tell that it is the same; of a noun the singular.
pub(super) fn irregular_singular(word: &str) -> Option<&'static str> {
    IRREGULAR_WORDS.get(word).copied()
}

/// Lines of a word list without its comments.
pub(super) fn lines(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().filter(|line| !line.starts_with('#'))
}

/// Content words of a caption and of its references, or of many captions with theirs: numbers of
/// different stems per caption.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContentCounts {
    /// Content words of the caption that a reference has.
    pub supported: usize,
    /// Content words of the caption.
    pub words: usize,
    /// Common content words of the references that the caption has.
    pub recalled: usize,
    /// Common content words of the references: those that at least half of them have, and at least
    /// two where there are two.
    pub common: usize,
}

impl ContentCounts {
    /// Counts of a caption, `candidate[word]`, and its references, `references[reference][word]`, all
    /// tokenised.
    pub fn of(candidate: &[String], references: &[Vec<String>]) -> Self {
        let own = all_stems(candidate);
        let having = references_having(references);
        let common = common(&having, references.len());
        Self {
            supported: own.iter().filter(|&stem| having.contains_key(stem)).count(),
            words: own.len(),
            recalled: common.iter().filter(|&&stem| own.contains(stem)).count(),
            common: common.len(),
        }
    }

    /// Share of the captions' content words that a reference has; none where there are no content
    /// words.
    pub fn precision(&self) -> Option<f64> {
        share(self.supported, self.words)
    }

    /// Share of the references' common content words that the captions have; none where references
    /// have none in common.
    pub fn recall(&self) -> Option<f64> {
        share(self.recalled, self.common)
    }
}

impl<'a> Sum<&'a ContentCounts> for ContentCounts {
    fn sum<I: Iterator<Item = &'a ContentCounts>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, one| Self {
            supported: sum.supported + one.supported,
            words: sum.words + one.words,
            recalled: sum.recalled + one.recalled,
            common: sum.common + one.common,
        })
    }
}

/// Of each word of a caption, `candidate[word]`, whether one of its references,
/// `references[reference][word]`, has it; none for a function word. A word with a hyphen needs all
/// its parts.
pub fn supported_words(candidate: &[String], references: &[Vec<String>]) -> Vec<Option<bool>> {
    let having = references_having(references);
    candidate
        .iter()
        .map(|word| {
            let stems = stems(word);
            (!stems.is_empty()).then(|| stems.iter().all(|stem| having.contains_key(stem)))
        })
        .collect()
}

/// The words of a photo's references, `references[reference][word]`, whose common content words its caption,
/// `candidate[word]`, lacks: each once, in the order in which they are said.
pub fn missed_words<'a>(candidate: &[String], references: &'a [Vec<String>]) -> Vec<&'a str> {
    let own = all_stems(candidate);
    let having = references_having(references);
    let mut missed = common(&having, references.len());
    missed.retain(|stem| !own.contains(*stem));
    let mut words = Vec::new();
    for word in references.iter().flatten() {
        let is_missed = stems(word).iter().any(|stem| missed.contains(stem));
        if is_missed && !words.contains(&word.as_str()) {
            words.push(word);
        }
    }
    words
}

/// Those of the stems that at least half of so many references have, and at least two where there are two.
fn common(having: &HashMap<String, usize>, references: usize) -> HashSet<&String> {
    let enough = references.div_ceil(2).max(references.min(2));
    let common = having.iter().filter(|&(_, &count)| count >= enough);
    common.map(|(stem, _)| stem).collect()
}

/// How many references have each stem.
fn references_having(references: &[Vec<String>]) -> HashMap<String, usize> {
    let mut having = HashMap::new();
    for stem in references.iter().flat_map(|words| all_stems(words)) {
        *having.entry(stem).or_default() += 1;
    }
    having
}

fn all_stems(words: &[String]) -> HashSet<String> {
    words.iter().flat_map(|word| stems(word)).collect()
}

/// Stems of a token's content words: none of a function word, several of words joined by hyphens, or
/// by the no-break space that the tokeniser leaves in `3 1/2`.
pub fn stems(token: &str) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    token
        .split(|character: char| character == '-' || character.is_whitespace())
        .map(|part| part.trim_matches(['\'', '’']))
        .filter(|part| part.contains(char::is_alphanumeric) && !is_function_word(part))
        .map(|part| {
            stemmer
                .stem(IRREGULAR_WORDS.get(part).unwrap_or(&part))
                .into()
        })
        .collect()
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use model_export::content_words::function_words;

    use super::*;
    use crate::score::tokenize_all;

    fn counts(candidate: &str, references: &[&str]) -> ContentCounts {
        let candidate = tokenize_all(&[candidate]).remove(0);
        ContentCounts::of(&candidate, &tokenize_all(references))
    }

    fn support(candidate: &str, references: &[&str]) -> Vec<(String, Option<bool>)> {
        let candidate = tokenize_all(&[candidate]).remove(0);
        let support = supported_words(&candidate, &tokenize_all(references));
        candidate.into_iter().zip(support).collect()
    }

    const DOGS: [&str; 3] = [
        "Two brown dogs run on the beach .",
        "A dog is running along the sand",
        "Dogs at the sea",
    ];

    #[test]
    fn inventions_lower_the_precision() {
        // Of brown, dog, catch, frisbee and beach the references lack catch and frisbee; of dog and
        // run, which two of them have, the caption lacks run.
        let counts = counts("A brown dog catches a frisbee on the beach .", &DOGS);
        let by_hand = ContentCounts {
            supported: 3,
            words: 5,
            recalled: 1,
            common: 2,
        };
        assert_eq!(counts, by_hand);
        assert_eq!(counts.precision(), Some(0.6));
        assert_eq!(counts.recall(), Some(0.5));
    }

    #[test]
    fn a_word_said_twice_counts_once() {
        let counts = counts("a dog and a dog and dogs chase a cat", &DOGS);
        assert_eq!((counts.supported, counts.words), (1, 3));
    }

    #[test]
    fn forms_of_a_word_agree() {
        for (candidate, reference) in [
            ("dog", "two dogs"),
            ("running", "it runs"),
            ("a man", "men"),
            ("children", "a child 's toy"),
            ("a puppy", "puppies"),
            ("a boy stands", "The boys stood"),
            ("2 grey birds", "Two gray birds"),
            ("a red t-shirt", "red shirt"),
            ("black and white", "black-and-white"),
        ] {
            let counts = counts(candidate, &[reference]);
            assert_eq!(counts.supported, counts.words, "{candidate}, {reference}");
            assert!(counts.words > 0, "{candidate}");
        }
        for (candidate, reference) in [("two dogs", "three dogs"), ("a red dog", "a brown dog")] {
            let counts = counts(candidate, &[reference]);
            assert_eq!((counts.supported, counts.words), (1, 2), "{candidate}");
        }
    }

    #[test]
    fn references_count_by_how_many_have_a_word() {
        let common = |references: &[&str]| counts("a dog", references).common;
        assert_eq!(common(&["a brown dog"]), 2);
        assert_eq!(common(&["a brown dog", "a dog runs"]), 1);
        assert_eq!(common(&["a dog", "a cat"]), 0);
        assert_eq!(common(&["a dog", "a dog", "a cat", "a cat"]), 2);
        assert_eq!(common(&["a dog", "a dog", "a cat", "a cat", "a cat"]), 1);
        // Said twice by one, it is still one reference's.
        assert_eq!(common(&["a dog and a dog", "a cat"]), 0);
    }

    #[test]
    fn captions_without_content_words_count_nothing() {
        for candidate in ["", "it is in the photo .", "-LRB- & 's"] {
            let counts = counts(candidate, &DOGS);
            assert_eq!((counts.supported, counts.words), (0, 0), "{candidate}");
            assert_eq!(counts.precision(), None);
            assert_eq!(counts.recall(), Some(0.0));
        }
        assert_eq!(counts("a dog", &["", "it is one of those"]).recall(), None);
        assert_eq!(counts("a dog", &[]).precision(), Some(0.0));
    }

    #[test]
    fn a_corpus_has_the_sum_of_its_captions() {
        let all = [
            counts("a dog and a cat and a mouse", &DOGS),
            counts("dogs", &DOGS),
        ];
        let sum: ContentCounts = all.iter().sum();
        // Not the mean of a third and one.
        assert_eq!(sum.precision(), Some(0.5));
        assert_eq!(sum.recall(), Some(0.5));
    }

    #[test]
    fn each_word_is_told_whether_a_reference_has_it() {
        let words = support("a dog in long-sand chases it", &DOGS);
        let told: Vec<_> = words
            .iter()
            .map(|(word, told)| (word.as_str(), *told))
            .collect();
        assert_eq!(
            told,
            [
                ("a", None),
                ("dog", Some(true)),
                ("in", None),
                ("long-sand", Some(false)),
                ("chases", Some(false)),
                ("it", None),
            ]
        );
    }

    #[test]
    fn missed_words_are_those_of_the_references() {
        let missed = |candidate: &str| {
            let candidate = tokenize_all(&[candidate]).remove(0);
            missed_words(&candidate, &tokenize_all(&DOGS)).join(" ")
        };
        // Dog and run are said by two of three.
        assert_eq!(missed("a cat at the sea"), "dogs run dog running");
        assert_eq!(missed("a dog"), "run running");
        assert_eq!(missed("the dogs ran"), "");
    }

    #[test]
    fn word_lists_hold_each_word_once() {
        let listed: Vec<_> = function_words()
            .chain(lines(include_str!("irregular_words.txt")).flat_map(str::split_whitespace))
            .collect();
        let mut seen = HashSet::new();
        for word in listed {
            assert!(seen.insert(word), "{word} is listed twice");
        }
    }
}
