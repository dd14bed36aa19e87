//! A tar archive, from end to end: photos are passed over, texts are read.

use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use indexmap::IndexMap;
use parquet::file::reader::Length;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::data::journal::Journal;
use crate::data::photos::Member;
use crate::data::table::names_a_photo;
use crate::data::{json, text};
use crate::fetch::Shard;

const PHOTO_ENDINGS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];
/// Members of a tar archive are filled up to a multiple of so many bytes.
const BLOCK: u64 = 512;
/// A text member that is longer is no caption.
const LONGEST_TEXT: u64 = 1 << 20;

/// What an archive holds.
#[derive(Serialize, Deserialize)]
pub(super) struct Contents {
    /// By their keys, in the archive's order.
    pub(super) samples: Vec<(String, Sample)>,
    /// What is to be said of its texts.
    pub(super) journal: Journal,
}

/// A photo and its captions.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Sample {
    pub(super) photo: Option<Photo>,
    /// The ending of a picture that is not read.
    pub(super) other: Option<String>,
    pub(super) captions: Vec<String>,
    /// Captions that stand in another member too.
    pub(super) twice: usize,
}

/// A photo's place in its archive.
#[derive(Serialize, Deserialize)]
pub(super) struct Photo {
    /// Of its name.
    pub(super) ending: String,
    /// First byte.
    pub(super) start: u64,
    /// Number of bytes.
    pub(super) length: u64,
}

impl Photo {
    pub(super) fn in_archive(&self, archive: usize) -> Member {
        Member {
            archive,
            start: self.start,
            length: self.length,
        }
    }
}

/// Reads an archive. Texts that cannot be read are noted and left out.
///
/// # Errors
/// When the archive itself cannot be read to its end.
pub(super) fn read(shard: &Shard, path: &Path) -> Result<Contents> {
    let broken = || format!("{} is no whole tar archive", path.display());
    let mut samples: IndexMap<String, Sample> = IndexMap::new();
    let mut journal = Journal::default();
    let length = shard.len();
    let start = shard.read(0, 4).with_context(broken)?;
    for (magic, kind, tool) in [
        (&[0x1F, 0x8B][..], "gzip", "gunzip"),
        (&[0x28, 0xB5, 0x2F, 0xFD], "zstd", "unzstd"),
        (b"BZh", "bzip2", "bunzip2"),
        (b"PK", "zip", "unzip"),
    ] {
        ensure!(
            !start.starts_with(magic),
            "{} is compressed by {kind}: unpack it first, with {tool}",
            path.display()
        );
    }
    let mut tar = tar::Archive::new(BufReader::new(shard.reader(0).with_context(broken)?));
    // Photos are skipped, not read.
    for entry in tar.entries_with_seek().with_context(broken)? {
        let mut entry = entry.with_context(broken)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        // Seeking goes past the end of a file without a word.
        let end = entry.size().checked_next_multiple_of(BLOCK);
        ensure!(
            end.and_then(|size| size.checked_add(entry.raw_file_position()))
                .is_some_and(|end| end <= length),
            "{}: it ends in the middle of a member",
            broken()
        );
        let name = entry.path().with_context(broken)?;
        let name = name.to_string_lossy().into_owned();
        // Everything before the first dot of the file's name is the key.
        let start = name.rfind('/').map_or(0, |slash| slash + 1);
        let Some(dot) = name[start..].find('.') else {
            continue;
        };
        let (key, ending) = (&name[..start + dot], &name[start + dot + 1..]);
        // What macOS puts beside each file.
        if key.ends_with('/') || key.is_empty() || name.starts_with("__MACOSX/") {
            continue;
        }
        let sample = samples.entry(key.to_owned()).or_default();
        let ending = ending.to_lowercase();
        if PHOTO_ENDINGS.contains(&ending.as_str()) {
            sample.photo = Some(Photo {
                ending,
                start: entry.raw_file_position(),
                length: entry.size(),
            });
        } else if ending == "txt" || ending == "json" {
            let place = || format!("{name} in {}", path.display());
            if entry.size() > LONGEST_TEXT {
                journal.bad(format!("{}: it is too long for a caption", place()));
                continue;
            }
            let mut bytes = Vec::new();
            entry
                .by_ref()
                .take(LONGEST_TEXT)
                .read_to_end(&mut bytes)
                .with_context(place)?;
            let captions = captions_in(bytes, &ending, &place(), &mut journal);
            if let Some(captions) = journal.take(captions, place) {
                let (old, new): (Vec<_>, Vec<_>) = captions
                    .into_iter()
                    .map(|caption| caption.trim().to_owned())
                    .partition(|caption| sample.captions.contains(caption));
                sample.twice += old.len();
                sample.captions.extend(new);
            }
        } else if names_a_photo(&name) {
            sample.other = Some(ending);
        }
    }
    Ok(Contents {
        samples: samples.into_iter().collect(),
        journal,
    })
}

/// The captions in a `.txt` or a `.json`.
fn captions_in(
    bytes: Vec<u8>,
    ending: &str,
    place: &str,
    journal: &mut Journal,
) -> Result<Vec<String>, String> {
    let text = text::decode(bytes, place, journal).map_err(|_| "it is no text".to_owned())?;
    if ending == "txt" {
        return Ok(vec![text]);
    }
    let value: Value = json::from_str(&text).map_err(|error| json::place(&error))?;
    Ok(captions_of(&value))
}

fn captions_of(value: &Value) -> Vec<String> {
    let found = ["caption", "text", "captions"]
        .iter()
        .find_map(|name| value.get(name));
    match found {
        Some(Value::String(caption)) => vec![caption.clone()],
        Some(Value::Array(captions)) => captions
            .iter()
            .filter_map(|caption| caption.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}
