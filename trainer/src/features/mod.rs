//! `glimpse features`: the image network runs once over a data set, not once per epoch.

mod cache;

use std::collections::HashSet;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use image::RgbImage;
use indicatif::{ProgressBar, ProgressStyle};
use model_export::encoder::Architecture;
use model_export::photo;

pub(crate) use cache::{FeatureCache, FeatureWriter, Key};

use crate::data::Dataset;
use crate::device::DeviceChoice;
use crate::{encoder_weights, files};

/// Photos in one pass through the network.
const BATCH: usize = 8;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Data set in Flickr8k's layout.
    #[arg(long)]
    data: PathBuf,
    /// Folder of the feature cache.
    #[arg(long, default_value = "features")]
    features: PathBuf,
    /// Where the image network runs.
    #[arg(long, value_enum, default_value = "cpu")]
    device: DeviceChoice,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let dataset = Dataset::open(&arguments.data)?;
    dataset.report();
    let device = arguments.device.open()?;
    let architecture = Architecture::EfficientNetLite0;
    let encoder = encoder_weights::bundled(architecture, &device)?;
    let key = Key::new(architecture, encoder_weights::checksum(architecture));
    let mut writer = FeatureWriter::open(&arguments.features, &key)?;

    // A photo may be in both splits.
    let mut seen = HashSet::new();
    let names: Vec<_> = dataset
        .train
        .iter()
        .chain(&dataset.dev)
        .map(|photo| photo.name.as_str())
        .filter(|name| !writer.holds(name) && seen.insert(*name))
        .collect();
    if writer.rows() > 0 {
        eprintln!("{} photos are in the cache already", writer.rows());
    }
    let progress = ProgressBar::new(names.len() as u64).with_style(
        ProgressStyle::with_template("{bar:40} {pos}/{len} photos, {per_sec}, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let mut skipped = Vec::new();
    for batch in names.chunks(BATCH) {
        let mut read = Vec::new();
        let mut photos: Vec<RgbImage> = Vec::new();
        for &name in batch {
            let path = dataset.photo_folder.join(name);
            let decoded = files::read(&path).and_then(|bytes| Ok(photo::decode(&bytes)?));
            match decoded {
                Ok(upright) => {
                    photos.push(photo::squash(&upright, key.preparation.size));
                    read.push(name);
                }
                Err(error) => {
                    progress.suspend(|| eprintln!("skipped {name}: {error:#}"));
                    skipped.push(name);
                }
            }
        }
        if !photos.is_empty() {
            let pixels = photo::to_tensor(&photos, &key.preparation, &device);
            let features = encoder
                .forward(pixels)
                .try_into_data()
                .context("the image network failed")?
                .try_into_vec::<f32>()
                .map_err(|error| anyhow::anyhow!("the image network failed: {error:?}"))?;
            writer.append(&read, &features)?;
        }
        progress.inc(batch.len() as u64);
    }
    writer.finish()?;
    progress.finish();
    eprintln!(
        "{} photos in {}, {} skipped",
        writer.rows(),
        writer.folder().display(),
        skipped.len()
    );
    Ok(())
}
