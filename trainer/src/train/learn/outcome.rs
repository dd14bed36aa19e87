//! What the photos of a step tell: they are shared out among threads, each on one of the devices, and the
//! gradients summed.
//!
//! On the CPU most of a decoder's small operations run on one thread each, so threads that each train
//! on some photos use the cores better than the operations do. Every thread has a copy of the decoder,
//! because burn keeps all that is computed from one set of parameters behind one lock.
//!
//! Gradients of several devices meet on the first, by way of the host: of the collective operations of burn 0.22
//! only CUDA has an implementation (docs/training-speed.md).

use std::thread;

use anyhow::{Result, anyhow};
use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Device, Tensor};
use model_export::decoder::Decoder;

use super::mixed_precision::narrowed;
use super::objective::{self, Weights};
use crate::train::input::Batch;
use crate::train::recipe::ComputePrecision;

/// The outcome of a share.
pub(crate) struct Outcome {
    /// `[1]`, still on the device.
    pub(crate) loss: Tensor<1>,
    pub(crate) gradients: GradientsParams,
    /// The mean reward of drawn captions.
    pub(crate) reward: Option<f64>,
}

impl Outcome {
    /// The loss of a batch and its gradients, computed with numbers of a precision.
    pub(crate) fn new(
        decoder: &Decoder,
        batch: Batch,
        weights: Weights,
        precision: ComputePrecision,
    ) -> Self {
        let narrowed = narrowed(decoder, precision);
        let batch = Batch {
            features: batch.features.cast(precision.dtype()),
            ..batch
        };
        let (loss, product) = objective::loss(&narrowed, batch, weights);
        Self {
            loss,
            gradients: GradientsParams::from_grads(product.backward(), decoder),
            reward: None,
        }
    }

    /// The same on another device.
    fn moved_to(self, device: &Device, decoder: &Decoder) -> Self {
        Self {
            loss: self.loss.to_device(device),
            gradients: self.gradients.to_device(device, decoder),
            ..self
        }
    }

    /// The sum of losses and of gradients, and the mean of rewards.
    ///
    /// # Errors
    /// When there is none, or one fails.
    pub(crate) fn sum(
        decoder: &Decoder,
        outcomes: impl IntoIterator<Item = Result<Self>>,
    ) -> Result<Self> {
        let mut gradients = GradientsAccumulator::new();
        let mut losses = Vec::new();
        let mut rewards = Vec::new();
        for outcome in outcomes {
            let outcome = outcome?;
            gradients.accumulate(decoder, outcome.gradients);
            losses.push(outcome.loss);
            rewards.extend(outcome.reward);
        }
        let loss = losses.into_iter().reduce(|sum, loss| sum + loss);
        Ok(Self {
            loss: loss.ok_or_else(|| anyhow!("a step without photos"))?,
            gradients: gradients.grads(),
            reward: mean(&rewards),
        })
    }
}

/// The mean of values; none where there are none.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The outcome of each share, by `learn`, which gets the share's place, a decoder and its device: each in a thread
/// of its own, unless there is only one, and each on the next of the devices, which have automatic differentiation.
/// All outcomes are on the first of these, as the decoder is.
pub(crate) fn side_by_side<S: Sync>(
    decoder: &Decoder,
    devices: &[Device],
    shares: &[S],
    learn: impl Fn(usize, &Decoder, &Device, &S) -> Result<Outcome> + Sync,
) -> Result<Vec<Outcome>> {
    let first = devices
        .first()
        .ok_or_else(|| anyhow!("a step without a device"))?;
    if let [share] = shares {
        return Ok(vec![learn(0, decoder, first, share)?]);
    }
    thread::scope(|scope| {
        let threads: Vec<_> = shares
            .iter()
            .zip(devices.iter().cycle())
            .enumerate()
            .map(|(index, (share, device))| {
                let copy = decoder.valid();
                let learn = &learn;
                scope.spawn(move || {
                    if device == first {
                        return learn(index, &copy.train(), device, share);
                    }
                    let moved = copy.to_device(&device.clone().inner()).train();
                    let outcome = learn(index, &moved, device, share)?;
                    Ok(outcome.moved_to(&first.clone().inner(), decoder))
                })
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

#[cfg(test)]
mod tests {
    use burn::module::{ModuleVisitor, Param};
    use burn::tensor::Distribution;

    use super::super::objective::tests::{photo, small_decoder};
    use super::*;

    /// All gradients, one after the other.
    struct Values {
        from: GradientsParams,
        device: Device,
        values: Vec<f32>,
    }

    impl ModuleVisitor for Values {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let gradient = self.from.remove::<D>(param.id).unwrap();
            assert_eq!(gradient.device(), self.device);
            let values = gradient.into_data().try_into_vec::<f32>().unwrap();
            self.values.extend(values);
        }
    }

    #[test]
    fn devices_share_out_a_step_and_learn_the_same() {
        let flex = Device::flex().autodiff();
        flex.seed(1);
        let decoder = small_decoder(&flex);
        let photos = [
            photo(&[&[2, 5, 7, 3], &[2, 11, 3]]),
            photo(&[&[2, 4, 3]]),
            photo(&[&[2, 9, 10, 5, 3]]),
        ];
        let features = Tensor::<3>::random(
            [3, 4, 6],
            Distribution::Uniform(0.0, 1.0),
            &flex.clone().inner(),
        );
        let shares = [0, 1, 2];
        let outcome = |devices: &[Device]| {
            let learn = |_, decoder: &Decoder, device: &Device, &index: &usize| {
                let features = features.clone().slice(index..index + 1);
                let features = Tensor::from_inner(features.to_device(&device.clone().inner()));
                let batch = Batch::new(&[&photos[index]], features)?;
                let weights = Weights::cross_entropy(batch.owners.len(), 0.1);
                Ok(Outcome::new(decoder, batch, weights, ComputePrecision::F32))
            };
            let outcomes = side_by_side(&decoder, devices, &shares, learn).unwrap();
            let outcome = Outcome::sum(&decoder, outcomes.into_iter().map(Ok)).unwrap();
            let mut gradients = Values {
                from: outcome.gradients,
                device: flex.clone().inner(),
                values: Vec::new(),
            };
            decoder.visit(&mut gradients);
            let loss: f32 = outcome.loss.try_into_scalar().unwrap();
            (loss, gradients.values)
        };
        #[cfg(feature = "ndarray")]
        #[allow(deprecated, reason = "there is no other second backend for the CPU")]
        let other = Device::ndarray().autodiff();
        #[cfg(not(feature = "ndarray"))]
        let other = flex.clone();
        let (loss, gradient) = outcome(std::slice::from_ref(&flex));
        let (shared_loss, shared_gradient) = outcome(&[flex.clone(), other]);
        assert!(
            (loss - shared_loss).abs() < 1e-5 * loss,
            "{loss} {shared_loss}"
        );
        assert!(gradient.iter().any(|value| value.abs() > 1e-3));
        for (one, shared) in gradient.iter().zip(&shared_gradient) {
            assert!((one - shared).abs() < 1e-5, "{one} {shared}");
        }
    }
}
