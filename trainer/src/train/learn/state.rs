//! All that a step changes.

use anyhow::Result;
use burn::module::Module;
use burn::tensor::Tensor;
use model_export::decoder::Decoder;

use super::average::WeightAverage;
use super::mixed_precision::LossScale;
use super::optimizer::Optimizer;
use super::outcome::Outcome;
use crate::train::recipe::TrainConfig;

/// A decoder and what goes on beside it from step to step.
pub(crate) struct State {
    pub(crate) decoder: Decoder,
    pub(crate) optimizer: Optimizer,
    average: WeightAverage,
    /// Where it computes in f16.
    pub(crate) loss_scale: Option<LossScale>,
}

impl State {
    /// Before the first step.
    pub(crate) fn new(config: &TrainConfig, decoder: Decoder) -> Self {
        let training = &config.recipe.training;
        Self {
            optimizer: Optimizer::new(training, config.threads, &decoder),
            average: WeightAverage::new(training.weight_average),
            loss_scale: LossScale::new(config.learning.precision),
            decoder,
        }
    }

    /// As it was when these were saved; `average` has the averaged weights.
    pub(crate) fn restore(
        config: &TrainConfig,
        decoder: Decoder,
        optimizer: Optimizer,
        average: &Decoder,
        loss_scale: Option<LossScale>,
    ) -> Self {
        let decay = config.recipe.training.weight_average;
        Self {
            decoder,
            optimizer,
            average: WeightAverage::restore(decay, average),
            loss_scale,
        }
    }

    /// The decoder with averaged weights, without gradients.
    pub(crate) fn averaged(&self) -> Decoder {
        self.average.apply(self.decoder.valid())
    }

    /// What the loss of a step is to be multiplied by.
    pub(crate) fn loss_factor(&self) -> f32 {
        self.loss_scale.map_or(1.0, LossScale::factor)
    }

    /// One optimiser step, counted from 1, by the outcome of its photos, whose loss was multiplied by
    /// [`State::loss_factor`]; returns the loss `[1]`, still on the device. Where gradients were too large for f16,
    /// nothing is learned from the step.
    ///
    /// # Errors
    /// When a thread fails.
    pub(crate) fn update(
        &mut self,
        config: &TrainConfig,
        mut outcome: Outcome,
        step: u64,
        learning_rate: f64,
    ) -> Result<Tensor<1>> {
        let is_learned_from = match &mut self.loss_scale {
            Some(scale) => scale.unscale(&mut outcome, &self.decoder)?,
            None => true,
        };
        if is_learned_from {
            self.decoder = self.optimizer.step(
                &self.decoder,
                outcome.gradients,
                config.recipe.training.gradient_norm,
                learning_rate,
            )?;
        }
        self.average.update(&self.decoder, step);
        Ok(outcome.loss)
    }
}
