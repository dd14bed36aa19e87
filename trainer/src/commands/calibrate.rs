//! `glimpse calibrate`: fits how sure a model's captions are, and stores it in the model file.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use model_export::confidence::Logistic;
use trainer::arguments::share;
use trainer::calibrate::{Calibrated, calibrate, plot, table};
use trainer::data::{Dataset, Format, HOLD_OUT};
use trainer::device::DeviceChoice;
use trainer::{files, output};

#[derive(Args)]
#[command(
    after_help = "A caption counts as right where at least three fifths of its content words are in some reference of \
                  its photo, a word where a reference has it. All figures are for photos that the fit has not seen: \
                  those of each fifth come from a fit to the other four. What is stored is a fit to all."
)]
pub(crate) struct Arguments {
    /// Model file.
    model: PathBuf,
    /// Data set whose validation photos are captioned; may be given more than once.
    #[arg(long, required = true)]
    data: Vec<PathBuf>,
    /// The data sets' layout; told by their files where not given.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Refuse a data set if anything of it would be left out.
    #[arg(long)]
    strict: bool,
    /// The model file to write: the same with the calibration in it.
    #[arg(long)]
    output: PathBuf,
    /// Draw the reliability diagram and the risk–coverage curve.
    #[arg(long, value_name = "PNG")]
    plot: Option<PathBuf>,
    /// Caption no more than this many photos of each data set: the first.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Share of the photos that training held out, where a data set has no validation split.
    #[arg(long, value_name = "SHARE", default_value_t = HOLD_OUT, value_parser = share)]
    hold_out: f64,
    /// Where the model runs.
    #[arg(long, default_value = "cpu")]
    device: DeviceChoice,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    files::check_writable(&arguments.output)?;
    if let Some(path) = &arguments.plot {
        files::check_writable(path)?;
    }
    let model = files::read(&arguments.model)?;
    let device = arguments.device.open()?.device;
    let datasets = arguments
        .data
        .iter()
        .map(|folder| {
            let mut dataset = Dataset::open(folder, arguments.format)?;
            dataset.hold_out(arguments.hold_out);
            if let Some(limit) = arguments.limit {
                dataset.dev.truncate(limit);
            }
            dataset.report();
            dataset.refuse(arguments.strict)?;
            Ok(dataset)
        })
        .collect::<Result<Vec<_>>>()?;
    let Calibrated {
        model,
        calibration,
        captions,
        words,
    } = calibrate(&model, &datasets, &device)
        .with_context(|| format!("cannot calibrate {}", arguments.model.display()))?;

    files::write_whole(&arguments.output, &model)?;
    if let Some(path) = &arguments.plot {
        plot(path, &captions)?;
    }
    let mut text = String::new();
    for (name, judged) in &captions {
        text += &format!("{}\n", table(name, judged, "photos"));
    }
    text += &format!("{}\n", table("content words", &words, "words"));
    text += &weights("caption", &calibration.caption);
    text += &weights("word", &calibration.word);
    output::print(&text)
}

/// What each feature counts for, in log-odds per standard deviation.
fn weights<Feature: std::fmt::Debug>(what: &str, fitted: &Logistic<Feature>) -> String {
    let mut text = format!("{what}: bias {:.3}\n", fitted.bias);
    for input in &fitted.inputs {
        text += &format!("  {:+.3}  {:?}\n", input.weight, input.feature);
    }
    text
}
