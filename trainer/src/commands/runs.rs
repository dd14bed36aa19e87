//! `glimpse runs`: training runs beside one another.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use trainer::runs::Comparison;
use trainer::{files, output};

#[derive(Args)]
#[command(
    after_help = "Scores are those of the epoch whose greedy captions of the validation photos had the highest \
                  CIDEr-D, which is printed times 100: `export` takes that epoch's weights."
)]
pub(crate) struct Arguments {
    /// Folders of runs, as `train --output` names them.
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// Also write a page with the runs' curves over one another.
    #[arg(long, value_name = "HTML")]
    report: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if let Some(path) = &arguments.report {
        files::check_writable(path)?;
    }
    let comparison = Comparison::open(&arguments.runs)?;
    if let Some(path) = &arguments.report {
        files::write_whole(path, comparison.page()?.as_bytes())?;
    }
    output::print(&comparison.text())
}
