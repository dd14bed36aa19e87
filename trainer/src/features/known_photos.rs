//! What is known of a data set's photos without reading them: for each its content, and when and how large the
//! file was then.
//!
//! `photos/DATA-SET-KEY.txt` in the cache's folder has the data set's folder in its first line, then a line
//! `CONTENT BYTES MODIFIED START NAME` for each photo, after a `!` where it could not be read as a photo; of two for one
//! photo the later one counts.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::content::Content;
use crate::data::{Dataset, Stamp};
use crate::files::WholeFile;

/// What stands before a photo that could not be read as one.
const UNREADABLE: char = '!';
/// The folder of the lists in a cache's folder.
const FOLDER: &str = "photos";
/// That of the lists. What else is in there is one that a kill has left unfinished.
const EXTENSION: &str = "txt";

/// The photos of a data set as they were last.
#[derive(Default)]
pub(crate) struct KnownPhotos {
    path: PathBuf,
    /// By hashes of their names: of millions of photos the names themselves would take too much memory.
    known: HashMap<u64, (Stamp, Content)>,
    /// Those of them that could not be read when they were tried.
    unreadable: HashSet<u64>,
    heading: String,
}

impl KnownPhotos {
    /// Those that any of several caches has of a data set.
    ///
    /// # Errors
    /// When a list cannot be read.
    pub(super) fn of<'a>(
        caches: impl Iterator<Item = &'a Path>,
        dataset: &Dataset,
    ) -> Result<Self> {
        let mut known = Self::default();
        for cache in caches {
            known.take(Self::open(cache, dataset)?);
        }
        Ok(known)
    }

    /// What others know besides.
    pub(super) fn take(&mut self, others: Self) {
        for (name, photo) in others.known {
            if let Entry::Vacant(place) = self.known.entry(name) {
                place.insert(photo);
                if others.unreadable.contains(&name) {
                    self.unreadable.insert(name);
                }
            }
        }
    }

    /// Those that a cache has of a data set; none where it has not seen it.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub(super) fn open(cache: &Path, dataset: &Dataset) -> Result<Self> {
        let folder = &dataset.folder;
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        let key = crc32fast::hash(whole.as_os_str().as_encoded_bytes());
        let name: String = whole
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .chars()
            .map(|letter| {
                if letter.is_alphanumeric() {
                    letter
                } else {
                    '-'
                }
            })
            .take(40)
            .collect();
        let path = cache
            .join(FOLDER)
            .join(format!("{name}-{key:08x}.{EXTENSION}"));
        let heading = format!("{}\n", whole.to_string_lossy().escape_debug());
        let mut known = HashMap::new();
        let mut unreadable = HashSet::new();
        if path.exists() {
            let context = || format!("cannot read {}", path.display());
            let file = File::open(&path).with_context(context)?;
            let mut lines = BufReader::new(file).lines();
            // Two folders may have the same key.
            let is_own = lines
                .next()
                .is_some_and(|line| line.is_ok_and(|line| line == heading.trim_end()));
            for line in lines.take_while(|_| is_own) {
                let line = line.with_context(context)?;
                let failed = line.strip_prefix(UNREADABLE);
                if let Some((content, stamp, name)) = parse(failed.unwrap_or(&line)) {
                    known.insert(hash(name), (stamp, content));
                    match failed {
                        Some(_) => unreadable.insert(hash(name)),
                        None => unreadable.remove(&hash(name)),
                    };
                }
            }
        }
        Ok(Self {
            path,
            known,
            unreadable,
            heading,
        })
    }

    /// What a photo's file holds, if it is as it was.
    pub(super) fn content(&self, name: &str, stamp: Stamp) -> Option<Content> {
        let (then, content) = self.known.get(&hash(name))?;
        (*then == stamp).then_some(*content)
    }

    /// Whether a photo could not be read when it was last tried.
    pub(super) fn is_unreadable(&self, name: &str) -> bool {
        self.unreadable.contains(&hash(name))
    }

    /// Notes photos right away, so that nothing is lost when the program is killed.
    ///
    /// # Errors
    /// When the list cannot be written.
    pub(super) fn append(&self, lines: &str) -> Result<()> {
        let write = || -> std::io::Result<()> {
            if let Some(folder) = self.path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(&self.path)?;
            if file.metadata()?.len() == 0 {
                file.write_all(self.heading.as_bytes())?;
            }
            file.write_all(lines.as_bytes())
        };
        write().with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// A list without photos yet, which takes the place of this one when it is finished: so photos that the data set
    /// has no more are forgotten.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn replacement(&self) -> Result<WholeFile> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot write to {}", folder.display()))?;
        }
        let mut list = WholeFile::create(&self.path)?;
        list.write(self.heading.as_bytes())?;
        Ok(list)
    }
}

/// The line of a photo that could not be read as one.
pub(super) fn unreadable(line: &str) -> String {
    format!("{UNREADABLE}{line}")
}

/// A photo's line in a list.
pub(super) fn line(name: &str, stamp: Stamp, content: Content) -> String {
    let Stamp {
        bytes,
        modified,
        start,
    } = stamp;
    format!("{content} {bytes} {modified} {start} {name}\n")
}

fn parse(line: &str) -> Option<(Content, Stamp, &str)> {
    let mut parts = line.splitn(5, ' ');
    let content = parts.next()?.parse().ok()?;
    let mut number = || parts.next()?.parse().ok();
    let stamp = Stamp {
        bytes: number()?,
        modified: number()?,
        start: number()?,
    };
    Some((content, stamp, parts.next()?))
}

fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// What the photos of all data sets that a cache has seen hold.
///
/// # Errors
/// When a list cannot be read.
pub(super) fn all_contents(cache: &Path) -> Result<HashSet<Content>> {
    let folder = cache.join(FOLDER);
    let mut contents = HashSet::new();
    if !folder.exists() {
        return Ok(contents);
    }
    let context = || format!("cannot read {}", folder.display());
    for entry in fs::read_dir(&folder).with_context(context)? {
        let path = entry.with_context(context)?.path();
        if path.extension() != Some(OsStr::new(EXTENSION)) {
            continue;
        }
        let file = File::open(path).with_context(context)?;
        for line in BufReader::new(file).lines() {
            let line = line.with_context(context)?;
            contents.extend(parse(&line).map(|(content, ..)| content));
        }
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use temp_dir::TempDir;

    use super::*;

    #[test]
    fn a_photo_is_known_while_its_file_is_as_it_was() {
        let cache = TempDir::new().unwrap();
        let data = TempDir::new().unwrap();
        let other = TempDir::new().unwrap();
        let dataset = Dataset::made_up(data.path(), &[], &[]);
        let stamp = |bytes, modified| Stamp {
            bytes,
            modified,
            start: 0,
        };
        let content = Content::of(b"photo");
        let known = KnownPhotos::open(cache.path(), &dataset).unwrap();
        known
            .append(&line("train/a b.jpg", stamp(7, 9), content))
            .unwrap();
        known.append("00 half a line\n").unwrap();
        let known = KnownPhotos::open(cache.path(), &dataset).unwrap();
        assert_eq!(known.content("train/a b.jpg", stamp(7, 9)), Some(content));
        assert_eq!(known.content("train/a b.jpg", stamp(7, 8)), None);
        assert_eq!(known.content("train/a b.jpg", stamp(6, 9)), None);
        assert_eq!(known.content("a b.jpg", stamp(7, 9)), None);
        let elsewhere = Dataset::made_up(other.path(), &[], &[]);
        let elsewhere = KnownPhotos::open(cache.path(), &elsewhere).unwrap();
        assert_eq!(elsewhere.content("train/a b.jpg", stamp(7, 9)), None);
        assert!(all_contents(cache.path()).unwrap().contains(&content));
        let later = line("train/a b.jpg", stamp(7, 10), content);
        for (line, is_unreadable) in [(unreadable(&later), true), (later, false)] {
            known.append(&line).unwrap();
            let known = KnownPhotos::open(cache.path(), &dataset).unwrap();
            assert_eq!(known.content("train/a b.jpg", stamp(7, 10)), Some(content));
            assert_eq!(known.is_unreadable("train/a b.jpg"), is_unreadable);
        }
        let replacement = known.replacement().unwrap();
        assert!(all_contents(cache.path()).unwrap().contains(&content));
        replacement.finish().unwrap();
        assert!(all_contents(cache.path()).unwrap().is_empty());
        // As a kill leaves it.
        let unfinished = known.path.with_added_extension("partial");
        fs::write(unfinished, line("a.jpg", stamp(1, 1), content)).unwrap();
        assert!(all_contents(cache.path()).unwrap().is_empty());
    }
}
