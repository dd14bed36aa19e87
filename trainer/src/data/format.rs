//! The layouts, and how they are told apart.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::builder::Opened;
use super::photos::entries;
use super::split::TestSplit;
use super::{
    Dataset, coco, conceptual_captions, flickr8k, flickr30k, image_folder, karpathy, parquet,
    web_dataset,
};
use crate::memory;

/// A data set's layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Flickr8k.token.txt, lists of the splits' photos, Flicker8k_Dataset/; or Kaggle's captions.txt.
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
    /// .parquet files with a column of photos and one of captions, as Hugging Face's Hub has them.
    Parquet,
}

/// The layout that a folder's files tell.
pub(super) struct Told {
    pub(super) format: Format,
    /// The file that tells it.
    pub(super) by: String,
    /// What is said where another layout fits too.
    pub(super) notice: Option<String>,
}

impl Format {
    /// Its name on the command line.
    pub(super) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// The file of a folder that tells this layout.
    fn evidence(self, folder: &Path) -> Option<String> {
        match self {
            Self::Flickr8k => flickr8k::evidence(folder),
            Self::Flickr30k => flickr30k::evidence(folder),
            Self::Coco => coco::evidence(folder),
            Self::Karpathy => karpathy::evidence(folder),
            Self::ConceptualCaptions => conceptual_captions::evidence(folder),
            Self::ImageFolder => image_folder::evidence(folder),
            Self::WebDataset => web_dataset::evidence(folder),
            Self::Parquet => parquet::evidence(folder),
        }
    }

    /// A file of a folder that has only its name from this layout. Its reader says what is wrong with it.
    fn weak_evidence(self, folder: &Path) -> Option<String> {
        match self {
            Self::ConceptualCaptions => conceptual_captions::weak_evidence(folder),
            Self::ImageFolder => image_folder::weak_evidence(folder),
            _ => None,
        }
    }

    /// The layout that the files of a folder tell; where several fit, the first of them.
    ///
    /// # Errors
    /// When it is none of them.
    pub(super) fn detect(folder: &Path) -> Result<Told> {
        ensure!(
            !folder.is_file(),
            "{} is a file: a data set is the folder that it is in",
            folder.display()
        );
        ensure!(
            folder.is_dir(),
            "there is no data set at {}: no such folder",
            folder.display()
        );
        // The message says why if it cannot be read.
        entries(folder)?;
        let all = Self::value_variants().iter().copied();
        let mut fitting: Vec<_> = all
            .clone()
            .filter_map(|format| Some((format, format.evidence(folder)?)))
            .collect();
        if fitting.is_empty() {
            fitting.extend(all.filter_map(|format| Some((format, format.weak_evidence(folder)?))));
            fitting.truncate(1);
        }
        let notice = (fitting.len() > 1).then(|| {
            let all = fitting
                .iter()
                .map(|(format, file)| format!("{} ({file})", format.name()));
            format!(
                "{} fits several layouts, {}: --format NAME chooses another one than the first",
                folder.display(),
                all.collect::<Vec<_>>().join(" and ")
            )
        });
        let first = fitting.into_iter().next();
        first
            .map(|(format, by)| Told { format, by, notice })
            .with_context(|| {
                let known: Vec<_> = Self::value_variants()
                    .iter()
                    .filter_map(|format| {
                        let value = format.to_possible_value()?;
                        Some(format!("\n  {}: {}", value.get_name(), value.get_help()?))
                    })
                    .collect();
                format!(
                    "{} is in no layout that is known:{}",
                    folder.display(),
                    known.concat()
                )
            })
    }

    fn open(self, folder: &Path, test: TestSplit) -> Result<Opened> {
        match self {
            Self::Flickr8k => flickr8k::open(folder, test),
            Self::Flickr30k => flickr30k::open(folder, test),
            Self::Coco => coco::open(folder, test),
            Self::Karpathy => karpathy::open(folder, test),
            Self::ConceptualCaptions => conceptual_captions::open(folder, test),
            Self::ImageFolder => image_folder::open(folder, test),
            Self::WebDataset => web_dataset::open(folder, test),
            Self::Parquet => parquet::open(folder, test),
        }
    }
}

/// Opens a data set in a layout, or in the one that its files tell.
///
/// # Errors
/// When one of its files is missing or cannot be understood, or no photo is left.
pub(super) fn open(folder: &Path, format: Option<Format>, test: TestSplit) -> Result<Opened> {
    let (format, told_by, notice) = match format {
        Some(format) => (format, "--format".to_owned(), None),
        None => {
            let told = Format::detect(folder)?;
            (told.format, told.by, told.notice)
        }
    };
    let mut opened = match &notice {
        Some(notice) => format.open(folder, test).with_context(|| notice.clone())?,
        None => format.open(folder, test)?,
    };
    let dataset = &mut opened.dataset;
    dataset.layout = format!(
        "{}: read as {}, told by {told_by}",
        folder.display(),
        format.name()
    );
    dataset.journal.notices.extend(notice);
    memory::give_back();
    Ok(opened)
}

impl Dataset {
    /// Opens what training takes of a data set, in a layout or in the one that its files tell. Its test split is left
    /// alone.
    ///
    /// # Errors
    /// When one of its files is missing or cannot be understood, or no photo is left.
    pub fn open(folder: &Path, format: Option<Format>) -> Result<Self> {
        Ok(open(folder, format, TestSplit::LeftAlone)?.dataset)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use super::*;

    fn write(folder: &TempDir, name: &str, text: &str) {
        fs::write(folder.path().join(name), text).unwrap();
    }

    #[test]
    fn a_table_counts_only_if_it_is_one() {
        let folder = TempDir::new().unwrap();
        write(&folder, "a.jpg", "");
        write(&folder, "captions.csv", "file_name,text\na.jpg,A dog\n");
        write(&folder, "NOTES.tsv", "what\twhen\n");
        write(&folder, "metadata.csv", "camera,lens\n");
        write(&folder, "Flickr8k.notes.txt", "");
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert!(dataset.lines()[0].ends_with("read as image-folder, told by captions.csv"));
        assert_eq!(dataset.train.len(), 1);
    }

    #[test]
    fn two_layouts_that_fit_are_both_named() {
        let folder = TempDir::new().unwrap();
        write(&folder, "a.jpg", "");
        write(&folder, "captions.csv", "file_name,text\na.jpg,A dog\n");
        write(&folder, "results.csv", "a.jpg| 0| A cat\n");
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!(dataset.train[0].captions, ["A cat"]);
        let report = dataset.lines().join("\n");
        for says in [
            "flickr30k (results.csv)",
            "image-folder (captions.csv)",
            "--format",
        ] {
            assert!(report.contains(says), "{report}");
        }
        let chosen = Dataset::open(folder.path(), Some(Format::ImageFolder)).unwrap();
        assert_eq!(chosen.train[0].captions, ["A dog"]);
    }
}
