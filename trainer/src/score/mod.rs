//! Scores of captions against references, as the field computes them: the tokeniser and the
//! measures of coco-caption (pycocoevalcap 1.2), and this project's own of content words.
//! docs/scores.md says which variants, and how far they were compared.

mod bleu;
mod bootstrap;
mod chair;
mod cider;
mod comparison_table;
mod confusion;
mod content;
mod imported;
mod meteor;
mod per_caption;
mod references;
mod report;
mod results;
mod rouge;
mod tally;
mod tokenizer;
mod wordnet;

pub use bootstrap::{Bootstrap, Compared, Interval};
pub use chair::{Chair, Hallucinations};
pub use cider::CiderD;
pub use comparison_table::ComparisonTable;
pub use confusion::{Confusion, WordGroup, confusions, word_groups};
pub use content::{ContentCounts, missed_words, stems as content_stems, supported_words};
pub use imported::{Imported, read_imported};
pub use per_caption::PerCaption;
pub use references::{Pair, References, check_same_photos, tokenized};
pub use report::Report;
pub use results::{CaptionResult, read_results, write_results};
pub use tally::Tally;
pub use tokenizer::tokenize_all;
pub use wordnet::WordNet;

use bleu::MAX_ORDER;
use meteor::{Meteor, normalize};
use rouge::rouge;

/// A caption's or a corpus's scores. BLEU, METEOR and ROUGE-L go from 0 to 1, CIDEr from 0 to 10.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores {
    /// BLEU-1 to BLEU-4.
    pub bleu: [f64; MAX_ORDER],
    /// METEOR 1.5 with the matchers "exact" and "stem" only, or with "synonym" too.
    pub meteor: f64,
    /// Whether METEOR knew synonyms.
    pub synonyms: bool,
    /// ROUGE-L.
    pub rouge: f64,
    /// CIDEr-D, which pycocoevalcap and the COCO server call CIDEr.
    pub cider_d: f64,
    /// CIDEr as first defined: without clipped counts and without a penalty on the length.
    pub cider_plain: f64,
}

/// One caption for each of many photos, scored.
pub struct Scored {
    /// Of each caption, in the order given.
    pub captions: Vec<Tally>,
    /// What other programs have measured of them.
    pub imported: Vec<Imported>,
}

impl Scored {
    /// Of all captions.
    pub fn corpus(&self) -> Tally {
        Tally::sum(self.captions.iter())
    }

    /// Measures of a choice of them, each as often as its place is given; a share of no word is none. CIDEr's document
    /// frequencies stay those of all photos.
    pub fn measures_of(&self, places: &[usize]) -> Vec<(String, Option<f64>)> {
        let chosen = places.iter().map(|&place| &self.captions[place]);
        let mut measures = Tally::sum(chosen).measures();
        measures.extend(self.imported.iter().map(|imported| {
            let mean = imported.mean(places.iter().copied());
            (imported.name.clone(), mean)
        }));
        measures
    }

    /// Measures of all captions.
    pub fn measures(&self) -> Vec<(String, Option<f64>)> {
        let imported = self.imported.iter();
        let imported = imported.map(|imported| (imported.name.clone(), imported.of_all()));
        let own = self.corpus().measures();
        own.into_iter().chain(imported).collect()
    }
}

/// Scores one caption per photo against the photo's references, all tokenised:
/// `candidates[photo][word]`, `references[photo][reference][word]`.
///
/// # Panics
/// When there are more candidates than photos with references.
pub fn score(candidates: &[Vec<String>], references: &[Vec<Vec<String>>]) -> Scored {
    score_with(candidates, references, None)
}

/// The same, with METEOR's synonyms.
///
/// # Panics
/// As [`score`].
pub fn score_with(
    candidates: &[Vec<String>],
    references: &[Vec<Vec<String>>],
    synonyms: Option<&WordNet>,
) -> Scored {
    let cider = CiderD::new(
        &references
            .iter()
            .map(|captions| captions.iter().map(|caption| parts(caption)).collect())
            .collect::<Vec<Vec<_>>>(),
    );
    let meteor = Meteor::new(synonyms);
    let captions: Vec<_> = candidates
        .iter()
        .zip(references)
        .enumerate()
        .map(|(photo, (candidate, references))| {
            let in_parts: Vec<_> = references.iter().map(|caption| parts(caption)).collect();
            let candidate_parts = parts(candidate);
            let normal: Vec<_> = references
                .iter()
                .map(|caption| normalize(caption))
                .collect();
            let whole: Vec<Vec<&str>> = references.iter().map(|caption| strs(caption)).collect();
            Tally {
                captions: 1,
                bleu: bleu::Counts::new(&candidate_parts, &in_parts),
                meteor: meteor.counts(&normalize(candidate), &normal),
                synonyms: synonyms.is_some(),
                rouge: rouge(&strs(candidate), &whole),
                cider_d: cider.score(photo, &candidate_parts),
                cider_plain: cider.plain(photo, &candidate_parts),
                content: ContentCounts::of(candidate, references),
            }
        })
        .collect();
    Scored {
        captions,
        imported: Vec::new(),
    }
}

/// Tokenises each photo's captions, all in one go.
pub fn tokenize_grouped<C>(photos: impl Iterator<Item = C>) -> Vec<Vec<Vec<String>>>
where
    C: Iterator<Item: AsRef<str>>,
{
    let mut all = Vec::new();
    let mut counts = Vec::new();
    for captions in photos {
        let before = all.len();
        all.extend(captions);
        counts.push(all.len() - before);
    }
    let mut tokens = tokenize_all(&all).into_iter();
    counts
        .into_iter()
        .map(|count| tokens.by_ref().take(count).collect())
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
