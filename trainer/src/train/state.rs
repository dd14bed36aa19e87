//! All that changes from step to step, and one step.

use anyhow::Result;
use burn::tensor::Tensor;
use model_export::decoder::Decoder;

use super::average::WeightAverage;
use super::checkpoint::Progress;
use super::config::TrainConfig;
use super::optimizer::Optimizer;
use super::step::Outcome;

pub(super) struct State {
    pub(super) decoder: Decoder,
    pub(super) optimizer: Optimizer,
    pub(super) average: WeightAverage,
    pub(super) progress: Progress,
    /// Mean rewards of the steps since the last row of the log.
    pub(super) reward: Vec<f64>,
}

impl State {
    /// Before the first step.
    pub(super) fn new(config: &TrainConfig, decoder: Decoder) -> Self {
        Self {
            optimizer: Optimizer::new(config, &decoder),
            average: WeightAverage::new(config.recipe.training.weight_average),
            decoder,
            progress: Progress::default(),
            reward: Vec::new(),
        }
    }

    /// One optimiser step by the outcome of its photos; returns the loss `[1]`, still on the device.
    ///
    /// # Errors
    /// When a thread fails.
    pub(super) fn update(
        &mut self,
        config: &TrainConfig,
        outcome: Outcome,
        learning_rate: f64,
    ) -> Result<Tensor<1>> {
        self.decoder = self.optimizer.step(
            &self.decoder,
            outcome.gradients,
            config.recipe.training.gradient_norm,
            learning_rate,
        )?;
        self.progress.step += 1;
        self.average.update(&self.decoder, self.progress.step);
        Ok(outcome.loss)
    }
}
