//! `glimpse features`: the image network runs once over a data set, not once per epoch.

mod cache;
mod names;
mod view;

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use image::RgbImage;
use model_export::photo;

pub(crate) use cache::{FeatureCache, FeatureWriter, Key};
pub(crate) use view::{View, Views};

use crate::data::{CaptionedPhoto, Dataset, Format};
use crate::device::DeviceChoice;
use crate::encoder_weights::{EncoderArguments, EncoderWeights};
use crate::preset::Preset;

/// Photos in one pass through the network.
const BATCH: usize = 8;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Data set: a folder in one of the layouts of --format.
    #[arg(long)]
    data: PathBuf,
    /// The data set's layout; told by its files where not given.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The preset whose encoder is meant: one that `glimpse presets` lists, or a .toml file.
    #[arg(long, value_name = "NAME", default_value = "glimpse")]
    preset: String,
    #[command(flatten)]
    encoder: EncoderArguments,
    #[command(flatten)]
    views: Views,
    /// Folder of the feature cache.
    #[arg(long, default_value = "features")]
    features: PathBuf,
    /// Where the image network runs.
    #[arg(long, value_enum, default_value = "cpu")]
    device: DeviceChoice,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let dataset = Dataset::open(&arguments.data, arguments.format)?;
    dataset.report();
    let device = arguments.device.open()?;
    let config = arguments
        .encoder
        .config(Preset::open(&arguments.preset)?.image)?;
    let weights = EncoderWeights::open(
        config.architecture,
        arguments.encoder.encoder_weights.as_deref(),
    )?;
    let (encoder, _) = weights.load(config.feature_layer, &device)?;
    let key = Key::new(config, weights.checksum());
    let mut writer = FeatureWriter::open(&arguments.features, &key)?;

    let beside = arguments.views.beside();
    let train_views: Vec<_> = arguments.views.list().into_iter().chain(beside).collect();
    let dev_views: Vec<_> = std::iter::once(View::Upright).chain(beside).collect();
    let train = each_in(&dataset.train, &train_views);
    let dev = each_in(&dataset.dev, &dev_views);
    // A photo may be in both splits.
    let mut seen = HashSet::new();
    let wanted: Vec<_> = train
        .chain(dev)
        .filter(|(name, view)| {
            let key = view.key(name);
            !writer.holds(&key) && seen.insert(key)
        })
        .collect();
    if writer.rows() > 0 {
        eprintln!(
            "{} photos and views are in the cache already",
            writer.rows()
        );
    }
    let progress = crate::progress::photos(wanted.len());
    let clock = Instant::now();
    let mut skipped = Vec::new();
    for batch in wanted.chunks(BATCH) {
        let mut read = Vec::new();
        let mut photos: Vec<RgbImage> = Vec::new();
        for &(name, view) in batch {
            let bytes = dataset.photos.read(name);
            let decoded = bytes.and_then(|bytes| Ok(photo::decode(&bytes)?));
            match decoded {
                Ok(upright) => {
                    let seen = view.of(&upright, name);
                    photos.push(photo::squash(&seen, key.preparation.size));
                    read.push(view.key(name));
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
    let computed = wanted.len() - skipped.len();
    eprintln!(
        "{} photos in {}, {} skipped; {computed} computed, {:.1} a second",
        writer.rows(),
        writer.folder().display(),
        skipped.len(),
        computed as f64 / clock.elapsed().as_secs_f64().max(f64::MIN_POSITIVE)
    );
    Ok(())
}

/// The names of photos, with each of the views.
fn each_in<'a>(
    photos: &'a [CaptionedPhoto],
    views: &'a [View],
) -> impl Iterator<Item = (&'a str, View)> {
    photos
        .iter()
        .flat_map(|photo| views.iter().map(|&view| (photo.name.as_str(), view)))
}
