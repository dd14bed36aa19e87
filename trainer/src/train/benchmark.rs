//! The time of a training step on made-up data, beside PyTorch's.
//!
//! tests/benchmarks/training_step.py reads what is printed, builds the same model and batch in PyTorch,
//! and prints the ratio.

use std::ops::Range;
use std::time::Instant;

use anyhow::{Result, anyhow};
use burn::tensor::{Device, Distribution, Tensor};
use model_export::decoder::Decoder;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};

use super::input::{Batch, EncodedPhoto};
use super::learn::{Outcome, State, Weights, side_by_side};
use super::recipe::{ComputePrecision, TrainConfig};
use crate::features::RowKey;

const CAPTIONS_PER_PHOTO: usize = 5;
/// Words of made-up captions: about as many as Flickr8k's have.
const CAPTION_WORDS: std::ops::RangeInclusive<usize> = 6..=16;

/// Times training steps of a recipe, after a few that are not timed. One JSON object: sizes, the captions' lengths
/// and the seconds of each step.
///
/// # Errors
/// When the device fails.
pub fn benchmark(config: &TrainConfig, steps: usize, device: &Device) -> Result<Value> {
    let recipe = &config.recipe;
    let training = &recipe.training;
    let grid = config.encoder().grid();
    let device = device.clone().autodiff();
    device.seed(config.learning.seed);
    let mut random = ChaCha8Rng::seed_from_u64(config.learning.seed);
    let photos: Vec<_> = (0..training.photos_per_step)
        .map(|_| photo(&mut random, recipe.text.vocabulary))
        .collect();
    let photos: Vec<_> = photos.iter().collect();
    let shape = [photos.len(), grid.positions(), config.encoder().channels()];
    let features = Tensor::random(shape, Distribution::Uniform(0.0, 1.0), &device);
    let mut state = State::new(config, Decoder::new(&recipe.decoder, &device));

    let size = photos.len().div_ceil(config.threads);
    let shares: Vec<_> = (0..photos.len())
        .step_by(size)
        .map(|first| first..photos.len().min(first + size))
        .collect();

    let mut seconds = Vec::new();
    for step in 1..=steps as u64 + 3 {
        let clock = Instant::now();
        let outcomes = side_by_side(
            &state.decoder,
            std::slice::from_ref(&device),
            &shares,
            |_, decoder, _, share: &Range<usize>| {
                let batch = Batch::new(
                    &photos[share.clone()],
                    features.clone().slice([share.clone()]),
                )?;
                let weights = Weights::cross_entropy(batch.owners.len(), training.label_smoothing);
                let weight = share.len() as f32 / photos.len() as f32;
                Ok(Outcome::new(
                    decoder,
                    batch,
                    weights.scaled(weight),
                    ComputePrecision::F32,
                ))
            },
        )?;
        let outcome = Outcome::sum(&state.decoder, outcomes.into_iter().map(Ok))?;
        let loss = state.update(config, outcome, step, training.learning_rate)?;
        // Reading a value waits for the device.
        loss.try_into_scalar::<f32>()
            .map_err(|error| anyhow!("the device failed: {error:?}"))?;
        if step > 3 {
            seconds.push(clock.elapsed().as_secs_f64());
        }
    }
    let lengths: Vec<Vec<usize>> = photos
        .iter()
        .map(|photo| photo.captions.iter().map(Vec::len).collect())
        .collect();
    Ok(
        json!({ "decoder": recipe.decoder, "positions": grid.positions(), "label_smoothing": training.label_smoothing,
                "weight_decay": training.weight_decay, "gradient_norm": training.gradient_norm,
                "weight_average": training.weight_average, "lengths": lengths, "seconds": seconds }),
    )
}

fn photo(random: &mut ChaCha8Rng, vocabulary: usize) -> EncodedPhoto {
    use model_export::vocabulary::{END, START};
    let captions = (0..CAPTIONS_PER_PHOTO)
        .map(|_| {
            let words = random.random_range(CAPTION_WORDS);
            let words = (0..words).map(|_| random.random_range(END + 1..vocabulary as u32));
            std::iter::once(START)
                .chain(words)
                .chain(std::iter::once(END))
                .collect()
        })
        .collect();
    EncodedPhoto {
        name: String::new(),
        row: RowKey::default(),
        captions,
    }
}
