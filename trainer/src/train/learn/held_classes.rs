//! What the image network knew before its blocks were trained on captions, held beside them (Li and Hoiem, 2016,
//! "Learning without Forgetting", <https://arxiv.org/abs/1606.09282>).

use anyhow::Result;
use burn::tensor::{Device, Tensor};
use model_export::decoder::Decoder;

use crate::train::origin::pretrained_decoder;
use crate::train::recipe::TrainConfig;

/// The published network, which tells the classes that the trained one is held to.
pub(crate) struct PublishedNetwork {
    /// Of this decoder only the image network's blocks and classifier are read.
    decoder: Decoder,
    weight: f64,
    device: Device,
}

/// The published network's classes of some photos.
pub(crate) struct HeldClasses {
    /// `[photos, classes]`
    log_probabilities: Tensor<2>,
    /// Of the divergence in the loss.
    pub(super) weight: f64,
}

impl PublishedNetwork {
    /// None where training is not held to it.
    ///
    /// # Errors
    /// When the network's weights cannot be read.
    pub(crate) fn new(config: &TrainConfig, device: &Device) -> Result<Option<Self>> {
        let weight = config.recipe.training.hold_classes;
        if weight == 0.0 {
            return Ok(None);
        }
        let decoder = pretrained_decoder(config, device)?;
        Ok(Some(Self {
            decoder,
            weight,
            device: device.clone(),
        }))
    }

    /// Its classes of photos with features `[photos, positions, channels]`, on whichever device.
    pub(crate) fn classes(&self, features: Tensor<3>) -> Option<HeldClasses> {
        let device = features.device();
        let features = features.to_device(&self.device);
        let log_probabilities = self.decoder.class_log_probabilities(features)?;
        Some(HeldClasses {
            log_probabilities: log_probabilities.to_device(&device),
            weight: self.weight,
        })
    }
}

impl HeldClasses {
    /// The divergence (Kullback and Leibler) of the trained network's classes, whose log-probabilities
    /// `[photos, classes]` these are, from the published network's: its mean over the photos in nats, `[1]`.
    pub(super) fn divergence(&self, trained: Tensor<2>) -> Tensor<1> {
        let published = Tensor::from_inner(self.log_probabilities.clone());
        let [photos, _] = published.dims();
        (published.clone().exp() * (published - trained))
            .sum()
            .div_scalar(photos as f64)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;
    use burn::tensor::activation::log_softmax;

    use super::*;

    fn log_probabilities(logits: [[f32; 3]; 2], device: &Device) -> Tensor<2> {
        log_softmax(Tensor::from_data(TensorData::from(logits), device), 1)
    }

    #[test]
    fn the_divergence_is_nothing_for_the_same_classes_and_its_gradient_is_the_difference() {
        let device = Device::flex().autodiff();
        let published = [[0.0, 1.0, 2.0], [3.0, 0.0, 0.0]];
        let held = HeldClasses {
            log_probabilities: log_probabilities(published, &device).inner(),
            weight: 1.0,
        };
        let same = held.divergence(log_probabilities(published, &device));
        let same: f32 = same.try_into_scalar().unwrap();
        assert!(same.abs() < 1e-6, "{same}");

        let logits = Tensor::<2>::zeros([2, 3], &device).require_grad();
        let other = held.divergence(log_softmax(logits.clone(), 1));
        let value: f32 = other.clone().try_into_scalar().unwrap();
        let probabilities = held.log_probabilities.exp();
        let expected: f32 = (probabilities.clone() * (probabilities.clone().log() + 3f32.ln()))
            .sum()
            .div_scalar(2.0)
            .try_into_scalar()
            .unwrap();
        assert!((value - expected).abs() < 1e-5, "{value} {expected}");
        // Of softmax and cross-entropy: what is thought less what is held, here by photo.
        let gradient = logits.grad(&other.backward()).unwrap();
        let wanted = (probabilities.neg() + 1.0 / 3.0).div_scalar(2.0);
        let error: f32 = (gradient - wanted).abs().max().try_into_scalar().unwrap();
        assert!(error < 1e-6, "{error}");
    }
}
