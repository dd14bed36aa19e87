//! `glimpse export`: a run's best weights as one model file.

use std::path::PathBuf;

use anyhow::Result;
use burn::module::Module;
use burn::tensor::Device;
use clap::{Args, ValueEnum};
use model_export::decoder::Decoder;
use model_export::model_file::{FORMAT_VERSION, Manifest, Precision, TrainingRecord, serialize};

use crate::files;
use crate::train::{best_decoder, best_progress, commands, read_config, read_vocabulary};

#[derive(Clone, Copy, ValueEnum)]
enum PrecisionChoice {
    F32,
    F16,
    Int8,
}

#[derive(Args)]
pub(crate) struct Arguments {
    /// Folder of the training run.
    #[arg(long)]
    run: PathBuf,
    /// The model file to write.
    #[arg(long)]
    output: PathBuf,
    /// How matrices and kernels are stored.
    #[arg(long, value_enum, default_value = "int8")]
    precision: PrecisionChoice,
    /// A name for people.
    #[arg(long, default_value = "Glimpse")]
    name: String,
    /// Language of the captions, a tag of BCP 47 such as ko or zh-Hans: whose voice reads them aloud.
    #[arg(long, default_value = "en", value_parser = language_tag)]
    language: String,
    /// SPDX expression of the model's licence.
    #[arg(long, default_value = "MIT OR Apache-2.0")]
    licence: String,
    /// Source revision to record.
    #[arg(long)]
    commit: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    files::check_writable(&arguments.output)?;
    let device = Device::flex();
    let config = read_config(&arguments.run)?;
    let progress = best_progress(&arguments.run)?;
    let vocabulary = read_vocabulary(&arguments.run)?;
    let architecture = &config.recipe.decoder;
    let decoder = Decoder::new(architecture, &device);
    let decoder = best_decoder(&arguments.run, decoder)?;
    let weights = config.encoder_weights()?;
    let (encoder, _) = weights.load(config.encoder().feature_layer, &device)?;
    let diet = config.diet()?;
    let train = || diet.sets.iter().flat_map(|set| &set.dataset.train);
    let training = &config.recipe.training;
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        name: arguments.name.clone(),
        language: arguments.language.clone(),
        encoder: config.encoder(),
        preparation: config.encoder().preparation(),
        grid: config.encoder().grid(),
        mirrored_view: config.views.mirrored_view,
        decoder: architecture.clone(),
        text: config.recipe.text.rules,
        vocabulary,
        confidence: None,
        training: TrainingRecord {
            photos: train().count(),
            captions: train().map(|photo| photo.captions.len()).sum(),
            validation_photos: diet.sets.iter().map(|set| set.dataset.dev.len()).sum(),
            data: diet.name(),
            command: commands(&config)?.join("\n"),
            commit: arguments.commit.clone(),
            seed: config.seed,
            steps: progress.step,
            photos_per_step: training.photos_per_step,
            learning_rate: training.learning_rate,
            weight_decay: training.weight_decay,
            label_smoothing: training.label_smoothing,
            weight_average: (training.weight_average > 0.0).then_some(training.weight_average),
            validation_cross_entropy: progress.best.measures.cross_entropy,
            validation_accuracy: progress.best.measures.accuracy,
            validation_cider: progress.best.cider,
        },
        licence: arguments.licence.clone(),
        attribution: weights.attribution(),
    };
    let precision = match arguments.precision {
        PrecisionChoice::F32 => Precision::F32,
        PrecisionChoice::F16 => Precision::F16,
        PrecisionChoice::Int8 => Precision::Int8,
    };
    let bytes = serialize(&manifest, &encoder, &decoder, precision)?;
    files::write_whole(&arguments.output, &bytes)?;
    eprintln!(
        "{}: {} bytes, {} parameters of the decoder and {} of the encoder",
        arguments.output.display(),
        bytes.len(),
        decoder.num_params(),
        encoder.num_params()
    );
    Ok(())
}

/// A tag as HTML's `lang` and systems' voices have it: subtags of letters and digits between hyphens.
fn language_tag(text: &str) -> Result<String, String> {
    let is_subtag = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let primary = text.split('-').next().unwrap_or_default();
    if (2..=3).contains(&primary.len()) && text.split('-').all(is_subtag) {
        Ok(text.to_owned())
    } else {
        Err("not a language tag such as en, ko or zh-Hans".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_are_told_from_names() {
        for tag in ["en", "ko", "zh-Hans", "de-CH-1996", "yue"] {
            assert_eq!(language_tag(tag).unwrap(), tag);
        }
        for name in ["", "Korean", "한국어", "en_GB", "en-", "x; rm"] {
            assert!(language_tag(name).is_err(), "{name}");
        }
    }
}
