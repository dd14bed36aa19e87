//! What ImageNet's classes are called in captions.

use model_export::text::TextRules;
use model_export::vocabulary::{UNKNOWN, Vocabulary};

/// The name of each of ImageNet's classes, a line each, in the order of the networks' outputs.
const NAMES: &str = include_str!("imagenet_classes.txt");
/// Breeds of dogs and of cats: captions hardly ever name them.
const DOGS: std::ops::RangeInclusive<usize> = 151..=268;
const CATS: std::ops::RangeInclusive<usize> = 281..=285;
/// Birds, which captions rarely call by their kind.
const BIRDS: [std::ops::RangeInclusive<usize>; 3] = [7..=24, 80..=100, 127..=146];

/// The one or two words of each class's everyday name.
pub(crate) fn words(rules: TextRules) -> impl Iterator<Item = Vec<String>> {
    NAMES.lines().enumerate().map(move |(class, name)| {
        if DOGS.contains(&class) {
            return vec!["dog".to_owned()];
        }
        if CATS.contains(&class) {
            return vec!["cat".to_owned()];
        }
        let kind = rules.words(name).pop();
        let bird = BIRDS.iter().any(|birds| birds.contains(&class));
        kind.into_iter()
            .chain(bird.then(|| "bird".to_owned()))
            .collect()
    })
}

/// Two tokens for each class: those of its words that the vocabulary has, one of them twice where there is
/// no other.
pub(crate) fn tokens(vocabulary: &Vocabulary, rules: TextRules) -> Vec<[u32; 2]> {
    words(rules)
        .map(|words| {
            let mut known = words.iter().filter_map(|word| vocabulary.id(word));
            let first = known.next().unwrap_or(UNKNOWN);
            [first, known.next().unwrap_or(first)]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use model_export::encoder::IMAGENET_CLASSES;

    use super::*;

    const RULES: TextRules = TextRules::TfTutorial;

    #[test]
    fn every_class_has_an_everyday_name() {
        let words: Vec<_> = words(RULES).collect();
        assert_eq!(words.len(), IMAGENET_CLASSES);
        for (class, expected) in [
            (2, &["shark"] as &[_]),
            (7, &["rooster", "bird"]),
            (25, &["salamander"]),
            (207, &["dog"]),
            (281, &["cat"]),
            (146, &["albatross", "bird"]),
            (504, &["mug"]),
            (999, &["tissue"]),
        ] {
            assert_eq!(words[class], expected, "class {class}");
        }
        assert!(words.iter().all(|words| !words.is_empty()));
    }

    #[test]
    fn words_that_the_vocabulary_lacks_are_left_out() {
        let vocabulary = Vocabulary::from_captions(["dog bird rooster"], RULES, 100, 1);
        let tokens = tokens(&vocabulary, RULES);
        let id = |word| vocabulary.id(word).unwrap();
        assert_eq!(tokens[207], [id("dog"); 2]);
        assert_eq!(tokens[7], [id("rooster"), id("bird")]);
        assert_eq!(tokens[146], [id("bird"); 2]);
        assert_eq!(tokens[504], [UNKNOWN; 2]);
    }
}
