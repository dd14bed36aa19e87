//! `glimpse benchmark`: the time of a training step.

use anyhow::Result;
use clap::{Args, Parser};
use trainer::device::DeviceChoice;
use trainer::output;
use trainer::train::benchmark;
use trainer::train::recipe::{Preset, TrainConfig};

use super::train;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Steps that are timed, after a few that are not.
    #[arg(long, default_value_t = 20)]
    steps: usize,
    /// Where the decoder trains.
    #[arg(long, default_value = "cpu")]
    device: DeviceChoice,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let device = arguments.device.open()?.device;
    let result = benchmark(&default_recipe()?, arguments.steps, &device)?;
    output::print(&format!("{result}\n"))
}

/// What `glimpse train` does with many photos when nothing but the data is said.
fn default_recipe() -> Result<TrainConfig> {
    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        arguments: train::Arguments,
    }
    // The preset is named, so that no photos are counted.
    let preset = format!("--preset={}", Preset::DEFAULT);
    Cli::try_parse_from(["train", &preset, "--data=DATA", "--output=RUN"])?
        .arguments
        .config()
}
