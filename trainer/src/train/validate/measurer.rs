//! What a decoder makes of photos whose captions are known: how well it predicts these, and what it writes itself.

use anyhow::{Result, anyhow};
use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;
use model_export::decoder::Decoder;
use model_export::generate::GeneratedCaption;
use model_export::vocabulary::Vocabulary;
use serde::{Deserialize, Serialize};

use crate::train::input::{Batch, EncodedPhoto};
use crate::train::learn::logits;

/// Photos in one pass.
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

/// What is measured.
pub(crate) struct Measured<Caption> {
    pub(crate) measures: Measures,
    /// The caption of each photo.
    pub(crate) captions: Vec<Caption>,
}

/// Measures a decoder on photos whose features `[photos, positions, channels]` are had from `features`, some photos
/// at a time: they are computed or read once for both the measures and what `caption` makes of them, a caption for each
/// photo.
///
/// # Errors
/// When the device fails, or `features` or `caption` does.
pub(crate) fn measure<Caption>(
    decoder: &Decoder,
    photos: &[EncodedPhoto],
    mut features: impl FnMut(&[&EncodedPhoto]) -> Result<Tensor<3>>,
    mut caption: impl FnMut(Tensor<3>) -> Result<Vec<Caption>>,
) -> Result<Measured<Caption>> {
    let mut sums = Sums::default();
    let mut captions = Vec::with_capacity(photos.len());
    for photos in photos.chunks(PHOTOS_PER_PASS) {
        let photos: Vec<_> = photos.iter().collect();
        let features = features(&photos)?;
        sums.add(decoder, Batch::new(&photos, features.clone())?)?;
        captions.extend(caption(features)?);
    }
    Ok(Measured {
        measures: sums.measures(),
        captions,
    })
}

/// The text of the best of a photo's captions; empty where it has none.
pub(super) fn best_text(captions: &[GeneratedCaption], vocabulary: &Vocabulary) -> String {
    let best = captions.iter().take(1).flat_map(|caption| &caption.tokens);
    let ids: Vec<_> = best.map(|token| token.id).collect();
    vocabulary.decode(&ids)
}

#[derive(Default)]
struct Sums {
    loss: f64,
    correct: f64,
    known: usize,
    unknown: usize,
}

impl Sums {
    fn add(&mut self, decoder: &Decoder, batch: Batch) -> Result<()> {
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
