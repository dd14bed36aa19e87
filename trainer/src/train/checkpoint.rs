//! Checkpoints that a kill at any moment cannot spoil.
//!
//! A checkpoint is a folder. It is written as `….partial`, its files are synced, and then it gets
//! its name by one rename; only after that are older ones removed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use burn::module::Module;
use model_export::decoder::Decoder;
use serde::{Deserialize, Serialize};

use super::objective::Measures;
use super::optimizer::Optimizer;
use crate::files;

const DECODER: &str = "decoder.bpk";
const AVERAGE: &str = "average.bpk";
const PROGRESS: &str = "progress.json";
const PARTIAL: &str = "partial";
const PREFIX: &str = "step-";

/// How far a run is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Optimiser steps done.
    pub(crate) step: u64,
    /// Epochs done.
    pub(crate) epoch: usize,
    /// The step of the last checkpoint.
    pub(crate) saved: u64,
    /// The best validation so far.
    pub(crate) best: Best,
    pub(crate) epochs_without_improvement: usize,
    /// Whether early stopping has ended the run.
    pub(crate) stopped: bool,
}

/// The best validation of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Best {
    pub(crate) step: u64,
    pub(crate) measures: Measures,
    /// CIDEr-D (0 to 10) of greedy captions: what is best has the most.
    #[serde(default)]
    pub(crate) cider: f64,
}

/// All that a run needs to go on as if nothing had happened. Data order and dropout follow from the
/// seed and the step.
pub(super) struct Checkpoint {
    pub(super) decoder: Decoder,
    pub(super) optimizer: Optimizer,
    /// The decoder with averaged weights.
    pub(super) average: Decoder,
    pub(super) progress: Progress,
}

impl Checkpoint {
    /// Reads a checkpoint into a decoder of the right sizes. `optimizer` makes an optimiser for a
    /// decoder; it is asked after the decoder is loaded, because its parameters get their old
    /// identifiers then, and an optimiser tells them apart by these.
    pub(super) fn load(
        path: &Path,
        decoder: Decoder,
        optimizer: impl FnOnce(&Decoder) -> Optimizer,
    ) -> Result<Self> {
        let damaged = |file: &str, error: &dyn std::fmt::Display| {
            anyhow!(
                "the checkpoint's {} cannot be read: {error}",
                path.join(file).display()
            )
        };
        let average = decoder
            .valid()
            .try_load_file(path.join(AVERAGE))
            .map_err(|error| damaged(AVERAGE, &error))?;
        let decoder = decoder
            .try_load_file(path.join(DECODER))
            .map_err(|error| damaged(DECODER, &error))?;
        Ok(Self {
            optimizer: optimizer(&decoder).load(path)?,
            decoder,
            average,
            progress: read_progress(path)?,
        })
    }
}

/// The checkpoints of a run.
pub(super) struct Checkpoints {
    folder: PathBuf,
    best: PathBuf,
}

impl Checkpoints {
    pub(super) fn new(run: &Path) -> Self {
        Self {
            folder: run.join("checkpoints"),
            best: run.join("best"),
        }
    }

    /// The newest whole checkpoint.
    pub(super) fn latest(&self) -> Result<Option<PathBuf>> {
        Ok(list(&self.folder)?.into_iter().max().map(|(_, path)| path))
    }

    /// Writes a checkpoint, then removes older ones.
    pub(super) fn save(&self, checkpoint: &Checkpoint) -> Result<()> {
        let step = checkpoint.progress.step;
        write_folder(&self.folder.join(format!("{PREFIX}{step:09}")), |folder| {
            save_module(checkpoint.decoder.clone(), &folder.join(DECODER))?;
            save_module(checkpoint.average.clone(), &folder.join(AVERAGE))?;
            checkpoint.optimizer.save(folder)?;
            write_progress(folder, &checkpoint.progress)
        })?;
        remove_older(&self.folder, step)
    }

    /// Keeps the decoder that validated best.
    pub(super) fn save_best(&self, decoder: Decoder, progress: &Progress) -> Result<()> {
        // Two names, so that one of them is whole at any moment.
        let step = progress.step;
        write_folder(&self.best.join(format!("{PREFIX}{step:09}")), |folder| {
            save_module(decoder, &folder.join(DECODER))?;
            write_progress(folder, progress)
        })?;
        remove_older(&self.best, step)
    }
}

/// The progress of a run when it validated best.
///
/// # Errors
/// When the run has not been validated yet.
pub(crate) fn best_progress(run: &Path) -> Result<Progress> {
    read_progress(&best_folder(run)?)
}

/// The decoder of a run that validated best, loaded into one of the right sizes.
///
/// # Errors
/// When the run has not been validated yet.
pub(crate) fn best_decoder(run: &Path, decoder: Decoder) -> Result<Decoder> {
    let path = best_folder(run)?.join(DECODER);
    decoder
        .try_load_file(&path)
        .map_err(|error| anyhow!("{} cannot be read: {error}", path.display()))
}

fn best_folder(run: &Path) -> Result<PathBuf> {
    let newest = list(&run.join("best"))?.into_iter().max();
    newest.map(|(_, path)| path).with_context(|| {
        format!(
            "the run {} has no finished epoch yet, so there is nothing to export",
            run.display()
        )
    })
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

fn save_module(decoder: Decoder, path: &Path) -> Result<()> {
    decoder
        .save_file(path)
        .map_err(|error| anyhow!("{}: {error}", path.display()))
}

fn write_progress(folder: &Path, progress: &Progress) -> Result<()> {
    files::write_whole(
        &folder.join(PROGRESS),
        serde_json::to_string_pretty(progress)?.as_bytes(),
    )
}

fn read_progress(folder: &Path) -> Result<Progress> {
    let path = folder.join(PROGRESS);
    let bytes = files::read(&path)?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is damaged", path.display()))
}
