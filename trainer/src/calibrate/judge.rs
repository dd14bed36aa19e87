//! The captions of photos, and which of them and of their words are right.

use anyhow::Result;
use model_export::confidence::{CaptionFeature, WordFeature};
use model_export::generate::{GeneratedCaption, generate};
use model_export::{Captioner, GenerateOptions};

use super::fit::Example;
use crate::data::Dataset;
use crate::score::{supported_words, tokenize_grouped};

/// A caption counts as right where at least this share of its content words is in some reference of its photo.
/// Of 30 photos that a person judged (docs/confidence.md) it finds as many captions right as the person did.
const RIGHT_SHARE: f64 = 0.6;

/// Photos captioned together.
const PHOTOS_PER_BATCH: usize = 16;

/// A photo's caption and its words, as far as they are content words.
pub(super) struct Photo {
    pub(super) caption: Example,
    pub(super) words: Vec<Example>,
}

/// Captions the validation photos of a data set that can be read, and names the others.
pub(super) fn caption_photos(
    captioner: &Captioner,
    dataset: &Dataset,
    options: &GenerateOptions,
) -> Result<Vec<Photo>> {
    let references = tokenize_grouped(dataset.dev.iter().map(|photo| photo.captions.iter()));
    let progress = crate::progress::photos(dataset.dev.len());
    let mut photos = Vec::new();
    let pairs: Vec<_> = dataset.dev.iter().zip(&references).collect();
    for pairs in pairs.chunks(PHOTOS_PER_BATCH) {
        let mut readable = Vec::new();
        let mut prepared = Vec::new();
        for (photo, references) in pairs {
            let read = dataset.photos.read(&photo.name);
            match read.and_then(|bytes| Ok(captioner.prepare(&bytes)?)) {
                Ok(squashed) => {
                    readable.push(references);
                    prepared.push(squashed);
                }
                Err(error) => eprintln!("left out {}: {error:#}", photo.name),
            }
        }
        if !prepared.is_empty() {
            let features = captioner.features(&prepared);
            let decoder = captioner.decoder();
            let found = pollster::block_on(generate(decoder, features, options, &mut |_, _| {}))?;
            let judged = found.iter().zip(readable);
            photos.extend(
                judged.filter_map(|(captions, references)| judge(captioner, captions, references)),
            );
        }
        progress.inc(pairs.len() as u64);
    }
    progress.finish_and_clear();
    Ok(photos)
}

/// The best of a photo's captions beside its references; none where it has no words.
fn judge(
    captioner: &Captioner,
    captions: &[GeneratedCaption],
    references: &[Vec<String>],
) -> Option<Photo> {
    let (caption, runners_up) = captions.split_first()?;
    let vocabulary = &captioner.manifest().vocabulary;
    // As the model has them, not as the tokeniser would split them: each has its own probability.
    let words: Vec<_> = caption
        .tokens
        .iter()
        .map(|token| vocabulary.word(token.id).unwrap_or_default().to_owned())
        .collect();
    if words.is_empty() {
        return None;
    }
    let supported = supported_words(&words, references);
    let examples = caption.tokens.iter().zip(&supported);
    let examples = examples.filter_map(|(token, &supported)| {
        Some(Example {
            values: WordFeature::ALL.map(|feature| feature.of(token)).to_vec(),
            right: supported?,
        })
    });
    Some(Photo {
        caption: Example {
            values: CaptionFeature::ALL
                .map(|feature| feature.of(caption, runners_up))
                .to_vec(),
            right: is_right(&supported),
        },
        words: examples.collect(),
    })
}

/// Whether enough of a caption's content words are supported, and at least one; see [`supported_words`].
pub(crate) fn is_right(supported: &[Option<bool>]) -> bool {
    let content = supported.iter().flatten().count() as f64;
    let right = supported.iter().flatten().filter(|&&right| right).count() as f64;
    right > 0.0 && right >= RIGHT_SHARE * content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_fifths_of_the_content_words_must_be_supported() {
        let (yes, no) = (Some(true), Some(false));
        for (supported, right) in [
            (&[None, yes, None, yes, no][..], true),
            (&[yes, no], false),
            (&[yes, yes, yes, yes, no, no], true),
            (&[yes, yes, yes, no, no], true),
            (&[yes, yes, yes, yes, no, no, no], false),
            (&[yes], true),
            (&[no], false),
            (&[None, None], false),
            (&[], false),
        ] {
            assert_eq!(is_right(supported), right, "{supported:?}");
        }
    }
}
