//! Mixed precision (Micikevicius et al., 2018, <https://arxiv.org/abs/1710.03740>): the decoder computes in 16 bits,
//! while its weights and the loss are f32, and so are the sums of gradients.

use anyhow::{Result, anyhow, ensure};
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{FloatDType, Tensor};
use model_export::decoder::{Decoder, OUTPUT_BIAS, TOKEN_EMBEDDING};
use serde::{Deserialize, Serialize};

use super::optimizer::{is_finite, scale_gradients};
use super::outcome::Outcome;
use crate::train::recipe::ComputePrecision;

const TOO_LARGE: &str =
    "the decoder's values are too large for f16: go on with --resume --precision bf16, or f32";

/// The same decoder in other numbers: gradients by its parameters are gradients by this one's, in f32.
pub(super) fn narrowed(decoder: &Decoder, precision: ComputePrecision) -> Decoder {
    if precision == ComputePrecision::F32 {
        return decoder.clone();
    }
    decoder.clone().map(&mut Narrow {
        dtype: precision.dtype(),
        path: Vec::new(),
    })
}

struct Narrow {
    dtype: FloatDType,
    /// Names of the modules around the next parameter.
    path: Vec<String>,
}

impl ModuleMapper for Narrow {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        // Only the loss reads the bias, which is f32. The gradient of a frequent word's vector is the sum of hundreds,
        // which are added one by one in the vector's own numbers.
        let mut path = self.path.iter();
        if path.any(|name| name == OUTPUT_BIAS || name == TOKEN_EMBEDDING) {
            return param;
        }
        param.map(|value| value.cast(self.dtype))
    }
}

/// What the loss is multiplied by in f16, so that small gradients do not vanish: halved when a gradient is no number,
/// doubled after many steps without one, as PyTorch's `GradScaler` does it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LossScale {
    factor: f32,
    /// Steps since it changed.
    steps: u32,
}

impl LossScale {
    const FIRST: f32 = 65_536.0;
    const STEPS: u32 = 2000;

    /// Before the first step; none where gradients have f32's range.
    pub(crate) fn new(precision: ComputePrecision) -> Option<Self> {
        (precision == ComputePrecision::F16).then_some(Self {
            factor: Self::FIRST,
            steps: 0,
        })
    }

    pub(super) fn factor(self) -> f32 {
        self.factor
    }

    /// Takes the scale out of a step's outcome. False where its gradients are no numbers: then nothing is to be learned
    /// from it, and the scale is a smaller one from now on.
    ///
    /// # Errors
    /// When they are none without any scale, either, or the loss is none.
    pub(super) fn unscale(&mut self, outcome: &mut Outcome, decoder: &Decoder) -> Result<bool> {
        let shrink = 1.0 / self.factor;
        outcome.loss = outcome.loss.clone().mul_scalar(shrink);
        if is_finite(&outcome.gradients, decoder)? {
            let shrink = Tensor::full([1], shrink, &outcome.loss.device());
            scale_gradients(&mut outcome.gradients, decoder, shrink);
            self.grow();
            return Ok(true);
        }
        let loss: f32 = outcome
            .loss
            .clone()
            .try_into_scalar()
            .map_err(|error| anyhow!("the device failed: {error:?}"))?;
        // What the decoder computes does not depend on the scale.
        ensure!(loss.is_finite(), "{TOO_LARGE}");
        self.shrink()?;
        Ok(false)
    }

    fn grow(&mut self) {
        self.steps += 1;
        if self.steps == Self::STEPS {
            *self = Self {
                factor: 2.0 * self.factor,
                steps: 0,
            };
        }
    }

    fn shrink(&mut self) -> Result<()> {
        ensure!(self.factor > 1.0, "{TOO_LARGE}");
        *self = Self {
            factor: self.factor / 2.0,
            steps: 0,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use burn::module::ModuleVisitor;
    use burn::optim::GradientsParams;
    use burn::tensor::{Device, TensorData};

    use super::super::objective::Weights;
    use super::super::objective::tests::{decoder_of, photo, small_decoder};
    use super::*;
    use crate::train::input::Batch;

    /// All gradients, one after the other.
    struct Values<'a> {
        from: &'a GradientsParams,
        values: Vec<f32>,
    }

    impl ModuleVisitor for Values<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            // Without a conversion: they have to be f32.
            let gradient = self.from.get::<D>(param.id).unwrap().into_data();
            self.values.extend(gradient.try_into_vec::<f32>().unwrap());
        }
    }

    fn values(gradients: &GradientsParams, decoder: &Decoder) -> Vec<f32> {
        let mut values = Values {
            from: gradients,
            values: Vec::new(),
        };
        decoder.visit(&mut values);
        values.values
    }

    fn outcome(decoder: &Decoder, precision: ComputePrecision, factor: f32) -> Outcome {
        let device = Device::flex().autodiff();
        let photos = [
            photo(&[&[2, 5, 7, 3], &[2, 11, 3]]),
            photo(&[&[2, 4, 3], &[2, 9, 10, 5, 3]]),
        ];
        // Not random: tests in other threads draw from the same generator.
        let features = (0..48).map(|index| (index * 29 % 37) as f32 / 37.0);
        let features = TensorData::new(features.collect::<Vec<_>>(), [2, 4, 6]);
        let features = Tensor::from_data(features, &device);
        let batch = Batch::new(&photos.each_ref(), features).unwrap();
        let weights = Weights::cross_entropy(batch.owners.len(), 0.1).with_coverage(0.5);
        Outcome::new(decoder, batch, weights.scaled(factor), precision)
    }

    fn norm(values: impl Iterator<Item = f32>) -> f32 {
        values.map(|value| value * value).sum::<f32>().sqrt()
    }

    #[test]
    fn sixteen_bits_give_nearly_the_same_gradients_in_f32() {
        // The probabilities of many words are less than f16 holds.
        nearly_the_same(12);
        nearly_the_same(4000);
    }

    fn nearly_the_same(vocabulary: usize) {
        let device = Device::flex().autodiff();
        device.seed(1);
        let decoder = decoder_of(vocabulary, &device);
        let exact = outcome(&decoder, ComputePrecision::F32, 1.0);
        let exact_loss: f32 = exact.loss.clone().try_into_scalar().unwrap();
        let expected = values(&exact.gradients, &decoder);
        let length = norm(expected.iter().copied());
        assert!(length > 1e-2, "{length}");
        // Of numbers with 11 and 8 significant bits.
        for (precision, factor, tolerance) in [
            (ComputePrecision::F16, 1024.0, 4e-3),
            (ComputePrecision::Bf16, 1.0, 3e-2),
        ] {
            let found = outcome(&decoder, precision, factor);
            let loss: f32 = found.loss.try_into_scalar().unwrap();
            let loss = loss / factor;
            assert!(
                loss != exact_loss && (loss - exact_loss).abs() < tolerance * exact_loss,
                "{precision:?}: {loss} {exact_loss}"
            );
            let found = values(&found.gradients, &decoder);
            let error = norm(found.iter().zip(&expected).map(|(a, b)| a / factor - b));
            assert!(
                error > 0.0 && error < tolerance * length,
                "{precision:?}: {error} of {length}"
            );
        }
    }

    #[test]
    fn a_step_whose_gradients_are_no_numbers_is_left_out_and_the_scale_halved() {
        let device = Device::flex().autodiff();
        device.seed(1);
        let decoder = small_decoder(&device);
        let exact = values(
            &outcome(&decoder, ComputePrecision::F32, 1.0).gradients,
            &decoder,
        );
        let mut scale = LossScale::new(ComputePrecision::F16).unwrap();
        assert_eq!(LossScale::new(ComputePrecision::Bf16), None);
        scale.factor = f32::from(half::f16::MAX) * 1024.0;
        let mut left_out = 0;
        let learned = loop {
            let factor = scale.factor();
            let mut outcome = outcome(&decoder, ComputePrecision::F16, factor);
            let is_learned_from = scale.unscale(&mut outcome, &decoder).unwrap();
            let loss: f32 = outcome.loss.clone().try_into_scalar().unwrap();
            assert!(loss.is_finite() && loss < 10.0, "{loss}");
            if is_learned_from {
                break outcome;
            }
            assert_eq!(scale.factor(), factor / 2.0);
            left_out += 1;
        };
        assert!(left_out > 0);
        let found = values(&learned.gradients, &decoder);
        let error = norm(found.iter().zip(&exact).map(|(a, b)| a - b));
        assert!(error < 4e-3 * norm(exact.iter().copied()), "{error}");
        // One of the steps is done.
        let before = scale.factor();
        for _ in 1..LossScale::STEPS {
            assert_eq!(scale.factor(), before);
            scale.grow();
        }
        assert_eq!(scale.factor(), 2.0 * before);
        scale.factor = 1.0;
        let error = scale.shrink().unwrap_err().to_string();
        assert!(error.contains("--resume --precision bf16"), "{error}");
    }
}
