//! The parts of a data set, and how files tell theirs by their names.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::ValueEnum;

use super::journal::Journal;

/// A part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub enum Split {
    /// For training.
    Train,
    /// For choosing between models.
    Dev,
    /// For the figures that are reported: nothing is trained on it, and nothing chosen by it.
    Test,
}

/// Whether the captions of a data set's test split are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TestSplit {
    /// To score captions.
    Read,
    /// For all that training is. Only what its photos are called is read, to keep them out.
    LeftAlone,
}

impl Split {
    /// What each of a data set's files below its folder is for, by its name or its folders'; training where they say
    /// nothing. Without any for training, those for validation are trained on. Files of a test split that is left
    /// alone are not opened, and that is noted.
    ///
    /// # Errors
    /// When none is left.
    pub(super) fn of_files(
        folder: &Path,
        files: Vec<PathBuf>,
        test: TestSplit,
        journal: &mut Journal,
    ) -> Result<Vec<(PathBuf, Self)>> {
        let first = files.first().cloned();
        let mut files: Vec<_> = files
            .into_iter()
            .map(|file| {
                let below = file.strip_prefix(folder).unwrap_or(&file);
                let split = Self::of_path(below).unwrap_or(Self::Train);
                (file, split)
            })
            .collect();
        if test == TestSplit::LeftAlone {
            files.retain(|(file, split)| {
                let is_test = *split == Self::Test;
                if is_test {
                    journal.notice(not_read(file));
                }
                !is_test
            });
        }
        ensure!(
            !files.is_empty(),
            "there is nothing but a test split, which nothing trains on: {}",
            first.unwrap_or_default().display()
        );
        train_on_something(files.iter_mut().map(|(_, split)| split));
        Ok(files)
    }

    /// The split that a file's name says, or else the nearest of its folders that says one.
    pub(crate) fn of_path(path: &Path) -> Option<Self> {
        let path = path.with_extension("");
        let mut names = path.iter().rev();
        names.find_map(|name| Self::named(&name.to_string_lossy()))
    }

    /// The split that a name has as a word of its own, the first where there are several.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        name.split(|character: char| !character.is_alphabetic())
            .find_map(|word| match word {
                "train" | "training" => Some(Self::Train),
                "val" | "valid" | "validation" | "dev" => Some(Self::Dev),
                "test" | "testing" => Some(Self::Test),
                _ => None,
            })
    }

    /// What its photos are for.
    pub(super) fn purpose(self) -> &'static str {
        match self {
            Self::Train => "to train on",
            Self::Dev => "for validation",
            Self::Test => "for testing",
        }
    }
}

/// Where no file is for training, those for validation are trained on.
pub(super) fn train_on_something<'a>(splits: impl Iterator<Item = &'a mut Split>) {
    let splits: Vec<_> = splits.collect();
    if splits.iter().all(|split| **split != Split::Train) {
        for split in splits.into_iter().filter(|split| **split == Split::Dev) {
            *split = Split::Train;
        }
    }
}

/// What is said of a file that is left alone.
pub(super) fn not_read(file: &Path) -> String {
    format!(
        "not read: {}: nothing trains on a test split",
        file.display()
    )
}

/// A file's name without its ending.
pub(super) fn stem(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_name_a_split() {
        for (name, split) in [
            ("train-000", Some(Split::Train)),
            ("Train_GCC-training", Some(Split::Train)),
            ("shard-000", None),
            ("carnival-0", None),
            ("latest-0", None),
            ("val-000", Some(Split::Dev)),
            ("coco_val2017", Some(Split::Dev)),
            ("Validation_GCC-1.1.0-Validation", Some(Split::Dev)),
            ("flickr.valid.03", Some(Split::Dev)),
            ("dev0", Some(Split::Dev)),
            ("test-000", Some(Split::Test)),
            ("Test2017", Some(Split::Test)),
        ] {
            assert_eq!(Split::named(name), split, "{name}");
        }
        for (path, split) in [
            ("default/partial-train/0000.parquet", Some(Split::Train)),
            ("test/train-0.parquet", Some(Split::Train)),
            ("train/a/0.test", Some(Split::Train)),
            ("data/0.parquet", None),
        ] {
            assert_eq!(Split::of_path(Path::new(path)), split, "{path}");
        }
    }

    #[test]
    fn validation_files_alone_are_trained_on() {
        let splits_with = |names: &[&str], test| {
            let files = names.iter().map(PathBuf::from).collect();
            Split::of_files(Path::new("x"), files, test, &mut Journal::default()).map(|files| {
                files
                    .into_iter()
                    .map(|(_, split)| split)
                    .collect::<Vec<_>>()
            })
        };
        let splits = |names: &[&str]| splits_with(names, TestSplit::LeftAlone);
        assert_eq!(
            splits(&["a.tar", "test.tar", "val.tar"]).unwrap(),
            [Split::Train, Split::Dev]
        );
        assert_eq!(
            splits(&["test.tar", "val-0.tar", "val-1.tar"]).unwrap(),
            [Split::Train, Split::Train]
        );
        let error = splits(&["test-0.tar", "test-1.tar"]).unwrap_err();
        assert!(error.to_string().contains("test-0.tar"), "{error}");
        assert_eq!(
            splits_with(&["test.tar", "val.tar"], TestSplit::Read).unwrap(),
            [Split::Test, Split::Train]
        );
        assert_eq!(
            splits_with(&["test.tar"], TestSplit::Read).unwrap(),
            [Split::Test]
        );
    }
}
