//! A run's best weights as one model file.

mod repository;

use std::path::Path;

use anyhow::Result;
use burn::module::Module;
use burn::tensor::Device;
use model_export::decoder::Decoder;
use model_export::model_file::{FORMAT_VERSION, Manifest, Precision, TrainingRecord, serialize};

use crate::memory;
use crate::train::origin::commands;
use crate::train::run_folder::RunFolder;

pub use repository::repository;

/// What a model file is called where nobody names it: in a run's folder, and in a repository on Hugging Face's Hub.
pub const MODEL_FILE: &str = "model.safetensors";

/// What people are told of a model.
pub struct Label {
    /// Its name.
    pub name: String,
    /// The language of its captions, a tag of BCP 47.
    pub language: String,
    /// SPDX expression of its licence.
    pub licence: String,
    /// The source revision that it comes from.
    pub commit: Option<String>,
}

impl Default for Label {
    /// What `glimpse export` writes where it is told nothing else.
    fn default() -> Self {
        Self {
            name: "Glimpse".to_owned(),
            language: "en".to_owned(),
            licence: "MIT OR Apache-2.0".to_owned(),
            commit: None,
        }
    }
}

/// A model file.
pub struct Export {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many numbers the decoder has learned.
    pub decoder_parameters: usize,
    /// The same of the image network.
    pub encoder_parameters: usize,
    /// What the file says of itself.
    manifest: Manifest,
}

/// The model file of a run.
///
/// # Errors
/// When the run has no finished epoch, or its weights are not where they were; of runs of earlier versions, which did
/// not note how much they read, the data sets, too.
pub fn export(run: &Path, label: Label, precision: Precision) -> Result<Export> {
    // What training held until now, if it is that which comes to its end.
    memory::give_back();
    let device = Device::flex();
    let run = RunFolder::new(run);
    let config = run.config()?;
    let vocabulary = run.vocabulary()?;
    let architecture = &config.recipe.decoder;
    let (decoder, progress) = run.best(|| Decoder::new(architecture, &device))?;
    let weights = config.encoder_weights()?;
    progress.check_weights(weights.checksum())?;
    let (encoder, _) = weights.load(config.encoder().feature_layer, &device)?;
    let size = match run.diet_size()? {
        Some(size) => size,
        None => config.diet()?.size(),
    };
    let training = &config.recipe.training;
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        name: label.name,
        language: label.language,
        encoder: config.encoder(),
        preparation: config.encoder().preparation(),
        grid: config.encoder().grid(),
        mirrored_view: config.sources.views.mirrored_view,
        decoder: architecture.clone(),
        text: config.recipe.text.rules,
        vocabulary,
        confidence: None,
        training: TrainingRecord {
            photos: size.photos,
            captions: size.captions,
            validation_photos: size.validation_photos,
            data: size.name,
            command: commands(&config)?.join("\n"),
            commit: label.commit,
            seed: config.learning.seed,
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
        licence: label.licence,
        attribution: weights.attribution(),
    };
    Ok(Export {
        bytes: serialize(&manifest, &encoder, &decoder, precision)?,
        decoder_parameters: decoder.num_params(),
        encoder_parameters: encoder.num_params(),
        manifest,
    })
}
