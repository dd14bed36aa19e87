//! What a rule finds.

use super::characters;

/// A token, found at some place.
pub(super) struct Found {
    /// Characters that the token takes.
    pub(super) length: usize,
    /// Characters that had to be looked at: of two rules the one that sees further wins.
    pub(super) seen: usize,
    /// As it is written out.
    pub(super) text: String,
}

impl Found {
    /// The characters themselves.
    pub(super) fn plain(text: &[char], place: usize, length: usize) -> Self {
        Self {
            length,
            seen: length,
            text: text[place..place + length]
                .iter()
                .filter(|&&character| character != characters::SOFT_HYPHEN)
                .collect(),
        }
    }

    /// The characters themselves, when the rule looked further.
    pub(super) fn looking(text: &[char], place: usize, length: usize, seen: usize) -> Self {
        Self {
            seen,
            ..Self::plain(text, place, length)
        }
    }
}

/// How many characters from a place on satisfy a condition.
pub(super) fn run_of(text: &[char], place: usize, condition: impl Fn(char) -> bool) -> usize {
    text.iter()
        .skip(place)
        .take_while(|&&character| condition(character))
        .count()
}

pub(super) fn at(text: &[char], place: usize) -> Option<char> {
    text.get(place).copied()
}
