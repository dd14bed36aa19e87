//! A run's folder: nothing else knows the names of the files in it.
//!
//! ```text
//! RUN/
//!   recipe.toml, vocabulary.json    what decides the run
//!   data.json                       a fingerprint of each data set when it began
//!   diet.json                       how much the data sets have
//!   devices.csv                     on what it trains, from which step on
//!   checkpoints/step-…/             how far it is
//!   best/step-…/                    the decoder that validated best
//!   log.csv, validation.csv, validation-sets.csv, samples.txt, loss.png, accuracy.png, cider.png
//!   tensorboard/                    where that is asked for
//! ```

mod checkpoint;
mod decoder_file;
mod log;
mod plots;
mod progress;
mod sums;
mod tensorboard;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use model_export::decoder::Decoder;
use model_export::vocabulary::Vocabulary;
use serde::de::DeserializeOwned;

pub(crate) use checkpoint::Checkpoints;
pub(crate) use log::{SetRow, StepRow, TrainLog, ValidationRow};
pub(crate) use plots::{Curve, curves};
pub(crate) use progress::{Best, Progress};

use super::recipe::TrainConfig;
use crate::data::DietSize;
use crate::files;

const RECIPE: &str = "recipe.toml";
/// The same in runs of earlier versions.
const EARLIER_RECIPE: &str = "config.json";
const VOCABULARY: &str = "vocabulary.json";
const DATA: &str = "data.json";
const DIET: &str = "diet.json";
const DEVICES: &str = "devices.csv";

/// The folder of a run.
pub(crate) struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// A folder that holds a run, or is to.
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// Whether it holds a run.
    pub(crate) fn holds_run(&self) -> bool {
        self.recipe().is_some()
    }

    /// The file with its recipe.
    fn recipe(&self) -> Option<PathBuf> {
        let files = [RECIPE, EARLIER_RECIPE].map(|name| self.path.join(name));
        files.into_iter().find(|path| path.exists())
    }

    /// Makes it if need be, with all that decides the run.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn create(
        &self,
        config: &TrainConfig,
        vocabulary: &Vocabulary,
        size: &DietSize,
    ) -> Result<()> {
        fs::create_dir_all(&self.path)
            .with_context(|| format!("cannot make the folder {}", self.path.display()))?;
        // It never changes, and checkpoints note its checksum.
        if !self.holds_run() {
            let vocabulary = serde_json::to_string(vocabulary)?;
            files::write_whole(&self.path.join(VOCABULARY), vocabulary.as_bytes())?;
        }
        let size = serde_json::to_string(size)?;
        files::write_whole(&self.path.join(DIET), size.as_bytes())?;
        files::write_whole(&self.path.join(RECIPE), config.to_toml()?.as_bytes())
    }

    /// The run's configuration.
    ///
    /// # Errors
    /// When the folder holds no run.
    pub(crate) fn config(&self) -> Result<TrainConfig> {
        let path = self.recipe();
        let path =
            path.with_context(|| format!("{} holds no training run", self.path.display()))?;
        TrainConfig::open(&path)
    }

    /// The run's vocabulary.
    ///
    /// # Errors
    /// When the folder holds no run.
    pub(crate) fn vocabulary(&self) -> Result<Vocabulary> {
        self.read(VOCABULARY)
    }

    /// How much the run's data sets have. Runs of earlier versions have not noted it.
    ///
    /// # Errors
    /// When the note cannot be read.
    pub(crate) fn diet_size(&self) -> Result<Option<DietSize>> {
        let is_noted = self.path.join(DIET).exists();
        is_noted.then(|| self.read(DIET)).transpose()
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let path = self.path.join(name);
        serde_json::from_slice(&files::read(&path)?)
            .with_context(|| format!("{} is damaged", path.display()))
    }

    /// Notes the fingerprints of a new run's data sets.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn note_data(&self, fingerprints: &[(String, u32)]) -> Result<()> {
        let text = serde_json::to_string(fingerprints)?;
        files::write_whole(&self.path.join(DATA), text.as_bytes())
    }

    /// Notes on what the run trains from a step on, where that is not what it trained on before.
    ///
    /// # Errors
    /// When the disk refuses, or the notes cannot be read.
    pub(crate) fn note_device(&self, step: u64, device: &str) -> Result<()> {
        let path = self.path.join(DEVICES);
        let mut notes = vec![csv::StringRecord::from(vec!["step", "device"])];
        if path.exists() {
            let damaged = || format!("{} is damaged", path.display());
            let mut reader = csv::ReaderBuilder::new();
            let bytes = files::read(&path)?;
            let reader = reader.has_headers(false).from_reader(&*bytes);
            notes = reader
                .into_records()
                .collect::<Result<_, _>>()
                .with_context(damaged)?;
        }
        if notes.last().is_some_and(|last| last.get(1) == Some(device)) {
            return Ok(());
        }
        notes.push(csv::StringRecord::from(vec![&*step.to_string(), device]));
        let mut writer = csv::Writer::from_writer(Vec::new());
        for note in &notes {
            writer.write_record(note)?;
        }
        files::write_whole(&path, &writer.into_inner()?)
    }

    /// Says which data sets are not what they were when the run began.
    ///
    /// # Errors
    /// When the note of that cannot be read.
    pub(crate) fn compare_data(&self, fingerprints: &[(String, u32)]) -> Result<()> {
        // Earlier versions noted nothing.
        if !self.path.join(DATA).exists() {
            return Ok(());
        }
        let before: Vec<(String, u32)> = self.read(DATA)?;
        for ((_, before), (name, now)) in before.iter().zip(fingerprints) {
            if before != now {
                eprintln!(
                    "{name} has changed since the run began: its photos, their captions or their splits are others; \
                     the run goes on with what is there now"
                );
            }
        }
        Ok(())
    }

    /// The run's checkpoints.
    pub(crate) fn checkpoints(&self) -> Checkpoints {
        Checkpoints::new(&self.path)
    }

    /// The run's decoder when it validated best, read into one of the right sizes, and how far the run was then.
    ///
    /// # Errors
    /// When it has not been validated yet, or is damaged.
    pub(crate) fn best(&self, decoder: impl Fn() -> Decoder) -> Result<(Decoder, Progress)> {
        let best = self.checkpoints().best(decoder)?;
        best.with_context(|| {
            format!(
                "the run {} has no finished epoch yet, so there is nothing to export",
                self.path.display()
            )
        })
    }

    /// The run's log; rows after `step` are of steps that a resumed run does again.
    ///
    /// # Errors
    /// When it cannot be shortened, or the disk refuses.
    pub(crate) fn log(&self, step: u64, tensorboard: bool) -> Result<TrainLog> {
        TrainLog::open(&self.path, step, tensorboard)
    }

    /// How each data set's photos were validated at a step.
    ///
    /// # Errors
    /// When the log cannot be read or does not tell.
    pub(crate) fn validation_of(&self, step: u64) -> Result<Vec<SetRow>> {
        let mut rows = log::sets(&self.path)?;
        rows.retain(|row| row.step == step);
        ensure!(
            !rows.is_empty(),
            "the log of the run {} does not tell how step {step} was validated",
            self.path.display()
        );
        Ok(rows)
    }

    /// The rows of its log as they stand, of steps and of validations.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) fn rows(&self) -> Result<(Vec<StepRow>, Vec<ValidationRow>)> {
        log::rows(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_noted_where_it_is_another_one() {
        let folder = temp_dir::TempDir::new().unwrap();
        let run = RunFolder::new(folder.path());
        for (step, device) in [
            (0, "cpu"),
            (5, "cpu"),
            (9, "gpu, A (discrete)"),
            (12, "cpu"),
        ] {
            run.note_device(step, device).unwrap();
        }
        let notes = fs::read_to_string(folder.path().join(DEVICES)).unwrap();
        assert_eq!(
            notes,
            "step,device\n0,cpu\n9,\"gpu, A (discrete)\"\n12,cpu\n"
        );
        fs::write(folder.path().join(DEVICES), "step,device\n1,2,3\n").unwrap();
        let error = run.note_device(13, "cpu").unwrap_err().to_string();
        assert!(error.contains("devices.csv is damaged"), "{error}");
    }
}
