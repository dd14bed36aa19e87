//! Words that were taken for others: a caption that says "woman" where the references say "man".
//!
//! word_groups.txt lists which words exclude one another. Of a group a caption's word counts as confused
//! where no reference says it, and a reference says another one that the caption lacks; where several do,
//! with the one that most references say, of two said as often with the first of the list.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::content::{lines, stems};

/// Things of one kind, of which a photo's caption and its references may name different ones.
pub struct WordGroup {
    /// What they are.
    pub name: &'static str,
    /// The words for each of them; the first stands for all.
    things: Vec<Vec<&'static str>>,
}

/// What a caption says of a group of words, and what the references say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confusion {
    /// The group's place in [`word_groups`].
    pub group: usize,
    /// The place in the group of what the caption names.
    pub said: usize,
    /// The place in the group of what the references name: the same where they agree.
    pub meant: usize,
}

static WORD_GROUPS: LazyLock<Vec<WordGroup>> = LazyLock::new(|| {
    lines(include_str!("word_groups.txt"))
        .filter_map(|line| line.split_once(": "))
        .map(|(name, things)| WordGroup {
            name,
            things: things
                .split(", ")
                .map(|words| words.split(' ').collect())
                .collect(),
        })
        .collect()
});

impl WordGroup {
    /// The word that stands for each of the things.
    pub fn names(&self) -> Vec<&'static str> {
        let first = |words: &Vec<&'static str>| words.first().copied();
        self.things.iter().filter_map(first).collect()
    }
}

/// The groups of words, as they are listed.
pub fn word_groups() -> &'static [WordGroup] {
    &WORD_GROUPS
}

/// The stems of each thing's words, `[group][thing][stem]`.
static STEMS: LazyLock<Vec<Vec<Vec<String>>>> = LazyLock::new(|| {
    let of_words = |words: &Vec<&str>| words.iter().flat_map(|word| stems(word)).collect();
    WORD_GROUPS
        .iter()
        .map(|group| group.things.iter().map(of_words).collect())
        .collect()
});

/// What a caption, `candidate[word]`, says of each group beside its references, `references[reference][word]`: where
/// they agree, and where it takes one word for another.
pub fn confusions(candidate: &[String], references: &[Vec<String>]) -> Vec<Confusion> {
    let stems_of = |words: &[String]| words.iter().flat_map(|word| stems(word)).collect();
    let own: HashSet<String> = stems_of(candidate);
    let theirs: Vec<HashSet<String>> = references.iter().map(|words| stems_of(words)).collect();
    let mut found = Vec::new();
    for (group, things) in STEMS.iter().enumerate() {
        let says = |words: &HashSet<String>, thing: usize| {
            things[thing].iter().any(|stem| words.contains(stem))
        };
        let saying = |thing: usize| theirs.iter().filter(|words| says(words, thing)).count();
        // The first of those that are said most often.
        let meant = (0..things.len())
            .filter(|&thing| saying(thing) > 0 && !says(&own, thing))
            .rev()
            .max_by_key(|&thing| saying(thing));
        for said in (0..things.len()).filter(|&thing| says(&own, thing)) {
            let meant = if saying(said) > 0 { Some(said) } else { meant };
            found.extend(meant.map(|meant| Confusion { group, said, meant }));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::tokenize_all;

    /// As `said/meant`, by the names of the things.
    fn found(candidate: &str, references: &[&str]) -> Vec<String> {
        let candidate = tokenize_all(&[candidate]).remove(0);
        confusions(&candidate, &tokenize_all(references))
            .into_iter()
            .map(|Confusion { group, said, meant }| {
                let names = word_groups()[group].names();
                format!("{}/{}", names[said], names[meant])
            })
            .collect()
    }

    #[test]
    fn what_no_reference_says_is_taken_for_what_they_say() {
        for (candidate, references, expected) in [
            ("a woman", &["a man", "some guys"][..], &["woman/man"][..]),
            ("two men", &["two gentlemen"], &["man/man", "two/two"]),
            // One reference is enough to agree with.
            ("a girl", &["a girl", "a boy", "a boy"], &["girl/girl"]),
            // The caption has the man too: the woman is invented, and taken for nobody.
            ("a man and a woman", &["two men"], &["man/man"]),
            // What most of them say; of as many the first of the list.
            (
                "a woman",
                &["a boy", "a boy", "a man", "children"],
                &["woman/boy"],
            ),
            ("a woman", &["a boy", "a man"], &["woman/man"]),
            ("a red dog", &["a brown cat"], &["dog/cat", "red/brown"]),
            ("a person", &["a man"], &[]),
            ("a man", &["a person"], &[]),
            ("a small dog sits", &["dogs"], &["dog/dog"]),
            ("", &["a dog"], &[]),
            ("a dog", &[], &[]),
        ] {
            assert_eq!(found(candidate, references), expected, "{candidate}");
        }
    }

    #[test]
    fn each_listed_word_is_a_content_word_of_one_thing_alone() {
        let mut seen = HashSet::new();
        for (group, things) in word_groups().iter().zip(STEMS.iter()) {
            assert!(things.len() > 1, "{}", group.name);
            for (words, stems) in group.things.iter().zip(things) {
                assert!(!stems.is_empty(), "{words:?}");
                for stem in stems.iter().collect::<HashSet<_>>() {
                    assert!(seen.insert(stem), "{stem} of {words:?} is listed twice");
                }
            }
        }
        assert!(word_groups().len() > 10);
    }
}
