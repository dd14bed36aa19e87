//! How far a run is.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::files;
use crate::train::validate::Measures;

const FILE: &str = "progress.json";

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
    /// CRC-32 of the image network's weights, whose features it learns from. Earlier versions noted none.
    #[serde(default)]
    pub(crate) weights_crc32: Option<u32>,
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

impl Progress {
    /// # Errors
    /// When these are not the image network's weights that the run learned from.
    pub(crate) fn check_weights(&self, crc32: u32) -> Result<()> {
        ensure!(
            self.weights_crc32.is_none_or(|known| known == crc32),
            "the image network's weights are not those that the run learned from: put the file back that it began with"
        );
        Ok(())
    }

    /// Writes it into a checkpoint's folder.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        files::write_whole(
            &folder.join(FILE),
            serde_json::to_string_pretty(self)?.as_bytes(),
        )
    }

    /// Reads it from a checkpoint's folder.
    ///
    /// # Errors
    /// When it is missing or damaged.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let bytes = files::read(&path)?;
        serde_json::from_slice(&bytes).with_context(|| format!("{} is damaged", path.display()))
    }
}
