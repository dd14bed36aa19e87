//! The features of a data set's photos, as far as the cache lacks them.

use std::collections::HashSet;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use burn::tensor::Device;
use image::RgbImage;
use model_export::encoder::EncoderConfig;
use model_export::photo;

use super::cache::{FeatureWriter, Key};
use super::view::{View, Views};
use crate::data::{CaptionedPhoto, Dataset};
use crate::encoder_weights::EncoderWeights;

/// Photos in one pass through the network.
const BATCH: usize = 8;

/// Computes the features of a data set's photos in `views` and keeps them in the cache below `folder`. Photos that
/// cannot be read are named and left out.
///
/// # Errors
/// When the network or the disk fails, or another program is writing to the cache.
pub fn compute(
    dataset: &Dataset,
    config: EncoderConfig,
    weights: &EncoderWeights,
    views: Views,
    folder: &Path,
    device: &Device,
) -> Result<()> {
    let (encoder, _) = weights.load(config.feature_layer, device)?;
    let key = Key::new(config, weights.checksum());
    let mut writer = FeatureWriter::open(folder, &key)?;

    let beside = views.beside();
    let train_views: Vec<_> = views.list().into_iter().chain(beside).collect();
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
            let pixels = photo::to_tensor(&photos, &key.preparation, device);
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
