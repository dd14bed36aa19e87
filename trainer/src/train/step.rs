//! One step: its photos are shared out among threads, and their gradients summed.
//!
//! On the CPU most of a decoder's small operations run on one thread each, so threads that each train
//! on some photos use the cores better than the operations do. Every thread has a copy of the decoder,
//! because burn keeps all that is computed from one set of parameters behind one lock.

use std::ops::Range;
use std::thread;

use anyhow::{Result, anyhow};
use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::Tensor;
use model_export::decoder::{Decoder, seed_dropout};

use super::batch::{Batch, EncodedPhoto, cached_features};
use super::objective::{self, Weights};
use super::state::State;
use super::text::CaptionText;
use super::{Run, optimizer};

/// A photo of a step, and its place among those of all views.
pub(super) type Seen = (usize, EncodedPhoto);

/// The outcome of a share.
pub(super) struct Outcome {
    /// `[1]`, still on the device.
    pub(super) loss: Tensor<1>,
    pub(super) gradients: GradientsParams,
    /// The mean reward of drawn captions.
    pub(super) reward: Option<f64>,
}

impl Outcome {
    /// The loss of a batch and its gradients.
    pub(super) fn new(decoder: &Decoder, batch: Batch, weights: Weights) -> Self {
        let (loss, product) = objective::loss(decoder, batch, weights);
        Self {
            loss,
            gradients: GradientsParams::from_grads(product.backward(), decoder),
            reward: None,
        }
    }

    /// The sum of losses and of gradients, and the mean of rewards.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn sum(decoder: &Decoder, outcomes: Vec<Self>) -> Result<Self> {
        let mut gradients = GradientsAccumulator::new();
        let mut losses = Vec::new();
        let mut rewards = Vec::new();
        for outcome in outcomes {
            gradients.accumulate(decoder, outcome.gradients);
            losses.push(outcome.loss);
            rewards.extend(outcome.reward);
        }
        let loss = losses.into_iter().reduce(|sum, loss| sum + loss);
        Ok(Self {
            loss: loss.ok_or_else(|| anyhow!("a step without photos"))?,
            gradients: gradients.grads(),
            reward: (!rewards.is_empty())
                .then(|| rewards.iter().sum::<f64>() / rewards.len() as f64),
        })
    }
}

impl Run<'_> {
    /// One optimiser step; returns the loss, still on the device.
    pub(super) fn step(&self, state: &mut State, photos: &[Seen]) -> Result<Tensor<1>> {
        let config = self.config;
        let step = state.progress.step;
        let size = photos.len().div_ceil(config.threads.max(1));
        let shares: Vec<_> = photos.chunks(size).collect();
        let outcomes = side_by_side(&state.decoder, &shares, |index, decoder, seen| {
            seed_dropout(config.seed, (step << 8) + index as u64);
            let weight = seen.len() as f32 / photos.len() as f32;
            let mut outcomes = vec![self.learn_photos(decoder, seen, weight, step, index)?];
            if let Some(text) = &self.text {
                let part = index * size..index * size + seen.len();
                outcomes.push(self.learn_text(decoder, text, part, weight, step)?);
            }
            Outcome::sum(decoder, outcomes)
        })?;
        let outcome = Outcome::sum(&state.decoder, outcomes)?;
        state.reward.extend(outcome.reward);
        let learning_rate =
            optimizer::learning_rate(&config.recipe.training, step + 1, self.total_steps());
        state.update(config, outcome, learning_rate)
    }

    /// Cross-entropy of photos' captions, or the reward of drawn ones, times `weight`.
    fn learn_photos(
        &self,
        decoder: &Decoder,
        seen: &[Seen],
        weight: f32,
        step: u64,
        share: usize,
    ) -> Result<Outcome> {
        let config = self.config;
        let photos: Vec<_> = seen.iter().map(|(_, photo)| photo).collect();
        let features = cached_features(&photos, self.features, &self.device)?;
        let (Some(reward), Some(drawn_share)) = (&self.reward, config.self_critical) else {
            let batch = Batch::new(&photos, features)?;
            let training = &config.recipe.training;
            let weights = Weights::cross_entropy(batch.owners.len(), training.label_smoothing)
                .with_coverage(training.doubly_stochastic);
            return Ok(Outcome::new(decoder, batch, weights.scaled(weight)));
        };
        let placed: Vec<_> = seen.iter().map(|(place, photo)| (*place, photo)).collect();
        let drawn = reward.draw(
            &decoder.valid(),
            &placed,
            features.clone().inner(),
            config.draws,
            config.recipe.text.caption_words,
            config.seed.wrapping_add((step << 8) + share as u64),
        )?;
        let both = drawn.with_own_captions(&photos, drawn_share);
        let batch = Batch::new(&both.iter().collect::<Vec<_>>(), features)?;
        let weights = drawn.weights(
            &photos,
            &batch.owners,
            drawn_share,
            config.recipe.training.label_smoothing,
        );
        Ok(Outcome {
            reward: Some(drawn.mean_reward),
            ..Outcome::new(decoder, batch, weights.scaled(weight))
        })
    }

    /// Cross-entropy of captions without photos, times `weight`.
    fn learn_text(
        &self,
        decoder: &Decoder,
        text: &CaptionText,
        part: Range<usize>,
        weight: f32,
        step: u64,
    ) -> Result<Outcome> {
        let batch = text.batch(step, part, self.features.shape(), &self.device)?;
        let weights = Weights::cross_entropy(
            batch.owners.len(),
            self.config.recipe.training.label_smoothing,
        );
        Ok(Outcome::new(decoder, batch, weights.scaled(weight)))
    }
}

/// The outcome of each share, by `learn`, which gets the share's place and a decoder: each in a thread
/// of its own, unless there is only one.
pub(super) fn side_by_side<S: Sync>(
    decoder: &Decoder,
    shares: &[S],
    learn: impl Fn(usize, &Decoder, &S) -> Result<Outcome> + Sync,
) -> Result<Vec<Outcome>> {
    if let [share] = shares {
        return Ok(vec![learn(0, decoder, share)?]);
    }
    thread::scope(|scope| {
        let threads: Vec<_> = shares
            .iter()
            .enumerate()
            .map(|(index, share)| {
                let copy = decoder.valid();
                let learn = &learn;
                scope.spawn(move || learn(index, &copy.train(), share))
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .map_err(|_| anyhow!("a training thread failed"))?
            })
            .collect()
    })
}
