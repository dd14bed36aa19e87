//! Beam search for one photo's captions.

use std::cmp::Ordering;

use super::caption::{GeneratedCaption, GeneratedToken};
use super::error::DeviceError;
use super::hypothesis::{Hypothesis, Repeats, score};
use super::logits::{likeliest, log_sum_exp};
use super::search::{Predictions, Search};
use crate::vocabulary::{END, is_banned};

/// Beam search, as Show and Tell (Vinyals et al., 2015, <https://arxiv.org/abs/1411.4555>) and many
/// before it decode: of all continuations of all open hypotheses by one token, the `width` likeliest
/// are kept. Those that end leave the beam for a pool of the best `captions` by score.
///
/// The search goes on until no open hypothesis can enter the pool any more. Log-probabilities only
/// fall, so a hypothesis of log-probability `s` never scores above `s / longest^length_penalty`;
/// those whose bound is not above the pool's last are dropped at once. That changes no result: at
/// each length the dropped ones are the least likely, and so are all their continuations.
pub(super) struct BeamSearch {
    width: usize,
    captions: usize,
    length_penalty: f64,
    repeats: Repeats,
    /// Tokens of the longest caption, `[END]` included.
    longest: usize,
    open: Vec<Hypothesis>,
    /// The best first.
    pool: Vec<GeneratedCaption>,
}

/// A hypothesis continued by one token.
struct Continuation {
    hypothesis: usize,
    id: u32,
    log_probability: f64,
    total: f64,
}

impl BeamSearch {
    pub(super) fn new(
        width: usize,
        captions: usize,
        length_penalty: f64,
        repeats: Repeats,
        max_words: usize,
    ) -> Self {
        Self {
            width,
            captions,
            length_penalty,
            repeats,
            longest: max_words + 1,
            open: vec![Hypothesis::default()],
            pool: Vec::new(),
        }
    }

    /// The likeliest continuations of all open hypotheses, the likeliest first.
    fn continuations(
        &self,
        rows: &Predictions,
        must_end: bool,
    ) -> Result<Vec<Continuation>, DeviceError> {
        let mut continuations = Vec::new();
        for (index, hypothesis) in self.open.iter().enumerate() {
            let logits = rows.logits(index);
            let normaliser = log_sum_exp(logits);
            if !normaliser.is_finite() {
                return Err(DeviceError::not_a_number());
            }
            let ids = if must_end {
                vec![END]
            } else {
                let repeating = hypothesis.repeating(&self.repeats);
                likeliest(logits, self.width, |id| {
                    !is_banned(id) && !repeating.contains(&id)
                })
            };
            continuations.extend(ids.into_iter().map(|id| {
                let log_probability = f64::from(logits[id as usize]) - normaliser;
                Continuation {
                    hypothesis: index,
                    id,
                    log_probability,
                    total: hypothesis.log_probability() + log_probability,
                }
            }));
        }
        continuations.sort_unstable_by(Continuation::order);
        continuations.truncate(self.width);
        Ok(continuations)
    }

    /// Puts a caption into the pool, behind those of the same score.
    fn finish(&mut self, caption: GeneratedCaption) {
        let place = self
            .pool
            .partition_point(|other| other.score >= caption.score);
        self.pool.insert(place, caption);
        self.pool.truncate(self.captions);
    }

    /// Whether a caption that begins like this may still enter the pool.
    fn has_a_chance(&self, hypothesis: &Hypothesis) -> bool {
        match self.pool.get(self.captions - 1) {
            None => true,
            Some(last) => {
                let bound = score(
                    hypothesis.log_probability(),
                    self.longest,
                    self.length_penalty,
                );
                bound > last.score
            }
        }
    }
}

impl Continuation {
    /// The likelier first; of equal ones, that of the likelier hypothesis, then the smaller id.
    fn order(&self, other: &Self) -> Ordering {
        other
            .total
            .total_cmp(&self.total)
            .then(self.hypothesis.cmp(&other.hypothesis))
            .then(self.id.cmp(&other.id))
    }
}

impl Search for BeamSearch {
    fn open(&self) -> &[Hypothesis] {
        &self.open
    }

    fn advance(&mut self, rows: &Predictions, must_end: bool) -> Result<Vec<usize>, DeviceError> {
        let mut kept = Vec::new();
        for continuation in self.continuations(rows, must_end)? {
            let Continuation {
                hypothesis,
                id,
                log_probability,
                ..
            } = continuation;
            let beginning = &self.open[hypothesis];
            if id == END {
                let caption = beginning
                    .clone()
                    .ended(log_probability, self.length_penalty);
                self.finish(caption);
            } else {
                let token = GeneratedToken {
                    id,
                    probability: log_probability.exp() as f32,
                    attention: rows.attention(hypothesis).to_vec(),
                };
                kept.push((hypothesis, beginning.extended(token, log_probability)));
            }
        }
        // Only now is the pool what it will be for the next step.
        kept.retain(|(_, hypothesis)| self.has_a_chance(hypothesis));
        let parents;
        (parents, self.open) = kept.into_iter().unzip();
        Ok(parents)
    }

    fn into_captions(self: Box<Self>) -> Vec<GeneratedCaption> {
        self.pool
    }
}
