//! Self-critical sequence training: captions that the model draws are made likelier or less likely by
//! how their CIDEr-D compares (Rennie et al., 2016, <https://arxiv.org/abs/1612.00563>).
//!
//! The baseline of a drawn caption is the mean reward of the photo's other draws (Luo, 2020,
//! <https://arxiv.org/abs/2003.09971>). `[END]` counts as a word in the reward: without it captions
//! learn to stop in the middle of a phrase ("a man in a").

use anyhow::Result;
use burn::tensor::Tensor;
use model_export::decoder::Decoder;
use model_export::generate::{Sampling, sample_ids};
use model_export::vocabulary::{END, Vocabulary};

use super::objective::Weights;
use super::truth::Truth;
use crate::score::CiderD;
use crate::train::input::EncodedPhoto;

/// The reward of captions of the training photos.
pub(crate) struct Reward {
    /// Each style's photos are a corpus of their own: what is rare in one is common in another.
    corpora: Vec<CiderD>,
    /// For each photo, its corpus and its place there.
    places: Vec<(usize, usize)>,
    truth: Truth,
    /// What true words earn; see [`Truth::precision`].
    truth_weight: f64,
    /// Each token as a word for the scorer.
    words: Vec<String>,
}

/// Captions drawn for the photos of a step.
pub(crate) struct Drawn {
    /// Per photo, its draws: the first token, words, `[END]`, unless the caption was cut.
    captions: Vec<Vec<Vec<u32>>>,
    /// Per photo and draw, its reward less the mean of the photo's other draws.
    advantages: Vec<Vec<f64>>,
    /// Of all draws: CIDEr-D (0 to 10), `[END]` counted as a word, and what true words earn.
    pub(crate) mean_reward: f64,
}

impl Reward {
    /// References are those of `photos`, and document frequencies those of the photos of their style.
    pub(crate) fn new(photos: &[EncodedPhoto], vocabulary: &Vocabulary, truth_weight: f64) -> Self {
        let words: Vec<_> = (0..vocabulary.len()).map(|id| id.to_string()).collect();
        let mut starts = Vec::new();
        let mut corpora: Vec<Vec<Vec<Vec<&str>>>> = Vec::new();
        let places = photos
            .iter()
            .map(|photo| {
                let known = starts.iter().position(|&start| start == photo.start());
                let corpus = known.unwrap_or_else(|| {
                    starts.push(photo.start());
                    corpora.push(Vec::new());
                    corpora.len() - 1
                });
                let captions = photo.captions.iter();
                corpora[corpus].push(captions.map(|caption| texts(&words, caption)).collect());
                (corpus, corpora[corpus].len() - 1)
            })
            .collect();
        Self {
            corpora: corpora.iter().map(|photos| CiderD::new(photos)).collect(),
            places,
            truth: Truth::new(photos, vocabulary),
            truth_weight,
            words,
        }
    }

    /// CIDEr-D of a caption of the photo at a place, and what its true words earn.
    fn score(&self, photo: usize, caption: &[u32]) -> f64 {
        let (corpus, place) = self.places[photo];
        let cider = self.corpora[corpus].score(place, &texts(&self.words, caption));
        if self.truth_weight == 0.0 {
            return cider;
        }
        cider + self.truth_weight * self.truth.precision(photo, caption)
    }

    /// Draws captions of at most `max_words` words for photos, given with their places among those of
    /// [`Reward::new`], whose features are `[photos, positions, channels]`.
    pub(crate) fn draw(
        &self,
        decoder: &Decoder,
        photos: &[(usize, &EncodedPhoto)],
        features: Tensor<3>,
        draws: usize,
        max_words: usize,
        seed: u64,
    ) -> Result<Drawn> {
        let sampling = Sampling {
            seed,
            ..Sampling::default()
        };
        let starts: Vec<_> = photos.iter().map(|(_, photo)| photo.start()).collect();
        let ids = pollster::block_on(sample_ids(
            decoder, features, &starts, max_words, draws, &sampling,
        ))?;
        let captions: Vec<Vec<Vec<u32>>> = ids
            .into_iter()
            .zip(&starts)
            .map(|(captions, &start)| {
                let captions = captions.into_iter();
                captions.map(|ids| whole(start, ids, max_words)).collect()
            })
            .collect();
        let rewards: Vec<Vec<f64>> = photos
            .iter()
            .zip(&captions)
            .map(|(&(place, _), captions)| {
                let captions = captions.iter();
                captions.map(|caption| self.score(place, caption)).collect()
            })
            .collect();
        let count: usize = rewards.iter().map(Vec::len).sum();
        Ok(Drawn {
            captions,
            mean_reward: rewards.iter().flatten().sum::<f64>() / count.max(1) as f64,
            advantages: rewards.iter().map(|rewards| advantages(rewards)).collect(),
        })
    }
}

impl Drawn {
    /// The photos with their own captions, unless the draws' share of the loss is all of it, and then
    /// the drawn ones.
    pub(crate) fn with_own_captions(
        &self,
        photos: &[&EncodedPhoto],
        share: f64,
    ) -> Vec<EncodedPhoto> {
        photos
            .iter()
            .zip(&self.captions)
            .map(|(photo, drawn)| EncodedPhoto {
                name: photo.name.clone(),
                row: photo.row,
                captions: [&photo.captions[..own_captions(photo, share)], drawn].concat(),
            })
            .collect()
    }

    /// What each word of the batch made of [`Drawn::with_own_captions`] weighs: `share` of the loss is
    /// `−advantage · log p` per word of the draws, the rest the cross-entropy of the photos' own
    /// captions. `owners` says of each word which photo and caption it stands in.
    pub(crate) fn weights(
        &self,
        photos: &[&EncodedPhoto],
        owners: &[(usize, usize)],
        share: f64,
        smoothing: f64,
    ) -> Weights {
        let draw = |&(photo, caption): &(usize, usize)| {
            caption
                .checked_sub(own_captions(photos[photo], share))
                .map(|draw| self.advantages[photo][draw])
        };
        let drawn_words = owners.iter().filter_map(draw).count();
        let own_words = owners.len() - drawn_words;
        let drawn_weight = share / drawn_words.max(1) as f64;
        let own_weight = (1.0 - share) / own_words.max(1) as f64;
        let (label, uniform) = owners
            .iter()
            .map(|owner| match draw(owner) {
                Some(advantage) => ((drawn_weight * advantage) as f32, 0.0),
                None => (
                    (own_weight * (1.0 - smoothing)) as f32,
                    (own_weight * smoothing) as f32,
                ),
            })
            .unzip();
        Weights {
            label,
            uniform,
            coverage: 0.0,
            held_classes: None,
        }
    }
}

/// How many of its own captions a photo is trained on beside the drawn ones.
fn own_captions(photo: &EncodedPhoto, share: f64) -> usize {
    if share < 1.0 { photo.captions.len() } else { 0 }
}

/// `start`, the words, and `[END]` unless the caption was cut at `max_words`.
fn whole(start: u32, ids: Vec<u32>, max_words: usize) -> Vec<u32> {
    let end = (ids.len() < max_words).then_some(END);
    std::iter::once(start).chain(ids).chain(end).collect()
}

/// A caption's tokens after the first, as words for the scorer.
fn texts<'a>(words: &'a [String], caption: &[u32]) -> Vec<&'a str> {
    let ids = caption.iter().skip(1);
    ids.map(|&id| words[id as usize].as_str()).collect()
}

/// Each reward less the mean of the others.
fn advantages(rewards: &[f64]) -> Vec<f64> {
    let sum: f64 = rewards.iter().sum();
    let others = rewards.len().saturating_sub(1).max(1) as f64;
    rewards
        .iter()
        .map(|reward| reward - (sum - reward) / others)
        .collect()
}

#[cfg(test)]
mod tests {
    use model_export::text::TextRules;
    use model_export::vocabulary::START;

    use super::*;
    use crate::features::RowKey;

    /// Ids 4 to 9 are the words of these names.
    fn vocabulary() -> Vocabulary {
        let words = ["dog cat hat red runs the"];
        Vocabulary::from_captions(words, TextRules::TfTutorial, 100, 1)
    }

    fn photo(captions: &[&[u32]]) -> EncodedPhoto {
        EncodedPhoto {
            name: "a".to_owned(),
            row: RowKey::default(),
            captions: captions.iter().map(|caption| caption.to_vec()).collect(),
        }
    }

    #[test]
    fn an_advantage_is_over_the_mean_of_the_others() {
        assert_eq!(advantages(&[3.0, 1.0, 2.0]), [1.5, -1.5, 0.0]);
    }

    #[test]
    fn a_caption_that_is_cut_has_no_end() {
        assert_eq!(whole(START, vec![5, 6], 3), [START, 5, 6, END]);
        assert_eq!(whole(9, vec![5, 6, 7], 3), [9, 5, 6, 7]);
    }

    #[test]
    fn an_early_end_costs_reward() {
        let photos = [photo(&[&[2, 5, 6, 7, 3]]), photo(&[&[2, 8, 9, 3]])];
        let reward = Reward::new(&photos, &vocabulary(), 0.0);
        let score = |caption: &[u32]| reward.score(0, caption);
        assert!(score(&[2, 5, 6, 7, 3]) > score(&[2, 5, 6, 7]));
        assert!(score(&[2, 5, 6, 7]) > score(&[2, 5, 6, 3]));
    }

    #[test]
    fn a_style_is_a_corpus_of_its_own() {
        let photos = [
            photo(&[&[2, 5, 6, 3]]),
            photo(&[&[9, 5, 6, 3]]),
            photo(&[&[2, 5, 7, 3]]),
        ];
        let reward = Reward::new(&photos, &vocabulary(), 0.0);
        assert_eq!(reward.places, [(0, 0), (1, 0), (0, 1)]);
        // Word 5 is in both photos of the first style, and so is the end: only word 6 tells.
        assert!(reward.score(0, &[2, 6, 3]) > 0.0);
        assert_eq!(reward.score(0, &[2, 5, 3]), 0.0);
        // A corpus of one photo tells nothing.
        assert_eq!(reward.score(1, &[9, 5, 6, 3]), 0.0);
    }

    #[test]
    fn true_words_earn_a_share_of_their_weight() {
        let vocabulary = vocabulary();
        let encode = |text| vocabulary.encode(text, START, TextRules::TfTutorial, 20);
        let photos = [
            photo(&[&encode("the red dog runs")]),
            photo(&[&encode("the cat")]),
        ];
        let [plain, truthful] = [0.0, 0.5].map(|weight| Reward::new(&photos, &vocabulary, weight));
        for (caption, precision) in [("the red dog", 1.0), ("the red cat", 0.5), ("hat", 0.0)] {
            let caption = encode(caption);
            let earned = truthful.score(0, &caption) - plain.score(0, &caption);
            assert!((earned - 0.5 * precision).abs() < 1e-9, "{earned}");
        }
    }

    #[test]
    fn weights_are_the_advantages_and_the_cross_entropy_mixed() {
        let photo = photo(&[&[2, 5, 3]]);
        let drawn = Drawn {
            captions: vec![vec![vec![2, 6, 3], vec![2, 7, 3]]],
            advantages: vec![vec![0.5, -0.5]],
            mean_reward: 1.0,
        };
        let photos = [&photo];
        assert_eq!(drawn.with_own_captions(&photos, 0.8)[0].captions.len(), 3);
        let owners = [(0, 0), (0, 0), (0, 1), (0, 1), (0, 2), (0, 2)];
        let weights = drawn.weights(&photos, &owners, 0.8, 0.1);
        let close = |found: &[f32], expected: &[f32]| {
            found
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-6)
        };
        assert!(close(&weights.label, &[0.09, 0.09, 0.1, 0.1, -0.1, -0.1]));
        assert!(close(&weights.uniform, &[0.01, 0.01, 0.0, 0.0, 0.0, 0.0]));

        assert_eq!(drawn.with_own_captions(&photos, 1.0)[0].captions.len(), 2);
        let owners = [(0, 0), (0, 0), (0, 1), (0, 1)];
        let weights = drawn.weights(&photos, &owners, 1.0, 0.1);
        assert!(close(&weights.label, &[0.125, 0.125, -0.125, -0.125]));
    }
}
