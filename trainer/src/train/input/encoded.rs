//! Photos with their captions as ids.

use std::borrow::Borrow;

use model_export::text::TextRules;
use model_export::vocabulary::{START, Vocabulary};
use serde::{Deserialize, Serialize};

use crate::data::CaptionedPhoto;
use crate::features::{RowKey, View};

/// A photo with its captions as ids.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EncodedPhoto {
    pub(crate) name: String,
    /// Its row in the feature cache.
    pub(crate) row: RowKey,
    /// The first token ([`Vocabulary::start`]), words, `[END]`.
    pub(crate) captions: Vec<Vec<u32>>,
}

impl EncodedPhoto {
    /// What its captions begin with: the token of its style.
    pub(crate) fn start(&self) -> u32 {
        self.captions.first().map_or(START, |caption| caption[0])
    }

    /// A view of it: the view's row in the cache, and captions in which "left" and "right" have changed
    /// places where the view is mirrored.
    pub(crate) fn seen(&self, view: View, vocabulary: &Vocabulary) -> Self {
        let exchanged = if view.is_mirrored() {
            vocabulary.id("left").zip(vocabulary.id("right"))
        } else {
            None
        };
        let exchange = |&id: &u32| match exchanged {
            Some((left, right)) if id == left => right,
            Some((left, right)) if id == right => left,
            _ => id,
        };
        Self {
            name: self.name.clone(),
            row: self.row.seen(view),
            captions: self
                .captions
                .iter()
                .map(|caption| caption.iter().map(exchange).collect())
                .collect(),
        }
    }
}

/// Photos with their captions as ids, each of which begins with `start`.
pub(crate) fn encode<P: Borrow<CaptionedPhoto>>(
    photos: impl IntoIterator<Item = P>,
    vocabulary: &Vocabulary,
    start: u32,
    rules: TextRules,
    max_words: usize,
) -> impl Iterator<Item = EncodedPhoto> {
    photos.into_iter().map(move |photo| {
        let CaptionedPhoto {
            name,
            captions,
            content,
        } = photo.borrow();
        EncodedPhoto {
            name: name.clone(),
            row: RowKey::upright(*content),
            captions: captions
                .iter()
                .map(|caption| vocabulary.encode(caption, start, rules, max_words))
                .collect(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_exchanges_left_and_right() {
        let captions = ["a man on the left", "right"];
        let vocabulary = Vocabulary::from_captions(captions, TextRules::TfTutorial, 50, 1);
        let photo = EncodedPhoto {
            name: "a.jpg".to_owned(),
            row: RowKey::default(),
            captions: captions
                .map(|text| vocabulary.encode(text, START, TextRules::TfTutorial, 9))
                .to_vec(),
        };
        let mirrored = photo.seen(View::Crop(1), &vocabulary);
        let texts: Vec<_> = mirrored
            .captions
            .iter()
            .map(|caption| vocabulary.decode(caption))
            .collect();
        assert_eq!(texts, ["a man on the right", "left"]);
        assert_ne!(mirrored.row, photo.row);
        let crop = photo.seen(View::Crop(0), &vocabulary);
        assert_eq!(crop.captions, photo.captions);
    }
}
