//! Learning: from the photos of a step to new weights.

mod average;
mod held_classes;
mod learning_rate;
mod mixed_precision;
mod objective;
mod optimizer;
mod outcome;
mod self_critical;
mod state;
mod truth;

use anyhow::{Context, Result};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use model_export::decoder::{Decoder, seed_dropout};

pub(crate) use average::WeightAverage;
use held_classes::PublishedNetwork;
pub(crate) use mixed_precision::LossScale;
pub(crate) use objective::{Weights, logits};
pub(crate) use optimizer::Optimizer;
pub(crate) use outcome::{Outcome, side_by_side};
pub(crate) use state::State;

use super::input::{Batch, CaptionText, Input, Seen, cached_features};
use super::recipe::TrainConfig;
use super::stream::{Purpose, stream};
use learning_rate::learning_rate;
use outcome::mean;
use self_critical::Reward;

/// A part of a step: what is computed at once.
struct Part<'a> {
    /// Its place among the parts, which decides what is drawn for it.
    number: usize,
    /// The place of its first photo among the step's.
    first_photo: usize,
    /// Its share of the step's photos, times [`State::loss_factor`].
    weight: f32,
    step: u64,
    device: &'a Device,
}

/// What learns from the photos of one step after the other.
pub(crate) struct Learner<'a> {
    /// What it has learned so far.
    pub(crate) state: State,
    config: &'a TrainConfig,
    input: &'a Input,
    /// Of captions of all views, one after the other, where training is self-critical.
    reward: Option<Reward>,
    /// What the image network's classes are held to, where they are.
    published: Option<PublishedNetwork>,
    /// Mean rewards of the steps since they were last asked for.
    rewards: Vec<f64>,
    /// With automatic differentiation; the first has the state.
    devices: &'a [Device],
}

impl<'a> Learner<'a> {
    /// Goes on from a state, on devices with automatic differentiation: the state's, and those that share the work.
    ///
    /// # Errors
    /// When the image network's weights cannot be read, or there is no device.
    pub(crate) fn new(
        state: State,
        config: &'a TrainConfig,
        input: &'a Input,
        devices: &'a [Device],
    ) -> Result<Self> {
        let first = devices.first().context("there is nothing to train on")?;
        let reward = match config.learning.self_critical {
            Some(_) => Some(Reward::new(
                &input.photos_by_view()?,
                &input.vocabulary,
                config.learning.truth_reward,
            )),
            None => None,
        };
        Ok(Self {
            state,
            config,
            input,
            reward,
            published: PublishedNetwork::new(config, &first.clone().inner())?,
            rewards: Vec::new(),
            devices,
        })
    }

    /// Steps of a reporting epoch.
    pub(crate) fn steps_per_epoch(&self) -> u64 {
        let given = self.config.recipe.training.epoch_steps;
        given.unwrap_or_else(|| self.input.steps_per_pass())
    }

    /// The learning rate of a step, counted from 1.
    pub(crate) fn learning_rate(&self, step: u64) -> f64 {
        let training = &self.config.recipe.training;
        learning_rate(
            training,
            step,
            self.steps_per_epoch() * training.epochs as u64,
        )
    }

    /// The mean reward of the steps since this was last asked for; none where training is not self-critical.
    pub(crate) fn take_reward(&mut self) -> Option<f64> {
        mean(&std::mem::take(&mut self.rewards))
    }

    /// One optimiser step after so many others; returns the loss `[1]`, still on the device.
    ///
    /// # Errors
    /// When a photo has no features, or a thread fails.
    pub(crate) fn learn(&mut self, photos: &[Seen], step: u64) -> Result<Tensor<1>> {
        let config = self.config;
        let accumulate = config.learning.accumulate;
        let size = photos.len().div_ceil(config.threads.max(1) * accumulate);
        let parts: Vec<_> = photos.chunks(size).collect();
        let shares: Vec<_> = parts.chunks(accumulate).collect();
        let factor = self.state.loss_factor();
        let learn = |share, decoder: &Decoder, device: &Device, parts: &&[&[Seen]]| {
            // One part after the other, so that no more than one is on the device.
            let outcomes = parts.iter().enumerate().map(|(index, seen)| {
                let number = share * accumulate + index;
                let part = Part {
                    number,
                    first_photo: number * size,
                    weight: factor * seen.len() as f32 / photos.len() as f32,
                    step,
                    device,
                };
                self.learn_part(decoder, seen, &part)
            });
            Outcome::sum(decoder, outcomes)
        };
        let outcomes = side_by_side(&self.state.decoder, self.devices, &shares, learn)?;
        let outcome = Outcome::sum(&self.state.decoder, outcomes.into_iter().map(Ok))?;
        self.rewards.extend(outcome.reward);
        let learning_rate = self.learning_rate(step + 1);
        self.state.update(config, outcome, step + 1, learning_rate)
    }

    /// What a part of a step's photos tells, and of the captions without photos that go with them.
    fn learn_part(&self, decoder: &Decoder, seen: &[Seen], part: &Part) -> Result<Outcome> {
        let share = part.number;
        let dropout = stream(
            self.config.learning.seed,
            Purpose::Dropout { share },
            part.step,
        );
        seed_dropout(dropout.seed, dropout.number);
        let photos = self.learn_photos(decoder, seen, part);
        let text = self.input.text.as_ref();
        let text = text.map(|text| self.learn_text(decoder, text, seen.len(), part));
        Outcome::sum(decoder, [Some(photos), text].into_iter().flatten())
    }

    /// Cross-entropy of photos' captions, or the reward of drawn ones, times the part's weight.
    fn learn_photos(&self, decoder: &Decoder, seen: &[Seen], part: &Part) -> Result<Outcome> {
        let &Part {
            number: share,
            weight,
            step,
            device,
            ..
        } = part;
        let config = self.config;
        let precision = config.learning.precision;
        let photos: Vec<_> = seen.iter().map(|(_, photo)| photo).collect();
        let features = cached_features(&photos, &self.input.features, device)?;
        let published = self.published.as_ref();
        let held = published.and_then(|network| network.classes(features.clone().inner()));
        let (Some(reward), Some(drawn_share)) = (&self.reward, config.learning.self_critical)
        else {
            let batch = Batch::new(&photos, features)?;
            let training = &config.recipe.training;
            let weights = Weights::cross_entropy(batch.owners.len(), training.label_smoothing)
                .with_coverage(training.doubly_stochastic)
                .with_held_classes(held);
            let weights = weights.scaled(weight);
            return Ok(Outcome::new(decoder, batch, weights, precision));
        };
        let placed: Vec<_> = seen.iter().map(|(place, photo)| (*place, photo)).collect();
        let drawn = reward.draw(
            &decoder.valid(),
            &placed,
            features.clone().inner(),
            config.learning.draws,
            config.recipe.text.caption_words,
            stream(config.learning.seed, Purpose::Draws { share }, step).seed,
        )?;
        let both = drawn.with_own_captions(&photos, drawn_share);
        let batch = Batch::new(&both.iter().collect::<Vec<_>>(), features)?;
        let smoothing = config.recipe.training.label_smoothing;
        let weights = drawn
            .weights(&photos, &batch.owners, drawn_share, smoothing)
            .with_held_classes(held);
        Ok(Outcome {
            reward: Some(drawn.mean_reward),
            ..Outcome::new(decoder, batch, weights.scaled(weight), precision)
        })
    }

    /// Cross-entropy of as many captions without photos as there are photos, times the part's weight.
    fn learn_text(
        &self,
        decoder: &Decoder,
        text: &CaptionText,
        photos: usize,
        part: &Part,
    ) -> Result<Outcome> {
        let places = part.first_photo..part.first_photo + photos;
        let batch = text.batch(part.step, places, self.input.features.shape(), part.device)?;
        let weights = Weights::cross_entropy(
            batch.owners.len(),
            self.config.recipe.training.label_smoothing,
        );
        Ok(Outcome::new(
            decoder,
            batch,
            weights.scaled(part.weight),
            self.config.learning.precision,
        ))
    }
}
