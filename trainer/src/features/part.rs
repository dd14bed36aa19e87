//! A share of a data set's photos, for one of several processes or machines.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What the folders of parts begin with, below the cache's folder.
const PREFIX: &str = "part-";

/// One of so many parts, written `3/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Counted from 1.
    number: usize,
    of: usize,
}

impl Part {
    /// The part's own folder in a cache's, so that no two processes write into the same files.
    pub(super) fn folder(self, root: &Path) -> PathBuf {
        root.join(format!("{PREFIX}{}-of-{}", self.number, self.of))
    }

    /// Its photos among so many: neighbours, of which shards hold many.
    pub(super) fn range(self, photos: usize) -> Range<usize> {
        let border = |parts: usize| (photos as u128 * parts as u128 / self.of as u128) as usize;
        border(self.number - 1)..border(self.number)
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let (number, of) = text.split_once('/')?;
            let part = Self {
                number: number.parse().ok()?,
                of: of.parse().ok()?,
            };
            (1..=part.of).contains(&part.number).then_some(part)
        };
        parse().ok_or_else(|| {
            "a part is written 3/16: a number from 1 to how many there are".to_owned()
        })
    }
}

/// The folders of all parts in a cache's folder, in the order of their names.
pub(super) fn folders(root: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_every_photo_once() {
        for photos in [0, 1, 7, 16, 1000] {
            for of in [1, 3, 16] {
                let parts = (1..=of).map(|number| Part { number, of }.range(photos));
                let all: Vec<_> = parts.clone().flatten().collect();
                assert_eq!(all, (0..photos).collect::<Vec<_>>());
                let sizes: Vec<_> = parts.map(|part| part.len()).collect();
                assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
            }
        }
    }

    #[test]
    fn a_part_is_one_of_those_that_there_are() {
        assert_eq!("3/16".parse(), Ok(Part { number: 3, of: 16 }));
        for wrong in ["", "3", "0/16", "17/16", "1/0", "a/b", "1/2/3", "-1/2"] {
            assert!(wrong.parse::<Part>().is_err(), "{wrong}");
        }
    }
}
