//! Training: a caption decoder from cached features.
//!
//! The modules in the order in which training happens, but for `origin`: it stands behind `run_folder`, because it
//! reads the folders of earlier runs. Each knows only those before it.
//!
//! | module | what |
//! |---|---|
//! | [`recipe`] | every knob of a run |
//! | `stream` | random numbers, by what they are drawn for |
//! | `input` | data sets, features, vocabulary, and the photos of each step as tensors |
//! | `learn` | loss, self-critical reward, optimiser, averaged weights: one step after the other |
//! | `validate` | measures, captions and scores of the validation photos |
//! | `run_folder` | checkpoints, log, samples and plots |
//! | `origin` | the weights to begin with |
//! | `view` | what is shown of a run under way |
//! | `run` | all of these together: epochs, early stopping, interruption |

mod benchmark;
pub(crate) mod input;
mod learn;
pub(crate) mod origin;
pub mod recipe;
mod run;
pub(crate) mod run_folder;
mod stream;
pub(crate) mod validate;
mod view;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use model_export::decoder::Decoder;
use model_export::vocabulary::Vocabulary;

pub use benchmark::benchmark;
pub use view::Watching;

use input::Input;
use learn::{Learner, State};
use recipe::TrainConfig;
use run::Run;
use run_folder::{Progress, RunFolder};
use validate::scores;

use crate::device::OpenDevice;
use crate::export::Label;
use crate::{lock, output};

/// Trains a decoder, and leaves in a folder all that decides the run and that comes of it. False where it was
/// interrupted.
///
/// # Errors
/// When the folder holds a run already, or something that the run needs is missing or does not fit; then nothing
/// is left behind. When the disk or the device fails, [`resume`] goes on from the last checkpoint.
pub fn train(
    mut config: TrainConfig,
    folder: &Path,
    devices: &[OpenDevice],
    watching: Watching,
) -> Result<bool> {
    let run = RunFolder::new(folder);
    alone_in(folder, || {
        ensure!(
            !run.holds_run(),
            "{} holds a training run already: go on with --resume, or choose another --output",
            folder.display()
        );
        origin::settle_embedding(&mut config)?;
        let vocabulary = origin::vocabulary(&config)?;
        start(&run, config, vocabulary, devices, watching)
    })
}

/// Goes on with the run in a folder as if it had not been interrupted, with what `change` makes of its
/// configuration. False where it was interrupted.
///
/// # Errors
/// When the folder holds no run, and as [`train`].
pub fn resume(
    folder: &Path,
    change: impl FnOnce(TrainConfig) -> Result<TrainConfig>,
    devices: &[OpenDevice],
    watching: Watching,
) -> Result<bool> {
    let run = RunFolder::new(folder);
    alone_in(folder, || {
        let config = change(run.config()?)?;
        start(&run, config, Some(run.vocabulary()?), devices, watching)
    })
}

/// Two runs in one folder would write into the same files.
fn alone_in<T>(folder: &Path, work: impl FnOnce() -> Result<T>) -> Result<T> {
    lock::with_folder(folder, "train", work)
}

/// Trains from a run's last checkpoint, or from its beginning. False where it was interrupted.
fn start(
    folder: &RunFolder,
    config: TrainConfig,
    vocabulary: Option<Vocabulary>,
    devices: &[OpenDevice],
    watching: Watching,
) -> Result<bool> {
    let first = devices.first().context("there is nothing to train on")?;
    for open in devices {
        config.learning.precision.check_device(open)?;
    }
    let weights_crc32 = config.encoder_weights()?.checksum();
    let checkpoint = folder.checkpoints().newest()?;
    if let Some(checkpoint) = &checkpoint {
        // Before features are computed with others.
        checkpoint.progress.check_weights(weights_crc32)?;
    }
    let (config, input) = Input::read(config, vocabulary, &first.device)?;
    let names: Vec<_> = devices.iter().map(|open| open.name.as_str()).collect();
    let device = first.device.clone().autodiff();
    let devices: Vec<_> = devices
        .iter()
        .map(|open| open.device.clone().autodiff())
        .collect();
    let (state, mut progress) = match checkpoint {
        Some(checkpoint) => {
            let decoder = Decoder::new(&config.recipe.decoder, &device);
            let state = checkpoint.state(&config, decoder)?;
            eprintln!("resuming after step {}", checkpoint.progress.step);
            (state, checkpoint.progress)
        }
        None => {
            let decoder = origin::initial_decoder(&config, &input, &device)?;
            (State::new(&config, decoder), Progress::default())
        }
    };
    progress.weights_crc32 = Some(weights_crc32);
    // Patience may be another one now.
    progress.stopped &= progress.epochs_without_improvement >= config.recipe.training.patience;
    let learner = Learner::new(state, &config, &input, &devices)?;
    let is_new = !folder.holds_run();
    // Only now: a run that cannot begin leaves nothing behind.
    folder.create(&config, &input.vocabulary, &input.diet_size)?;
    if is_new {
        folder.note_data(&input.fingerprints)?;
    } else {
        folder.compare_data(&input.fingerprints)?;
    }
    folder.note_device(progress.step, &names.join("; "))?;
    let finished = Run::new(
        folder, &config, &input, learner, progress, &device, watching,
    )?
    .train()?;
    if finished {
        let device = device.inner();
        let (best, _) = folder.best(|| Decoder::new(&config.recipe.decoder, &device))?;
        for photos in &input.validation {
            let scores = scores(photos, &best, &input, &Label::default().language, &device)?;
            output::print(&format!("{}, validation\n", photos.name))?;
            scores.print()?;
        }
    }
    Ok(finished)
}
