//! The layouts, and how they are told apart.

use std::path::Path;

use anyhow::{Result, bail, ensure};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::photos::entries;
use super::{
    Dataset, coco, conceptual_captions, flickr8k, flickr30k, image_folder, karpathy, web_dataset,
};

/// A data set's layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Flickr8k.token.txt, lists of the splits' photos, Flicker8k_Dataset/.
    Flickr8k,
    /// results.csv or flickr_annotations_30k.csv or results_20130124.token, and a folder of photos.
    Flickr30k,
    /// annotations/captions_*.json and a folder of photos for each.
    Coco,
    /// Karpathy's dataset_*.json, with its splits, and folders of photos.
    Karpathy,
    /// A .tsv file of captions and links, and photos/ with the photos by their line's number.
    ConceptualCaptions,
    /// metadata.jsonl, metadata.csv or captions.csv beside the photos (Hugging Face's imagefolder).
    ImageFolder,
    /// .tar archives with a .txt or .json beside each photo.
    WebDataset,
}

impl Format {
    /// The layout that the files of a folder tell.
    ///
    /// # Errors
    /// When it is none of them.
    pub(super) fn detect(folder: &Path) -> Result<Self> {
        ensure!(
            folder.is_dir(),
            "there is no data set at {}: no such folder",
            folder.display()
        );
        let names: Vec<_> = entries(folder)?
            .iter()
            .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
            .collect();
        let has = |name: &str| names.iter().any(|found| found == name);
        let any = |test: &dyn Fn(&str) -> bool| names.iter().any(|name| test(name));
        let format = if any(&|name| name.starts_with("Flickr8k.") || name.starts_with("Flickr_8k."))
        {
            Self::Flickr8k
        } else if flickr30k::FILES.iter().any(|name| has(name)) {
            Self::Flickr30k
        } else if has(coco::ANNOTATIONS) {
            Self::Coco
        } else if any(&karpathy::is_captions_file) {
            Self::Karpathy
        } else if any(&|name| name.ends_with(".tsv")) {
            Self::ConceptualCaptions
        } else if image_folder::is_one(folder) {
            Self::ImageFolder
        } else if any(&|name| name.ends_with(".tar")) {
            Self::WebDataset
        } else {
            let known: Vec<_> = Self::value_variants()
                .iter()
                .filter_map(|format| {
                    let value = format.to_possible_value()?;
                    Some(format!("\n  {}: {}", value.get_name(), value.get_help()?))
                })
                .collect();
            bail!(
                "{} is in no layout that is known:{}",
                folder.display(),
                known.concat()
            );
        };
        Ok(format)
    }

    pub(super) fn open(self, folder: &Path) -> Result<Dataset> {
        match self {
            Self::Flickr8k => flickr8k::open(folder),
            Self::Flickr30k => flickr30k::open(folder),
            Self::Coco => coco::open(folder),
            Self::Karpathy => karpathy::open(folder),
            Self::ConceptualCaptions => conceptual_captions::open(folder),
            Self::ImageFolder => image_folder::open(folder),
            Self::WebDataset => web_dataset::open(folder),
        }
    }
}
