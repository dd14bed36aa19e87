//! An exponential moving average of the weights (Polyak and Juditsky, 1992; as in
//! <https://arxiv.org/abs/1706.03762> it costs nothing at inference and validates better).

use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;
use model_export::decoder::Decoder;

/// Steps of which one is averaged.
const EVERY: u64 = 4;

pub(crate) struct WeightAverage {
    decay: f64,
    /// Flattened values by parameter name.
    values: HashMap<String, Tensor<1>>,
}

impl WeightAverage {
    /// No weights yet. A decay of 0 is the weights themselves.
    pub(crate) fn new(decay: f64) -> Self {
        Self {
            decay,
            values: HashMap::new(),
        }
    }

    /// As it was when `average` was made.
    pub(crate) fn restore(decay: f64, average: &Decoder) -> Self {
        let mut this = Self::new(decay);
        this.visit(average, 0.0);
        this
    }

    /// Takes in the weights after a step, counted from 1. Early steps weigh more, so that the random
    /// initial weights are soon forgotten. Weights change little from step to step: to save time, one
    /// step in [`EVERY`] stands for those before it too.
    pub(crate) fn update(&mut self, decoder: &Decoder, step: u64) {
        if self.decay == 0.0 {
            self.visit(decoder, 0.0);
        } else if step == 1 || step.is_multiple_of(EVERY) {
            let step = step as f64;
            let decay = self.decay.min((1.0 + step) / (10.0 + step));
            self.visit(decoder, decay.powi(EVERY as i32));
        }
    }

    /// The plain mean of decoders with the same sizes, fine-tuned from the same weights ("model soup",
    /// Wortsman et al., 2022, <https://arxiv.org/abs/2203.05482>).
    pub(crate) fn mean(decoders: &[Decoder]) -> Self {
        let mut this = Self::new(0.0);
        for (index, decoder) in decoders.iter().enumerate() {
            let before = index as f64;
            this.visit(decoder, before / (before + 1.0));
        }
        this
    }

    /// A decoder with the averaged weights.
    pub(crate) fn apply(&self, decoder: Decoder) -> Decoder {
        decoder.map(&mut Apply {
            average: self,
            path: Vec::new(),
        })
    }

    fn visit(&mut self, decoder: &Decoder, decay: f64) {
        decoder.visit(&mut Update {
            average: self,
            decay,
            path: Vec::new(),
        });
    }
}

struct Update<'a> {
    average: &'a mut WeightAverage,
    decay: f64,
    path: Vec<String>,
}

impl ModuleVisitor for Update<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val().without_autodiff();
        let count = value.shape().num_elements();
        let value: Tensor<1> = value.reshape([count]);
        let name = self.path.join(".");
        let averaged = match self.average.values.remove(&name) {
            Some(average) if self.decay > 0.0 => average * self.decay + value * (1.0 - self.decay),
            _ => value,
        };
        self.average.values.insert(name, averaged);
    }
}

struct Apply<'a> {
    average: &'a WeightAverage,
    path: Vec<String>,
}

impl ModuleMapper for Apply<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.average.values.get(&self.path.join(".")) {
            Some(value) => {
                let value = value.clone().reshape(param.shape());
                param.map(|_| value)
            }
            None => param,
        }
    }
}
