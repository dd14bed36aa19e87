//! A data set as it was read: photos, captions and splits.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::captions::Captions;
use super::defects::Defects;
use super::journal::Journal;
use super::photo_id::PhotoId;
use super::photos::PhotoSource;
use crate::features::Content;
use crate::memory;

/// Share of the photos that is held out for validation, where nothing else is said.
pub const HOLD_OUT: f64 = 0.05;

/// One photo and what people said of it.
#[derive(Clone, Debug, Default)]
pub struct CaptionedPhoto {
    /// The photo's name: its path below the data folder, or below the archive's name.
    pub name: String,
    /// Its captions, as they stand in the data set.
    pub captions: Captions,
    /// What its file holds, once that is known: see [`crate::features::FeatureCache::identify`].
    pub(crate) content: Content,
}

/// What photos are drawn for; draws for one tell nothing of those for another.
#[derive(Clone, Copy)]
enum Purpose {
    Subset,
    Validation,
}

impl CaptionedPhoto {
    /// A number in 0 to 1 that the name and what it is drawn for decide.
    fn draw(&self, purpose: Purpose) -> f64 {
        let name = crc32fast::hash(self.name.as_bytes());
        let mut random = ChaCha8Rng::seed_from_u64(u64::from(name));
        random.set_stream(purpose as u64);
        random.random()
    }
}

/// A data set, its counts checked against the photos that are there.
#[derive(Debug)]
pub struct Dataset {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Its layout, and what tells it.
    pub(super) layout: String,
    /// The numbers that COCO's tools know photos by.
    pub(super) ids: HashMap<String, PhotoId>,
    /// Where its photos are.
    pub(crate) photos: PhotoSource,
    /// Photos with captions, in the order of the data set's list.
    pub train: Vec<CaptionedPhoto>,
    /// As `train`.
    pub dev: Vec<CaptionedPhoto>,
    /// What the photos of its test split are called. Their captions are in no data set: see
    /// [`super::EvaluationSet`].
    pub(crate) test: HashSet<String>,
    /// What was left out.
    pub(super) defects: Defects,
    /// What is to be said of its files.
    pub(super) journal: Journal,
}

impl Dataset {
    /// Takes photos out of those to train on, where others are left.
    ///
    /// # Returns
    /// The names of those that are meant.
    pub(super) fn take_out_of_training(
        &mut self,
        is_meant: impl Fn(&PhotoSource, &CaptionedPhoto) -> bool,
    ) -> Vec<String> {
        let (meant, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.train)
            .into_iter()
            .partition(|photo| is_meant(&self.photos, photo));
        let names = meant.iter().map(|photo| photo.name.clone()).collect();
        self.train = if others.is_empty() { meant } else { others };
        names
    }

    /// Takes the photos of its own test split out of those to train and to validate on, whether others are left or
    /// not.
    pub(super) fn keep_out_test_photos(&mut self) {
        let test = std::mem::take(&mut self.test);
        self.keep_out(|_, photo| test.contains(&photo.name));
        self.test = test;
    }

    /// Takes photos of a test split out of those to train and to validate on, whether others are left or not.
    pub(super) fn keep_out(&mut self, is_meant: impl Fn(&PhotoSource, &CaptionedPhoto) -> bool) {
        for photos in [&mut self.train, &mut self.dev] {
            let meant = photos.extract_if(.., |photo| is_meant(&self.photos, photo));
            self.defects.in_test.extend(meant.map(|photo| photo.name));
        }
    }

    /// Where the data set has no validation photos, takes a share of its photos for that, decided by
    /// their names alone; of two or more photos at least one.
    pub fn hold_out(&mut self, share: f64) {
        if self.dev.is_empty() && self.train.len() > 1 {
            let draw = |photo: &CaptionedPhoto| photo.draw(Purpose::Validation);
            let lowest = self.train.iter().map(draw).fold(1.0, f64::min);
            (self.dev, self.train) = std::mem::take(&mut self.train)
                .into_iter()
                .partition(|photo| draw(photo) < share || draw(photo) <= lowest);
        }
    }

    /// Keeps as many of the training photos as have `captions` captions, drawn by their names alone.
    pub(crate) fn draw(&mut self, captions: usize) {
        let mut draws: Vec<_> = self
            .train
            .iter()
            .map(|photo| (photo.draw(Purpose::Subset), photo.captions.len()))
            .collect();
        draws.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut drawn = 0;
        let end = draws.iter().find(|(_, count)| {
            drawn += count;
            drawn > captions
        });
        if let Some(&(end, _)) = end {
            self.train.retain(|photo| photo.draw(Purpose::Subset) < end);
        }
    }

    /// Lets the captions go, which take most of a large data set's memory, where its photos alone are of use.
    pub fn without_captions(mut self) -> Self {
        for photo in self.train.iter_mut().chain(&mut self.dev) {
            photo.captions = Captions::default();
        }
        memory::give_back();
        self
    }

    /// A number that changes with its photos, their captions and what their files hold, as far as that is known.
    pub(crate) fn fingerprint(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        for (split, photos) in [("train", &self.train), ("dev", &self.dev)] {
            hasher.update(split.as_bytes());
            for photo in photos {
                let line = format!("{}\n{}\n{:?}", photo.name, photo.content, photo.captions);
                hasher.update(line.as_bytes());
            }
        }
        hasher.finalize()
    }

    /// What a results file calls photos: by COCO's numbers, so that its own tools take the file, where all have one
    /// of their own; else by their names.
    pub fn ids(&self, photos: &[CaptionedPhoto]) -> Vec<PhotoId> {
        let ids: Vec<_> = photos.iter().map(|photo| self.id(photo)).collect();
        let different: HashSet<_> = ids.iter().collect();
        if different.len() == photos.len() {
            return ids;
        }
        let names = photos.iter().map(|photo| photo.name.clone());
        names.map(PhotoId::Name).collect()
    }

    /// COCO's number of a photo, as a list has it or its file's name, or else its name.
    pub(crate) fn id(&self, photo: &CaptionedPhoto) -> PhotoId {
        let id = self.ids.get(&photo.name).cloned();
        id.or_else(|| PhotoId::of_coco_file(&photo.name))
            .unwrap_or_else(|| PhotoId::Name(photo.name.clone()))
    }

    /// How many photos' files are missing.
    #[cfg(test)]
    pub(crate) fn missing(&self) -> usize {
        self.defects.without_file.len()
    }

    /// A data set of photos that are nowhere.
    #[cfg(test)]
    pub(crate) fn made_up(folder: &std::path::Path, train: &[&str], dev: &[&str]) -> Self {
        let photos = |names: &[&str]| {
            let photo = |name: &&str| CaptionedPhoto {
                name: (*name).to_owned(),
                captions: Captions::from_iter(["a dog", "a cat"]),
                ..CaptionedPhoto::default()
            };
            names.iter().map(photo).collect()
        };
        Self {
            name: "made up".to_owned(),
            folder: folder.to_owned(),
            layout: String::new(),
            ids: HashMap::new(),
            photos: PhotoSource::Files(folder.to_owned()),
            train: photos(train),
            dev: photos(dev),
            test: HashSet::new(),
            defects: Defects::default(),
            journal: Journal::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(photos: usize) -> Dataset {
        let names: Vec<_> = (0..photos).map(|index| format!("{index:05}.jpg")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        Dataset::made_up(std::path::Path::new(""), &names, &[])
    }

    #[test]
    fn a_share_is_held_out_of_what_is_drawn() {
        let mut data = dataset(5000);
        data.draw(4000);
        assert_eq!(data.train.len(), 2000);
        data.hold_out(0.2);
        // Six standard deviations of 2000 draws.
        let held_out = data.dev.len() as f64 / 2000.0;
        assert!((held_out - 0.2).abs() < 0.054, "{held_out}");
        assert_eq!(data.train.len() + data.dev.len(), 2000);
        let again = || {
            let mut data = dataset(5000);
            data.draw(4000);
            data.hold_out(0.2);
            data.dev.into_iter().map(|photo| photo.name)
        };
        assert!(again().eq(data.dev.into_iter().map(|photo| photo.name)));
    }

    #[test]
    fn one_photo_of_several_is_held_out_whatever_the_share() {
        for (photos, held_out) in [(0, 0), (1, 0), (2, 1), (10, 1)] {
            let mut data = dataset(photos);
            data.hold_out(1e-6);
            assert_eq!(data.dev.len(), held_out);
            assert_eq!(data.train.len(), photos - held_out);
        }
    }

    #[test]
    fn a_data_set_with_a_validation_split_keeps_it() {
        let mut data = dataset(100);
        data.dev = data.train.split_off(90);
        data.hold_out(0.5);
        assert_eq!((data.train.len(), data.dev.len()), (90, 10));
        data.draw(1_000_000);
        assert_eq!(data.train.len(), 90);
    }
}
