//! Hugging Face's imagefolder: photos with a table beside them, `metadata.jsonl`, `metadata.csv` or
//! `captions.csv`, that has a column `file_name` and one or several of captions (`text`, `caption`, and the like).
//! Folders whose names say a split (`train`, `validation`, `val`, `valid`, `dev`, `test`) with a table each are the
//! splits. <https://huggingface.co/docs/datasets/image_dataset#imagefolder>

use std::path::Path;

use anyhow::{Result, bail, ensure};
use serde_json::{Map, Value};

use super::builder::{Builder, Opened};
use super::captions_by_photo::CaptionsByPhoto;
use super::journal::Journal;
use super::photos::folders;
use super::split::{TestSplit, not_read, train_on_something};
use super::table::{Columns, Table, names_a_photo};
use super::{Split, json, text};

const TABLES: [&str; 6] = [
    "metadata.jsonl",
    "metadata.csv",
    "captions.csv",
    "captions.jsonl",
    "metadata.tsv",
    "captions.tsv",
];
/// What a column of photos is called. The first is Hugging Face's.
const FILES: [&str; 10] = [
    "file_name",
    "filename",
    "file",
    "image",
    "image_name",
    "image_path",
    "path",
    "photo",
    "img",
    "image_file",
];
/// What columns of captions are called; a number may stand behind.
pub(super) const TEXTS: [&str; 7] = [
    "text",
    "caption",
    "captions",
    "comment",
    "description",
    "sentence",
    "sentences",
];

/// The file that tells this layout.
pub(super) fn evidence(folder: &Path) -> Option<String> {
    tables(folder, is_table).into_iter().next()
}

/// A file that would tell this layout if it were a table.
pub(super) fn weak_evidence(folder: &Path) -> Option<String> {
    tables(folder, Path::is_file).into_iter().next()
}

/// Tables in a folder and in its splits' folders, by their paths in it.
fn tables(folder: &Path, is_one: impl Fn(&Path) -> bool) -> Vec<String> {
    let mut places = vec![String::new()];
    places.extend(
        folder_names(folder)
            .into_iter()
            .filter(|name| Split::named(name).is_some())
            .map(|name| format!("{name}/")),
    );
    let paths = places
        .iter()
        .flat_map(|place| TABLES.map(|table| format!("{place}{table}")));
    paths.filter(|path| is_one(&folder.join(path))).collect()
}

fn folder_names(folder: &Path) -> Vec<String> {
    let folders = folders(folder).unwrap_or_default();
    let names = folders.iter().filter_map(|path| path.file_name()?.to_str());
    names.map(str::to_owned).collect()
}

/// Whether a file is a table of photos and captions.
pub(super) fn is_table(path: &Path) -> bool {
    let Some(text) = path.is_file().then(|| text::beginning(path)).flatten() else {
        return false;
    };
    if is_json_lines(path) {
        let first = text.lines().find(|line| !line.trim().is_empty());
        let row = first.and_then(|line| json::from_str::<Map<String, Value>>(line).ok());
        return row.is_some_and(|row| row.keys().any(|name| is_file_column(name)));
    }
    let first = Table::new(&text, are_columns).first();
    are_columns(&first) || is_row(&first)
}

fn is_json_lines(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "jsonl")
}

pub(super) fn open(folder: &Path, test: TestSplit) -> Result<Opened> {
    let mut builder = Builder::named_by_folder(folder, test);
    let mut parts = Vec::new();
    for below in [String::new()].into_iter().chain(folder_names(folder)) {
        let part = folder.join(&below);
        let split = match below.as_str() {
            "" => Some(Split::Train),
            name => Split::named(name),
        };
        let present: Vec<_> = TABLES
            .into_iter()
            .filter(|table| part.join(table).is_file())
            .collect();
        let place = |table: &str| part.join(table).display().to_string();
        let best = present.iter().find(|table| is_table(&part.join(table)));
        let Some(table) = best.or(present.first()) else {
            continue;
        };
        for other in present.iter().filter(|other| *other != table) {
            let notice = format!("not read: {}, because {table} is there", place(other));
            builder.journal.notice(notice);
        }
        match split {
            Some(split) if builder.leaves_alone(split) => {
                builder.journal.notice(not_read(&part.join(table)));
                for photo in builder.names.photos_below(&below) {
                    builder.add(&photo, [], split);
                }
            }
            Some(split) => parts.push((part.join(table), below, split)),
            None => builder.journal.notice(format!(
                "not read: {}: the name of its folder says no split such as train or val",
                place(table)
            )),
        }
    }
    ensure!(
        !parts.is_empty(),
        "{} holds none of {}{}",
        folder.display(),
        TABLES.join(", "),
        builder
            .journal
            .notices
            .iter()
            .map(|notice| format!("; {notice}"))
            .collect::<String>()
    );
    train_on_something(parts.iter_mut().map(|(.., split)| split));
    for (path, below, split) in parts {
        read_table(&path, &below, split, &mut builder)?;
    }
    builder.finish()
}

/// Reads a table of photos that are below the folder `below` of the data folder. A photo in a folder of a test split is
/// of that split, whatever the table is for.
///
/// # Errors
/// When it cannot be read, or is no table of photos and captions.
pub(super) fn read_table(
    path: &Path,
    below: &str,
    split: Split,
    builder: &mut Builder,
) -> Result<()> {
    // A photo may have a row for each caption.
    let mut photos = CaptionsByPhoto::default();
    if is_json_lines(path) {
        json_lines(path, &mut builder.journal, &mut photos)?;
    } else {
        let text = text::read(path, &mut builder.journal)?;
        cells(&text, path, builder, &mut photos)?;
    }
    for (file, captions) in photos.into_photos() {
        let places: &[&str] = if below.is_empty() {
            &[""]
        } else {
            &[below, ""]
        };
        let path = builder.names.clean(&file).unwrap_or_default();
        let folder = path.split_once('/').map(|(folder, _)| folder);
        let split = match folder.and_then(Split::named) {
            Some(Split::Test) => Split::Test,
            _ => split,
        };
        builder.add_written(&file, places, captions.iter(), split);
    }
    Ok(())
}

fn json_lines(path: &Path, journal: &mut Journal, photos: &mut CaptionsByPhoto) -> Result<()> {
    text::each_line(path, journal, |number, line, journal| {
        if line.trim().is_empty() {
            return;
        }
        let place = || format!("{}, line {number}", path.display());
        if let Some((file, captions)) = journal.take(json_row(line), place) {
            photos.add(&file, captions);
        }
    })
}

fn json_row(line: &str) -> Result<(String, Vec<String>), String> {
    let row: Map<String, Value> = json::from_str(line).map_err(|error| match error.is_data() {
        true => "it is no object".to_owned(),
        false => format!("it is not JSON from column {} on", error.column()),
    })?;
    let file = row.iter().find(|(name, _)| is_file_column(name));
    let Some((_, Value::String(file))) = file else {
        return Err(format!("expected the photo's name as {:?}", FILES[0]));
    };
    let values = row.iter().filter(|(name, _)| is_text_column(name));
    let captions: Vec<_> = values
        .flat_map(|(_, value)| match value {
            Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
            value => Vec::from_iter(value.as_str()),
        })
        .map(str::to_owned)
        .collect();
    if captions.is_empty() {
        return Err(format!("expected a caption, as one of {TEXTS:?}"));
    }
    Ok((file.clone(), captions))
}

fn cells(
    text: &str,
    path: &Path,
    builder: &mut Builder,
    photos: &mut CaptionsByPhoto,
) -> Result<()> {
    let table = Table::new(text, |cells| are_columns(cells) || is_row(cells));
    let header = table.first();
    let headless = !are_columns(&header) && is_row(&header);
    let (photo, captions) = if headless {
        (0, vec![header.len() - 1])
    } else {
        let photo = header.iter().position(|name| is_file_column(name));
        let captions = (0..header.len()).filter(|&column| is_text_column(&header[column]));
        let (Some(photo), captions) = (photo, captions.collect::<Vec<_>>()) else {
            bail!("{}", columns_missing(path, &header));
        };
        ensure!(!captions.is_empty(), "{}", columns_missing(path, &header));
        (photo, captions)
    };
    let others: Vec<_> = (0..header.len())
        .filter(|column| *column != photo && !captions.contains(column))
        .map(|column| header[column].as_str())
        .filter(|name| !name.is_empty())
        .collect();
    if !others.is_empty() && !headless {
        builder.journal.notice(format!(
            "not read: the columns {} of {}",
            others.join(", "),
            path.display()
        ));
    }
    let columns = Columns {
        count: header.len(),
        photo,
        last_is_caption: captions.contains(&(header.len() - 1)),
        headless,
    };
    table.rows(&columns, |line, cells| {
        let row = cells.and_then(|cells| {
            if cells[photo].trim().is_empty() {
                return Err("it names no photo".to_owned());
            }
            let captions = captions.iter().flat_map(|&column| list(&cells[column]));
            Ok((cells[photo].clone(), captions.collect::<Vec<_>>()))
        });
        let place = || format!("{}, line {line}", path.display());
        if let Some((file, captions)) = builder.journal.take(row, place) {
            photos.add(&file, captions);
        }
    });
    Ok(())
}

/// A cell's captions: it may hold a list of them as JSON.
fn list(cell: &str) -> Vec<String> {
    let is_list = cell.trim_start().starts_with("[\"");
    let captions = is_list.then(|| json::from_str(cell).ok()).flatten();
    captions.unwrap_or_else(|| vec![cell.to_owned()])
}

fn columns_missing(path: &Path, header: &[String]) -> String {
    format!(
        "{}: its first line must have the column {} and one of {TEXTS:?}, but has {header:?}",
        path.display(),
        FILES[0]
    )
}

/// A column's name as it is written in [`FILES`] and [`TEXTS`].
fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

fn is_file_column(name: &str) -> bool {
    FILES.contains(&plain(name).as_str())
}

pub(super) fn is_text_column(name: &str) -> bool {
    let name = plain(name);
    let number = |character: char| character.is_ascii_digit() || matches!(character, '_' | '.');
    TEXTS.contains(&name.trim_end_matches(number))
}

fn are_columns(cells: &[String]) -> bool {
    let has = |is_one: fn(&str) -> bool| cells.iter().any(|cell| is_one(cell));
    has(is_file_column) && has(is_text_column)
}

/// Whether a first line is a row already: a photo and a caption.
fn is_row(cells: &[String]) -> bool {
    let has_words = |cell: &String| cell.contains(char::is_alphabetic) && !names_a_photo(cell);
    cells.len() >= 2 && names_a_photo(&cells[0]) && cells.last().is_some_and(has_words)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use crate::data::Dataset;

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
    fn every_caption_column_is_read_and_others_are_told() {
        for header in [
            "caption,caption,n",
            "caption_0,caption_1,n",
            "Caption1,Caption 2,n",
        ] {
            let folder = TempDir::new().unwrap();
            write(&folder, "a.jpg", "");
            let table = format!("Image Name,{header}\na.jpg,A,B,7\n");
            write(&folder, "captions.csv", &table);
            let dataset = Dataset::open(folder.path(), None).unwrap();
            assert_eq!(dataset.train[0].captions, ["A", "B"], "{header}");
            let report = dataset.lines().concat();
            assert!(report.contains("not read: the columns n of"), "{report}");
        }
    }

    #[test]
    fn a_table_without_a_line_of_names_loses_no_caption() {
        let folder = TempDir::new().unwrap();
        write(&folder, "a.jpg", "");
        write(&folder, "b.jpg", "");
        write(&folder, "captions.csv", "a.jpg,\"A dog, here\"\nb.jpg,B\n");
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!(dataset.train[0].captions, ["A dog, here"]);
        assert_eq!(dataset.train.len(), 2);
    }

    #[test]
    fn tables_that_are_not_read_are_told() {
        let folder = TempDir::new().unwrap();
        for place in ["", "valid/", "more/", "test/"] {
            write(&folder, &format!("{place}a.jpg"), "");
            let name = place.trim_end_matches('/');
            let table = format!("file_name,text\na.jpg,A {name}\n");
            write(&folder, &format!("{place}captions.csv"), &table);
        }
        write(
            &folder,
            "metadata.jsonl",
            "{\"file_name\": \"a.jpg\", \"text\": \"B\"}",
        );
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!(dataset.train[0].captions, ["B"]);
        assert_eq!(dataset.dev[0].name, "valid/a.jpg");
        assert_eq!(dataset.dev[0].captions, ["A valid"]);
        let report = dataset.lines().join("\n");
        for says in [
            "captions.csv, because metadata.jsonl is there",
            "more/captions.csv: the name of its folder says no split",
            "test/captions.csv: nothing trains on a test split",
        ] {
            assert!(report.contains(says), "{report}");
        }
    }

    #[test]
    fn a_row_that_is_none_is_left_out() {
        let folder = TempDir::new().unwrap();
        write(&folder, "a.jpg", "");
        let good = "{\"file_name\": \"a.jpg\", \"text\": \"A\", \"size\": NaN}\n".repeat(10);
        for (bad, says) in [
            ("not JSON", "line 11: it is not JSON"),
            ("[]", "line 11: it is no object"),
            (
                "{\"file_name\": \"a.jpg\", \"text\": null}",
                "expected a caption",
            ),
            ("{\"text\": \"A\"}", "expected the photo's name"),
        ] {
            write(&folder, "metadata.jsonl", &format!("{good}{bad}\n"));
            let dataset = Dataset::open(folder.path(), None).unwrap();
            assert_eq!(dataset.train[0].captions.len(), 10);
            let report = dataset.lines().join("\n");
            assert!(report.contains(says), "{report}");
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
            ("metadata.csv", "number,text\n", "file_name"),
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
