//! WebDataset: `.tar` archives in which files of one name and different endings belong together, a photo
//! and its `.txt` (a caption), or its `.json` with a `caption`, `text` or `captions`. Archives tell
//! their split by their names ([`Split::of_files`]). <https://github.com/webdataset/webdataset>

use std::collections::HashMap;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use parquet::file::reader::Length;
use serde_json::Value;

use super::builder::{Builder, Opened};
use super::journal::Journal;
use super::photos::{Member, PhotoSource, any_files_ending};
use super::shards;
use super::split::TestSplit;
use super::table::names_a_photo;
use super::{Split, json, text};
use crate::fetch::Shard;

const PHOTO_ENDINGS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];
/// Members of a tar archive are filled up to a multiple of so many bytes.
const BLOCK: u64 = 512;
/// A text member that is longer is no caption.
const LONGEST_TEXT: u64 = 1 << 20;

/// A photo and its captions, of an archive.
#[derive(Default)]
struct Sample {
    photo: Option<(String, Member)>,
    /// The ending of a picture that is not read.
    other: Option<String>,
    captions: Vec<String>,
    /// Captions that stand in another member too.
    twice: usize,
}

/// The file that tells this layout.
pub(super) fn evidence(folder: &Path) -> Option<String> {
    match any_files_ending(folder, "tar").ok()?.first() {
        Some(first) => Some(first.file_name()?.to_str()?.to_owned()),
        None => shards::evidence(folder, "tar"),
    }
}

pub(super) fn open(folder: &Path, test: TestSplit) -> Result<Opened> {
    let mut builder = Builder::new("WebDataset", folder, test);
    let mut found = any_files_ending(folder, "tar")?;
    found.extend(shards::listed(folder, "tar")?);
    ensure!(!found.is_empty(), "{} holds no .tar file", folder.display());
    let archives = Split::of_files(folder, found, test, &mut builder.journal)?;
    let mut members = HashMap::new();
    let mut twice = 0;
    for (index, (path, split)) in archives.iter().enumerate() {
        let archive = shards::name(folder, path);
        let archive = archive.rsplit_once('.').map_or(&*archive, |(stem, _)| stem);
        for (key, sample) in read(path, index, &mut builder.journal)? {
            // Other archives may have the same keys.
            let name = format!("{archive}/{key}");
            twice += sample.twice;
            match (sample.photo, sample.other) {
                (Some((ending, member)), _) => {
                    let name = format!("{name}.{ending}");
                    members.insert(name.clone(), member);
                    let captions = sample.captions.iter().map(String::as_str);
                    builder.add(&name, captions, *split);
                }
                // A description of the archive, for one.
                (None, None) if sample.captions.is_empty() => {}
                (None, None) => builder.add_missing(&name, ""),
                (None, Some(ending)) => {
                    let why = format!("its photo is a .{ending}, which is not read");
                    builder.add_missing(&name, &why);
                }
            }
        }
    }
    if twice > 0 {
        builder.journal.notice(format!(
            "counted once: {twice} captions that stand in a photo's .txt and .json both"
        ));
    }
    let photos = PhotoSource::Archives {
        paths: archives.into_iter().map(|(path, _)| path).collect(),
        members,
    };
    builder.with_photos(photos).finish()
}

/// The samples of an archive in its order. Texts that cannot be read are noted and left out.
///
/// # Errors
/// When the archive itself cannot be read to its end.
fn read(path: &Path, archive: usize, journal: &mut Journal) -> Result<Vec<(String, Sample)>> {
    let broken = || format!("{} is no whole tar archive", path.display());
    let mut samples: Vec<(String, Sample)> = Vec::new();
    let mut places = HashMap::new();
    let shard = Shard::open(path).with_context(|| format!("cannot read {}", path.display()))?;
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
        let place = *places.entry(key.to_owned()).or_insert_with(|| {
            samples.push((key.to_owned(), Sample::default()));
            samples.len() - 1
        });
        let sample = &mut samples[place].1;
        let ending = ending.to_lowercase();
        if PHOTO_ENDINGS.contains(&ending.as_str()) {
            let member = Member {
                archive,
                start: entry.raw_file_position(),
                length: entry.size(),
            };
            sample.photo = Some((ending, member));
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
            let captions = captions_in(bytes, &ending, &place(), journal);
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
    Ok(samples)
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

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::PathBuf;

    use temp_dir::TempDir;

    use crate::data::Dataset;

    fn archive(folder: &TempDir, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let path = folder.path().join(name);
        let mut tar = tar::Builder::new(File::create(&path).unwrap());
        for (name, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            tar.append_data(&mut header, name, content.as_bytes())
                .unwrap();
        }
        tar.finish().unwrap();
        path
    }

    #[test]
    fn files_of_one_name_belong_together() {
        let folder = TempDir::new().unwrap();
        archive(
            &folder,
            "train-000.tar",
            &[
                ("x/000.jpg", "PHOTO"),
                ("x/000.txt", "A dog."),
                ("x/001.txt", "no photo"),
                ("x/002.png", "SILENT"),
                ("x/003.JPG", "OTHER"),
                ("x/003.json", "{\"captions\": [\"A\", \"B\"], \"width\": 3}"),
            ],
        );
        let validation = archive(
            &folder,
            "val-000.tar",
            &[("x/000.jpg", "V"), ("x/000.txt", "V")],
        );
        archive(
            &folder,
            "test-000.tar",
            &[("x/000.jpg", "T"), ("x/000.txt", "T")],
        );
        let dataset = Dataset::open(folder.path(), None).unwrap();
        let names: Vec<_> = dataset
            .train
            .iter()
            .map(|photo| photo.name.as_str())
            .collect();
        assert_eq!(names, ["train-000/x/000.jpg", "train-000/x/003.jpg"]);
        assert_eq!(dataset.train[1].captions, ["A", "B"]);
        assert_eq!(dataset.photos.read(names[0]).unwrap(), b"PHOTO");
        assert_eq!(dataset.photos.read(names[1]).unwrap(), b"OTHER");
        assert_eq!(dataset.dev[0].name, "val-000/x/000.jpg");
        assert_eq!(dataset.defects.without_file, ["train-000/x/001"]);
        assert_eq!(dataset.defects.without_captions, ["train-000/x/002.png"]);

        let bytes = fs::read(&validation).unwrap();
        fs::write(&validation, &bytes[..600]).unwrap();
        let error = format!("{:#}", Dataset::open(folder.path(), None).unwrap_err());
        assert!(error.contains("val-000.tar"), "{error}");
    }

    #[test]
    fn a_member_that_cannot_be_read_costs_itself_only() {
        let folder = TempDir::new().unwrap();
        let mut files = Vec::new();
        let names: Vec<_> = (0..12).map(|index| format!("{index:03}")).collect();
        let names: Vec<_> = names
            .iter()
            .map(|name| {
                [
                    format!("{name}.jpg"),
                    format!("{name}.txt"),
                    format!("{name}.json"),
                ]
            })
            .collect();
        for [photo, text, json] in &names {
            files.push((photo.as_str(), "PHOTO"));
            files.push((text, "A dog."));
            files.push((json, "{\"caption\": \"A dog.\", \"similarity\": NaN}"));
        }
        files[2].1 = "{not json";
        archive(&folder, "0.tar", &files);
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!(dataset.train.len(), 12);
        assert!(
            dataset
                .train
                .iter()
                .all(|photo| photo.captions == ["A dog."])
        );
        let report = dataset.lines().join("\n");
        assert!(report.contains("000.json in "), "{report}");
        assert!(report.contains("counted once: 11 captions"), "{report}");
    }

    #[test]
    fn archives_that_hold_nothing_to_read_say_why() {
        let folder = TempDir::new().unwrap();
        archive(&folder, "0.tar", &[("0.gif", "GIF"), ("0.txt", "A dog.")]);
        let error = format!("{:#}", Dataset::open(folder.path(), None).unwrap_err());
        assert!(error.contains("its photo is a .gif"), "{error}");
        fs::write(folder.path().join("0.tar"), b"\x1F\x8B\x08\0rest").unwrap();
        let error = format!("{:#}", Dataset::open(folder.path(), None).unwrap_err());
        assert!(error.contains("0.tar is compressed by gzip"), "{error}");
    }
}
