//! The part of the reward that is for true words. With two references a photo, CIDEr-D pays for little that
//! a person would also have said, and a word that is invented costs no more than one that is merely dull.

use std::collections::{HashMap, HashSet};

use model_export::vocabulary::Vocabulary;

use crate::score::content_stems;
use crate::train::input::EncodedPhoto;

/// Which content words captions and references have, by numbers of stems.
pub(crate) struct Truth {
    /// Of each token, its stems: none of a function word.
    stems: Vec<Vec<u32>>,
    /// Of each photo, the stems that its references have.
    references: Vec<HashSet<u32>>,
}

impl Truth {
    /// References are the captions of `photos`.
    pub(crate) fn new(photos: &[EncodedPhoto], vocabulary: &Vocabulary) -> Self {
        let mut numbers = HashMap::new();
        let stems: Vec<Vec<u32>> = (0..vocabulary.len() as u32)
            .map(|id| {
                let stems = content_stems(vocabulary.word(id).unwrap_or_default()).into_iter();
                stems
                    .map(|stem| {
                        let next = numbers.len() as u32;
                        *numbers.entry(stem).or_insert(next)
                    })
                    .collect()
            })
            .collect();
        let references = photos
            .iter()
            .map(|photo| distinct(&stems, photo.captions.iter().flatten()))
            .collect();
        Self { stems, references }
    }

    /// The share of a caption's different content words that a reference of the photo has, 0 to 1; 0 where
    /// it has no content word.
    pub(crate) fn precision(&self, photo: usize, caption: &[u32]) -> f64 {
        let own = distinct(&self.stems, caption);
        let supported = own.intersection(&self.references[photo]).count();
        supported as f64 / own.len().max(1) as f64
    }
}

fn distinct<'a>(stems: &[Vec<u32>], ids: impl IntoIterator<Item = &'a u32>) -> HashSet<u32> {
    let ids = ids.into_iter();
    ids.flat_map(|&id| stems[id as usize].iter().copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use model_export::text::TextRules;
    use model_export::vocabulary::START;

    use super::*;
    use crate::features::RowKey;

    #[test]
    fn invented_words_cost_and_forms_of_a_word_do_not() {
        let captions = [
            "two brown dogs run on grass",
            "a dog is running",
            "a red cat",
        ];
        let rules = TextRules::TfTutorial;
        let vocabulary = Vocabulary::from_captions(captions, rules, 100, 1);
        let encode = |text: &str| vocabulary.encode(text, START, rules, 20);
        let photo = EncodedPhoto {
            name: "a".to_owned(),
            row: RowKey::default(),
            captions: captions[..2].iter().map(|text| encode(text)).collect(),
        };
        let truth = Truth::new(&[photo], &vocabulary);
        let precision = |text: &str| truth.precision(0, &encode(text));
        assert_eq!(precision("a brown dog is running on the grass"), 1.0);
        assert_eq!(precision("a red dog"), 0.5);
        assert_eq!(precision("a red cat"), 0.0);
        assert_eq!(precision("dog dogs dog cat"), 0.5);
        assert_eq!(precision("a is on"), 0.0);
    }
}
