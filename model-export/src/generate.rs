//! From image features to words, one at a time: greedy decoding and sampling.

use burn::tensor::{Device, Int, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use thiserror::Error;

use crate::attention::mean_over_layers_and_heads;
use crate::decoder::TransformerDecoder;
use crate::vocabulary::{END, START};

/// The device that runs the model returned no result: a lost GPU, say.
#[derive(Debug, Error)]
#[error("the device that runs the model failed: {0}")]
pub struct DeviceError(String);

impl DeviceError {
    pub(crate) fn new(reason: impl std::fmt::Debug) -> Self {
        Self(format!("{reason:?}"))
    }
}

/// How the next word is chosen.
#[derive(Clone, Debug)]
pub struct GenerateOptions {
    /// Most words of a caption, `[END]` not counted.
    pub max_words: usize,
    /// 0 takes the likeliest word; otherwise a word is drawn after the logits are divided by it.
    pub temperature: f32,
    /// Seed of the draw, on every platform the same.
    pub seed: u64,
}

/// A chosen token.
#[derive(Clone, Debug)]
pub struct GeneratedToken {
    /// Its id in the vocabulary.
    pub id: u32,
    /// Its probability given the words before it (at temperature 1).
    pub probability: f32,
    /// Where the model looked: one weight per image position, summing to 1.
    pub attention: Vec<f32>,
}

/// Captions image features `[batch, positions, channels]` with keys and values cached, so that a
/// word costs the same wherever it stands, but for its attention to the words before it.
///
/// `on_token` is called with the row and each token as it is chosen, `[END]` included; the returned
/// captions leave it out.
///
/// # Errors
/// When the device fails to return a result.
pub async fn generate(
    decoder: &TransformerDecoder,
    features: Tensor<3>,
    options: &GenerateOptions,
    on_token: &mut dyn FnMut(usize, &GeneratedToken),
) -> Result<Vec<Vec<GeneratedToken>>, DeviceError> {
    let device = features.device();
    let [batch, _, _] = features.dims();
    let mut random = ChaCha8Rng::seed_from_u64(options.seed);
    let mut state = decoder.start(features);
    let mut captions = vec![Vec::new(); batch];
    let mut open = vec![true; batch];
    let mut last = vec![START; batch];

    while state.position() < options.max_words && open.contains(&true) {
        let output = decoder.step(token_column(&last, &device), &mut state);
        let [_, _, units] = output.hidden.dims();
        let logits = decoder.logits(output.hidden.reshape([batch, units]));
        let map = mean_over_layers_and_heads(&output.attention);
        let [_, _, positions] = map.dims();
        let [_, vocabulary] = logits.dims();
        // One read instead of two: each is a round trip to the GPU.
        let host = Tensor::cat(vec![logits, map.reshape([batch, positions])], 1)
            .into_data_async()
            .await
            .map_err(DeviceError::new)?
            .try_into_vec::<f32>()
            .map_err(DeviceError::new)?;

        for (row, values) in host.chunks_exact(vocabulary + positions).enumerate() {
            if !open[row] {
                continue;
            }
            let (logits, attention) = values.split_at(vocabulary);
            let id = choose(logits, options.temperature, &mut random);
            let token = GeneratedToken {
                id: id as u32,
                probability: softmax(logits, 1.0)[id],
                attention: attention.to_vec(),
            };
            on_token(row, &token);
            last[row] = token.id;
            if token.id == END {
                open[row] = false;
            } else {
                captions[row].push(token);
            }
        }
    }
    Ok(captions)
}

/// Token ids as a column `[batch, 1]`.
fn token_column(ids: &[u32], device: &Device) -> Tensor<2, Int> {
    let ids: Vec<i32> = ids.iter().map(|&id| id as i32).collect();
    let count = ids.len();
    Tensor::from_data(TensorData::new(ids, [count, 1]), device)
}

fn choose(logits: &[f32], temperature: f32, random: &mut ChaCha8Rng) -> usize {
    if temperature <= 0.0 {
        return likeliest(logits);
    }
    // 24 random bits: every value is exact in f32.
    let draw = (random.next_u32() >> 8) as f32 / (1 << 24) as f32;
    let mut sum = 0.0;
    for (id, probability) in softmax(logits, temperature).into_iter().enumerate() {
        sum += probability;
        if draw < sum {
            return id;
        }
    }
    likeliest(logits)
}

/// The first of the largest logits.
fn likeliest(logits: &[f32]) -> usize {
    let mut best = 0;
    for (id, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = id;
        }
    }
    best
}

fn softmax(logits: &[f32], temperature: f32) -> Vec<f32> {
    let largest = logits[likeliest(logits)];
    let mut weights: Vec<f32> = logits
        .iter()
        .map(|logit| ((logit - largest) / temperature).exp())
        .collect();
    let sum: f32 = weights.iter().sum();
    for weight in &mut weights {
        *weight /= sum;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temperature_zero_takes_the_likeliest() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        assert_eq!(choose(&[0.0, 3.0, 3.0, -1.0], 0.0, &mut random), 1);
    }

    #[test]
    fn draws_follow_the_probabilities() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let logits = [0.7f32.ln(), 0.2f32.ln(), 0.1f32.ln()];
        let mut counts = [0u32; 3];
        for _ in 0..10_000 {
            counts[choose(&logits, 1.0, &mut random)] += 1;
        }
        for (count, expected) in counts.iter().zip([7000, 2000, 1000]) {
            assert!(count.abs_diff(expected) < 200, "{counts:?}");
        }
    }

    #[test]
    fn low_temperatures_sharpen() {
        let warm = softmax(&[1.0, 0.0], 1.0)[0];
        let cold = softmax(&[1.0, 0.0], 0.5)[0];
        assert!(cold > warm);
        assert!((warm - 1.0 / (1.0 + (-1f32).exp())).abs() < 1e-6);
    }
}
