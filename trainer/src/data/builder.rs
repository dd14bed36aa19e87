//! A data set, photo by photo: what every layout's reader has in common.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::{Result, ensure};
use indexmap::IndexMap;

use super::captions::Captions;
use super::dataset::{CaptionedPhoto, Dataset};
use super::defects::Defects;
use super::journal::Journal;
use super::names::{Names, join};
use super::photo_id::PhotoId;
use super::photos::PhotoSource;
use super::split::{Split, TestSplit};

/// A data set as it was read.
#[derive(Debug)]
pub(super) struct Opened {
    /// All that training takes.
    pub(super) dataset: Dataset,
    /// The test split, if it was read.
    pub(super) test: Vec<CaptionedPhoto>,
}

/// Gathers a data set and counts what is wrong with it.
pub(super) struct Builder {
    name: String,
    photos: PhotoSource,
    train: Photos,
    dev: Photos,
    test: Photos,
    /// What the photos of the test split are called, whether it is read or not.
    test_names: HashSet<String>,
    test_split: TestSplit,
    ids: HashMap<String, PhotoId>,
    defects: Defects,
    /// Where photos are looked for.
    pub(super) names: Names,
    pub(super) journal: Journal,
}

/// The captions of photos by their names, in the order in which they were added.
type Photos = IndexMap<String, Captions>;

impl Builder {
    /// A data set of the files below a folder.
    pub(super) fn new(name: &str, folder: &Path, test_split: TestSplit) -> Self {
        Self {
            name: name.to_owned(),
            photos: PhotoSource::Files(folder.to_owned()),
            train: Photos::default(),
            dev: Photos::default(),
            test: Photos::default(),
            test_names: HashSet::new(),
            test_split,
            ids: HashMap::new(),
            defects: Defects::default(),
            names: Names::new(folder),
            journal: Journal::default(),
        }
    }

    /// The same, called as its folder is.
    pub(super) fn named_by_folder(folder: &Path, test_split: TestSplit) -> Self {
        let name = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let name = name.file_name().unwrap_or_default().to_string_lossy();
        Self::new(&name, folder, test_split)
    }

    /// The same with photos from elsewhere.
    pub(super) fn with_photos(self, photos: PhotoSource) -> Self {
        Self { photos, ..self }
    }

    /// Whether a split's captions are not to be read.
    pub(super) fn leaves_alone(&self, split: Split) -> bool {
        split == Split::Test && self.test_split == TestSplit::LeftAlone
    }

    /// A photo as a list writes it, which is in one of `places` ([`Names::find`]), with its captions. Returns its
    /// name.
    pub(super) fn add_written<'a>(
        &mut self,
        written: &str,
        places: &[&str],
        captions: impl IntoIterator<Item = &'a str>,
        split: Split,
    ) -> Option<String> {
        match self.names.find(written, places) {
            Ok(name) => {
                self.add(&name, captions, split);
                Some(name)
            }
            Err(why) => {
                // As far as its path is one.
                let path = self.names.clean(written);
                let place = places.first().copied().unwrap_or_default();
                let path = match path {
                    Ok(path) if !path.starts_with(&join(place, "")) => join(place, &path),
                    Ok(path) => path,
                    Err(_) => written.to_owned(),
                };
                if self.leaves_alone(split) {
                    self.test_names.insert(path);
                } else {
                    self.add_missing(&path, &why);
                }
                None
            }
        }
    }

    /// A captioned photo that is not there; `why` may be empty.
    pub(super) fn add_missing(&mut self, written: &str, why: &str) {
        let missing = match why {
            "" => written.to_owned(),
            why => format!("{written}: {why}"),
        };
        self.defects.without_file.push(missing);
    }

    /// A photo that is there, with its captions; those without a word are none. Of a photo that is added to a
    /// split twice the captions are put together, each of them once.
    pub(super) fn add<'a>(
        &mut self,
        name: &str,
        captions: impl IntoIterator<Item = &'a str>,
        split: Split,
    ) {
        if split == Split::Test {
            self.test_names.insert(name.to_owned());
        }
        if self.leaves_alone(split) {
            return;
        }
        let mut with_words = Captions::default();
        for caption in captions.into_iter().map(str::trim) {
            if caption.chars().any(char::is_alphanumeric) {
                with_words.push(caption);
            } else {
                let captions = &mut self.defects.wordless;
                captions.push(format!("{caption:?} of {name}"));
            }
        }
        if with_words.is_empty() {
            self.defects.without_captions.push(name.to_owned());
            return;
        }
        // Results and the feature cache list names line by line.
        if name.contains(char::is_control) {
            self.add_missing(name, "its name has a control character");
            return;
        }
        let photos = match split {
            Split::Train => &mut self.train,
            Split::Dev => &mut self.dev,
            Split::Test => &mut self.test,
        };
        if let Some(captions) = photos.get_mut(name) {
            self.defects.repeated.push(name.to_owned());
            for caption in with_words.iter() {
                if !captions.contains(caption) {
                    captions.push(caption);
                }
            }
            return;
        }
        photos.insert(name.to_owned(), with_words);
    }

    /// The number that COCO's tools know a photo by.
    pub(super) fn set_id(&mut self, name: &str, id: PhotoId) {
        self.ids.entry(name.to_owned()).or_insert(id);
    }

    /// A captioned photo that is in no split.
    pub(super) fn add_without_split(&mut self, name: &str) {
        self.defects.without_split.push(name.to_owned());
    }

    /// The data set.
    ///
    /// # Errors
    /// When more than a tenth of the records are bad, or no photo is left.
    pub(super) fn finish(mut self) -> Result<Opened> {
        self.journal.check()?;
        let photos = self.train.iter().chain(&self.dev).chain(&self.test);
        self.defects.with_repeated_caption = photos
            .filter(|(_, captions)| {
                let different: HashSet<_> = captions.iter().collect();
                different.len() < captions.len()
            })
            .map(|(name, _)| name.clone())
            .collect();
        let [train, dev, test] = [self.train, self.dev, self.test].map(captioned);
        let mut dataset = Dataset {
            name: self.name,
            folder: self.names.folder().to_owned(),
            layout: String::new(),
            ids: self.ids,
            photos: self.photos,
            train,
            dev,
            test: self.test_names,
            defects: self.defects,
            journal: self.journal,
        };
        dataset.keep_out_test_photos();
        let folder = self.names.folder().display();
        let lines = dataset.left_out().join("\n  ");
        ensure!(
            !dataset.train.is_empty() || !dataset.dev.is_empty() || !test.is_empty(),
            "{folder} has no photo with a caption to learn from{}{lines}",
            if lines.is_empty() { "" } else { ":\n  " }
        );
        let dev: HashSet<_> = dataset.dev.iter().map(|photo| photo.name.clone()).collect();
        dataset.defects.in_both =
            dataset.take_out_of_training(|_, photo| dev.contains(&photo.name));
        Ok(Opened { dataset, test })
    }
}

fn captioned(photos: Photos) -> Vec<CaptionedPhoto> {
    let photos = photos.into_iter().map(|(name, captions)| CaptionedPhoto {
        name,
        captions,
        ..CaptionedPhoto::default()
    });
    photos.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_control_characters_are_left_out() {
        let folder = temp_dir::TempDir::new().unwrap();
        std::fs::write(folder.path().join("é b.jpg"), "").unwrap();
        let mut builder = Builder::new("made up", folder.path(), TestSplit::LeftAlone);
        for name in ["a\nb.jpg", "a\r.jpg", "é b.jpg"] {
            builder.add_written(name, &[""], ["A dog"], Split::Train);
        }
        let dataset = builder.finish().unwrap().dataset;
        assert_eq!(dataset.train.len(), 1);
        assert_eq!(dataset.defects.without_file.len(), 2);
        assert!(dataset.left_out().concat().contains("control character"));
    }

    #[test]
    fn captions_without_a_word_are_none() {
        let folder = temp_dir::TempDir::new().unwrap();
        for name in ["a.jpg", "b.jpg"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let mut builder = Builder::new("made up", folder.path(), TestSplit::LeftAlone);
        builder.add("a.jpg", ["A dog", "...!", "😀", ""], Split::Train);
        builder.add("b.jpg", ["\n"], Split::Train);
        let dataset = builder.finish().unwrap().dataset;
        assert_eq!(dataset.train[0].captions, ["A dog"]);
        assert_eq!(dataset.train.len(), 1);
        assert_eq!(dataset.defects.wordless.len(), 4);
        assert_eq!(dataset.defects.without_captions, ["b.jpg"]);

        let mut builder = Builder::new("made up", folder.path(), TestSplit::LeftAlone);
        builder.add("a.jpg", ["...!"], Split::Train);
        let error = builder.finish().unwrap_err().to_string();
        assert!(error.contains("no photo with a caption"), "{error}");
    }

    #[test]
    fn photos_of_both_splits_are_not_trained_on() {
        let folder = temp_dir::TempDir::new().unwrap();
        let mut builder = Builder::new("made up", folder.path(), TestSplit::LeftAlone);
        for (name, split) in [
            ("a.jpg", Split::Train),
            ("b.jpg", Split::Train),
            ("b.jpg", Split::Dev),
        ] {
            builder.add(name, ["A dog"], split);
        }
        let dataset = builder.finish().unwrap().dataset;
        assert_eq!((dataset.train.len(), dataset.dev.len()), (1, 1));
        assert_eq!(dataset.defects.in_both, ["b.jpg"]);
    }

    #[test]
    fn photos_of_the_test_split_are_in_no_other() {
        let folder = temp_dir::TempDir::new().unwrap();
        for (test_split, captions) in [(TestSplit::LeftAlone, 0), (TestSplit::Read, 1)] {
            let mut builder = Builder::new("made up", folder.path(), test_split);
            for (name, split) in [
                ("a.jpg", Split::Train),
                ("b.jpg", Split::Train),
                ("b.jpg", Split::Test),
                ("c.jpg", Split::Dev),
                ("d.jpg", Split::Dev),
                ("d.jpg", Split::Test),
            ] {
                builder.add(name, ["A dog"], split);
            }
            let Opened { dataset, test } = builder.finish().unwrap();
            assert_eq!(dataset.train.len(), 1, "{test_split:?}");
            assert_eq!(dataset.dev.len(), 1, "{test_split:?}");
            assert_eq!(dataset.defects.in_test, ["b.jpg", "d.jpg"]);
            let report = dataset.lines().join("\n");
            assert!(report.contains("2 photos of the test split"), "{report}");
            assert!(dataset.refuse(true).is_err());
            assert_eq!(
                test.iter().map(|photo| photo.captions.len()).sum::<usize>(),
                2 * captions
            );
        }
        // Nothing else is left, and still they are not trained on.
        let mut builder = Builder::new("made up", folder.path(), TestSplit::LeftAlone);
        builder.add("a.jpg", ["A dog"], Split::Train);
        builder.add("a.jpg", ["A dog"], Split::Test);
        let error = builder.finish().unwrap_err().to_string();
        assert!(error.contains("no photo with a caption"), "{error}");
    }
}
