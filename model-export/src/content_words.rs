//! English words that say what a photo shows, apart from those that only hold a sentence together.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use crate::vocabulary::Vocabulary;

/// The language whose content words are known.
const LANGUAGE: &str = "en";
/// What every vocabulary of that language has: a file may say that it is in English because nobody said otherwise.
const TELLING: [&str; 3] = ["a", "the", "and"];

static FUNCTION_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| function_words().collect());

/// The words that hold sentences together, in lower case: function_words.txt.
pub fn function_words() -> impl Iterator<Item = &'static str> {
    include_str!("function_words.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
}

/// Whether a word in lower case is one of [`function_words`].
pub fn is_function_word(word: &str) -> bool {
    FUNCTION_WORDS.contains(word)
}

/// Whether it is known of a language, a tag of BCP 47, which of its words are content words.
pub fn are_known_in(language: &str) -> bool {
    language.split('-').next() == Some(LANGUAGE)
}

/// The content words of a vocabulary, each with its other number: a caption that says one twice has most often lost
/// its thread. (In the captions that people write 2 to 8 in a hundred do, in those of a model without this rule 13 to
/// 25: docs/experiments.md.)
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContentWords {
    /// By token: the word itself and its other number, where it is a content word.
    forms: Arc<[Box<[u32]>]>,
}

impl ContentWords {
    /// Those of a vocabulary; none where the language is not English.
    pub fn of(vocabulary: &Vocabulary, language: &str) -> Self {
        if !are_known_in(language) || TELLING.iter().any(|word| vocabulary.id(word).is_none()) {
            return Self::default();
        }
        let forms = |id| {
            let Some(word) = vocabulary.word(id).filter(|word| !is_function_word(word)) else {
                return Box::default();
            };
            let others = other_numbers(word);
            let others = others.iter().filter_map(|other| vocabulary.id(other));
            std::iter::once(id).chain(others).collect()
        };
        Self {
            forms: (0..vocabulary.len() as u32).map(forms).collect(),
        }
    }

    /// These, as what is said once; none where words may be repeated.
    pub fn unless(&self, repeated: bool) -> Self {
        if repeated {
            Self::default()
        } else {
            self.clone()
        }
    }

    /// Whether there are none, and everything may be repeated.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// What is not to be said after a word: itself and its other number, or nothing after a function word.
    pub(crate) fn forms(&self, id: u32) -> &[u32] {
        self.forms.get(id as usize).map_or(&[], |forms| forms)
    }
}

/// What may be a noun's plural, or its singular, by its letters alone: whoever looks in a vocabulary finds those that
/// are words.
fn other_numbers(word: &str) -> Vec<String> {
    let mut found = vec![format!("{word}s"), format!("{word}es")];
    found.extend(word.strip_suffix('s').map(str::to_owned));
    found.extend(word.strip_suffix("es").map(str::to_owned));
    found.extend(word.strip_suffix('y').map(|stem| format!("{stem}ies")));
    found.extend(word.strip_suffix("ies").map(|stem| format!("{stem}y")));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextRules;

    const CAPTIONS: [&str; 3] = [
        "two dogs and a dog on the beach",
        "puppies near a puppy and buses",
        "a bus",
    ];

    fn vocabulary() -> Vocabulary {
        Vocabulary::from_captions(CAPTIONS, TextRules::TfTutorial, 100, 1)
    }

    #[test]
    fn a_content_word_stands_for_its_other_number_too() {
        let vocabulary = vocabulary();
        let content = ContentWords::of(&vocabulary, "en-GB");
        let forms = |word: &str| {
            let forms = content.forms(vocabulary.id(word).unwrap()).iter();
            let mut words: Vec<_> = forms.map(|&id| vocabulary.word(id).unwrap()).collect();
            words.sort_unstable();
            words
        };
        assert_eq!(forms("dog"), ["dog", "dogs"]);
        assert_eq!(forms("dogs"), ["dog", "dogs"]);
        assert_eq!(forms("puppies"), ["puppies", "puppy"]);
        assert_eq!(forms("bus"), ["bus", "buses"]);
        assert_eq!(forms("two"), ["two"]);
        for word in ["a", "and", "near", "the", "on"] {
            assert!(forms(word).is_empty(), "{word}");
        }
        assert!(content.forms(1_000_000).is_empty());
    }

    #[test]
    fn other_languages_have_none_that_are_known() {
        for language in ["zh-Hans", "de", "eng", ""] {
            let content = ContentWords::of(&vocabulary(), language);
            assert!(content.is_empty(), "{language}");
            assert!(content.forms(5).is_empty());
        }
        assert!(!ContentWords::of(&vocabulary(), "en").is_empty());
        let german = ["ein hund und der ball", "der hund in der sonne"];
        let german = Vocabulary::from_captions(german, TextRules::TfTutorial, 100, 1);
        assert!(ContentWords::of(&german, "en").is_empty());
    }
}
