//! Sample captions after each epoch, as TensorFlow's tutorial prints them.

use anyhow::Result;
use burn::tensor::Tensor;
use model_export::decoder::Decoder;
use model_export::generate::{GenerateOptions, Sampling, Strategy, generate};
use model_export::vocabulary::Vocabulary;

use crate::train::stream::{Purpose, stream};

/// 0 stands for the likeliest words.
const TEMPERATURES: [f32; 3] = [0.0, 0.5, 1.0];

/// Captions the image features `[1, positions, channels]` of one photo at three temperatures, in the style
/// of the token `start`: a line for each.
pub(super) fn captions(
    decoder: &Decoder,
    features: Tensor<3>,
    start: u32,
    vocabulary: &Vocabulary,
    epoch: u64,
) -> Result<String> {
    let mut text = String::new();
    for temperature in TEMPERATURES {
        let strategy = if temperature == 0.0 {
            Strategy::Beam { width: 1 }
        } else {
            Strategy::Sample(Sampling {
                temperature,
                seed: stream(0, Purpose::Samples, epoch).seed,
                ..Sampling::default()
            })
        };
        let options = GenerateOptions {
            start,
            strategy,
            ..GenerateOptions::default()
        };
        let photos = pollster::block_on(generate(
            decoder,
            features.clone(),
            &options,
            &mut |_, _| {},
        ))?;
        let caption = photos.iter().flatten().next();
        let ids: Vec<_> = caption
            .iter()
            .flat_map(|caption| &caption.tokens)
            .map(|token| token.id)
            .collect();
        text += &format!("  {temperature:.1}: {}\n", vocabulary.decode(&ids));
    }
    Ok(text)
}
