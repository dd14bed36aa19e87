//! All that changes from step to step, and one step.

use burn::optim::ModuleOptimizer;
use burn::tensor::Tensor;
use model_export::decoder::TransformerDecoder;

use super::average::WeightAverage;
use super::checkpoint::Progress;
use super::config::TrainConfig;
use super::optimizer;
use super::step::Outcome;

pub(super) struct State {
    pub(super) decoder: TransformerDecoder,
    pub(super) optimizer: ModuleOptimizer,
    pub(super) average: WeightAverage,
    pub(super) progress: Progress,
    /// Mean rewards of the steps since the last row of the log.
    pub(super) reward: Vec<f64>,
}

impl State {
    /// Before the first step.
    pub(super) fn new(config: &TrainConfig, decoder: TransformerDecoder) -> Self {
        Self {
            optimizer: optimizer::new(config, &decoder),
            average: WeightAverage::new(config.weight_average),
            decoder,
            progress: Progress::default(),
            reward: Vec::new(),
        }
    }

    /// One optimiser step by the outcome of its photos; returns the loss `[1]`, still on the device.
    pub(super) fn update(
        &mut self,
        config: &TrainConfig,
        outcome: Outcome,
        learning_rate: f64,
    ) -> Tensor<1> {
        let gradients = optimizer::clip(outcome.gradients, &self.decoder, config.gradient_norm);
        // The optimiser takes the decoder by value; cloning shares the tensors.
        self.decoder = self
            .optimizer
            .step(learning_rate, self.decoder.clone(), gradients);
        self.progress.step += 1;
        self.average.update(&self.decoder, self.progress.step);
        outcome.loss
    }
}
