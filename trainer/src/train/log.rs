//! The run's log as CSV, and its curves.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use plotters::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{files, picture};

/// The mean loss of the steps since the row before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StepRow {
    pub(super) step: u64,
    pub(super) loss: f64,
    pub(super) learning_rate: f64,
    /// Mean CIDEr-D (0 to 10) of drawn captions, in self-critical training.
    pub(super) reward: Option<f64>,
}

/// Measures on the validation photos after an epoch: the mean over data sets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ValidationRow {
    pub(super) epoch: usize,
    pub(super) step: u64,
    pub(super) cross_entropy: f64,
    pub(super) accuracy: f64,
    /// CIDEr-D (0 to 10) of greedy captions.
    pub(super) cider: f64,
    /// Time of the epoch's training since the run was last started.
    pub(super) seconds: f64,
}

/// The same of one data set's photos.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SetRow {
    pub(super) epoch: usize,
    pub(super) step: u64,
    /// The data set's name.
    pub(super) set: String,
    pub(super) cross_entropy: f64,
    pub(super) accuracy: f64,
    /// CIDEr-D (0 to 10) of greedy captions.
    pub(super) cider: f64,
}

pub(super) struct TrainLog {
    steps: PathBuf,
    validation: PathBuf,
    sets: PathBuf,
    loss_plot: PathBuf,
    accuracy_plot: PathBuf,
    cider_plot: PathBuf,
}

impl TrainLog {
    /// Opens the log; rows after `step` are of steps that the resumed run does again.
    pub(super) fn open(folder: &Path, step: u64) -> Result<Self> {
        let this = Self {
            steps: folder.join("log.csv"),
            validation: folder.join("validation.csv"),
            sets: folder.join("validation-sets.csv"),
            loss_plot: folder.join("loss.png"),
            accuracy_plot: folder.join("accuracy.png"),
            cider_plot: folder.join("cider.png"),
        };
        truncate(&this.steps, |row: &StepRow| row.step <= step)?;
        truncate(&this.validation, |row: &ValidationRow| row.step <= step)?;
        truncate(&this.sets, |row: &SetRow| row.step <= step)?;
        Ok(this)
    }

    pub(super) fn step(&mut self, row: &StepRow) -> Result<()> {
        append(&self.steps, row)
    }

    pub(super) fn validation(&mut self, row: &ValidationRow) -> Result<()> {
        append(&self.validation, row)
    }

    pub(super) fn set(&mut self, row: &SetRow) -> Result<()> {
        append(&self.sets, row)
    }

    /// Draws loss, accuracy and CIDEr by step.
    pub(super) fn plot(&self) -> Result<()> {
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
        curves(
            &self.loss_plot,
            "nats per word",
            &[
                ("training loss (smoothed labels, dropout)", training),
                ("validation cross-entropy", cross_entropy),
            ],
        )?;
        curves(
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
        curves(
            &self.cider_plot,
            "CIDEr-D times 100",
            &[
                ("validation, greedy captions", validation),
                ("training, drawn captions ([END] is a word)", rewards),
            ],
        )
    }
}

type Curve = (&'static str, Vec<(u64, f64)>);

fn curves(path: &Path, unit: &str, curves: &[Curve]) -> Result<()> {
    let points = || curves.iter().flat_map(|(_, points)| points);
    let last = points().map(|(step, _)| *step).max().unwrap_or(1);
    let low = points().map(|(_, value)| *value).fold(f64::MAX, f64::min);
    let high = points().map(|(_, value)| *value).fold(f64::MIN, f64::max);
    if low > high {
        return Ok(());
    }
    let margin = ((high - low) * 0.05).max(1e-3);
    picture::write_png(path, (900, 540), |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(16)
            .x_label_area_size(44)
            .y_label_area_size(64)
            .build_cartesian_2d(0..last, (low - margin)..(high + margin))?;
        chart
            .configure_mesh()
            .x_desc("optimiser step")
            .y_desc(unit)
            .light_line_style(WHITE)
            .draw()?;
        for (index, (label, points)) in curves.iter().enumerate() {
            let color = Palette99::pick(index).to_rgba();
            chart
                .draw_series(LineSeries::new(
                    points.iter().copied(),
                    color.stroke_width(2),
                ))?
                .label(*label)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 20, y)], color.stroke_width(2))
                });
        }
        chart
            .configure_series_labels()
            .background_style(WHITE)
            .border_style(BLACK.mix(0.3))
            .draw()?;
        Ok(())
    })
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
    let mut reader =
        csv::Reader::from_path(path).with_context(|| format!("cannot read {}", path.display()))?;
    // A kill may have cut the last row short.
    Ok(reader.deserialize().map_while(Result::ok).collect())
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
