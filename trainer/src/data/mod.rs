//! Captioned photos on disk.

mod coco;
mod flickr8k;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;

/// A part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Split {
    /// For training.
    Train,
    /// For choosing between models.
    Dev,
}

/// One photo and what people said of it.
#[derive(Clone, Debug)]
pub(crate) struct CaptionedPhoto {
    /// The file's name in the data set: its key in the feature cache.
    pub(crate) name: String,
    /// Its captions, as they stand in the data set.
    pub(crate) captions: Vec<String>,
}

/// A data set, its counts checked against the photos that are there.
#[derive(Debug)]
pub(crate) struct Dataset {
    /// Its name.
    pub(crate) name: String,
    /// The folder of its photos.
    pub(crate) photo_folder: PathBuf,
    /// Photos with captions, in the order of the split's list.
    pub(crate) train: Vec<CaptionedPhoto>,
    /// As `train`.
    pub(crate) dev: Vec<CaptionedPhoto>,
    /// Photos in a split's list that have no caption.
    pub(crate) without_captions: Vec<String>,
    /// Photos with captions whose file is missing.
    pub(crate) without_file: Vec<String>,
}

impl Dataset {
    /// Opens a data set in Flickr8k's layout, or in COCO's.
    ///
    /// # Errors
    /// When one of its files is missing or cannot be understood.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        if folder.join(coco::ANNOTATIONS).is_dir() {
            coco::open(folder)
        } else {
            flickr8k::open(folder)
        }
    }

    /// Adds another data set's photos to those to train on.
    pub(crate) fn extend(&mut self, other: Self) {
        self.name = format!("{} + {}", self.name, other.name);
        self.train.extend(other.train);
        self.without_captions.extend(other.without_captions);
        self.without_file.extend(other.without_file);
    }

    /// The photos of a split.
    pub(crate) fn split(&self, split: Split) -> &[CaptionedPhoto] {
        match split {
            Split::Train => &self.train,
            Split::Dev => &self.dev,
        }
    }

    /// Prints how much is there and names what is missing.
    pub(crate) fn report(&self) {
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
        for (what, names) in [
            ("without a caption", &self.without_captions),
            ("whose file is missing", &self.without_file),
        ] {
            if let Some(first) = names.first() {
                eprintln!(
                    "left out: {} photos {what}, the first is {first}",
                    names.len()
                );
            }
        }
    }
}
