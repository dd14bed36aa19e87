//! Captioned photos on disk, in the layouts that people have.

mod builder;
mod captions;
mod coco;
pub(crate) mod conceptual_captions;
mod diet;
mod flickr30k;
mod flickr8k;
mod format;
mod image_folder;
mod karpathy;
mod photos;
mod split;
mod web_dataset;

use std::collections::HashSet;
use std::path::Path;

use anyhow::Result;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

pub use diet::Serving;
pub(crate) use diet::{Diet, DietSet};
pub use format::Format;
pub(crate) use photos::PhotoSource;
pub use split::Split;

/// Share of the photos that is held out for validation, where nothing else is said.
pub const HOLD_OUT: f64 = 0.05;

/// One photo and what people said of it.
#[derive(Clone, Debug)]
pub struct CaptionedPhoto {
    /// The photo's name in the data set: its key in the feature cache.
    pub name: String,
    /// Its captions, as they stand in the data set.
    pub captions: Vec<String>,
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
    /// Where its photos are.
    pub(crate) photos: PhotoSource,
    /// Photos with captions, in the order of the data set's list.
    pub train: Vec<CaptionedPhoto>,
    /// As `train`.
    pub dev: Vec<CaptionedPhoto>,
    /// What was left out.
    pub(crate) defects: Defects,
}

/// What a data set's files contradict each other in.
#[derive(Debug, Default)]
pub(crate) struct Defects {
    /// Listed photos that have no caption.
    pub(crate) without_captions: Vec<String>,
    /// Photos with captions whose file is missing.
    pub(crate) without_file: Vec<String>,
    /// Photos whose name has a line break or another control character, which is written as an escape here.
    pub(crate) with_control_character: Vec<String>,
    /// Photos with captions that no split's list has.
    pub(crate) without_split: Vec<String>,
    /// Photos to train on that are in a validation split, of a data set beside this one.
    pub(crate) in_validation: Vec<String>,
    /// Photos that are listed twice; their captions are put together.
    pub(crate) repeated: Vec<String>,
    /// Photos with the same caption twice; both are kept.
    pub(crate) with_repeated_caption: Vec<String>,
}

impl Dataset {
    /// Opens a data set in a layout, or in the one that its files tell.
    ///
    /// # Errors
    /// When one of its files is missing or cannot be understood.
    pub fn open(folder: &Path, format: Option<Format>) -> Result<Self> {
        let format = match format {
            Some(format) => format,
            None => Format::detect(folder)?,
        };
        format.open(folder)
    }

    /// Takes photos that another data set validates, by their names, out of those to train on.
    fn leave_out_validation(&mut self, dev: &HashSet<String>) {
        let out = self.train.extract_if(.., |photo| dev.contains(&photo.name));
        self.defects
            .in_validation
            .extend(out.map(|photo| photo.name));
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

    /// The photos of a split.
    pub fn split(&self, split: Split) -> &[CaptionedPhoto] {
        match split {
            Split::Train => &self.train,
            Split::Dev => &self.dev,
        }
    }

    /// Prints how much is there and names what is missing.
    pub fn report(&self) {
        let captions = |photos: &[CaptionedPhoto]| -> usize {
            photos.iter().map(|photo| photo.captions.len()).sum()
        };
        eprintln!(
            "{}: {} photos with {} captions to train on, {} with {} for validation",
            self.name,
            self.train.len(),
            captions(&self.train),
            self.dev.len(),
            captions(&self.dev),
        );
        let defects = &self.defects;
        for (what, names) in [
            (
                "left out: {} photos without a caption",
                &defects.without_captions,
            ),
            (
                "left out: {} photos whose file is missing",
                &defects.without_file,
            ),
            (
                "left out: {} photos with a line break or another control character in their name",
                &defects.with_control_character,
            ),
            (
                "left out: {} captioned photos that are in no split",
                &defects.without_split,
            ),
            (
                "left out: {} photos that another data set validates",
                &defects.in_validation,
            ),
            ("listed twice: {} photos", &defects.repeated),
            (
                "the same caption twice: {} photos",
                &defects.with_repeated_caption,
            ),
        ] {
            if let Some(first) = names.first() {
                let what = what.replace("{}", &names.len().to_string());
                eprintln!("{what}, the first is {first}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(photos: usize) -> Dataset {
        Dataset {
            name: "made up".to_owned(),
            photos: PhotoSource::Folders(Vec::new()),
            train: (0..photos)
                .map(|index| CaptionedPhoto {
                    name: format!("{index:05}.jpg"),
                    captions: vec!["a dog".to_owned(), "a cat".to_owned()],
                })
                .collect(),
            dev: Vec::new(),
            defects: Defects::default(),
        }
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
