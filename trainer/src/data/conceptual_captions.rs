//! Conceptual Captions: a `.tsv` file with a caption, a tab and a link per line, and `photos/TABLE/` with
//! the photos that could be fetched, named by the line's number in nine digits (from 0) and any ending.
//! Tables tell their split by their names ([`Split::of_files`]).

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::builder::{Builder, Opened};
use super::photos::{entries, files_ending};
use super::split::{TestSplit, stem};
use super::{Split, text};

/// The folder of the photos; each table has one of its own name below it, which a single table does not need.
const PHOTOS: &str = "photos";

/// The file that tells this layout.
pub(super) fn evidence(folder: &Path) -> Option<String> {
    let tables = files_ending(folder, "tsv").ok()?;
    let table = tables.iter().find(|table| is_table(table))?;
    Some(format!("{}.tsv", stem(table)))
}

/// A file that would tell this layout if it were a table.
pub(super) fn weak_evidence(folder: &Path) -> Option<String> {
    let tables = files_ending(folder, "tsv").ok()?;
    Some(format!("{}.tsv", stem(tables.first()?)))
}

/// Whether a file's first line is a caption and a link.
fn is_table(path: &Path) -> bool {
    let text = text::beginning(path).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let parts = line.split_once('\t');
    parts.is_some_and(|(_, link)| link.trim().starts_with("http"))
}

pub(super) fn open(folder: &Path, test: TestSplit) -> Result<Opened> {
    let mut builder = Builder::new("Conceptual Captions", folder, test);
    let tables = tables(folder)?;
    let is_single = tables.len() == 1;
    for (table, split) in Split::of_files(folder, tables, test, &mut builder.journal)? {
        let photos = photos_of(folder, &stem(&table), is_single);
        let files = by_stem(&folder.join(&photos))?;
        let mut journal = std::mem::take(&mut builder.journal);
        text::each_line(&table, &mut journal, |line_number, line, journal| {
            let number = line_number - 1;
            let caption = match caption_and_link(line, &table, number) {
                Ok((caption, _)) => caption,
                Err(error) => return journal.bad(error.to_string()),
            };
            journal.good(1);
            let name = photo_name(number);
            match files.get(&name) {
                Some(file) => builder.add(&format!("{photos}/{file}"), [caption], split),
                None => builder.add_missing(&format!("{photos}/{name}"), ""),
            }
        })?;
        builder.journal = journal;
    }
    builder.finish()
}

/// The tables of a data set, in order of their names. Others are notes beside them.
///
/// # Errors
/// When there is none.
pub(crate) fn tables(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut tables = files_ending(folder, "tsv")?;
    if tables.iter().any(|table| is_table(table)) {
        tables.retain(|table| is_table(table));
    }
    Ok(tables)
}

/// What stands in a table's line, by its number from 0.
///
/// # Errors
/// When it has no tab.
pub(crate) fn caption_and_link<'a>(
    line: &'a str,
    table: &Path,
    number: u64,
) -> Result<(&'a str, &'a str)> {
    line.split_once('\t').with_context(|| {
        format!(
            "{}, line {}: expected a caption, a tab and a link",
            table.display(),
            number + 1
        )
    })
}

/// The name of a line's photo, without an ending.
pub(crate) fn photo_name(line: u64) -> String {
    format!("{line:09}")
}

/// The folder, in the data set's, of a table's photos.
fn photos_of(folder: &Path, table: &str, is_single: bool) -> String {
    let own = format!("{PHOTOS}/{table}");
    if is_single && !folder.join(&own).is_dir() {
        PHOTOS.to_owned()
    } else {
        own
    }
}

/// The folder that photos of a table are to be put into; created if need be. It is the table's own, so that
/// another table can be added later, unless there are photos of a single table already that have none.
///
/// # Errors
/// When the folder cannot be created.
pub(crate) fn photos_for_writing(folder: &Path, table: &Path) -> Result<PathBuf> {
    let is_single = tables(folder)?.len() == 1 && folder.join(PHOTOS).is_dir();
    let photos = folder.join(photos_of(folder, &stem(table), is_single));
    fs::create_dir_all(&photos).with_context(|| format!("cannot create {}", photos.display()))?;
    Ok(photos)
}

/// The file of each name without its ending.
fn by_stem(folder: &Path) -> Result<HashMap<String, String>> {
    let files = entries(folder).with_context(|| {
        format!(
            "there are no photos in {}: fetch them first",
            folder.display()
        )
    })?;
    Ok(files
        .iter()
        .filter_map(|path| {
            let stem = path.file_stem()?.to_str()?.to_owned();
            Some((stem, path.file_name()?.to_str()?.to_owned()))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use temp_dir::TempDir;

    use super::*;
    use crate::data::Dataset;

    #[test]
    fn photos_are_found_by_their_lines_number() {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("cc.tsv"), "a dog\thttp://x/1\na cat\thttp://x/2\n").unwrap();
        let error = format!("{:#}", Dataset::open(folder.path(), None).unwrap_err());
        assert!(error.contains("fetch them first"), "{error}");
        fs::create_dir(path("photos")).unwrap();
        fs::write(path("photos/000000001.webp"), "").unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!(dataset.train[0].name, "photos/000000001.webp");
        assert_eq!(dataset.train[0].captions, ["a cat"]);
        assert_eq!(dataset.defects.without_file, ["photos/000000000"]);

        fs::create_dir(path("photos/cc")).unwrap();
        fs::write(path("photos/cc/000000000.jpg"), "").unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!(dataset.train[0].name, "photos/cc/000000000.jpg");

        fs::write(path("cc.tsv"), "a dog http://x/1\n").unwrap();
        let error = format!("{:#}", Dataset::open(folder.path(), None).unwrap_err());
        assert!(error.contains("line 1"), "{error}");
    }
    #[test]
    fn a_second_table_can_be_added_to_fetched_photos() {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a.tsv"), "a dog\thttp://x/1\n").unwrap();
        let own = photos_for_writing(folder.path(), &path("a.tsv")).unwrap();
        assert_eq!(own, path("photos/a"));
        fs::write(own.join(photo_name(0)).with_extension("jpg"), "").unwrap();
        let names = || {
            let dataset = Dataset::open(folder.path(), None).unwrap();
            let photos = dataset.train.into_iter().chain(dataset.dev);
            photos.map(|photo| photo.name).collect::<Vec<_>>()
        };
        assert_eq!(names(), ["photos/a/000000000.jpg"]);
        fs::write(path("val.tsv"), "a cat\thttp://x/2\n").unwrap();
        let other = photos_for_writing(folder.path(), &path("val.tsv")).unwrap();
        assert_eq!(other, path("photos/val"));
        assert_eq!(names(), ["photos/a/000000000.jpg"]);

        let flat = TempDir::new().unwrap();
        fs::write(flat.path().join("a.tsv"), "").unwrap();
        fs::create_dir(flat.path().join("photos")).unwrap();
        let photos = photos_for_writing(flat.path(), &flat.path().join("a.tsv")).unwrap();
        assert_eq!(photos, flat.path().join("photos"));
    }
}
