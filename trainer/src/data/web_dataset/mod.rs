//! WebDataset: `.tar` archives in which files of one name and different endings belong together, a photo
//! and its `.txt` (a caption), or its `.json` with a `caption`, `text` or `captions`. Archives tell
//! their split by their names ([`Split::of_files`]). <https://github.com/webdataset/webdataset>

mod archive;
mod contents;

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Result, ensure};

use contents::contents;

use super::Split;
use super::builder::{Builder, Opened};
use super::photos::{PhotoSource, any_files_ending};
use super::shards;
use super::split::TestSplit;

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
        let contents = contents(folder, path)?;
        builder.journal.append(contents.journal);
        for (key, sample) in contents.samples {
            // Other archives may have the same keys.
            let name = format!("{archive}/{key}");
            twice += sample.twice;
            match (sample.photo, sample.other) {
                (Some(photo), _) => {
                    let name = format!("{name}.{}", photo.ending);
                    members.insert(name.clone(), photo.in_archive(index));
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
