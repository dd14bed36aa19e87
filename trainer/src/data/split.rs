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
}

impl Split {
    /// What each of a data set's files is for, by its name. Files of the test split are left out, and that is
    /// noted; without any for training, those for validation are trained on.
    ///
    /// # Errors
    /// When all are of the test split.
    pub(super) fn of_files(
        files: Vec<PathBuf>,
        journal: &mut Journal,
    ) -> Result<Vec<(PathBuf, Self)>> {
        let first = files.first().cloned();
        for file in &files {
            if Self::of_name(&stem(file)).is_none() {
                journal.notice(format!(
                    "not read: {}: nothing trains on a test split",
                    file.display()
                ));
            }
        }
        let mut files: Vec<_> = files
            .into_iter()
            .filter_map(|file| {
                let split = Self::of_name(&stem(&file))?;
                Some((file, split))
            })
            .collect();
        ensure!(
            !files.is_empty(),
            "there is nothing but a test split, which nothing trains on: {}",
            first.unwrap_or_default().display()
        );
        if files.iter().all(|(_, split)| *split == Self::Dev) {
            for (_, split) in &mut files {
                *split = Self::Train;
            }
        }
        Ok(files)
    }

    /// The split that a name has as a word of its own, the first where there are several; training where
    /// there is none, nothing for a test split.
    fn of_name(name: &str) -> Option<Self> {
        match Self::named(name) {
            Some(split) => split,
            None => Some(Self::Train),
        }
    }

    /// The split that a name says, which for a test split is nothing; nothing at all where it says none.
    pub(super) fn named(name: &str) -> Option<Option<Self>> {
        let name = name.to_lowercase();
        name.split(|character: char| !character.is_alphabetic())
            .find_map(|word| match word {
                "train" | "training" => Some(Some(Self::Train)),
                "val" | "valid" | "validation" | "dev" => Some(Some(Self::Dev)),
                "test" | "testing" => Some(None),
                _ => None,
            })
    }
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
            ("shard-000", Some(Split::Train)),
            ("carnival-0", Some(Split::Train)),
            ("latest-0", Some(Split::Train)),
            ("val-000", Some(Split::Dev)),
            ("coco_val2017", Some(Split::Dev)),
            ("Validation_GCC-1.1.0-Validation", Some(Split::Dev)),
            ("flickr.valid.03", Some(Split::Dev)),
            ("dev0", Some(Split::Dev)),
            ("test-000", None),
            ("Test2017", None),
        ] {
            assert_eq!(Split::of_name(name), split, "{name}");
        }
    }

    #[test]
    fn validation_files_alone_are_trained_on() {
        let splits = |names: &[&str]| {
            let files = names.iter().map(PathBuf::from).collect();
            Split::of_files(files, &mut Journal::default()).map(|files| {
                files
                    .into_iter()
                    .map(|(_, split)| split)
                    .collect::<Vec<_>>()
            })
        };
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
    }
}
