//! `sw.js`, the service worker: which of the page's files it keeps, and a version that differs whenever one of them does.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::site_path::{address, has_extension};

/// The service worker's file, beside `index.html`.
pub(crate) const NAME: &str = "sw.js";

/// Endings of the files that it keeps. Models and WebAssembly modules are kept by their own sums, in `store.js`.
const KEPT: [&str; 6] = ["css", "html", "jpg", "js", "png", "svg"];

/// The web application's manifest, which browsers ask for by themselves.
const MANIFEST: &str = "manifest.webmanifest";

/// The service worker in `files` with a list of the others before it.
pub(crate) fn with_files(files: &BTreeMap<PathBuf, Vec<u8>>, worker: &[u8]) -> Vec<u8> {
    let mut sum = Sha256::new();
    sum.update(worker);
    let mut names = String::new();
    for (path, bytes) in files.iter().filter(|(path, _)| is_kept(path)) {
        let name = address(path);
        sum.update(name.as_bytes());
        sum.update(Sha256::digest(bytes));
        // Many web servers have no other address for it.
        let place = if name == "index.html" { "./" } else { &name };
        // Writing to a string cannot fail.
        let _ = write!(names, "\"{place}\",");
    }
    let version = format!("{:x}", sum.finalize());
    let mut file = format!(
        "const VERSION = \"{}\";\nconst FILES = [{names}];\n",
        &version[..16]
    )
    .into_bytes();
    file.extend_from_slice(worker);
    file
}

fn is_kept(path: &Path) -> bool {
    // Those who build a page are online, and visitors do not come there.
    let is_apart = path == Path::new(NAME) || path.starts_with("developers");
    !is_apart && (path == Path::new(MANIFEST) || has_extension(path, &KEPT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(files: &[(&str, &str)], worker: &str) -> String {
        let files = files
            .iter()
            .map(|(name, text)| (PathBuf::from(name), text.as_bytes().to_vec()))
            .collect();
        String::from_utf8(with_files(&files, worker.as_bytes())).unwrap()
    }

    const SITE: [(&str, &str); 7] = [
        ("app.js", "code"),
        ("developers/index.html", "another page"),
        ("index.html", "page"),
        ("manifest.webmanifest", "{}"),
        ("models/glimpse.safetensors", "weights"),
        ("runtime/cpu/glimpse_bg.wasm", "module"),
        ("sw.js", "worker"),
    ];

    #[test]
    fn the_small_files_are_listed_before_the_worker() {
        let file = made(&SITE, "worker");
        let (lines, rest) = file.split_at(file.len() - "worker".len());
        assert_eq!(rest, "worker");
        assert_eq!(
            lines.lines().nth(1),
            Some("const FILES = [\"app.js\",\"./\",\"manifest.webmanifest\",];")
        );
    }

    #[test]
    fn the_version_changes_with_any_file_that_is_kept() {
        let version = |files: &[(&str, &str)], worker: &str| {
            made(files, worker).lines().next().unwrap().to_owned()
        };
        let first = version(&SITE, "worker");
        assert_eq!(version(&SITE, "worker"), first);
        assert_ne!(version(&SITE, "another worker"), first);
        let with = |place: usize, text| {
            let mut files = SITE;
            files[place].1 = text;
            version(&files, "worker")
        };
        assert_ne!(with(2, "egap"), first);
        // Known by its own sum, in assets.js.
        assert_eq!(with(4, "others"), first);
        assert_eq!(with(1, "another page changed"), first);
    }
}
