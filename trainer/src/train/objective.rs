//! Loss and measures over real words: padding is left out.

use anyhow::{Result, anyhow};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor};
use model_export::decoder::TransformerDecoder;
use model_export::vocabulary::END;
use serde::{Deserialize, Serialize};

use super::batch::{Batch, EncodedPhoto};

/// Photos in one forward pass of validation.
const PHOTOS_PER_PASS: usize = 16;

/// How well a decoder predicts each word of known captions from the words before it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Measures {
    /// Nats per word. Words that the vocabulary lacks are left out, as in TensorFlow's tutorial,
    /// whose loss masks labels that its output layer bans.
    pub(crate) cross_entropy: f64,
    /// Share of words predicted right. Words that the vocabulary lacks count as wrong, as in the
    /// tutorial.
    pub(crate) accuracy: f64,
}

impl Default for Measures {
    /// Worse than any.
    fn default() -> Self {
        Self {
            cross_entropy: f64::MAX,
            accuracy: 0.0,
        }
    }
}

/// Mean cross-entropy with smoothed labels (Szegedy et al., 2016,
/// <https://arxiv.org/abs/1512.00567>): `(1 − s) · −log p(label) + s · mean over words of −log p`.
/// Banned tokens take no part in the mean.
pub(super) fn loss(decoder: &TransformerDecoder, batch: Batch, smoothing: f64) -> Tensor<1> {
    let labels = batch.labels.clone();
    let log_probabilities = log_softmax(logits(decoder, batch), 1);
    let [count, vocabulary] = log_probabilities.dims();
    let likelihood = log_probabilities
        .clone()
        .gather(1, labels.reshape([count, 1]))
        .mean();
    if smoothing == 0.0 {
        return likelihood.neg();
    }
    let uniform = log_probabilities
        .slice([0..count, END as usize..vocabulary])
        .mean();
    (likelihood * (1.0 - smoothing) + uniform * smoothing).neg()
}

/// Measures of a decoder on photos whose features `[photos, positions, channels]` are had from
/// `features`.
///
/// # Errors
/// When the device fails, or `features` does.
pub(crate) fn measure(
    decoder: &TransformerDecoder,
    photos: &[EncodedPhoto],
    mut features: impl FnMut(&[&EncodedPhoto]) -> Result<Tensor<3>>,
) -> Result<Measures> {
    let mut sums = Sums::default();
    for photos in photos.chunks(PHOTOS_PER_PASS) {
        let photos: Vec<_> = photos.iter().collect();
        sums.add(decoder, Batch::new(&photos, features(&photos)?)?)?;
    }
    Ok(sums.measures())
}

#[derive(Default)]
struct Sums {
    loss: f64,
    correct: f64,
    known: usize,
    unknown: usize,
}

impl Sums {
    fn add(&mut self, decoder: &TransformerDecoder, batch: Batch) -> Result<()> {
        let labels = batch.labels.clone();
        let unknown = batch.unknown;
        let logits = logits(decoder, batch);
        let [count, _] = logits.dims();
        let labels = labels.reshape([count, 1]);
        let correct = logits.clone().argmax(1).equal(labels.clone()).int().sum();
        let loss = log_softmax(logits, 1).gather(1, labels).sum().neg();
        let failed = |error| anyhow!("the device failed: {error:?}");
        self.loss += f64::from(loss.try_into_scalar::<f32>().map_err(failed)?);
        self.correct += correct.try_into_scalar::<i64>().map_err(failed)? as f64;
        self.known += count;
        self.unknown += unknown;
        Ok(())
    }

    fn measures(&self) -> Measures {
        Measures {
            cross_entropy: self.loss / self.known as f64,
            accuracy: self.correct / (self.known + self.unknown) as f64,
        }
    }
}

/// Logits `[labels, vocabulary]` at the places of the batch's labels. The output layer, the largest
/// part of the work, is spared the padding.
fn logits(decoder: &TransformerDecoder, batch: Batch) -> Tensor<2> {
    let image = decoder.image_memory(batch.features);
    let hidden = decoder.forward(batch.tokens, &image).hidden;
    let [rows, words, units] = hidden.dims();
    let places: Tensor<1, Int> = batch.places;
    decoder.logits(hidden.reshape([rows * words, units]).select(0, places))
}
