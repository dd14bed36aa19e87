//! Photos in folders, by their files' names.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Error, Result, anyhow, ensure};
use walkdir::WalkDir;

/// Endings of photos that are read, in lower case.
const PHOTOS: [&str; 8] = ["jpg", "jpeg", "jpe", "jfif", "png", "webp", "tif", "tiff"];

/// Endings of photos that are not.
const OTHER_PHOTOS: [&str; 4] = ["heic", "heif", "hif", "avif"];

/// What people gave, folders taken for the photos in them.
#[derive(Debug, Default)]
pub struct Found {
    /// Photos in the order given, those of a folder by their names.
    pub photos: Vec<PathBuf>,
    /// Folders that cannot be read.
    pub failures: Vec<Error>,
}

/// Looks for photos. Those in folders below a folder count where it is `recursive`; what is hidden does not. A file that
/// is found twice, through links for one, is taken once.
///
/// # Errors
/// When a folder is given, and there is no photo in any.
pub fn find(given: &[PathBuf], recursive: bool) -> Result<Found> {
    let mut found = Found::default();
    // Those given by name are tried whatever they are called.
    let named = || given.iter().filter(|path| !path.is_dir());
    let mut seen: HashSet<_> = named()
        .filter_map(|path| fs::canonicalize(path).ok())
        .collect();
    for path in given {
        if path.is_dir() {
            in_folder(path, recursive, &mut seen, &mut found);
        } else {
            found.photos.push(path.clone());
        }
    }
    let folders: Vec<_> = given.iter().filter(|path| path.is_dir()).collect();
    ensure!(
        !found.photos.is_empty() || !found.failures.is_empty(),
        "there is no photo in {}{}",
        folders
            .iter()
            .map(|path| path.display().to_string())
            .collect::<Vec<_>>()
            .join(", "),
        if recursive {
            ""
        } else {
            "; --recursive looks into the folders in it too"
        }
    );
    Ok(found)
}

fn in_folder(folder: &Path, recursive: bool, seen: &mut HashSet<PathBuf>, found: &mut Found) {
    let entries = WalkDir::new(folder)
        .follow_links(true)
        .max_depth(if recursive { usize::MAX } else { 1 })
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !is_foreign(entry.path()));
    for entry in entries {
        match entry {
            Ok(entry) => {
                let path = entry.path();
                if entry.file_type().is_file()
                    && (has_ending(path, &PHOTOS) || has_ending(path, &OTHER_PHOTOS))
                    && fs::canonicalize(path).is_ok_and(|whole| seen.insert(whole))
                {
                    found.photos.push(path.to_owned());
                }
            }
            // A link that leads back to where it is.
            Err(error) if error.loop_ancestor().is_some() => {}
            // One that leads nowhere.
            Err(error) if error.path().is_some_and(Path::is_symlink) => {}
            Err(error) => found.failures.push(anyhow!("cannot look into {error}")),
        }
    }
}

/// Refuses photos of which two are one file.
///
/// # Errors
/// With the one that is given twice.
pub fn each_once(photos: &[PathBuf]) -> Result<()> {
    let mut seen = HashSet::new();
    for path in photos {
        let is_new = fs::canonicalize(path).map_or(true, |whole| seen.insert(whole));
        ensure!(is_new, "{} is given twice", path.display());
    }
    Ok(())
}

/// Whether a file or folder is hidden, or was made by a system: macOS's part of zip files, Synology's thumbnails.
fn is_foreign(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || name == "__MACOSX" || name == "@eaDir"
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().unwrap_or_default();
    endings
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
}

/// What to do with a photo whose format is not read: what it is called by people, and what helps.
pub(super) fn unread_format(photo: &[u8]) -> Option<Error> {
    // ISO base media files, by their brand.
    let brand = (photo.get(4..8) == Some(b"ftyp")).then(|| photo.get(8..12))??;
    let (name, how) = match brand {
        b"avif" | b"avis" => ("AVIF", "`avifdec IMG.avif IMG.png` converts it"),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => (
            "HEIC",
            "`heif-convert IMG.heic IMG.jpg` converts it, as macOS's and Windows' photo programs do",
        ),
        _ => return None,
    };
    Some(anyhow!("{name} photos are not read: {how}"))
}

#[cfg(test)]
mod tests {
    use temp_dir::TempDir;

    use super::*;

    fn folder_with(files: &[&str]) -> TempDir {
        let folder = TempDir::new().unwrap();
        for file in files {
            let path = folder.child(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn names(folder: &TempDir, recursive: bool) -> Vec<String> {
        let found = find(&[folder.path().to_owned()], recursive).unwrap();
        assert!(found.failures.is_empty(), "{:?}", found.failures);
        let names = found.photos.iter();
        names
            .map(|path| path.strip_prefix(folder.path()).unwrap())
            .map(|path| path.display().to_string().replace('\\', "/"))
            .collect()
    }

    #[test]
    fn photos_are_found_in_the_order_of_their_names_and_nothing_else() {
        let folder = folder_with(&[
            "b.JPG",
            "a.png",
            "a.png.xmp",
            "notes.txt",
            "noending",
            "c.heic",
            ".hidden/d.jpg",
            "._b.JPG",
            "@eaDir/b.JPG/SYNOPHOTO_THUMB_M.jpg",
            "sub/e.tiff",
            "sub/deeper/f.webp",
        ]);
        assert_eq!(names(&folder, false), ["a.png", "b.JPG", "c.heic"]);
        assert_eq!(
            names(&folder, true),
            [
                "a.png",
                "b.JPG",
                "c.heic",
                "sub/deeper/f.webp",
                "sub/e.tiff"
            ]
        );
        let error = find(&[folder.path().join("sub/../.hidden/..")], false);
        assert_eq!(error.unwrap().photos.len(), 3);
    }

    #[test]
    fn a_folder_without_photos_is_an_error() {
        let folder = folder_with(&["sub/a.jpg", "notes.txt"]);
        let error = find(&[folder.path().to_owned()], false).unwrap_err();
        assert!(error.to_string().contains("--recursive"), "{error}");
        assert_eq!(names(&folder, true), ["sub/a.jpg"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_round_end_and_no_photo_is_found_twice() {
        use std::os::unix::fs::symlink;
        let folder = folder_with(&["a.jpg", "sub/b.jpg"]);
        symlink("..", folder.child("sub/round")).unwrap();
        symlink("a.jpg", folder.child("same.jpg")).unwrap();
        symlink("nowhere", folder.child("dangling.jpg")).unwrap();
        assert_eq!(names(&folder, true), ["a.jpg", "sub/b.jpg"]);
        let given = [folder.child("same.jpg"), folder.path().to_owned()];
        let found = find(&given, true).unwrap();
        assert_eq!(
            found.photos,
            [folder.child("same.jpg"), folder.child("sub/b.jpg")]
        );
    }
}
