//! The features of a data set's photos, as far as the cache lacks them.

use std::collections::HashSet;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use image::RgbImage;
use model_export::encoder::{Encoder, EncoderConfig};
use model_export::photo;
use rayon::prelude::*;

use super::cache::{FeatureCache, FeatureWriter, Key};
use super::content::Content;
use super::known_photos::{self, KnownPhotos};
use super::part::Part;
use super::row_key::RowKey;
use super::view::{View, Views};
use crate::data::Dataset;
use crate::encoder_weights::EncoderWeights;
use crate::memory;
use crate::passes::{PHOTOS_PER_PASS, in_passes};

/// Photos that are read before those that the cache lacks are computed together, on all cores.
const CHUNK: usize = 32;

/// Computes what the cache below `folder` lacks of a data set's photos in `views`: nothing is written where it has all.
///
/// # Errors
/// As [`compute`].
pub(crate) fn complete(
    dataset: &Dataset,
    config: EncoderConfig,
    weights: &EncoderWeights,
    views: Views,
    folder: &Path,
    device: &Device,
) -> Result<()> {
    let key = Key::new(config, weights.checksum());
    let there = match FeatureCache::made(folder, &key)? {
        true => FeatureCache::open(folder, &key, false)?.has_all(dataset, views)?,
        false => false,
    };
    if there {
        return Ok(());
    }
    eprintln!("{}: computing its features, once", dataset.name);
    compute(dataset, config, weights, views, folder, None, device)
}

/// Computes the features of a data set's photos in `views` and keeps them in the cache below `folder`. Photos that
/// cannot be read are named and left out. Of a `part` its photos alone are looked at, and what comes of them is kept in
/// a folder of its own, which readers of the cache read too.
///
/// # Errors
/// When no photo can be read, when the network or the disk fails, or another program is using the cache.
pub fn compute(
    dataset: &Dataset,
    config: EncoderConfig,
    weights: &EncoderWeights,
    views: Views,
    folder: &Path,
    part: Option<Part>,
    device: &Device,
) -> Result<()> {
    let (encoder, _) = weights.load(config.feature_layer, device)?;
    let encoder = encoder.with_kernels(device);
    memory::give_back();
    let key = Key::new(config, weights.checksum());
    // Other parts may be in work now: a part looks at nothing but itself.
    let (root, beside) = match part {
        Some(part) => (part.folder(folder), None),
        None => (
            folder.to_owned(),
            Some(FeatureCache::open_parts(folder, &key)?),
        ),
    };
    let writer = FeatureWriter::open(&root, &key)?;
    let mut known = KnownPhotos::open(writer.folder(), dataset)?;
    if let Some(parts) = &beside {
        known.take(parts.known(dataset)?);
    }

    let [train_views, dev_views] = [views.of_training(), views.of_validation()];
    let train = || dataset.train.iter().map(|photo| photo.name.as_str());
    let dev = || dataset.dev.iter().map(|photo| photo.name.as_str());
    // A photo may be in both splits; training has all views that validation has.
    let mut dev_alone: HashSet<_> = dev().collect();
    for name in train() {
        dev_alone.remove(name);
    }
    let mut photos: Vec<_> = train()
        .map(|name| (name, train_views.as_slice()))
        .chain(
            dev()
                .filter(|name| dev_alone.contains(name))
                .map(|name| (name, dev_views.as_slice())),
        )
        .collect();
    if let Some(part) = part {
        photos = photos[part.range(photos.len())].to_vec();
    }

    let clock = Instant::now();
    let mut work = Work {
        writer,
        beside,
        encoder: &encoder,
        key: &key,
        device,
        computed: 0,
    };
    // Written as it comes: of millions of photos it would take much memory.
    let mut list = known.replacement()?;
    let (mut there, mut skipped) = (0, 0);
    let progress = crate::progress::photos(photos.len());
    for chunk in photos.chunks(CHUNK) {
        let mut skip = |name: &str, error: &anyhow::Error| {
            progress.suspend(|| eprintln!("skipped {name}: {error:#}"));
            skipped += 1;
        };
        let mut lines = String::new();
        let mut lacking = Vec::new();
        for &(name, views) in chunk {
            match work.look(dataset, &known, name, views) {
                Ok(Found::Cached(line)) => {
                    there += 1;
                    list.write(line.as_bytes())?;
                }
                Ok(Found::Moved(line)) => {
                    there += 1;
                    lines += &line;
                }
                Ok(Found::Lacking(photo)) => lacking.push(photo),
                Err(error) => skip(name, &error),
            }
        }
        let mut prepared = Vec::new();
        for (photo, views) in lacking.iter().zip(work.prepare(&lacking)) {
            match views {
                Ok(views) => {
                    lines += &photo.line;
                    prepared.extend(views);
                }
                Err(error) => {
                    // That it was tried is noted, so that training does not try it again.
                    lines += &known_photos::unreadable(&photo.line);
                    skip(photo.name, &error);
                }
            }
        }
        work.compute(prepared)?;
        known.append(&lines)?;
        list.write(lines.as_bytes())?;
        progress.inc(chunk.len() as u64);
    }
    progress.finish();
    list.finish()?;
    let Work {
        writer, computed, ..
    } = work;
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
        skipped < photos.len() || photos.is_empty(),
        "none of the {} photos can be read: there is nothing to train on",
        photos.len()
    );
    ensure!(
        photos.len() > 1 || part.is_some(),
        "the features are there, but no photo is left for validation: `glimpse train` needs two at least, or another \
         data set beside this one"
    );
    Ok(())
}

/// What the cache knows of a photo.
enum Found<'a> {
    /// All of its views, and its line in the list of known photos.
    Cached(String),
    /// All of its views, but the list lacks this line: the file was touched, or is the same photo under another name.
    Moved(String),
    Lacking(Photo<'a>),
}

/// A photo whose views are not all in the cache.
struct Photo<'a> {
    name: &'a str,
    bytes: Vec<u8>,
    content: Content,
    views: &'a [View],
    /// In the list of known photos.
    line: String,
}

/// A view of a photo, ready for the network, and where its features go.
type Prepared = (RowKey, RgbImage);

/// The way of photos through the network into the cache.
struct Work<'a> {
    writer: FeatureWriter,
    /// What is there already beside the writer's.
    beside: Option<FeatureCache>,
    encoder: &'a Encoder,
    key: &'a Key,
    device: &'a Device,
    /// Views computed so far.
    computed: usize,
}

impl Work<'_> {
    fn holds(&self, key: RowKey) -> bool {
        let beside = self.beside.as_ref();
        self.writer.holds(key) || beside.is_some_and(|parts| parts.holds(key))
    }

    /// Looks for a photo's views in the cache, and reads the photo where it lacks some.
    fn look<'a>(
        &self,
        dataset: &Dataset,
        known: &KnownPhotos,
        name: &'a str,
        views: &'a [View],
    ) -> Result<Found<'a>> {
        let holds = |content| {
            let upright = RowKey::upright(content);
            views.iter().all(|&view| self.holds(upright.seen(view)))
        };
        let stamp = dataset.photos.stamp(name)?;
        if let Some(content) = known.content(name, stamp).filter(|&content| holds(content)) {
            return Ok(Found::Cached(known_photos::line(name, stamp, content)));
        }
        let bytes = dataset.photos.read(name)?;
        let content = Content::of(&bytes);
        let line = known_photos::line(name, stamp, content);
        if holds(content) {
            return Ok(Found::Moved(line));
        }
        Ok(Found::Lacking(Photo {
            name,
            bytes,
            content,
            views,
            line,
        }))
    }

    /// For each photo, those of its views that are not in the cache, or why there are none. On all cores.
    fn prepare(&self, photos: &[Photo]) -> Vec<Result<Vec<Prepared>>> {
        photos
            .par_iter()
            .map(|photo| {
                let upright = photo::decode(&photo.bytes)?;
                let keyed = photo
                    .views
                    .iter()
                    .map(|&view| (RowKey::upright(photo.content).seen(view), view));
                Ok(keyed
                    .filter(|&(key, _)| !self.holds(key))
                    .map(|(key, view)| {
                        let seen = view.of(&upright, photo.content);
                        (key, photo::squash(&seen, self.key.preparation.size))
                    })
                    .collect())
            })
            .collect()
    }

    /// Computes the features of views, and writes them in their order.
    ///
    /// # Errors
    /// When the network fails or the disk refuses.
    fn compute(&mut self, mut views: Vec<Prepared>) -> Result<()> {
        // The same photo may have two names.
        let mut seen = HashSet::new();
        views.retain(|&(key, _)| seen.insert(key));
        let (keys, photos): (Vec<_>, Vec<_>) = views.into_iter().unzip();
        let forward = |photos: &[RgbImage]| -> Result<Vec<f32>> {
            let pixels = photo::to_tensor(photos, &self.key.preparation, self.device);
            self.encoder
                .forward(pixels)
                .try_into_data()
                .context("the image network failed")?
                .try_into_vec::<f32>()
                .map_err(|error| anyhow::anyhow!("the image network failed: {error:?}"))
        };
        let features = in_passes(&photos, self.device, forward);
        for (keys, features) in keys.chunks(PHOTOS_PER_PASS).zip(features) {
            self.writer.append(keys, &features?)?;
        }
        self.computed += keys.len();
        Ok(())
    }
}
