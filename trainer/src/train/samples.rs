//! Sample captions after each epoch, as TensorFlow's tutorial prints them.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use burn::tensor::Tensor;
use model_export::decoder::Decoder;
use model_export::generate::{GenerateOptions, Sampling, Strategy, generate};
use model_export::vocabulary::Vocabulary;

/// 0 stands for the likeliest words.
const TEMPERATURES: [f32; 3] = [0.0, 0.5, 1.0];

/// Captions the image features `[1, positions, channels]` of one photo at three temperatures, in the style
/// of the token `start`; prints the captions under a title and appends them to the run's `samples.txt`.
pub(super) fn print_and_save(
    folder: &Path,
    title: &str,
    seed: u64,
    decoder: &Decoder,
    features: Tensor<3>,
    start: u32,
    vocabulary: &Vocabulary,
) -> Result<()> {
    let mut text = format!("{title}\n");
    for temperature in TEMPERATURES {
        let strategy = if temperature == 0.0 {
            Strategy::Beam { width: 1 }
        } else {
            Strategy::Sample(Sampling {
                temperature,
                seed,
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
    eprint!("{text}");
    let path = folder.join("samples.txt");
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))
}
