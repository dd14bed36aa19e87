//! Several data sets as one diet: how much of each, and in whose manner it is written.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Dataset;

/// A data set as the command line names it: `FOLDER[,style=NAME][,share=N]`.
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
        style.chain(share).collect()
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

impl Diet {
    /// Takes photos that one of the sets holds for validation out of what the others train on.
    pub(crate) fn new(mut sets: Vec<DietSet>) -> Self {
        for place in 0..sets.len() {
            let others = sets.iter().enumerate().filter(|&(other, _)| other != place);
            let dev: HashSet<_> = others
                .flat_map(|(_, other)| &other.dataset.dev)
                .map(|photo| photo.name.clone())
                .collect();
            sets[place].dataset.leave_out_validation(&dev);
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
        photos.flat_map(|photo| photo.captions.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{CaptionedPhoto, Defects, PhotoSource};

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
        for share in ["0", "-1", "NaN", "101", "much"] {
            let refused = format!("coco,share={share}").parse::<Serving>();
            assert!(refused.unwrap_err().contains(share));
        }
    }

    #[test]
    fn no_set_is_trained_on_what_another_validates() {
        let set = |train: &[&str], dev: &[&str]| {
            let photos = |names: &[&str]| {
                let photo = |name: &&str| CaptionedPhoto {
                    name: (*name).to_owned(),
                    captions: vec!["a dog".to_owned()],
                };
                names.iter().map(photo).collect()
            };
            DietSet {
                dataset: Dataset {
                    name: "made up".to_owned(),
                    photos: PhotoSource::Folders(Vec::new()),
                    train: photos(train),
                    dev: photos(dev),
                    defects: Defects::default(),
                },
                style: None,
                share: 1.0,
            }
        };
        let diet = Diet::new(vec![set(&["a", "b"], &["c"]), set(&["c", "d"], &["b"])]);
        let left: Vec<_> = diet
            .sets
            .iter()
            .flat_map(|set| &set.dataset.train)
            .map(|photo| photo.name.as_str())
            .collect();
        assert_eq!(left, ["a", "d"]);
        assert_eq!(diet.sets[0].dataset.defects.in_validation, ["b"]);
        assert_eq!(diet.name(), "made up + made up");
    }
}
