//! Data sets of `.parquet` files, as Hugging Face's `datasets` and its Hub have them: a row for each photo, which is the
//! bytes of its file or their path, with its captions. Files and folders tell their split by their names
//! ([`Split::of_files`]). <https://huggingface.co/docs/datasets/image_dataset>

mod column;
mod columns;
mod rows;
#[cfg(test)]
pub(super) mod tests;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use parquet::data_type::ByteArray;
use walkdir::{DirEntry, WalkDir};

use self::column::{Column, Table};
use self::columns::Columns;
pub(super) use self::rows::Rows;
use self::rows::{Place, Places};
use super::Split;
use super::builder::{Builder, Opened};
use super::names::is_foreign;
use super::photos::PhotoSource;
use super::shards;
use super::split::TestSplit;

/// `CONFIGURATION/SPLIT/0000.parquet` is how the Hub stores what it has converted.
const DEEPEST: usize = 3;
/// So many rows are read at once: of photos their captions and paths, but not the photos themselves.
const ROWS: u64 = 512;

/// The file that tells this layout.
pub(super) fn evidence(folder: &Path) -> Option<String> {
    if let Some(first) = files(folder).next() {
        return Some(shards::name(folder, first.ok()?.path()));
    }
    shards::evidence(folder, "parquet")
}

/// The `.parquet` files below a folder, in order of their names.
fn files(folder: &Path) -> impl Iterator<Item = walkdir::Result<DirEntry>> {
    let is_parquet = |entry: &DirEntry| {
        let ending = entry.path().extension();
        entry.file_type().is_file()
            && ending.is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
    };
    WalkDir::new(folder)
        .max_depth(DEEPEST)
        // The Hub's cache is folders of links.
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| {
            let is_folder = entry.depth() > 0 && entry.file_type().is_dir();
            !(is_folder && is_foreign(entry.path()))
        })
        .filter(move |entry| entry.as_ref().map_or(true, is_parquet))
}

pub(super) fn open(folder: &Path, test: TestSplit) -> Result<Opened> {
    let mut builder = Builder::named_by_folder(folder, test);
    let mut found = files(folder)
        .map(|entry| Ok(entry?.into_path()))
        .collect::<Result<Vec<PathBuf>>>()
        .with_context(|| format!("cannot read {}", folder.display()))?;
    found.extend(shards::listed(folder, "parquet")?);
    ensure!(
        !found.is_empty(),
        "{} holds no .parquet file",
        folder.display()
    );
    let files = Split::of_files(folder, found, test, &mut builder.journal)?;
    let mut places = Places::new();
    for (index, (path, split)) in files.iter().enumerate() {
        File {
            path,
            index,
            name: shards::name(folder, path),
            split: *split,
        }
        .read(&mut builder, &mut places)
        .with_context(|| format!("cannot read {}", path.display()))?;
    }
    let paths = files.into_iter().map(|(path, _)| path).collect();
    let rows = Rows::new(folder, paths, places);
    builder.with_photos(PhotoSource::Rows(rows)).finish()
}

/// One of the data set's files.
struct File<'a> {
    path: &'a Path,
    index: usize,
    /// Its path below the data folder.
    name: String,
    split: Split,
}

/// A row, but for the bytes of its photo.
struct Row {
    has_bytes: bool,
    path: Option<ByteArray>,
    captions: Vec<ByteArray>,
}

impl File<'_> {
    /// Reads all but the photos.
    fn read(&self, builder: &mut Builder, places: &mut Places) -> Result<()> {
        let table = Table::open(self.path)?;
        let columns = Columns::of(table.schema())?;
        if !columns.others.is_empty() {
            builder.journal.notice(format!(
                "not read: the columns {} of {}",
                columns.others.join(", "),
                self.path.display()
            ));
        }
        let mut seen = HashSet::new();
        let mut twice = 0;
        let mut number = 0;
        for group in 0..table.groups() {
            let open = |leaf: &usize| table.column(group, *leaf);
            let mut captions = columns
                .captions
                .iter()
                .map(open)
                .collect::<Result<Vec<_>>>()?;
            let mut paths = columns.path.as_ref().map(open).transpose()?;
            let mut bytes = match columns.bytes {
                Some(leaf) => Presence::of(&table, group, leaf)?,
                None => Presence::Nowhere,
            };
            let mut left = table.rows(group)?;
            while left > 0 {
                let count = left.min(ROWS);
                left -= count;
                let count = usize::try_from(count)?;
                for row in read_rows(count, &mut bytes, paths.as_mut(), &mut captions)? {
                    if let Some(path) = row.path.as_ref().filter(|_| row.has_bytes) {
                        twice += usize::from(!seen.insert(path.data().to_vec()));
                    }
                    self.add(number, &row, builder, places);
                    number += 1;
                }
            }
        }
        if twice > 0 {
            builder.journal.notice(format!(
                "{twice} rows of {} have the path of another row; each is taken as a photo of its own",
                self.path.display()
            ));
        }
        Ok(())
    }

    fn add(&self, number: u64, row: &Row, builder: &mut Builder, places: &mut Places) {
        let read = texts(row);
        let place = || format!("{}, row {number}", self.path.display());
        let Some((path, captions)) = builder.journal.take(read, place) else {
            return;
        };
        if row.has_bytes {
            let table = self.name.rsplit_once('.').map_or("", |(stem, _)| stem);
            let mut name = format!("{table}/{number}");
            if let Some(file) = path.and_then(|path| path.rsplit(['/', '\\']).next()) {
                name = format!("{name}/{file}");
            }
            places.insert(
                name.clone(),
                Place {
                    file: self.index,
                    row: number,
                },
            );
            builder.add(&name, captions, self.split);
        } else if let Some(path) = path {
            let folder = self.name.rsplit_once('/').map_or("", |(folder, _)| folder);
            builder.add_written(path, &[folder, ""], captions, self.split);
        }
    }
}

/// A row's path, if it has one, and its captions.
///
/// # Errors
/// With what is wrong with the row.
fn texts(row: &Row) -> Result<(Option<&str>, Vec<&str>), String> {
    let path = row.path.as_ref().map(ByteArray::as_utf8).transpose();
    let path = path.map_err(|_| "its path is no text".to_owned())?;
    let path = path.filter(|path| !path.is_empty());
    if !row.has_bytes && path.is_none() {
        return Err("it has no photo".to_owned());
    }
    let captions = row.captions.iter().map(ByteArray::as_utf8);
    let captions: Result<Vec<_>, _> = captions.collect();
    Ok((path, captions.map_err(|_| "its caption is no text")?))
}

/// Which rows of a group have bytes.
enum Presence {
    Everywhere,
    Nowhere,
    /// To be read row by row.
    Mixed(Box<Column>),
}

impl Presence {
    /// As the file's statistics say it, so that nobody needs to read photos for that.
    fn of(table: &Table, group: usize, leaf: usize) -> Result<Self> {
        let rows = table.rows(group)?;
        Ok(match table.nulls(group, leaf) {
            Some(0) => Self::Everywhere,
            Some(nulls) if nulls == rows => Self::Nowhere,
            _ => Self::Mixed(Box::new(table.column(group, leaf)?)),
        })
    }

    fn next(&mut self) -> Result<bool> {
        match self {
            Self::Everywhere => Ok(true),
            Self::Nowhere => Ok(false),
            Self::Mixed(column) => Ok(column.read(1)?.iter().any(|row| !row.is_empty())),
        }
    }
}

/// The next rows of a group.
fn read_rows(
    count: usize,
    bytes: &mut Presence,
    paths: Option<&mut Column>,
    captions: &mut [Column],
) -> Result<Vec<Row>> {
    let mut rows = Vec::with_capacity(count);
    for _ in 0..count {
        rows.push(Row {
            has_bytes: bytes.next()?,
            path: None,
            captions: Vec::new(),
        });
    }
    if let Some(paths) = paths {
        for (row, values) in rows.iter_mut().zip(paths.read(count)?) {
            row.path = values.into_iter().next();
        }
    }
    for column in captions {
        for (row, values) in rows.iter_mut().zip(column.read(count)?) {
            row.captions.extend(values);
        }
    }
    Ok(rows)
}
