//! One rule for the names of photos: a photo's name is its path below the data folder, parted by `/`. However
//! people's tools and systems write it, the photo is found, or it is told why not.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use super::table::names_a_photo;

/// Folders within folders that are searched.
const DEEPEST: usize = 16;

/// Whether a file or folder was made by a system or by this program, not by the people whose data set it is.
pub(super) fn is_foreign(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // What macOS puts into zip files, what Synology's systems put beside photos, a feature cache, a run.
    name.starts_with('.')
        || name == "__MACOSX"
        || name == "@eaDir"
        || path.join("key.json").is_file()
        || path.join("vocabulary.json").is_file()
            && ["recipe.toml", "config.json"]
                .iter()
                .any(|recipe| path.join(recipe).is_file())
}

/// Looks for photos in a data folder.
#[derive(Debug)]
pub(super) struct Names {
    folder: PathBuf,
    /// Without links, for paths that are written from the system's root.
    whole: PathBuf,
    /// Made when a photo is not where it is said to be.
    index: OnceCell<Index>,
}

/// The files below a folder, by their names without endings, in the spelling of [`folded`].
type Index = HashMap<String, Vec<String>>;

impl Names {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            whole: folder.canonicalize().unwrap_or_else(|_| folder.to_owned()),
            index: OnceCell::new(),
        }
    }

    /// The data folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The name of the photo that a list means: in one of `places`, folders below the data folder (`""` is the
    /// data folder itself), or else anywhere below the first of them if only one file there can be meant.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn find(&self, written: &str, places: &[&str]) -> Result<String, String> {
        if let Some(name) = self.find_in(written, places) {
            return Ok(name);
        }
        let path = self.clean(written)?;
        let found = self.find_below(&path, places.first().copied().unwrap_or_default());
        match found.as_slice() {
            [name] => Ok((*name).to_owned()),
            [first, second, ..] => Err(format!(
                "{} files have that name, {first} and {second} among them: write the folder too",
                found.len()
            )),
            [] => Err(self.other_ending(&path)),
        }
    }

    /// The name of the photo that a list means, in one of `places`.
    pub(super) fn find_in(&self, written: &str, places: &[&str]) -> Option<String> {
        // A name may have backslashes and blanks of its own.
        let cleaned = self.clean(written).ok();
        let as_written = inside(written).filter(|path| Some(path) != cleaned.as_ref());
        let spelled: Vec<_> = as_written.into_iter().chain(cleaned).collect();
        places.iter().find_map(|place| {
            let mut names = spelled.iter().map(|path| join(place, path));
            names.find(|name| self.folder.join(name).is_file())
        })
    }

    /// All photos below a place that a path can mean.
    pub(super) fn find_below(&self, path: &str, place: &str) -> Vec<&str> {
        let index = self.index.get_or_init(|| index(&self.folder));
        let wanted = folded(path);
        let scope = if place.is_empty() {
            String::new()
        } else {
            format!("{place}/")
        };
        let same = |name: &str| match folded(name).strip_suffix(&wanted) {
            Some(before) => before.is_empty() || before.ends_with('/'),
            None => false,
        };
        let all = index.get(stem(&wanted)).into_iter().flatten();
        let mut found: Vec<_> = all
            .map(String::as_str)
            .filter(|name| name.starts_with(&scope))
            .filter(|name| {
                same(name)
                    // A list may leave endings out.
                    || !names_a_photo(path)
                        && names_a_photo(name)
                        && name.rsplit_once('.').is_some_and(|(before, _)| same(before))
            })
            .collect();
        let exact: Vec<_> = found
            .iter()
            .copied()
            .filter(|name| name.ends_with(path))
            .collect();
        if found.len() > 1 && !exact.is_empty() {
            found = exact;
        }
        found
    }

    /// The photos in a folder below the data folder, and in those below it.
    pub(super) fn photos_below(&self, place: &str) -> Vec<String> {
        let mut photos = Vec::new();
        let folder = self.folder.join(place);
        walk(&folder, place, 0, &mut HashSet::new(), &mut |name| {
            if names_a_photo(&name) {
                photos.push(name);
            }
        });
        photos
    }

    /// Why no file is there.
    fn other_ending(&self, path: &str) -> String {
        let index = self.index.get_or_init(|| index(&self.folder));
        let others = index.get(stem(&folded(path)));
        match others.and_then(|others| others.first()) {
            Some(other) if names_a_photo(other) && folded(other) != folded(path) => {
                format!("there is no such file; there is {other}")
            }
            _ => String::new(),
        }
    }

    /// A path as tools write it, as a path below the data folder.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn clean(&self, written: &str) -> Result<String, String> {
        let written = written.trim_matches(|character: char| {
            character.is_whitespace() || matches!(character, '\u{FEFF}' | '\u{200B}' | '"')
        });
        if written.is_empty() {
            return Err("the name is empty".to_owned());
        }
        if written.chars().any(char::is_control) {
            return Err("the name has a line break or another control character".to_owned());
        }
        let path = written.strip_prefix("file://").unwrap_or(written);
        if path.contains("://") {
            return Err("that is a link, not a file".to_owned());
        }
        let path = path.replace('\\', "/");
        let is_windows = path.as_bytes().get(1) == Some(&b':');
        if path.starts_with('/') || is_windows {
            let below = [&self.folder, &self.whole].into_iter().find_map(|folder| {
                let folder = folder.to_string_lossy().replace('\\', "/");
                let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
                rest.strip_prefix('/').map(str::to_owned)
            });
            let outside = || {
                format!(
                    "the path is not below the data folder {}",
                    self.whole.display()
                )
            };
            return inside(&below.ok_or_else(outside)?).ok_or_else(outside);
        }
        inside(&path).ok_or_else(|| "the path leads out of the data folder".to_owned())
    }
}

/// A path without `.` and `..`, where it stays below the folder that it is for.
fn inside(path: &str) -> Option<String> {
    let mut parts = Vec::new();
    if path.starts_with('/') {
        return None;
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// A path below a folder, which may be the data folder itself.
pub(super) fn join(place: &str, path: &str) -> String {
    match place {
        "" => path.to_owned(),
        place => format!("{place}/{path}"),
    }
}

/// A spelling that capitals and the ways to write a letter with its marks do not change.
fn folded(path: &str) -> String {
    path.nfc().collect::<String>().to_lowercase()
}

/// A path's file name without its ending.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn index(folder: &Path) -> Index {
    let mut index = Index::new();
    let mut seen = HashSet::new();
    walk(folder, "", 0, &mut seen, &mut |name| {
        let names = folded(&name);
        // A list that leaves endings out may have a dot in the name itself.
        let file = names.rsplit('/').next().unwrap_or(&names);
        for key in [stem(file), stem(stem(file))] {
            let places = index.entry(key.to_owned()).or_default();
            if places.last() != Some(&name) {
                places.push(name.clone());
            }
        }
    });
    index
}

/// Gives the path of each file below a folder to `each`. What cannot be read has none.
fn walk(
    folder: &Path,
    below: &str,
    depth: usize,
    seen: &mut HashSet<PathBuf>,
    each: &mut impl FnMut(String),
) {
    // A link may lead back.
    let is_new = folder
        .canonicalize()
        .is_ok_and(|folder| seen.insert(folder));
    if depth > DEEPEST || !is_new {
        return;
    }
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let name = join(below, name);
        if path.is_dir() {
            if !is_foreign(&path) {
                walk(&path, &name, depth + 1, seen, each);
            }
        } else if !is_foreign(&path) {
            each(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use temp_dir::TempDir;

    use super::*;

    fn folder(files: &[&str]) -> (TempDir, Names) {
        let folder = TempDir::new().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let names = Names::new(folder.path());
        (folder, names)
    }

    #[test]
    fn a_photo_is_found_however_its_path_is_written() {
        let (folder, names) = folder(&["train/a b.jpg", "train/Caf\u{E9}.JPG", "top.png"]);
        let absolute = folder.path().join("train/a b.jpg");
        let absolute = absolute.to_str().unwrap();
        for written in [
            "train/a b.jpg",
            "./train/a b.jpg",
            "train\\a b.jpg",
            ".\\train\\a b.jpg",
            "train//a b.jpg",
            "train/../train/a b.jpg",
            " train/a b.jpg\t",
            "\u{FEFF}train/a b.jpg",
            "a b.jpg",
            "a b",
            "A B.JPG",
            absolute,
            &format!("file://{absolute}"),
        ] {
            let found = names.find(written, &["", "train"]);
            assert_eq!(found.as_deref(), Ok("train/a b.jpg"), "{written}");
        }
        // As macOS and as Windows write it.
        for written in ["train/Cafe\u{301}.jpg", "TRAIN\\CAF\u{C9}.JPG"] {
            let found = names.find(written, &[""]);
            assert_eq!(found.as_deref(), Ok("train/Caf\u{E9}.JPG"), "{written}");
        }
        assert_eq!(
            names.find("top.png", &["train", ""]).as_deref(),
            Ok("top.png")
        );
    }

    #[test]
    fn it_is_told_why_a_photo_is_not_found() {
        let (_folder, names) = folder(&["train/a.jpg", "val/a.jpg", "val/b.png"]);
        for (written, place, says) in [
            (
                "a.jpg",
                "",
                "2 files have that name, train/a.jpg and val/a.jpg",
            ),
            ("b.png", "train", ""),
            ("b.jpg", "", "there is val/b.png"),
            ("../a.jpg", "", "leads out"),
            ("C:\\photos\\a.jpg", "", "not below the data folder"),
            ("/elsewhere/a.jpg", "", "not below the data folder"),
            ("http://x/a.jpg", "", "a link"),
            ("a\nb.jpg", "", "control character"),
            (" ", "", "empty"),
        ] {
            let error = names.find(written, &[place]).unwrap_err();
            assert!(error.contains(says), "{written}: {error}");
        }
        assert_eq!(names.find("a.jpg", &["val"]).as_deref(), Ok("val/a.jpg"));
    }

    #[test]
    fn what_systems_and_this_program_leave_is_passed_over() {
        let (_folder, names) = folder(&[
            "__MACOSX/imgs/a.jpg",
            ".cache/a.jpg",
            "features/lite0-1/key.json",
            "features/lite0-1/a.jpg",
            "run/recipe.toml",
            "run/vocabulary.json",
            "run/a.jpg",
            "imgs/._a.jpg",
            "imgs/a.jpg",
        ]);
        assert_eq!(names.find("a.jpg", &[""]).as_deref(), Ok("imgs/a.jpg"));
    }
}
