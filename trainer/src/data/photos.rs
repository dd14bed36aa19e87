//! Where a data set's photos are: files in folders, members of tar archives, or rows of tables.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::names::is_foreign;
use super::parquet::Rows;
use crate::fetch::Shard;
use crate::files;

/// A data set's photos, by name.
#[derive(Debug)]
pub(crate) enum PhotoSource {
    /// Files below a folder, by their paths in it.
    Files(PathBuf),
    /// Members of archives.
    Archives {
        /// The archives.
        paths: Vec<PathBuf>,
        /// Each photo's place.
        members: HashMap<String, Member>,
    },
    /// Rows of `.parquet` files.
    Rows(Rows),
}

/// A file's place in an archive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    /// Index of the archive.
    pub(crate) archive: usize,
    /// First byte.
    pub(crate) start: u64,
    /// Number of bytes.
    pub(crate) length: u64,
}

/// What tells a file from another one, or from itself before it was changed, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Number of bytes; of a row of a table, the table's.
    pub(crate) bytes: u64,
    /// Nanoseconds since 1970; of a member of an archive or a row of a table, the archive's or table's.
    pub(crate) modified: u64,
    /// The member's first byte in its archive, or the row's number.
    pub(crate) start: u64,
}

impl PhotoSource {
    /// The bytes of a photo's file.
    ///
    /// # Errors
    /// When it is not there or cannot be read; the message says where.
    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>> {
        match self {
            Self::Files(folder) => files::read(&folder.join(name)),
            Self::Archives { paths, .. } => {
                let member = self.member(name)?;
                let path = &paths[member.archive];
                Shard::open(path)
                    .and_then(|archive| Ok(archive.read(member.start, member.length)?))
                    .with_context(|| format!("cannot read {name} in {}", path.display()))
            }
            Self::Rows(rows) => match rows.place(name) {
                Some((path, place)) => rows
                    .read(path, place)
                    .with_context(|| format!("cannot read {name} in {}", path.display())),
                None => files::read(&rows.folder().join(name)),
            },
        }
    }

    /// Where a photo's own file is.
    ///
    /// # Errors
    /// When it is in an archive.
    pub(crate) fn file(&self, name: &str) -> Result<PathBuf> {
        match self {
            Self::Files(folder) => Ok(folder.join(name)),
            Self::Archives { .. } => bail!("{name} has no file of its own: it is in an archive"),
            Self::Rows(rows) => match rows.place(name) {
                Some((path, _)) => {
                    bail!("{name} has no file of its own: it is in {}", path.display())
                }
                None => Ok(rows.folder().join(name)),
            },
        }
    }

    /// When and how large a photo's file is.
    ///
    /// # Errors
    /// When it is not there.
    pub(crate) fn stamp(&self, name: &str) -> Result<Stamp> {
        let (path, bytes, start) = match self {
            Self::Files(folder) => (folder.join(name), None, 0),
            Self::Archives { paths, .. } => {
                let member = self.member(name)?;
                let path = paths[member.archive].clone();
                (path, Some(member.length), member.start)
            }
            Self::Rows(rows) => match rows.place(name) {
                Some((path, place)) => (path.to_owned(), None, place.row),
                None => (rows.folder().join(name), None, 0),
            },
        };
        let file =
            Shard::stamp(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Stamp {
            bytes: bytes.unwrap_or(file.bytes),
            modified: file.modified,
            start,
        })
    }

    /// Number of bytes of a photo's file.
    ///
    /// # Errors
    /// When it is not there.
    pub(crate) fn size(&self, name: &str) -> Result<u64> {
        match self {
            // No table tells it.
            Self::Rows(rows) if rows.place(name).is_some() => Ok(self.read(name)?.len() as u64),
            _ => Ok(self.stamp(name)?.bytes),
        }
    }

    fn member(&self, name: &str) -> Result<Member> {
        let member = match self {
            Self::Files(_) | Self::Rows(_) => None,
            Self::Archives { members, .. } => members.get(name).copied(),
        };
        member.with_context(|| format!("the data set has no photo {name}"))
    }
}

/// The folders in a folder, in order of their names.
///
/// # Errors
/// When it cannot be read.
pub(super) fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = entries(folder)?.into_iter();
    Ok(entries
        .filter(|path| path.is_dir() && !is_foreign(path))
        .collect())
}

/// The files of a folder with an ending, in order of their names; there may be none.
///
/// # Errors
/// When the folder cannot be read.
pub(super) fn any_files_ending(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let mut files = entries(folder)?;
    files.retain(|path| {
        let found = path.extension();
        found.is_some_and(|found| found.eq_ignore_ascii_case(ending)) && !is_foreign(path)
    });
    Ok(files)
}

/// The same.
///
/// # Errors
/// When there is none, too.
pub(super) fn files_ending(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let files = any_files_ending(folder, ending)?;
    anyhow::ensure!(
        !files.is_empty(),
        "{} holds no .{ending} file",
        folder.display()
    );
    Ok(files)
}

/// What is in a folder, in order of the names.
///
/// # Errors
/// When it cannot be read.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder)? {
            paths.push(entry?.path());
        }
        paths.sort();
        Ok(paths)
    };
    read().with_context(|| format!("cannot read the folder {}", folder.display()))
}
