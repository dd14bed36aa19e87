//! A split of a data set as captions are scored on it.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::Args;

use super::builder::Opened;
use super::split::TestSplit;
use super::{CaptionedPhoto, Dataset, Format, HOLD_OUT, PhotoId, Split, format};
use crate::arguments::share;

/// Which photos of a data set's folder are captioned or scored, and how it is read.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq)]
pub struct FolderOptions {
    /// The layout of a data set's folder; told by its files where not given.
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Which photos of a data set's folder [default: dev].
    #[arg(long, value_enum)]
    pub split: Option<Split>,
    /// Share of a folder's photos that training held out, where the data set has no validation split
    /// [default: 0.05].
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub hold_out: Option<f64>,
    /// Refuse files of which anything would be left out.
    #[arg(long)]
    pub strict: bool,
}

impl FolderOptions {
    /// Whether one is given that only a folder has use for.
    pub fn choose_photos(&self) -> bool {
        self.format.is_some() || self.split.is_some() || self.hold_out.is_some()
    }
}

/// A split of a data set to score captions on. It alone holds captions of a test split: what is trained on is a
/// [`Dataset`], which has none.
#[derive(Debug)]
pub struct EvaluationSet {
    dataset: Dataset,
    split: Split,
    /// The test split, where that is it.
    test: Vec<CaptionedPhoto>,
}

impl EvaluationSet {
    /// Opens a folder, says what is read of it, and holds a share of the photos out where there are none for
    /// validation.
    ///
    /// # Errors
    /// When it cannot be understood, something would be left out and nothing may be, or the split is empty.
    pub fn open(folder: &Path, options: &FolderOptions) -> Result<Self> {
        let split = options.split.unwrap_or(Split::Dev);
        let test_split = match split {
            Split::Test => TestSplit::Read,
            Split::Train | Split::Dev => TestSplit::LeftAlone,
        };
        let Opened { mut dataset, test } = format::open(folder, options.format, test_split)?;
        dataset.hold_out(options.hold_out.unwrap_or(HOLD_OUT));
        dataset.report();
        dataset.refuse(options.strict)?;
        let this = Self {
            dataset,
            split,
            test,
        };
        ensure!(
            !this.photos().is_empty(),
            "no photo is left {}: {} has {} in all",
            split.purpose(),
            folder.display(),
            this.dataset.train.len() + this.dataset.dev.len() + this.test.len()
        );
        Ok(this)
    }

    /// The photos to score captions of.
    pub fn photos(&self) -> &[CaptionedPhoto] {
        match self.split {
            Split::Train => &self.dataset.train,
            Split::Dev => &self.dataset.dev,
            Split::Test => &self.test,
        }
    }

    /// Which photos of the data set they are.
    pub fn split(&self) -> Split {
        self.split
    }

    /// The file of each of the photos.
    ///
    /// # Errors
    /// When they are in archives.
    pub fn files(&self) -> Result<Vec<PathBuf>> {
        let source = &self.dataset.photos;
        self.photos()
            .iter()
            .map(|photo| source.file(&photo.name))
            .collect()
    }

    /// The data set that they are of, without its test split.
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// What a results file calls each of the photos.
    pub fn ids(&self) -> Vec<PhotoId> {
        self.dataset.ids(self.photos())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use super::*;
    use crate::data::parquet::tests::write_photo;

    /// Files of a data set in each layout, whose test photo, and it alone, shows a zebra.
    const LAYOUTS: [(Format, &[(&str, &str)]); 10] = [
        (
            Format::Flickr8k,
            &[
                (
                    "Flickr8k.token.txt",
                    "a.jpg#0\tA dog\nb.jpg#0\tA cat\nc.jpg#0\tA zebra\n",
                ),
                ("Flickr_8k.trainImages.txt", "a.jpg\n"),
                ("Flickr_8k.devImages.txt", "b.jpg\n"),
                ("Flickr_8k.testImages.txt", "c.jpg\n"),
            ],
        ),
        (
            Format::Flickr30k,
            &[(
                "flickr_annotations_30k.csv",
                "raw,split,filename\n\"[\"\"A dog\"\"]\",train,a.jpg\n\"[\"\"A cat\"\"]\",val,b.jpg\n\
                 \"[\"\"A zebra\"\"]\",test,c.jpg\n",
            )],
        ),
        (
            Format::Flickr30k,
            &[
                (
                    "results_20130124.token",
                    "a.jpg#0\tA dog\nb.jpg#0\tA cat\nc.jpg#0\tA zebra\n",
                ),
                ("train.txt", "a\n"),
                ("val.txt", "b.jpg\n"),
                ("test.txt", "c\n"),
            ],
        ),
        (
            Format::Coco,
            &[
                (
                    "annotations/captions_train2014.json",
                    r#"{"images": [{"id": 1, "file_name": "a.jpg"}],
                        "annotations": [{"image_id": 1, "caption": "A dog"}]}"#,
                ),
                (
                    "annotations/captions_val2014.json",
                    r#"{"images": [{"id": 2, "file_name": "b.jpg"}],
                        "annotations": [{"image_id": 2, "caption": "A cat"}]}"#,
                ),
                (
                    "annotations/captions_test2014.json",
                    r#"{"images": [{"id": 3, "file_name": "c.jpg"}],
                        "annotations": [{"image_id": 3, "caption": "A zebra"}]}"#,
                ),
            ],
        ),
        (
            Format::Karpathy,
            &[(
                "dataset_coco.json",
                r#"{"dataset": "coco", "images": [
                    {"filename": "a.jpg", "split": "train", "sentences": [{"raw": "A dog"}]},
                    {"filename": "b.jpg", "split": "val", "sentences": [{"raw": "A cat"}]},
                    {"filename": "c.jpg", "split": "test", "sentences": [{"raw": "A zebra"}]}]}"#,
            )],
        ),
        (
            Format::ConceptualCaptions,
            &[
                ("train.tsv", "A dog\thttp://x/1\n"),
                ("val.tsv", "A cat\thttp://x/2\n"),
                ("test.tsv", "A zebra\thttp://x/3\n"),
                ("photos/train/000000000.jpg", ""),
                ("photos/val/000000000.jpg", ""),
                ("photos/test/000000000.jpg", ""),
            ],
        ),
        (
            Format::ImageFolder,
            &[
                ("train/metadata.csv", "file_name,text\n1.jpg,A dog\n"),
                ("val/metadata.csv", "file_name,text\n1.jpg,A cat\n"),
                ("test/metadata.csv", "file_name,text\n1.jpg,A zebra\n"),
                ("train/1.jpg", ""),
                ("val/1.jpg", ""),
                ("test/1.jpg", ""),
            ],
        ),
        // A folder of a test split is one whatever table lists its photos.
        (
            Format::ImageFolder,
            &[
                (
                    "captions.csv",
                    "file_name,text\na.jpg,A dog\n./test/1.jpg,A zebra\n",
                ),
                ("val/captions.csv", "file_name,text\n1.jpg,A cat\n"),
                ("val/1.jpg", ""),
                ("test/1.jpg", ""),
            ],
        ),
        (
            Format::WebDataset,
            &[
                ("train.tar", "A dog"),
                ("val.tar", "A cat"),
                ("test.tar", "A zebra"),
            ],
        ),
        (
            Format::Parquet,
            &[
                ("data/train-00000-of-00001.parquet", "A dog"),
                ("data/validation-00000-of-00001.parquet", "A cat"),
                ("data/test-00000-of-00001.parquet", "A zebra"),
            ],
        ),
    ];

    fn write(folder: &TempDir, files: &[(&str, &str)]) {
        for photo in ["a.jpg", "b.jpg", "c.jpg"] {
            fs::write(folder.path().join(photo), "").unwrap();
        }
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            if name.ends_with(".tar") {
                fs::write(path, archive(text)).unwrap();
            } else if name.ends_with(".parquet") {
                write_photo(&path, text);
            } else {
                fs::write(path, text).unwrap();
            }
        }
    }

    /// A photo with a caption.
    fn archive(caption: &str) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, content) in [("0.jpg", "PHOTO"), ("0.txt", caption)] {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_cksum();
            tar.append_data(&mut header, name, content.as_bytes())
                .unwrap();
        }
        tar.into_inner().unwrap()
    }

    fn captions(photos: &[CaptionedPhoto]) -> Vec<&str> {
        let captions = photos.iter().flat_map(|photo| photo.captions.iter());
        captions.collect()
    }

    #[test]
    fn a_test_split_is_read_to_score_on_it_and_for_nothing_else() {
        for (format, files) in LAYOUTS {
            let folder = TempDir::new().unwrap();
            write(&folder, files);
            let trained_on = Dataset::open(folder.path(), Some(format)).unwrap();
            assert_eq!(captions(&trained_on.train), ["A dog"], "{format:?}");
            assert_eq!(captions(&trained_on.dev), ["A cat"], "{format:?}");
            // Whatever training looks at in a data set, it is not there.
            assert!(!format!("{trained_on:?}").contains("zebra"), "{format:?}");
            for (split, caption) in [
                (Split::Train, "A dog"),
                (Split::Dev, "A cat"),
                (Split::Test, "A zebra"),
            ] {
                let options = FolderOptions {
                    format: Some(format),
                    split: Some(split),
                    strict: true,
                    ..FolderOptions::default()
                };
                let set = EvaluationSet::open(folder.path(), &options).unwrap();
                assert_eq!(captions(set.photos()), [caption], "{format:?}");
                assert!(set.dataset.photos.read(&set.photos()[0].name).is_ok());
                assert_eq!(captions(&set.dataset.train), ["A dog"], "{format:?}");
                assert_eq!(set.dataset.fingerprint(), trained_on.fingerprint());
            }
        }
    }

    #[test]
    fn a_test_split_that_is_not_there_is_missed() {
        let folder = TempDir::new().unwrap();
        write(
            &folder,
            &[("captions.csv", "file_name,text\na.jpg,A dog\n")],
        );
        let options = FolderOptions {
            split: Some(Split::Test),
            ..FolderOptions::default()
        };
        let error = EvaluationSet::open(folder.path(), &options).unwrap_err();
        assert!(error.to_string().contains("for testing"), "{error}");
    }

    #[test]
    fn results_call_cocos_photos_by_cocos_numbers() {
        let folder = TempDir::new().unwrap();
        let list = r#"{"dataset": "coco", "images": [
            {"filename": "a.jpg", "split": "train", "sentences": [{"raw": "A dog"}], "cocoid": 7},
            {"filename": "b.jpg", "split": "test", "sentences": [{"raw": "A cat"}], "cocoid": 42},
            {"filename": "COCO_val2014_000000000073.jpg", "split": "test", "sentences": [{"raw": "A zebra"}]},
            {"filename": "c.jpg", "split": "test", "sentences": [{"raw": "A fox"}]}]}"#;
        let photo = ("COCO_val2014_000000000073.jpg", "");
        write(&folder, &[("dataset_coco.json", list), photo]);
        let options = FolderOptions {
            split: Some(Split::Test),
            ..FolderOptions::default()
        };
        let set = EvaluationSet::open(folder.path(), &options).unwrap();
        let name = PhotoId::Name("c.jpg".to_owned());
        assert_eq!(set.ids(), [PhotoId::Number(42), PhotoId::Number(73), name]);
    }

    #[test]
    fn photos_of_a_test_split_alone_can_be_scored() {
        let folder = TempDir::new().unwrap();
        write(&folder, LAYOUTS[0].1);
        for photo in ["a.jpg", "b.jpg"] {
            fs::remove_file(folder.path().join(photo)).unwrap();
        }
        let options = FolderOptions {
            split: Some(Split::Test),
            ..FolderOptions::default()
        };
        let set = EvaluationSet::open(folder.path(), &options).unwrap();
        assert_eq!(captions(set.photos()), ["A zebra"]);
    }
}
