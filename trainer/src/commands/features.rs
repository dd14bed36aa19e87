//! `glimpse features`: the image network runs once over a data set.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use trainer::data::{Dataset, Format};
use trainer::device::DeviceChoice;
use trainer::encoder_weights::{EncoderOptions, EncoderWeights};
use trainer::features::{Part, Views, compute};
use trainer::train::recipe::Preset;

use super::given_names::GivenNames;
use super::preset_choice::PresetChoice;

#[derive(Args)]
pub(crate) struct Arguments {
    // First: what follows may take its values away.
    #[command(flatten)]
    given: GivenNames,
    /// Data set: a folder in one of the layouts of --format.
    #[arg(long)]
    data: PathBuf,
    /// The data set's layout; told by its files where not given.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Refuse the data set if anything of it would be left out.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    preset: PresetChoice,
    #[command(flatten)]
    encoder: EncoderOptions,
    #[command(flatten)]
    views: Views,
    /// Folder of the feature cache.
    #[arg(long, default_value = "features")]
    features: PathBuf,
    /// One of so many parts of the photos alone, as 3/16, for several processes or machines that share the folder of the
    /// cache: each keeps its own, and training reads all.
    #[arg(long, value_name = "PART/PARTS")]
    part: Option<Part>,
    /// Where the image network runs.
    #[arg(long, default_value = "cpu")]
    device: DeviceChoice,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let dataset = Dataset::open(&arguments.data, arguments.format)?;
    dataset.report();
    dataset.refuse(arguments.strict)?;
    let dataset = dataset.without_captions();
    let device = arguments.device.open()?.device;
    let photos = || Ok(dataset.train.len());
    let preset = arguments.preset.settle(&arguments.given, photos)?;
    let encoder = arguments.encoder.config(Preset::open(&preset)?.image)?;
    let weights = EncoderWeights::open(
        encoder.architecture,
        arguments.encoder.encoder_weights.as_deref(),
    )?;
    compute(
        &dataset,
        encoder,
        &weights,
        arguments.views,
        &arguments.features,
        arguments.part,
        &device,
    )
}
