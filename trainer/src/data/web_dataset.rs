//! WebDataset: `.tar` archives in which files of one name and different endings belong together, a photo
//! and its `.txt` (a caption), or its `.json` with a `caption`, `text` or `captions`. Archives tell
//! their split by their names ([`Split::of_files`]). <https://github.com/webdataset/webdataset>

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::builder::Builder;
use super::photos::{Member, PhotoSource, files_ending};
use super::split::stem;
use super::{Dataset, Split};

const PHOTO_ENDINGS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];
/// Members of a tar archive are filled up to a multiple of so many bytes.
const BLOCK: u64 = 512;
/// A text member that is longer is no caption.
const LONGEST_TEXT: u64 = 1 << 20;

/// A photo and its captions, of an archive.
#[derive(Default)]
struct Sample {
    photo: Option<(String, Member)>,
    captions: Vec<String>,
}

pub(super) fn open(folder: &Path) -> Result<Dataset> {
    let archives = Split::of_files(files_ending(folder, "tar")?)?;
    let mut members = HashMap::new();
    let mut listed = Vec::new();
    for (index, (path, split)) in archives.iter().enumerate() {
        let archive = stem(path);
        let samples = read(path, index)
            .with_context(|| format!("{} is no whole tar archive", path.display()))?;
        for (key, sample) in samples {
            // Other archives may have the same keys.
            let name = format!("{archive}/{key}");
            let name = match sample.photo {
                Some((ending, member)) => {
                    let name = format!("{name}.{ending}");
                    members.insert(name.clone(), member);
                    name
                }
                None => name,
            };
            listed.push((name, sample.captions, *split));
        }
    }
    let photos = PhotoSource::Archives {
        paths: archives.into_iter().map(|(path, _)| path).collect(),
        members,
    };
    let mut builder = Builder::new("WebDataset", photos);
    for (name, captions, split) in &listed {
        builder.add(name, captions.iter().map(String::as_str), *split);
    }
    Ok(builder.finish())
}

/// The samples of an archive in its order.
fn read(path: &Path, archive: usize) -> Result<Vec<(String, Sample)>> {
    let mut samples: Vec<(String, Sample)> = Vec::new();
    let mut places = HashMap::new();
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut tar = tar::Archive::new(BufReader::new(file));
    // Photos are skipped, not read.
    for entry in tar.entries_with_seek()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        // Seeking goes past the end of a file without a word.
        let end = entry.size().checked_next_multiple_of(BLOCK);
        ensure!(
            end.and_then(|size| size.checked_add(entry.raw_file_position()))
                .is_some_and(|end| end <= length),
            "it ends in the middle of a member"
        );
        let name = entry.path()?.to_string_lossy().into_owned();
        // Everything before the first dot of the file's name is the key.
        let start = name.rfind('/').map_or(0, |slash| slash + 1);
        let Some(dot) = name[start..].find('.') else {
            continue;
        };
        let (key, ending) = (&name[..start + dot], &name[start + dot + 1..]);
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
            let mut text = String::new();
            entry
                .by_ref()
                .take(LONGEST_TEXT)
                .read_to_string(&mut text)
                .with_context(|| name.clone())?;
            if ending == "txt" {
                sample.captions.push(text);
            } else {
                let value: Value = serde_json::from_str(&text).with_context(|| name.clone())?;
                sample.captions.extend(captions_of(&value));
            }
        }
    }
    Ok(samples)
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
    use std::fs;
    use std::path::PathBuf;

    use temp_dir::TempDir;

    use super::*;

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
}
