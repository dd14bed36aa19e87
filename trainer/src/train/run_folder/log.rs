//! The run's log as CSV, and its curves.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::plots::{Curve, curves};
use super::tensorboard::TensorBoard;
use crate::files;

const STEPS: &str = "log.csv";
const VALIDATION: &str = "validation.csv";
const SETS: &str = "validation-sets.csv";

/// The mean loss of the steps since the row before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StepRow {
    pub(crate) step: u64,
    pub(crate) loss: f64,
    pub(crate) learning_rate: f64,
    /// Mean CIDEr-D (0 to 10) of drawn captions, in self-critical training.
    pub(crate) reward: Option<f64>,
}

/// Measures on the validation photos after an epoch: the mean over data sets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ValidationRow {
    pub(crate) epoch: usize,
    pub(crate) step: u64,
    pub(crate) cross_entropy: f64,
    pub(crate) accuracy: f64,
    /// CIDEr-D (0 to 10) of greedy captions.
    pub(crate) cider: f64,
    /// Time of the epoch's training since the run was last started.
    pub(crate) seconds: f64,
}

/// The same of one data set's photos.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SetRow {
    pub(crate) epoch: usize,
    pub(crate) step: u64,
    /// The data set's name.
    pub(crate) set: String,
    pub(crate) cross_entropy: f64,
    pub(crate) accuracy: f64,
    /// CIDEr-D (0 to 10) of greedy captions.
    pub(crate) cider: f64,
}

pub(crate) struct TrainLog {
    steps: PathBuf,
    validation: PathBuf,
    sets: PathBuf,
    loss_plot: PathBuf,
    accuracy_plot: PathBuf,
    cider_plot: PathBuf,
    samples: PathBuf,
    tensorboard: Option<TensorBoard>,
}

impl TrainLog {
    /// Opens the log, with `tensorboard` for TensorBoard too; rows after `step` are of steps that the resumed run does
    /// again.
    pub(crate) fn open(folder: &Path, step: u64, tensorboard: bool) -> Result<Self> {
        let tensorboard = tensorboard
            .then(|| TensorBoard::create(&folder.join("tensorboard"), step))
            .transpose()?;
        let this = Self {
            steps: folder.join(STEPS),
            validation: folder.join(VALIDATION),
            sets: folder.join(SETS),
            loss_plot: folder.join("loss.png"),
            accuracy_plot: folder.join("accuracy.png"),
            cider_plot: folder.join("cider.png"),
            samples: folder.join("samples.txt"),
            tensorboard,
        };
        truncate(&this.steps, |row: &StepRow| row.step <= step)?;
        truncate(&this.validation, |row: &ValidationRow| row.step <= step)?;
        truncate(&this.sets, |row: &SetRow| row.step <= step)?;
        Ok(this)
    }

    pub(crate) fn step(&mut self, row: &StepRow) -> Result<()> {
        if let Some(tensorboard) = &mut self.tensorboard {
            let mut values = vec![
                ("training/loss", row.loss),
                ("training/learning-rate", row.learning_rate),
            ];
            values.extend(row.reward.map(|reward| ("training/reward", reward)));
            tensorboard.scalars(row.step, &values)?;
        }
        append(&self.steps, row)
    }

    pub(crate) fn validation(&mut self, row: &ValidationRow) -> Result<()> {
        if let Some(tensorboard) = &mut self.tensorboard {
            let values = [
                ("validation/cross-entropy", row.cross_entropy),
                ("validation/accuracy", row.accuracy),
                ("validation/CIDEr-D", row.cider),
            ];
            tensorboard.scalars(row.step, &values)?;
        }
        append(&self.validation, row)
    }

    pub(crate) fn set(&mut self, row: &SetRow) -> Result<()> {
        append(&self.sets, row)
    }

    /// Keeps sample captions of a data set's photo.
    pub(crate) fn samples(&mut self, step: u64, set: &str, text: &str) -> Result<()> {
        if let Some(tensorboard) = &mut self.tensorboard {
            // As Markdown, lines that are indented stay lines.
            let indented: String = text.lines().map(|line| format!("    {line}\n")).collect();
            tensorboard.text(step, &format!("samples/{set}"), &indented)?;
        }
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.samples)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(|| format!("cannot write {}", self.samples.display()))
    }

    /// Draws loss, accuracy and CIDEr by step.
    pub(crate) fn plot(&self) -> Result<()> {
        let steps: Vec<StepRow> = read(&self.steps)?;
        let validation: Vec<ValidationRow> = read(&self.validation)?;
        let training = steps.iter().map(|row| (row.step, row.loss)).collect();
        let cross_entropy = validation
            .iter()
            .map(|row| (row.step, row.cross_entropy))
            .collect();
        let accuracy = validation
            .iter()
            .map(|row| (row.step, row.accuracy))
            .collect();
        draw(
            &self.loss_plot,
            "nats per word",
            &[
                ("training loss (smoothed labels, dropout)", training),
                ("validation cross-entropy", cross_entropy),
            ],
        )?;
        draw(
            &self.accuracy_plot,
            "share of words predicted right",
            &[("validation accuracy", accuracy)],
        )?;
        let cider = |value: f64| 100.0 * value;
        let rewards = steps
            .iter()
            .filter_map(|row| Some((row.step, cider(row.reward?))))
            .collect();
        let validation = validation
            .iter()
            .map(|row| (row.step, cider(row.cider)))
            .collect();
        draw(
            &self.cider_plot,
            "CIDEr-D times 100",
            &[
                ("validation, greedy captions", validation),
                ("training, drawn captions ([END] is a word)", rewards),
            ],
        )
    }
}

/// Writes curves over one another; nothing where none has a point.
fn draw(path: &Path, unit: &str, of: &[Curve]) -> Result<()> {
    let png = curves(unit, of).with_context(|| format!("cannot draw {}", path.display()))?;
    png.map_or(Ok(()), |png| files::write_whole(path, &png))
}

/// The rows of a run's log as they stand, of steps and of validations.
///
/// # Errors
/// When they cannot be read, or are damaged.
pub(super) fn rows(folder: &Path) -> Result<(Vec<StepRow>, Vec<ValidationRow>)> {
    Ok((read(&folder.join(STEPS))?, read(&folder.join(VALIDATION))?))
}

/// How each data set's photos were validated, as a run's log has it.
///
/// # Errors
/// When it cannot be read, or is damaged.
pub(super) fn sets(folder: &Path) -> Result<Vec<SetRow>> {
    read(&folder.join(SETS))
}

fn append(path: &Path, row: &impl Serialize) -> Result<()> {
    let context = || format!("cannot write {}", path.display());
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(context)?;
    let header = file.metadata().with_context(context)?.len() == 0;
    let mut writer = csv::WriterBuilder::new()
        .has_headers(header)
        .from_writer(file);
    writer.serialize(row).with_context(context)?;
    writer.flush().with_context(context)
}

fn read<Row: DeserializeOwned>(path: &Path) -> Result<Vec<Row>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let bytes = files::read(path)?;
    // A kill may have cut the last row short.
    let whole = bytes.iter().rposition(|&byte| byte == b'\n');
    let whole = whole.map_or(0, |end| end + 1);
    let mut reader = csv::Reader::from_reader(&bytes[..whole]);
    let rows = reader.deserialize().collect::<Result<_, _>>();
    rows.with_context(|| format!("{} is damaged", path.display()))
}

fn truncate<Row: Serialize + DeserializeOwned>(
    path: &Path,
    keep: impl Fn(&Row) -> bool,
) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in read::<Row>(path)?.iter().filter(|row| keep(row)) {
        writer.serialize(row)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| anyhow!("cannot rewrite {}: {error}", path.display()))?;
    if bytes.is_empty() {
        return fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()));
    }
    files::write_whole(path, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_a_kill_cut_short_is_left_out_and_a_damaged_one_told() {
        let folder = temp_dir::TempDir::new().unwrap();
        let mut log = TrainLog::open(folder.path(), 0, false).unwrap();
        for step in 1..=3 {
            let row = StepRow {
                step,
                loss: 0.5,
                learning_rate: 0.1,
                reward: None,
            };
            log.step(&row).unwrap();
        }
        let path = folder.path().join(STEPS);
        let whole = fs::read_to_string(&path).unwrap();
        let steps = || rows(folder.path()).map(|(steps, _)| steps.len());
        assert_eq!(steps().unwrap(), 3);
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let ends = whole[..length].matches('\n').count();
            assert_eq!(steps().unwrap(), ends.saturating_sub(1));
        }
        for damaged in [
            whole.replace("step", "stop"),
            whole.replacen("0.5", "0x5", 1),
        ] {
            fs::write(&path, &damaged).unwrap();
            assert!(
                steps()
                    .unwrap_err()
                    .to_string()
                    .contains("log.csv is damaged")
            );
            assert!(TrainLog::open(folder.path(), 3, false).is_err());
            assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
        }
    }
}
