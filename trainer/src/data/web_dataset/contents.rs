//! What archives at addresses hold, kept in the data folder: an archive has no table of contents, and to find its photos
//! it is read from end to end. Once is enough.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use parquet::file::reader::Length;
use serde::{Deserialize, Serialize};

use super::archive::{Contents, read};
use crate::data::shards;
use crate::fetch::Shard;
use crate::files;

/// In the data folder.
const FOLDER: &str = "shards.contents";

/// An archive as it was when it was read.
#[derive(PartialEq, Serialize, Deserialize)]
struct Origin {
    /// Without what follows a question mark: keys stand there, which change.
    address: String,
    bytes: u64,
    /// As the server tells it.
    version: String,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    origin: Origin,
    contents: Contents,
}

/// What an archive of a data folder holds. Of one at an address that is kept, unless its server does not tell a version
/// from the next.
///
/// # Errors
/// When the archive cannot be read to its end.
pub(super) fn contents(folder: &Path, path: &Path) -> Result<Contents> {
    let shard = Shard::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let Some(version) = shard.version() else {
        return read(&shard, path);
    };
    let origin = Origin {
        address: shards::without_query(&path.to_string_lossy()).to_owned(),
        bytes: shard.len(),
        version: version.to_owned(),
    };
    let file = folder.join(FOLDER).join(file_name(&origin.address));
    if let Some(contents) = kept(&file, &origin) {
        return Ok(contents);
    }
    let mut kept = Kept {
        origin,
        contents: read(&shard, path)?,
    };
    if let Err(error) = keep(&file, &kept) {
        let notice = format!("archives will be read through again when they are opened: {error:#}");
        kept.contents.journal.notice(notice);
    }
    Ok(kept.contents)
}

/// A file's contents, where they are those of the archive as it is now.
fn kept(file: &Path, origin: &Origin) -> Option<Contents> {
    let kept: Kept = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    let mut photos = kept.contents.samples.iter();
    let is_whole = photos.all(|(_, sample)| {
        sample.photo.as_ref().is_none_or(|photo| {
            let end = photo.start.checked_add(photo.length);
            end.is_some_and(|end| end <= origin.bytes)
        })
    });
    (kept.origin == *origin && is_whole).then_some(kept.contents)
}

fn keep(file: &Path, kept: &Kept) -> Result<()> {
    if let Some(folder) = file.parent() {
        let context = || format!("cannot create {}", folder.display());
        fs::create_dir_all(folder).with_context(context)?;
    }
    files::write_whole(file, &serde_json::to_vec(kept)?)
}

/// A name that addresses with other hosts and folders do not share.
fn file_name(address: &str) -> PathBuf {
    let name = address.rsplit('/').next().unwrap_or_default();
    let name: String = name
        .chars()
        .filter(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_'))
        .take(64)
        .collect();
    let sum = crc32fast::hash(address.as_bytes());
    format!("{name}-{sum:08x}.json").into()
}

#[cfg(test)]
mod tests {
    use temp_dir::TempDir;

    use super::*;

    fn origin(bytes: u64, version: &str) -> Origin {
        Origin {
            address: "https://h/train-0.tar".to_owned(),
            bytes,
            version: version.to_owned(),
        }
    }

    #[test]
    fn contents_are_those_of_the_archive_as_it_is_now() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("a/b.json");
        let contents = r#"{
            "samples": [["0", {"photo": {"ending": "jpg", "start": 512, "length": 488}, "other": null,
                               "captions": ["A dog."], "twice": 0}]],
            "journal": {"records": 2, "bad": ["0.json: no JSON"], "notices": []}
        }"#;
        let contents = serde_json::from_str(contents).unwrap();
        let origin_then = origin(1000, "\"1\"");
        let written = Kept {
            origin: origin_then,
            contents,
        };
        keep(&file, &written).unwrap();
        let found = kept(&file, &written.origin).unwrap();
        assert_eq!(found.samples[0].1.captions, ["A dog."]);
        assert_eq!(found.journal.bad.len(), 1);
        for other in [origin(1000, "\"2\""), origin(1001, "\"1\"")] {
            assert!(kept(&file, &other).is_none());
        }
        let bytes = fs::read(&file).unwrap();
        for end in 0..bytes.len() {
            fs::write(&file, &bytes[..end]).unwrap();
            assert!(kept(&file, &written.origin).is_none(), "{end}");
        }
        // A photo that ends behind the archive's end.
        let beyond = Kept {
            origin: origin(999, "\"1\""),
            ..written
        };
        keep(&file, &beyond).unwrap();
        assert!(kept(&file, &beyond.origin).is_none());
    }

    #[test]
    fn addresses_have_files_of_their_own() {
        let names = [
            "https://h/a/0.tar",
            "https://h/b/0.tar",
            "https://i/a/0.tar",
            "https://h/a/..",
        ];
        let files: std::collections::HashSet<_> = names.map(file_name).into();
        assert_eq!(files.len(), names.len());
        assert!(files.iter().all(|file| file.components().count() == 1));
        let long = format!("https://h/{}.tar", "a".repeat(1000));
        assert!(file_name(&long).as_os_str().len() < 100);
    }
}
