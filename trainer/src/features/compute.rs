//! The features of a data set's photos, as far as the cache lacks them.

use std::collections::HashSet;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use image::RgbImage;
use model_export::encoder::{Encoder, EncoderConfig};
use model_export::photo;

use super::cache::{FeatureWriter, Key};
use super::content::Content;
use super::known_photos::{self, KnownPhotos};
use super::row_key::RowKey;
use super::view::{View, Views};
use crate::data::Dataset;
use crate::encoder_weights::EncoderWeights;

/// Photos in one pass through the network.
const BATCH: usize = 8;

/// Computes the features of a data set's photos in `views` and keeps them in the cache below `folder`. Photos that
/// cannot be read are named and left out.
///
/// # Errors
/// When no photo can be read, when the network or the disk fails, or another program is using the cache.
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
    let writer = FeatureWriter::open(folder, &key)?;
    let known = KnownPhotos::open(writer.folder(), dataset)?;

    let beside = views.beside();
    let train_views: Vec<_> = views.list().into_iter().chain(beside).collect();
    let dev_views: Vec<_> = std::iter::once(View::Upright).chain(beside).collect();
    // A photo may be in both splits; training has all views that validation has.
    let train: HashSet<_> = dataset.train.iter().map(|photo| &photo.name).collect();
    let dev = dataset
        .dev
        .iter()
        .filter(|photo| !train.contains(&photo.name));
    let train = dataset.train.iter();
    let photos: Vec<_> = train
        .map(|photo| (photo.name.as_str(), train_views.as_slice()))
        .chain(dev.map(|photo| (photo.name.as_str(), dev_views.as_slice())))
        .collect();

    let clock = Instant::now();
    let mut batch = Batch::new(writer, &encoder, &key, device);
    let mut list = String::new();
    let (mut there, mut skipped) = (0, 0);
    let progress = crate::progress::photos(photos.len());
    for &(name, wanted) in &photos {
        progress.inc(1);
        let mut cached = || -> Result<bool> {
            let stamp = dataset.photos.stamp(name)?;
            let content = known.content(name, stamp);
            if let Some(content) = content.filter(|&content| batch.has_all(content, wanted)) {
                list += &known_photos::line(name, stamp, content);
                return Ok(true);
            }
            let bytes = dataset.photos.read(name)?;
            let content = Content::of(&bytes);
            let line = known_photos::line(name, stamp, content);
            list += &line;
            let is_cached = batch.has_all(content, wanted);
            if !is_cached {
                batch.add(&photo::decode(&bytes)?, content, wanted);
            }
            batch.lines += &line;
            Ok(is_cached)
        };
        match cached() {
            Ok(is_cached) => there += usize::from(is_cached),
            Err(error) => {
                progress.suspend(|| eprintln!("skipped {name}: {error:#}"));
                skipped += 1;
            }
        }
        batch.compute(&known, BATCH)?;
    }
    batch.compute(&known, 1)?;
    progress.finish();
    known.replace(&list)?;
    let Batch {
        writer, computed, ..
    } = batch;
    let cache = writer.folder().to_owned();
    let dropped = writer.finish()?;
    if there > 0 {
        eprintln!("{there} photos were in the cache already, as they are");
    }
    if dropped > 0 {
        eprintln!("dropped {dropped} photos and views that are gone or have changed");
    }
    eprintln!(
        "{} photos in {}, {skipped} skipped; {computed} computed, {:.1} a second",
        photos.len() - skipped,
        cache.display(),
        computed as f64 / clock.elapsed().as_secs_f64().max(f64::MIN_POSITIVE)
    );
    ensure!(
        skipped < photos.len(),
        "none of the {} photos can be read: there is nothing to train on",
        photos.len()
    );
    ensure!(
        photos.len() > 1,
        "the features are there, but no photo is left for validation: `glimpse train` needs two at least, or another \
         data set beside this one"
    );
    Ok(())
}

/// Views of photos on their way through the network.
struct Batch<'a> {
    writer: FeatureWriter,
    encoder: &'a Encoder,
    key: &'a Key,
    device: &'a Device,
    keys: Vec<RowKey>,
    photos: Vec<RgbImage>,
    /// The lines of their photos in the list of those that are known.
    lines: String,
    /// Views computed so far.
    computed: usize,
}

impl<'a> Batch<'a> {
    fn new(writer: FeatureWriter, encoder: &'a Encoder, key: &'a Key, device: &'a Device) -> Self {
        Self {
            writer,
            encoder,
            key,
            device,
            keys: Vec::new(),
            photos: Vec::new(),
            lines: String::new(),
            computed: 0,
        }
    }

    fn has(&self, key: RowKey) -> bool {
        self.writer.holds(key) || self.keys.contains(&key)
    }

    /// Whether all these views of a photo are in the cache, or will be.
    fn has_all(&self, content: Content, views: &[View]) -> bool {
        let upright = RowKey::upright(content);
        views.iter().all(|&view| self.has(upright.seen(view)))
    }

    /// Adds those views of a photo that are not in the cache.
    fn add(&mut self, upright: &RgbImage, content: Content, views: &[View]) {
        for &view in views {
            let key = RowKey::upright(content).seen(view);
            if !self.has(key) {
                let seen = view.of(upright, content);
                self.photos
                    .push(photo::squash(&seen, self.key.preparation.size));
                self.keys.push(key);
            }
        }
    }

    /// Computes the features of what was added, if it is so much.
    ///
    /// # Errors
    /// When the network fails or the disk refuses.
    fn compute(&mut self, known: &KnownPhotos, least: usize) -> Result<()> {
        if self.photos.len() < least {
            return Ok(());
        }
        for (photos, keys) in self.photos.chunks(BATCH).zip(self.keys.chunks(BATCH)) {
            let pixels = photo::to_tensor(photos, &self.key.preparation, self.device);
            let features = self
                .encoder
                .forward(pixels)
                .try_into_data()
                .context("the image network failed")?
                .try_into_vec::<f32>()
                .map_err(|error| anyhow::anyhow!("the image network failed: {error:?}"))?;
            self.writer.append(keys, &features)?;
        }
        known.append(&self.lines)?;
        self.computed += self.keys.len();
        self.keys.clear();
        self.photos.clear();
        self.lines.clear();
        Ok(())
    }
}
