//! Photos that are rows of a table, read where they are.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

use super::column::{Column, Table};
use super::columns::Columns;

/// Each photo's place.
pub(super) type Places = HashMap<String, Place>;

/// Which row a photo is.
#[derive(Clone, Copy, Debug)]
pub(in crate::data) struct Place {
    /// Index of the file.
    pub(super) file: usize,
    /// From the file's first row, 0, on.
    pub(in crate::data) row: u64,
}

/// Photos in the rows of tables; where a table has but their paths, in files.
pub(crate) struct Rows {
    folder: PathBuf,
    paths: Vec<PathBuf>,
    places: Places,
    /// Where the last photo was read. Most often the next one is in the same page.
    cursor: Mutex<Option<Box<Cursor>>>,
}

impl fmt::Debug for Rows {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let mut fields = formatter.debug_struct("Rows");
        fields.field("paths", &self.paths);
        fields.field("places", &self.places).finish_non_exhaustive()
    }
}

impl Rows {
    pub(super) fn new(folder: &Path, paths: Vec<PathBuf>, places: Places) -> Self {
        Self {
            folder: folder.to_owned(),
            paths,
            places,
            cursor: Mutex::new(None),
        }
    }

    /// A photo's table and place in it; nothing for one that is a file.
    pub(in crate::data) fn place(&self, name: &str) -> Option<(&Path, Place)> {
        let place = *self.places.get(name)?;
        Some((self.paths.get(place.file)?, place))
    }

    /// The folder that photos which are files are below.
    pub(in crate::data) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The bytes of a photo in a table.
    ///
    /// # Errors
    /// When the table is damaged, or another one than it was.
    pub(in crate::data) fn read(&self, path: &Path, place: Place) -> Result<Vec<u8>> {
        let mut held = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        let mut cursor = match held.take().filter(|cursor| cursor.file == place.file) {
            Some(cursor) => cursor,
            None => Box::new(Cursor::open(path, place.file)?),
        };
        let bytes = cursor.read(place.row)?;
        *held = Some(cursor);
        Ok(bytes)
    }
}

/// A place in the column of photos of a table.
struct Cursor {
    file: usize,
    table: Table,
    leaf: usize,
    group: Option<Group>,
}

/// A group of rows.
struct Group {
    column: Column,
    /// The row that would be read next.
    next: u64,
    /// The row behind its last one.
    end: u64,
}

impl Cursor {
    fn open(path: &Path, file: usize) -> Result<Self> {
        let table = Table::open(path)?;
        let leaf = Columns::of(table.schema())?.bytes;
        Ok(Self {
            file,
            leaf: leaf.context("it has no photos any more")?,
            table,
            group: None,
        })
    }

    fn read(&mut self, row: u64) -> Result<Vec<u8>> {
        let is_ahead = |group: &Group| (group.next..group.end).contains(&row);
        let mut group = match self.group.take().filter(is_ahead) {
            Some(group) => group,
            None => self.find(row)?,
        };
        group.column.skip(usize::try_from(row - group.next)?)?;
        let value = group.column.read(1)?.into_iter().flatten().next();
        group.next = row + 1;
        self.group = Some(group);
        Ok(value.context("the row has no photo")?.data().to_vec())
    }

    /// The group that a row is in.
    fn find(&self, row: u64) -> Result<Group> {
        let mut next = 0_u64;
        for group in 0..self.table.groups() {
            let end = self.table.rows(group)?.saturating_add(next);
            if row < end {
                return Ok(Group {
                    column: self.table.column(group, self.leaf)?,
                    next,
                    end,
                });
            }
            next = end;
        }
        bail!("it has but {next} rows")
    }
}
