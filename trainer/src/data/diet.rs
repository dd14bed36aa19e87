//! Several data sets as one diet: how much of each, and in whose manner it is written.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::{Dataset, Format, PhotoSource};

/// A data set as the command line names it: `FOLDER[,style=NAME][,share=N][,format=NAME]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Serving {
    /// Where the data set is.
    pub folder: PathBuf,
    /// The style that its captions are written in; none is the plain one.
    pub style: Option<String>,
    /// How often a pass shows each of its training photos: 2 for twice, 0.5 for half of them, others in
    /// every pass.
    pub share: f64,
    /// Its layout; told by its files where not given.
    pub format: Option<Format>,
}

/// More often than this in one pass is a mistake.
const LARGEST_SHARE: f64 = 100.0;

impl FromStr for Serving {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut serving = Self {
            folder: PathBuf::new(),
            style: None,
            share: 1.0,
            format: None,
        };
        // From the end, so that a folder's name may hold commas.
        let mut rest = text;
        while let Some((before, last)) = rest.rsplit_once(',') {
            if let Some(style) = last.strip_prefix("style=") {
                serving.style = Some(style.to_owned());
            } else if let Some(share) = last.strip_prefix("share=") {
                serving.share = share
                    .parse()
                    .ok()
                    .filter(|share| *share > 0.0 && *share <= LARGEST_SHARE)
                    .ok_or_else(|| {
                        format!(
                            "the share {share} is no number above 0 and at most {LARGEST_SHARE}"
                        )
                    })?;
            } else if let Some(format) = last.strip_prefix("format=") {
                serving.format = Some(Format::from_str(format, true)?);
            } else {
                break;
            }
            rest = before;
        }
        serving.folder = PathBuf::from(rest);
        Ok(serving)
    }
}

impl Serving {
    /// What stands behind the folder.
    pub(crate) fn suffix(&self) -> String {
        let style = self.style.iter().map(|style| format!(",style={style}"));
        let share = (self.share != 1.0).then(|| format!(",share={}", self.share));
        let format = self
            .format
            .map(|format| format!(",format={}", format.name()));
        style.chain(share).chain(format).collect()
    }
}

impl fmt::Display for Serving {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.folder.display(), self.suffix())
    }
}

impl TryFrom<String> for Serving {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Serving> for String {
    fn from(serving: Serving) -> Self {
        serving.to_string()
    }
}

/// A data set of a diet.
#[derive(Debug)]
pub(crate) struct DietSet {
    /// Its photos and captions.
    pub(crate) dataset: Dataset,
    /// [`Serving::style`]
    pub(crate) style: Option<String>,
    /// [`Serving::share`]
    pub(crate) share: f64,
}

/// All data sets that a run trains on, and those of their photos that it is validated on.
#[derive(Debug)]
pub(crate) struct Diet {
    /// In the order of the command line.
    pub(crate) sets: Vec<DietSet>,
}

/// How much a diet has: what a model file tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DietSize {
    /// The names of its sets.
    pub(crate) name: String,
    /// Photos to train on.
    pub(crate) photos: usize,
    /// Their captions.
    pub(crate) captions: usize,
    /// Photos to validate on.
    pub(crate) validation_photos: usize,
}

impl Diet {
    /// Takes photos of one set's test split out of what the others train and validate on, and those that it holds for
    /// validation out of what they train on.
    pub(crate) fn new(mut sets: Vec<DietSet>) -> Self {
        for place in 0..sets.len() {
            let mut test = Files::default();
            let mut dev = Files::default();
            for (_, other) in sets.iter().enumerate().filter(|&(other, _)| other != place) {
                let Dataset {
                    photos,
                    test: tested,
                    dev: validated,
                    ..
                } = &other.dataset;
                for name in tested {
                    test.add(photos, name);
                }
                for photo in validated {
                    dev.add(photos, &photo.name);
                }
            }
            let dataset = &mut sets[place].dataset;
            dataset.keep_out(|source, photo| test.has(source, &photo.name));
            dataset.defects.in_validation =
                dataset.take_out_of_training(|source, photo| dev.has(source, &photo.name));
        }
        Self { sets }
    }

    /// The names of its sets.
    pub(crate) fn name(&self) -> String {
        let names: Vec<_> = self
            .sets
            .iter()
            .map(|set| set.dataset.name.as_str())
            .collect();
        names.join(" + ")
    }

    /// How much it has.
    pub(crate) fn size(&self) -> DietSize {
        let train = || self.sets.iter().flat_map(|set| &set.dataset.train);
        DietSize {
            name: self.name(),
            photos: train().count(),
            captions: train().map(|photo| photo.captions.len()).sum(),
            validation_photos: self.sets.iter().map(|set| set.dataset.dev.len()).sum(),
        }
    }

    /// Prints of each set how much is there and what is missing.
    pub(crate) fn report(&self) {
        for set in &self.sets {
            set.dataset.report();
        }
    }

    /// The styles of its sets, but for the plain one.
    pub(crate) fn styles(&self) -> impl Iterator<Item = &str> {
        self.sets.iter().filter_map(|set| set.style.as_deref())
    }

    /// All captions to train on.
    pub(crate) fn captions(&self) -> impl Iterator<Item = &str> {
        let photos = self.sets.iter().flat_map(|set| &set.dataset.train);
        photos.flat_map(|photo| photo.captions.iter())
    }
}

/// Photos as other data sets have them too: with the same file name, in folders of their own, and as many bytes.
#[derive(Default)]
struct Files {
    sizes: HashMap<String, HashSet<u64>>,
}

impl Files {
    fn add(&mut self, source: &PhotoSource, name: &str) {
        let bytes = source.size(name).ok();
        self.sizes.entry(file_name(name)).or_default().extend(bytes);
    }

    fn has(&self, source: &PhotoSource, name: &str) -> bool {
        self.sizes
            .get(&file_name(name))
            .is_some_and(|sizes| source.size(name).is_ok_and(|bytes| sizes.contains(&bytes)))
    }
}

fn file_name(name: &str) -> String {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use super::*;

    fn serving(text: &str) -> Serving {
        text.parse().unwrap()
    }

    #[test]
    fn a_folder_has_a_style_and_a_share_behind_it() {
        let plain = serving("photos, mine");
        assert_eq!(plain.folder, PathBuf::from("photos, mine"));
        assert_eq!((plain.style, plain.share), (None, 1.0));
        for text in ["coco,style=coco,share=0.5", "coco,share=0.5,style=coco"] {
            let both = serving(text);
            assert_eq!(both.folder, PathBuf::from("coco"));
            assert_eq!(both.style.as_deref(), Some("coco"));
            assert_eq!(both.share, 0.5);
            assert_eq!(both.to_string(), "coco,style=coco,share=0.5");
        }
        let chosen = serving("coco,format=karpathy");
        assert_eq!(chosen.format, Some(Format::Karpathy));
        assert_eq!(chosen.to_string(), "coco,format=karpathy");
        for share in ["0", "-1", "NaN", "101", "much"] {
            let refused = format!("coco,share={share}").parse::<Serving>();
            assert!(refused.unwrap_err().contains(share));
        }
    }

    #[test]
    fn no_set_is_trained_on_what_another_validates() {
        let folder = TempDir::new().unwrap();
        // "x/c" is "y/c" under another name of its folder; "y/a" has its file name only in common with "x/a".
        for (name, bytes) in [
            ("x/a", "1"),
            ("x/b", "2"),
            ("x/c", "333"),
            ("y/a", "4444"),
            ("y/c", "333"),
            ("y/d", "5"),
        ] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let set = |train: &[&str], dev: &[&str]| DietSet {
            dataset: Dataset::made_up(folder.path(), train, dev),
            style: None,
            share: 1.0,
        };
        let diet = Diet::new(vec![
            set(&["x/a", "x/c"], &["x/b"]),
            set(&["y/d"], &["y/a", "y/c"]),
        ]);
        let left: Vec<_> = diet
            .sets
            .iter()
            .flat_map(|set| &set.dataset.train)
            .map(|photo| photo.name.as_str())
            .collect();
        assert_eq!(left, ["x/a", "y/d"]);
        assert_eq!(diet.sets[0].dataset.defects.in_validation, ["x/c"]);
        assert_eq!(diet.name(), "made up + made up");
    }

    #[test]
    fn no_set_is_trained_or_validated_on_what_another_tests() {
        let folder = TempDir::new().unwrap();
        for name in ["x/a", "x/b", "x/c", "x/d", "y/a", "y/b"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name.rsplit('/').next().unwrap()).unwrap();
        }
        let set = |train: &[&str], dev: &[&str], test: &[&str]| {
            let mut dataset = Dataset::made_up(folder.path(), train, dev);
            dataset.test = test.iter().map(|name| (*name).to_owned()).collect();
            DietSet {
                dataset,
                style: None,
                share: 1.0,
            }
        };
        let diet = Diet::new(vec![
            set(&["x/a", "x/c"], &["x/b", "x/d"], &[]),
            set(&[], &[], &["y/a", "y/b"]),
        ]);
        let names = |photos: &[crate::data::CaptionedPhoto]| {
            let names = photos.iter().map(|photo| photo.name.clone());
            names.collect::<Vec<_>>()
        };
        let first = &diet.sets[0].dataset;
        assert_eq!(names(&first.train), ["x/c"]);
        assert_eq!(names(&first.dev), ["x/d"]);
        assert_eq!(first.defects.in_test, ["x/a", "x/b"]);
    }
}
