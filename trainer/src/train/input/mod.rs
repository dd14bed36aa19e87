//! What training reads, made ready: data sets, cached features, vocabulary, and the photos of each step.

mod batch;
mod encoded;
mod packed;
mod pass;
mod reader;
mod text;
mod vocabulary;

use anyhow::{Result, ensure};
use burn::tensor::Device;
use model_export::vocabulary::Vocabulary;
use rand::Rng;
use rand::seq::SliceRandom;

pub(crate) use batch::{Batch, cached_features};
pub(crate) use encoded::{EncodedPhoto, encode};
pub(crate) use pass::Pass;
pub(crate) use reader::ValidationPhotos;
pub(crate) use text::CaptionText;

use super::recipe::{Sources, TrainConfig};
use super::stream::{Purpose, stream};
use crate::data::DietSize;
use crate::features::{self, FeatureCache, Key, View};
use crate::memory;
use packed::PackedPhotos;
use pass::SetShare;
use reader::Reader;
use vocabulary::vocabulary;

const NOT_VALIDATED: &str = "no photo is left for validation: a data set needs two photos at least, or a validation \
    split";

/// A photo of a step, and its place among those of all views.
pub(crate) type Seen = (usize, EncodedPhoto);

/// All that a run reads.
pub(crate) struct Input {
    pub(crate) vocabulary: Vocabulary,
    pub(crate) features: FeatureCache,
    /// The photos to validate on, by data set.
    pub(crate) validation: Vec<ValidationPhotos>,
    /// Captions without photos to train on too.
    pub(crate) text: Option<CaptionText>,
    /// The data sets' names, and what their photos, captions and splits are.
    pub(crate) fingerprints: Vec<(String, u32)>,
    /// How much they have.
    pub(crate) diet_size: DietSize,
    /// The training photos.
    photos: PackedPhotos,
    /// The data sets that they come from, one after the other.
    sets: Vec<SetShare>,
    /// The views that they are seen in.
    views: Vec<View>,
    photos_per_step: usize,
    captions_per_photo: Option<usize>,
    seed: u64,
}

impl Input {
    /// Reads all that a run reads, and settles what its configuration leaves to that. `known` is the vocabulary where
    /// the decoder has learned one already. Features that the cache lacks are computed on `device` first.
    ///
    /// # Errors
    /// When a file is missing or cannot be understood, or no photo of a data set can be read.
    pub(crate) fn read(
        config: TrainConfig,
        known: Option<Vocabulary>,
        device: &Device,
    ) -> Result<(TrainConfig, Self)> {
        let mut diet = config.diet()?;
        diet.report();
        for set in &diet.sets {
            set.dataset.refuse(config.sources.strict)?;
        }
        // Before features are computed for nothing.
        let is_validated = diet.sets.iter().any(|set| !set.dataset.dev.is_empty());
        ensure!(is_validated, NOT_VALIDATED);
        let encoder = config.encoder();
        let weights = config.encoder_weights()?;
        let Sources {
            features, views, ..
        } = &config.sources;
        for set in &diet.sets {
            features::complete(&set.dataset, encoder, &weights, *views, features, device)?;
        }
        let key = Key::new(encoder, weights.checksum());
        let features = FeatureCache::open(features, &key, views.mirrored_view)?;
        let mut fingerprints = Vec::new();
        for set in &mut diet.sets {
            features.identify(&mut set.dataset)?;
            fingerprints.push((set.dataset.name.clone(), set.dataset.fingerprint()));
        }
        let diet_size = diet.size();
        let vocabulary = match known {
            Some(vocabulary) => vocabulary,
            None => vocabulary(&diet, &config.recipe)?,
        };
        let config = config.with_vocabulary(&vocabulary)?;
        let reader = Reader {
            vocabulary: &vocabulary,
            features: &features,
            text: &config.recipe.text,
            max_words: config.recipe.decoder.max_words(),
        };
        let mut photos = PackedPhotos::default();
        let mut sets = Vec::new();
        let mut validation = Vec::new();
        for set in &mut diet.sets {
            sets.push(reader.train(set, &mut photos)?);
            validation.extend(reader.validation(set)?);
        }
        ensure!(!validation.is_empty(), NOT_VALIDATED);
        let text = match config.sources.text.as_slice() {
            [] => None,
            paths => Some(CaptionText::read(
                paths,
                diet.sets.iter().map(|set| &set.dataset),
                &vocabulary,
                config.recipe.text.rules,
                reader.train_words(),
                config.recipe.training.photos_per_step,
                config.learning.seed,
            )?),
        };
        drop(diet);
        memory::give_back();
        let input = Self {
            vocabulary,
            features,
            validation,
            text,
            fingerprints,
            diet_size,
            photos,
            sets,
            views: config.sources.views.list(),
            photos_per_step: config.recipe.training.photos_per_step,
            captions_per_photo: config.learning.captions_per_photo,
            seed: config.learning.seed,
        };
        Ok((config, input))
    }

    /// Steps in which every photo is seen once, or as its data set's share says.
    pub(crate) fn steps_per_pass(&self) -> u64 {
        let photos: usize = self.sets.iter().map(SetShare::photos_per_pass).sum();
        photos.div_ceil(self.photos_per_step) as u64
    }

    /// The photos of each step of a pass.
    pub(crate) fn pass(&self, pass: u64) -> Pass {
        Pass::new(
            &self.photos,
            &self.sets,
            self.photos_per_step,
            self.seed,
            pass,
        )
    }

    /// Photos of a step, each in a view and with captions drawn by the step alone, with their places among
    /// those of all views.
    ///
    /// # Errors
    /// When there is no photo at a place.
    pub(crate) fn seen(&self, places: impl Iterator<Item = usize>, step: u64) -> Result<Vec<Seen>> {
        let mut random = stream(self.seed, Purpose::Views, step).numbers();
        places
            .map(|place| {
                let view = random.random_range(0..self.views.len());
                let mut photo = self.photos.get(place)?;
                if let Some(count) = self.captions_per_photo {
                    photo.captions.shuffle(&mut random);
                    photo.captions.truncate(count);
                }
                Ok((
                    view * self.photos.len() + place,
                    photo.seen(self.views[view], &self.vocabulary),
                ))
            })
            .collect()
    }

    /// The training photos of all views, one view after the other.
    ///
    /// # Errors
    /// None that is known.
    pub(crate) fn photos_by_view(&self) -> Result<Vec<EncodedPhoto>> {
        let views = self.views.iter();
        views
            .flat_map(|&view| self.photos.seen(view, &self.vocabulary))
            .collect()
    }

    /// The captions to train on.
    pub(crate) fn captions(&self) -> impl Iterator<Item = Vec<u32>> {
        let photos = self.photos.iter().flatten();
        photos.flat_map(|photo| photo.captions)
    }
}
