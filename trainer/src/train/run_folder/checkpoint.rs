//! Checkpoints that a kill at any moment cannot spoil.
//!
//! A checkpoint is a folder. It is written as `….partial`, its files are synced, and then it gets
//! its name by one rename; only after that are older ones removed. Data order and dropout follow from the seed
//! and the step, so a checkpoint holds all that a run needs to go on as if nothing had happened.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use burn::module::Module;
use model_export::decoder::Decoder;

use super::progress::Progress;
use super::{decoder_file, sums};
use crate::files;
use crate::train::learn::{LossScale, Optimizer, State};
use crate::train::recipe::TrainConfig;

const DECODER: &str = "decoder.bpk";
const AVERAGE: &str = "average.bpk";
const LOSS_SCALE: &str = "loss-scale.json";
const PARTIAL: &str = "partial";
const PREFIX: &str = "step-";

/// The checkpoints below a run's folder.
pub(crate) struct Checkpoints {
    folder: PathBuf,
    best: PathBuf,
}

/// A checkpoint that is whole.
pub(crate) struct Checkpoint {
    path: PathBuf,
    /// How far the run was.
    pub(crate) progress: Progress,
}

impl Checkpoint {
    /// What the run had learned, read into a decoder of the right sizes.
    ///
    /// # Errors
    /// When a file of it cannot be read.
    pub(crate) fn state(&self, config: &TrainConfig, decoder: Decoder) -> Result<State> {
        let average = decoder_file::load(decoder.valid(), &self.path.join(AVERAGE))?;
        let decoder = decoder_file::load(decoder, &self.path.join(DECODER))?;
        // Its parameters have their old identifiers only now, and an optimiser tells them apart by these.
        let optimizer = Optimizer::new(&config.recipe.training, config.threads, &decoder);
        let optimizer = optimizer.load(optimizer_files(&self.path))?;
        let noted = self.path.join(LOSS_SCALE);
        let loss_scale = match LossScale::new(config.learning.precision) {
            // Not where the precision was another one until now.
            Some(_) if noted.exists() => {
                let scale = serde_json::from_slice(&files::read(&noted)?);
                Some(scale.with_context(|| format!("{} is damaged", noted.display()))?)
            }
            new => new,
        };
        Ok(State::restore(
            config, decoder, optimizer, &average, loss_scale,
        ))
    }
}

impl Checkpoints {
    pub(super) fn new(run: &Path) -> Self {
        Self {
            folder: run.join("checkpoints"),
            best: run.join("best"),
        }
    }

    /// The newest checkpoint, if it is whole; none before the first.
    ///
    /// # Errors
    /// When a file of it is missing or damaged.
    pub(crate) fn newest(&self) -> Result<Option<Checkpoint>> {
        let Some(path) = newest(&self.folder)? else {
            return Ok(None);
        };
        sums::check(&path).context(
            "the run cannot go on; `glimpse train --from RUN` begins another one with the weights that validated best",
        )?;
        let progress = Progress::read(&path)?;
        Ok(Some(Checkpoint { path, progress }))
    }

    /// Writes a checkpoint, then removes older ones.
    ///
    /// # Errors
    /// When the disk refuses; the checkpoint before is kept.
    pub(crate) fn save(&self, state: &State, progress: &Progress) -> Result<()> {
        write_folder(&step_folder(&self.folder, progress.step), |folder| {
            decoder_file::save(state.decoder.clone(), &folder.join(DECODER))?;
            decoder_file::save(state.averaged(), &folder.join(AVERAGE))?;
            state.optimizer.save(optimizer_files(folder))?;
            if let Some(scale) = state.loss_scale {
                let scale = serde_json::to_string(&scale)?;
                files::write_whole(&folder.join(LOSS_SCALE), scale.as_bytes())?;
            }
            progress.write(folder)
        })?;
        remove_older(&self.folder, progress.step)
    }

    /// Keeps the decoder that validated best.
    ///
    /// # Errors
    /// When the disk refuses; the one before is kept.
    pub(crate) fn save_best(&self, decoder: Decoder, progress: &Progress) -> Result<()> {
        // Two names, so that one of them is whole at any moment.
        write_folder(&step_folder(&self.best, progress.step), |folder| {
            decoder_file::save(decoder, &folder.join(DECODER))?;
            progress.write(folder)
        })?;
        remove_older(&self.best, progress.step)
    }

    /// The decoder that validated best, read into one of the right sizes, and how far the run was then; none before
    /// the first validation.
    ///
    /// # Errors
    /// When it is damaged, or has other sizes.
    pub(super) fn best(
        &self,
        decoder: impl Fn() -> Decoder,
    ) -> Result<Option<(Decoder, Progress)>> {
        while let Some(folder) = newest(&self.best)? {
            match read_best(&folder, decoder()) {
                // A run that goes on beside this has another one by now.
                Err(_) if newest(&self.best)?.as_ref() != Some(&folder) => {}
                best => return best.map(Some),
            }
        }
        Ok(None)
    }
}

fn read_best(path: &Path, decoder: Decoder) -> Result<(Decoder, Progress)> {
    sums::check(path)?;
    let decoder = decoder_file::load(decoder, &path.join(DECODER))?;
    Ok((decoder, Progress::read(path)?))
}

/// The file of each of the optimiser's parts.
fn optimizer_files(folder: &Path) -> impl Fn(usize) -> PathBuf {
    |part| folder.join(format!("optimizer-{part}.bpk"))
}

fn step_folder(folder: &Path, step: u64) -> PathBuf {
    folder.join(format!("{PREFIX}{step:09}"))
}

fn newest(folder: &Path) -> Result<Option<PathBuf>> {
    Ok(list(folder)?.into_iter().max().map(|(_, path)| path))
}

fn list(folder: &Path) -> Result<Vec<(u64, PathBuf)>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let context = || format!("cannot read {}", folder.display());
    for entry in fs::read_dir(folder).with_context(context)? {
        let entry = entry.with_context(context)?;
        let name = entry.file_name();
        let step = name
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX))
            .and_then(|step| step.parse().ok());
        if let Some(step) = step {
            found.push((step, entry.path()));
        }
    }
    Ok(found)
}

fn remove_older(folder: &Path, step: u64) -> Result<()> {
    for (older, path) in list(folder)? {
        if older < step {
            fs::remove_dir_all(&path)
                .with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// Makes a folder appear whole.
fn write_folder(path: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let partial = path.with_extension(PARTIAL);
    let write = || -> Result<()> {
        for leftover in [&partial, path] {
            if leftover.exists() {
                fs::remove_dir_all(leftover)?;
            }
        }
        fs::create_dir_all(&partial)?;
        fill(&partial)?;
        sums::write(&partial)?;
        for entry in fs::read_dir(&partial)? {
            File::open(entry?.path())?.sync_all()?;
        }
        File::open(&partial)?.sync_all()?;
        fs::rename(&partial, path)?;
        Ok(files::sync_parent(path)?)
    };
    write().with_context(|| {
        format!(
            "cannot write the checkpoint {}; the one before is kept",
            path.display()
        )
    })
}
