//! What the photos of a step tell: they are shared out among threads, and the gradients summed.
//!
//! On the CPU most of a decoder's small operations run on one thread each, so threads that each train
//! on some photos use the cores better than the operations do. Every thread has a copy of the decoder,
//! because burn keeps all that is computed from one set of parameters behind one lock.

use std::thread;

use anyhow::{Result, anyhow};
use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::Tensor;
use model_export::decoder::Decoder;

use super::objective::{self, Weights};
use crate::train::input::Batch;

/// The outcome of a share.
pub(crate) struct Outcome {
    /// `[1]`, still on the device.
    pub(crate) loss: Tensor<1>,
    pub(crate) gradients: GradientsParams,
    /// The mean reward of drawn captions.
    pub(crate) reward: Option<f64>,
}

impl Outcome {
    /// The loss of a batch and its gradients.
    pub(crate) fn new(decoder: &Decoder, batch: Batch, weights: Weights) -> Self {
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
    pub(crate) fn sum(decoder: &Decoder, outcomes: Vec<Self>) -> Result<Self> {
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

/// The outcome of each share, by `learn`, which gets the share's place and a decoder: each in a thread
/// of its own, unless there is only one.
pub(crate) fn side_by_side<S: Sync>(
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
