//! Words and ids.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::text::{self, TextRules};

/// Fills up shorter captions in a batch.
pub const PADDING: u32 = 0;
/// Any word that is not in the vocabulary.
pub const UNKNOWN: u32 = 1;
/// Begins a caption in the plain style; other styles have a token of their own in its place.
pub const START: u32 = 2;
/// Ends every caption.
pub const END: u32 = 3;
/// The special tokens, by id. Those before [`END`] are banned: no caption may contain them.
const SPECIAL: [&str; 4] = ["", "[UNK]", "[START]", "[END]"];
/// What the token of a style begins with, before the style's name and a closing bracket.
const STYLE: &str = "[STYLE ";
/// The output bias of tokens that must never be chosen, as in TensorFlow's tutorial.
pub const BANNED_LOGIT: f32 = -1e9;

/// The words that a model knows: the special tokens, then the words by falling frequency, then a token for
/// each style.
///
/// Data sets differ in their manner as much as in what they show. A caption's first token tells the
/// decoder in which set's manner to write (as CTRL's control codes do, Keskar et al., 2019,
/// <https://arxiv.org/abs/1909.05858>), so that what is shown is learned from all sets together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Vocabulary {
    tokens: Vec<String>,
    ids: HashMap<String, u32>,
}

impl Vocabulary {
    /// The most frequent words of captions, those seen `least` times or more, and at most `size` tokens
    /// with the special ones.
    ///
    /// Words of the same frequency stand in alphabetical order, so the same captions always give
    /// the same vocabulary.
    pub fn from_captions<'a>(
        captions: impl IntoIterator<Item = &'a str>,
        rules: TextRules,
        size: usize,
        least: u64,
    ) -> Self {
        let mut counts: HashMap<String, u64> = HashMap::new();
        for caption in captions {
            for word in rules.words(caption) {
                *counts.entry(word).or_default() += 1;
            }
        }
        let frequent = counts.into_iter().filter(|&(_, count)| count >= least);
        let mut words: Vec<_> = frequent.collect();
        words.sort_unstable_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then(a.cmp(b)));
        let words = words.into_iter().map(|(word, _)| word);
        let tokens: Vec<_> = SPECIAL
            .iter()
            .map(|token| (*token).to_owned())
            .chain(words)
            .take(size.max(SPECIAL.len()))
            .collect();
        Self {
            ids: index(&tokens),
            tokens,
        }
    }

    /// The same words, and a token for each style, in alphabetical order.
    ///
    /// # Errors
    /// A sentence about a name that is empty or holds a bracket, or a vocabulary that has styles already.
    pub fn with_styles<'a>(
        mut self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, String> {
        if let Some(style) = self.styles().next() {
            return Err(format!(
                "the vocabulary has styles already, such as {style}"
            ));
        }
        let names: BTreeSet<_> = names.into_iter().collect();
        for name in names {
            if name.is_empty() || name.contains(['[', ']']) {
                return Err(format!("{name:?} is no name for a style"));
            }
            let token = style_token(name);
            self.ids.insert(token.clone(), self.tokens.len() as u32);
            self.tokens.push(token);
        }
        Ok(self)
    }

    /// The names of its styles, besides the plain one.
    pub fn styles(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().filter_map(|token| style_name(token))
    }

    /// The token that captions of a style begin with; those of none, the plain style, with [`START`].
    ///
    /// # Errors
    /// A sentence that names the styles that there are.
    pub fn start(&self, style: Option<&str>) -> Result<u32, String> {
        let Some(name) = style else {
            return Ok(START);
        };
        self.id(&style_token(name)).ok_or_else(|| {
            let styles: Vec<_> = self.styles().collect();
            match styles.as_slice() {
                [] => format!("there is no style {name}: the model has the plain one alone"),
                styles => format!(
                    "there is no style {name}: the model has {}",
                    styles.join(", ")
                ),
            }
        })
    }

    /// The same with further words at its end, each that it lacks once.
    pub fn with_words<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        for word in words {
            if !self.ids.contains_key(word) {
                self.ids.insert(word.to_owned(), self.tokens.len() as u32);
                self.tokens.push(word.to_owned());
            }
        }
        self
    }

    /// Number of tokens, the special ones included.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Always false: the special tokens are always there.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The id of a word as [`TextRules::words`] leaves it, where the vocabulary has it.
    pub fn id(&self, word: &str) -> Option<u32> {
        self.ids.get(word).copied()
    }

    /// The word of an id, or nothing where the id is out of range, a special token's or a style's.
    pub fn word(&self, id: u32) -> Option<&str> {
        let id = id as usize;
        (id >= SPECIAL.len())
            .then(|| self.tokens.get(id).map(String::as_str))
            .flatten()
            .filter(|token| style_name(token).is_none())
    }

    /// `start` ([`Vocabulary::start`]), the caption's words, `[END]`; at most `max_words` ids. A longer
    /// caption loses its last words and its `[END]`, so that the model does not learn to stop there.
    pub fn encode(
        &self,
        caption: &str,
        start: u32,
        rules: TextRules,
        max_words: usize,
    ) -> Vec<u32> {
        let words = rules.words(caption);
        let ids = words
            .iter()
            .map(|word| self.ids.get(word).copied().unwrap_or(UNKNOWN));
        std::iter::once(start)
            .chain(ids)
            .chain(std::iter::once(END))
            .take(max_words)
            .collect()
    }

    /// The caption of ids, special tokens left out.
    pub fn decode(&self, ids: &[u32]) -> String {
        text::join(ids.iter().filter_map(|&id| self.word(id)))
    }

    /// The output bias to begin with: the log-frequency of each token in encoded captions, and
    /// [`BANNED_LOGIT`] for banned tokens. A word that no caption contains counts as seen once.
    pub fn log_frequency_bias(
        &self,
        captions: impl IntoIterator<Item = impl AsRef<[u32]>>,
    ) -> Vec<f32> {
        let can_be_written = |id| id == END || self.word(id).is_some();
        let mut counts = vec![0u64; self.len()];
        for caption in captions {
            for &id in caption.as_ref().iter().filter(|&&id| can_be_written(id)) {
                counts[id as usize] += 1;
            }
        }
        let total = counts.iter().sum::<u64>().max(1) as f64;
        (0..)
            .zip(counts)
            .map(|(id, count)| match can_be_written(id) {
                true => (count.max(1) as f64 / total).ln() as f32,
                false => BANNED_LOGIT,
            })
            .collect()
    }
}

/// Whether a caption may never contain this token: padding, `[UNK]` and `[START]`.
pub fn is_banned(id: u32) -> bool {
    id < END
}

fn style_token(name: &str) -> String {
    format!("{STYLE}{name}]")
}

fn style_name(token: &str) -> Option<&str> {
    token.strip_prefix(STYLE)?.strip_suffix(']')
}

fn index(tokens: &[String]) -> HashMap<String, u32> {
    (0..)
        .zip(tokens)
        .map(|(id, token)| (token.clone(), id))
        .collect()
}

impl TryFrom<Vec<String>> for Vocabulary {
    type Error = String;

    fn try_from(tokens: Vec<String>) -> Result<Self, String> {
        if !tokens.iter().take(SPECIAL.len()).eq(SPECIAL.iter()) {
            return Err(format!("the vocabulary does not begin with {SPECIAL:?}"));
        }
        let ids = index(&tokens);
        if ids.len() != tokens.len() {
            return Err("the vocabulary lists a word twice".to_owned());
        }
        Ok(Self { tokens, ids })
    }
}

impl From<Vocabulary> for Vec<String> {
    fn from(vocabulary: Vocabulary) -> Self {
        vocabulary.tokens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_frequent_words_come_first_and_the_rest_are_unknown() {
        let captions = ["b a a c", "a b d", "c b a"];
        let vocabulary = Vocabulary::from_captions(captions, TextRules::TfTutorial, 7, 1);
        assert_eq!(vocabulary.len(), 7);
        assert_eq!(
            vocabulary.encode("A, b c d", START, TextRules::TfTutorial, 50),
            [START, 4, 5, 6, UNKNOWN, END]
        );
        assert_eq!(
            vocabulary.encode("a b c d", START, TextRules::TfTutorial, 3),
            [START, 4, 5]
        );
        assert_eq!(vocabulary.decode(&[START, 4, 5, 6, END]), "a b c");
    }

    #[test]
    fn further_words_stand_at_the_end_and_may_be_written() {
        let vocabulary = Vocabulary::from_captions(["a a b"], TextRules::TfTutorial, 100, 1)
            .with_words(["tench", "a", "tench", "axolotl"]);
        let tokens: Vec<String> = vocabulary.clone().into();
        assert_eq!(tokens[4..], ["a", "b", "tench", "axolotl"]);
        assert_eq!(vocabulary.id("axolotl"), Some(7));
        let bias = vocabulary.log_frequency_bias([[4, 5, END]]);
        assert_eq!(bias[6], bias[5]);
        assert_eq!(Vocabulary::try_from(tokens).unwrap(), vocabulary);
    }

    #[test]
    fn output_bias_is_the_log_frequency() {
        let vocabulary = Vocabulary::from_captions(["a a b"], TextRules::TfTutorial, 100, 1);
        let encoded = vocabulary.encode("a a", START, TextRules::TfTutorial, 50);
        let bias = vocabulary.log_frequency_bias([encoded]);
        assert_eq!(bias[..3], [BANNED_LOGIT; 3]);
        assert!((bias[3] - (1f32 / 3.0).ln()).abs() < 1e-6);
        assert!((bias[4] - (2f32 / 3.0).ln()).abs() < 1e-6);
        assert!((bias[5] - (1f32 / 3.0).ln()).abs() < 1e-6);
    }

    #[test]
    fn a_style_is_a_first_token_that_no_caption_can_contain() {
        let words = Vocabulary::from_captions(["a a b"], TextRules::TfTutorial, 100, 1);
        let vocabulary = words
            .clone()
            .with_styles(["coco", "album", "coco"])
            .unwrap();
        assert_eq!(vocabulary.len(), words.len() + 2);
        assert!(vocabulary.styles().eq(["album", "coco"]));
        assert_eq!(vocabulary.start(None), Ok(START));
        let coco = vocabulary.start(Some("coco")).unwrap();
        let encoded = vocabulary.encode("b [STYLE coco]", coco, TextRules::TfTutorial, 50);
        assert_eq!(encoded, [coco, 5, UNKNOWN, UNKNOWN, END]);
        assert_eq!(vocabulary.decode(&encoded), "b");
        let bias = vocabulary.log_frequency_bias([&encoded]);
        assert_eq!(bias[coco as usize], BANNED_LOGIT);
        assert!(bias[5] > -2.0);
        assert!(
            vocabulary
                .start(Some("vogue"))
                .unwrap_err()
                .contains("album, coco")
        );
        assert!(words.start(Some("coco")).is_err());
        assert!(words.clone().with_styles([""]).is_err());
        assert!(words.with_styles(["[x"]).is_err());
        assert!(vocabulary.with_styles(["more"]).is_err());
    }

    #[test]
    fn a_stored_vocabulary_is_checked() {
        let tokens = |list: &[&str]| list.iter().map(|token| (*token).to_owned()).collect();
        let good: Vec<String> = tokens(&["", "[UNK]", "[START]", "[END]", "a"]);
        assert!(Vocabulary::try_from(good).is_ok());
        let twice: Vec<String> = tokens(&["", "[UNK]", "[START]", "[END]", "a", "a"]);
        assert!(Vocabulary::try_from(twice).is_err());
        let headless: Vec<String> = tokens(&["a", "b"]);
        assert!(Vocabulary::try_from(headless).is_err());
    }
}
