//! The search that a calibration holds for.

use serde::{Deserialize, Serialize};

use crate::content_words::ContentWords;
use crate::generate::{GenerateOptions, Strategy};

/// A beam search, apart from how many of its captions are handed out; see [`GenerateOptions`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decoding {
    /// Beginnings kept after each word.
    pub beams: usize,
    /// The exponent of the length in the score.
    pub length_penalty: f64,
    /// No sequence of this many words stands twice; 0 allows all.
    pub repeat_block: usize,
    /// Whether content words may stand twice.
    #[serde(default = "repeated")]
    pub repeat_words: bool,
    /// Most words of a caption.
    pub max_words: usize,
}

impl Decoding {
    /// The beam search of these options; `None` where words are drawn at random.
    pub fn of(options: &GenerateOptions) -> Option<Self> {
        match options.strategy {
            Strategy::Beam { width } => Some(Self {
                beams: width,
                length_penalty: options.length_penalty,
                repeat_block: options.repeat_block,
                repeat_words: options.said_once.is_empty(),
                max_words: options.max_words,
            }),
            Strategy::Sample(_) => None,
        }
    }

    /// The options of this search that hand out all captions of its beam: the runners-up are part of what tells
    /// how sure the best one is. `content_words` are those of the model.
    pub fn options(&self, content_words: &ContentWords) -> GenerateOptions {
        GenerateOptions {
            max_words: self.max_words,
            repeat_block: self.repeat_block,
            said_once: content_words.unless(self.repeat_words),
            length_penalty: self.length_penalty,
            captions: self.beams,
            strategy: Strategy::Beam { width: self.beams },
            ..GenerateOptions::default()
        }
    }
}

/// Calibrations that say nothing of it were fitted before there was a choice.
fn repeated() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextRules;
    use crate::vocabulary::Vocabulary;

    #[test]
    fn a_search_is_told_from_another() {
        let default = GenerateOptions::default();
        let decoding = Decoding::of(&default).unwrap();
        let none = ContentWords::default();
        assert_eq!(Decoding::of(&decoding.options(&none)), Some(decoding));
        let vocabulary = Vocabulary::from_captions(["a dog and the"], TextRules::TfTutorial, 9, 1);
        let content_words = ContentWords::of(&vocabulary, "en");
        let once = GenerateOptions {
            said_once: content_words.clone(),
            ..default.clone()
        };
        let other = Decoding::of(&once).unwrap();
        assert_ne!(other, decoding);
        assert_eq!(Decoding::of(&other.options(&content_words)), Some(other));
        // How many captions are handed out makes no difference.
        let alternatives = GenerateOptions {
            captions: 3,
            ..default.clone()
        };
        assert_eq!(Decoding::of(&alternatives), Some(decoding));
        assert_ne!(Decoding::of(&GenerateOptions::greedy()), Some(decoding));
        let drawn = GenerateOptions {
            strategy: Strategy::Sample(crate::Sampling::default()),
            ..default
        };
        assert_eq!(Decoding::of(&drawn), None);
    }
}
