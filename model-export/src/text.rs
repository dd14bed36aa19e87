//! How a caption becomes words, and words a caption.
//!
//! **Scripts without spaces.** In Chinese, Japanese, Thai, Lao, Khmer, Burmese and Tibetan script every
//! character, its combining marks included, is a word of its own, and no space stands beside it when
//! captions are put together. Korean has spaces and is split there.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// How a caption becomes words. Whatever the rules, no letter of any script is deleted but as they say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextRules {
    /// Lower case, punctuation removed, split at white space: TensorFlow's tutorial "Image captioning
    /// with visual attention".
    #[default]
    TfTutorial,
    /// As that, and without words of one letter and words with digits or other signs, among those in
    /// Latin script: `clean_descriptions` of the Keras "merge" captioner.
    CleanDescriptions,
}

impl TextRules {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::TfTutorial, Self::CleanDescriptions];

    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::TfTutorial => "tf-tutorial",
            Self::CleanDescriptions => "clean-descriptions",
        }
    }

    /// A caption's words.
    pub fn words(self, caption: &str) -> Vec<String> {
        let visible: String = visible(caption).to_lowercase().nfc().collect();
        let text = visible.replace(is_punctuation, "");
        text.split_whitespace()
            .flat_map(split_unspaced)
            .filter(|word| match self {
                Self::TfTutorial => true,
                Self::CleanDescriptions => !word.is_ascii() || is_clean(word),
            })
            .map(str::to_owned)
            .collect()
    }
}

/// A caption of words: spaces between them, but none beside words of scripts without spaces.
pub fn join<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for word in words {
        let unspaced = |character: Option<char>| character.is_some_and(is_unspaced);
        let together = unspaced(text.chars().next_back()) || unspaced(word.chars().next());
        if !text.is_empty() && !together {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// A caption with spaces between the characters of scripts without spaces, so that what splits at spaces
/// sees each as a word.
pub fn spaced(caption: &str) -> String {
    let words = caption.split_whitespace().flat_map(split_unspaced);
    words.collect::<Vec<_>>().join(" ")
}

/// More than one letter and nothing but letters.
fn is_clean(word: &str) -> bool {
    word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// A caption without characters that nobody sees, which would make two words of one. Joiners stay between letters
/// of scripts in which they change how these look.
fn visible(caption: &str) -> String {
    let characters: Vec<_> = caption.chars().collect();
    // From Hebrew on; the scripts before, Latin among them, have no use for joiners.
    let is_joined = |character: Option<&char>| {
        character.is_some_and(|&character| character >= '\u{590}' && character.is_alphanumeric())
    };
    let kept = characters
        .iter()
        .enumerate()
        .filter(|&(place, &character)| {
            if matches!(character, '\u{200C}' | '\u{200D}') {
                let before = place.checked_sub(1).and_then(|place| characters.get(place));
                return is_joined(before) && is_joined(characters.get(place + 1));
            }
            !is_invisible(character)
        });
    kept.map(|(_, &character)| character).collect()
}

/// Marks of direction, of where a word may be parted, of bytes' order, of a sign's variant, and control
/// characters that are no white space.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180F}' | '\u{200B}' | '\u{200E}' | '\u{200F}'
            | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E01EF}')
        || character.is_control() && !character.is_whitespace()
}

/// ASCII's punctuation, as the tutorial removes it, and that of scripts without spaces.
fn is_punctuation(character: char) -> bool {
    character.is_ascii_punctuation()
        || matches!(character,
            '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3020}' | '\u{3030}' | '\u{30FB}'
            | '\u{FF01}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}' | '\u{FF3B}'..='\u{FF40}'
            | '\u{FF5B}'..='\u{FF65}')
}

/// The parts of a word without white space: characters of scripts without spaces by themselves, and what
/// stands between them.
fn split_unspaced(word: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (index, character) in word.grapheme_indices(true) {
        if character.chars().next().is_some_and(is_unspaced) {
            if start < index {
                parts.push(&word[start..index]);
            }
            parts.push(character);
            start = index + character.len();
        }
    }
    if start < word.len() {
        parts.push(&word[start..]);
    }
    parts
}

/// Whether a character belongs to a script that is written without spaces between words.
fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{0E00}'..='\u{0EFF}'        // Thai, Lao
        | '\u{0F00}'..='\u{109F}'      // Tibetan, Burmese
        | '\u{1780}'..='\u{17FF}'      // Khmer
        | '\u{3005}'..='\u{3007}'      // iteration mark, closing mark, zero
        | '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9F}' // kana
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' // Han
        | '\u{20000}'..='\u{323AF}') // Han, rarer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(caption: &str) -> Vec<String> {
        TextRules::TfTutorial.words(caption)
    }

    #[test]
    fn characters_of_scripts_without_spaces_can_be_told_apart() {
        assert_eq!(spaced("一只狗 runs 한 마리"), "一 只 狗 runs 한 마리");
        assert_eq!(spaced("a dog"), "a dog");
    }

    #[test]
    fn english_is_standardized_as_the_tutorial_does() {
        assert_eq!(
            words("A black-and-white Dog's  toy , at 5 o'clock ."),
            ["a", "blackandwhite", "dogs", "toy", "at", "5", "oclock"]
        );
        assert!(words(" ... ").is_empty());
    }

    #[test]
    fn clean_descriptions_drops_what_its_source_drops_but_no_other_script() {
        let words = |caption| TextRules::CleanDescriptions.words(caption);
        assert_eq!(
            words("A dog's 2nd toy , with 5 balls !"),
            ["dogs", "toy", "with", "balls"]
        );
        assert_eq!(words("개 한 마리"), ["개", "한", "마리"]);
        assert_eq!(words("Über é 狗"), ["über", "é", "狗"]);
    }

    #[test]
    fn scripts_with_spaces_are_split_there_and_others_by_character() {
        assert_eq!(words("한국어 자막, 고양이!"), ["한국어", "자막", "고양이"]);
        assert_eq!(
            words("一只狗，在草地上。"),
            ["一", "只", "狗", "在", "草", "地", "上"]
        );
        assert_eq!(words("Tシャツの犬"), ["t", "シ", "ャ", "ツ", "の", "犬"]);
        assert_eq!(words("2只dog狗"), ["2", "只", "dog", "狗"]);
        // A vowel sign stays with its consonant.
        assert_eq!(words("ที่นี่"), ["ที่", "นี่"]);
    }

    #[test]
    fn words_differ_in_what_is_seen_only() {
        assert_eq!(
            words("A\u{A0}man \u{200B}\u{200B}walks\u{2028}there\tno\u{AD}w"),
            ["a", "man", "walks", "there", "now"]
        );
        assert_eq!(words("\u{FEFF}cafe\u{301}\u{200D}"), words("CAF\u{C9}"));
        // Persian writes a different word without the joiner.
        assert_eq!(words("می\u{200C}خواهم"), ["می\u{200C}خواهم"]);
        assert!(words("\u{200B} \u{200E}").is_empty());
    }

    #[test]
    fn captions_are_put_together_as_their_script_is_written() {
        for caption in ["a dog runs", "한국어 자막", "一只狗", "ที่นี่"] {
            let words = words(caption);
            assert_eq!(join(words.iter().map(String::as_str)), caption);
        }
        assert_eq!(join(["2", "只", "big", "dog", "狗"]), "2只big dog狗");
        assert_eq!(join([]), "");
    }
}
