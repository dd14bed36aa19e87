//! What scores are computed from: counts that can be summed over any choice of captions.

use super::{ContentCounts, Scores, bleu, meteor};

/// What is counted of a caption, or summed over many.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    pub(super) captions: usize,
    pub(super) bleu: bleu::Counts,
    pub(super) meteor: meteor::Counts,
    pub(super) synonyms: bool,
    pub(super) rouge: f64,
    pub(super) cider_d: f64,
    pub(super) cider_plain: f64,
    pub(super) content: ContentCounts,
}

impl Tally {
    /// That of many captions.
    pub(super) fn sum<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        all.fold(Self::default(), |mut sum, one| {
            sum.captions += one.captions;
            sum.bleu.add(&one.bleu);
            sum.meteor.add(&one.meteor);
            sum.synonyms |= one.synonyms;
            sum.rouge += one.rouge;
            sum.cider_d += one.cider_d;
            sum.cider_plain += one.cider_plain;
            sum.content = [sum.content, one.content].iter().sum();
            sum
        })
    }

    /// BLEU and METEOR are computed from the counts of all captions; the others are means.
    pub fn scores(&self) -> Scores {
        let mean = |sum: f64| sum / self.captions.max(1) as f64;
        Scores {
            bleu: self.bleu.bleu(),
            meteor: self.meteor.score(),
            synonyms: self.synonyms,
            rouge: mean(self.rouge),
            cider_d: mean(self.cider_d),
            cider_plain: mean(self.cider_plain),
        }
    }

    /// Scores and shares of content words by their names. A share of no word is none.
    pub fn measures(&self) -> Vec<(String, Option<f64>)> {
        let scores = self.scores().named().into_iter();
        let content = self.content.named().into_iter();
        scores
            .map(|(name, value)| (name, Some(value)))
            .chain(content.map(|(name, value)| (name.to_owned(), value)))
            .collect()
    }
}
