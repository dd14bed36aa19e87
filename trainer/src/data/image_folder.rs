//! Hugging Face's imagefolder: photos with a table beside them, `metadata.jsonl`, `metadata.csv` or
//! `captions.csv`, that has the columns `file_name` and `text` (or `caption`, or `captions` as a list).
//! Folders `train` and `validation` (or `val`, `dev`) with a table each are the splits; `test` is left
//! alone. <https://huggingface.co/docs/datasets/image_dataset#imagefolder>

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::builder::Builder;
use super::captions::CaptionsByPhoto;
use super::photos::{PhotoSource, read_text};
use super::{Dataset, Split};

const TABLES: [&str; 3] = ["metadata.jsonl", "metadata.csv", "captions.csv"];
const SPLITS: [(&str, Split); 4] = [
    ("train", Split::Train),
    ("validation", Split::Dev),
    ("val", Split::Dev),
    ("dev", Split::Dev),
];
const FILE: &str = "file_name";
const TEXTS: [&str; 3] = ["text", "caption", "captions"];
const LAYOUT: &str = "the imagefolder layout";

/// Whether a folder, or one of its splits' folders, has such a table.
pub(super) fn is_one(folder: &Path) -> bool {
    table(folder).is_some()
        || SPLITS
            .iter()
            .any(|(name, _)| table(&folder.join(name)).is_some())
}

fn table(folder: &Path) -> Option<&'static str> {
    TABLES.into_iter().find(|name| folder.join(name).is_file())
}

pub(super) fn open(folder: &Path) -> Result<Dataset> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let mut builder = Builder::new(&name, PhotoSource::tree(folder));
    let mut found = false;
    for (below, split) in [("", Split::Train)].into_iter().chain(SPLITS) {
        let part = folder.join(below);
        let Some(table) = table(&part) else { continue };
        found = true;
        let path = part.join(table);
        let rows = if table.ends_with(".jsonl") {
            json_lines(&path)?
        } else {
            csv_rows(&path)?
        };
        // A photo may have a line for each caption.
        let mut photos = CaptionsByPhoto::default();
        for (file, captions) in rows {
            match below {
                "" => photos.add(&file, captions),
                _ => photos.add(&format!("{below}/{file}"), captions),
            }
        }
        for file in photos.photos() {
            builder.add(file, photos.of(file), split);
        }
    }
    ensure!(
        found,
        "{} holds none of {}",
        folder.display(),
        TABLES.join(", ")
    );
    Ok(builder.finish())
}

/// Each line's file and captions.
fn json_lines(path: &Path) -> Result<Vec<(String, Vec<String>)>> {
    let text = read_text(path, LAYOUT)?;
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let place = || format!("{}, line {}", path.display(), number + 1);
            let row: HashMap<String, Value> = serde_json::from_str(line).with_context(place)?;
            let file = row.get(FILE).and_then(Value::as_str);
            let captions = match TEXTS.iter().find_map(|name| row.get(*name)) {
                Some(Value::String(caption)) => Some(vec![caption.clone()]),
                Some(Value::Array(captions)) => captions
                    .iter()
                    .map(|caption| caption.as_str().map(str::to_owned))
                    .collect(),
                _ => None,
            };
            match (file, captions) {
                (Some(file), Some(captions)) => Ok((file.to_owned(), captions)),
                _ => bail!("{}: expected \"{FILE}\" and one of {TEXTS:?}", place()),
            }
        })
        .collect()
}

fn csv_rows(path: &Path) -> Result<Vec<(String, Vec<String>)>> {
    let context = || format!("cannot read {}", path.display());
    let mut reader = csv::Reader::from_path(path).with_context(context)?;
    let columns = reader.headers().with_context(context)?.clone();
    let column = |names: &[&str]| {
        columns
            .iter()
            .position(|column| names.contains(&column.trim()))
    };
    let (Some(file), Some(text)) = (column(&[FILE]), column(&TEXTS)) else {
        bail!(
            "{}: its first line must have the column {FILE} and one of {TEXTS:?}",
            path.display()
        );
    };
    reader
        .records()
        .enumerate()
        .map(|(number, row)| {
            let row = row.with_context(|| format!("{}, row {}", path.display(), number + 2))?;
            let cell = |index: usize| row.get(index).unwrap_or_default().to_owned();
            Ok((cell(file), vec![cell(text)]))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use super::*;

    fn write(folder: &TempDir, name: &str, text: &str) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn tables_of_either_kind_say_the_same() {
        let lines = "{\"file_name\": \"a.jpg\", \"text\": \"개가 뛴다\"}\n\n\
                     {\"file_name\": \"a.jpg\", \"text\": \"A dog, here\"}\n\
                     {\"file_name\": \"below/b.jpg\", \"captions\": [\"x\", \"y\"]}\n";
        let table = "file_name,caption\na.jpg,개가 뛴다\na.jpg,\"A dog, here\"\nbelow/b.jpg,x\nbelow/b.jpg,y\n";
        for (name, text) in [("metadata.jsonl", lines), ("captions.csv", table)] {
            let folder = TempDir::new().unwrap();
            write(&folder, "a.jpg", "");
            write(&folder, "below/b.jpg", "");
            write(&folder, name, text);
            let dataset = Dataset::open(folder.path(), None).unwrap();
            assert_eq!(
                dataset.train[0].captions,
                ["개가 뛴다", "A dog, here"],
                "{name}"
            );
            assert_eq!(dataset.train[1].captions, ["x", "y"]);
            assert!(dataset.dev.is_empty());
        }
    }

    #[test]
    fn folders_are_splits() {
        let folder = TempDir::new().unwrap();
        for split in ["train", "validation", "test"] {
            write(&folder, &format!("{split}/a.jpg"), "");
            write(
                &folder,
                &format!("{split}/metadata.csv"),
                "file_name,text\na.jpg,A\nb.jpg,B\n",
            );
        }
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!(dataset.train.len(), 1);
        assert_eq!(dataset.dev[0].name, "validation/a.jpg");
        assert_eq!(
            dataset.defects.without_file,
            ["train/b.jpg", "validation/b.jpg"]
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        for (name, text, says) in [
            ("metadata.csv", "file,text\n", "file_name"),
            ("metadata.jsonl", "{\"file_name\": 1}\n", "line 1"),
            ("metadata.jsonl", "not JSON\n", "line 1"),
        ] {
            let folder = TempDir::new().unwrap();
            write(&folder, name, text);
            let error = format!("{:#}", Dataset::open(folder.path(), None).unwrap_err());
            assert!(error.contains(says), "{error}");
        }
    }
}
