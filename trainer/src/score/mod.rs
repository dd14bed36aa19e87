//! Scores of captions against references, as the field computes them: the tokeniser and the
//! measures of coco-caption (pycocoevalcap 1.2), and this project's own of content words.
//! docs/scores.md says which variants, and how far they were compared.

mod bleu;
mod cider;
mod content;
mod meteor;
mod per_caption;
mod references;
mod report;
mod results;
mod rouge;
mod tokenizer;

pub use cider::CiderD;
pub use content::{ContentCounts, stems as content_stems, supported_words};
pub use per_caption::PerCaption;
pub use references::{FolderOptions, Pair, References};
pub use report::Report;
pub use results::{CaptionResult, read_results, write_results};
pub use tokenizer::tokenize_all;

use bleu::MAX_ORDER;
use meteor::{Meteor, normalize};
use rouge::rouge;

/// A caption's or a corpus's scores. BLEU, METEOR and ROUGE-L go from 0 to 1, CIDEr from 0 to 10.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores {
    /// BLEU-1 to BLEU-4.
    pub bleu: [f64; MAX_ORDER],
    /// METEOR 1.5 with the matchers "exact" and "stem" only.
    pub meteor: f64,
    /// ROUGE-L.
    pub rouge: f64,
    /// CIDEr-D, which pycocoevalcap and the COCO server call CIDEr.
    pub cider_d: f64,
    /// CIDEr as first defined: without clipped counts and without a penalty on the length.
    pub cider_plain: f64,
}

/// Scores of a corpus and of each of its captions.
pub struct Scored {
    /// Of all captions. BLEU and METEOR are computed from the counts of all; the others are means.
    pub corpus: Scores,
    /// Of each caption, in the order given.
    pub captions: Vec<Scores>,
}

/// Scores one caption per photo against the photo's references, all tokenised:
/// `candidates[photo][word]`, `references[photo][reference][word]`.
///
/// # Panics
/// When there are more candidates than photos with references.
pub fn score(candidates: &[Vec<String>], references: &[Vec<Vec<String>>]) -> Scored {
    let cider = CiderD::new(
        &references
            .iter()
            .map(|captions| captions.iter().map(|caption| parts(caption)).collect())
            .collect::<Vec<Vec<_>>>(),
    );
    let meteor = Meteor::new();
    let mut bleu_counts = bleu::Counts::default();
    let mut meteor_counts = meteor::Counts::default();
    let captions: Vec<_> = candidates
        .iter()
        .zip(references)
        .enumerate()
        .map(|(photo, (candidate, references))| {
            let in_parts: Vec<_> = references.iter().map(|caption| parts(caption)).collect();
            let candidate_parts = parts(candidate);
            let own_bleu = bleu::Counts::new(&candidate_parts, &in_parts);
            bleu_counts.add(&own_bleu);
            let normal: Vec<_> = references
                .iter()
                .map(|caption| normalize(caption))
                .collect();
            let own_meteor = meteor.counts(&normalize(candidate), &normal);
            meteor_counts.add(&own_meteor);
            let whole: Vec<Vec<&str>> = references.iter().map(|caption| strs(caption)).collect();
            Scores {
                bleu: own_bleu.bleu(),
                meteor: own_meteor.score(),
                rouge: rouge(&strs(candidate), &whole),
                cider_d: cider.score(photo, &candidate_parts),
                cider_plain: cider.plain(photo, &candidate_parts),
            }
        })
        .collect();
    let mean = |value: fn(&Scores) -> f64| {
        captions.iter().map(value).sum::<f64>() / captions.len().max(1) as f64
    };
    Scored {
        corpus: Scores {
            bleu: bleu_counts.bleu(),
            meteor: meteor_counts.score(),
            rouge: mean(|scores| scores.rouge),
            cider_d: mean(|scores| scores.cider_d),
            cider_plain: mean(|scores| scores.cider_plain),
        },
        captions,
    }
}

/// Tokenises each photo's captions, all in one go.
pub fn tokenize_grouped<'a>(photos: impl Iterator<Item = &'a [String]>) -> Vec<Vec<Vec<String>>> {
    let photos: Vec<_> = photos.collect();
    let all: Vec<_> = photos.iter().copied().flatten().collect();
    let mut tokens = tokenize_all(&all).into_iter();
    photos
        .iter()
        .map(|captions| tokens.by_ref().take(captions.len()).collect())
        .collect()
}

/// Words as BLEU and CIDEr see them: coco-caption splits there at any white space, so that a token
/// with a no-break space inside (`3 1/2`) is two words.
fn parts(tokens: &[String]) -> Vec<&str> {
    tokens
        .iter()
        .flat_map(|token| token.split_whitespace())
        .collect()
}

fn strs(tokens: &[String]) -> Vec<&str> {
    tokens.iter().map(String::as_str).collect()
}

#[cfg(test)]
mod tests;
