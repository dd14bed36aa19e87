//! Where a data set's photos are: files in folders, or members of tar archives.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};

use super::names::is_foreign;
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
    /// Number of bytes.
    pub(crate) bytes: u64,
    /// Nanoseconds since 1970; of a member of an archive, the archive's.
    pub(crate) modified: u64,
    /// The member's first byte in its archive.
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
                read_member(path, &member)
                    .with_context(|| format!("cannot read {name} in {}", path.display()))
            }
        }
    }

    /// When and how large a photo's file is.
    ///
    /// # Errors
    /// When it is not there.
    pub(crate) fn stamp(&self, name: &str) -> Result<Stamp> {
        let (path, member) = match self {
            Self::Files(folder) => (folder.join(name), None),
            Self::Archives { paths, .. } => {
                let member = self.member(name)?;
                (paths[member.archive].clone(), Some(member))
            }
        };
        let file =
            fs::metadata(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let modified = file.modified().ok();
        let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Ok(Stamp {
            bytes: member.map_or(file.len(), |member| member.length),
            modified: modified.map_or(0, |time| time.as_nanos() as u64),
            start: member.map_or(0, |member| member.start),
        })
    }

    fn member(&self, name: &str) -> Result<Member> {
        let member = match self {
            Self::Files(_) => None,
            Self::Archives { members, .. } => members.get(name).copied(),
        };
        member.with_context(|| format!("the data set has no photo {name}"))
    }
}

fn read_member(path: &Path, member: &Member) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(member.start))?;
    let mut bytes = Vec::new();
    file.take(member.length).read_to_end(&mut bytes)?;
    Ok(bytes)
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

/// The files of a folder with an ending, in order of their names.
///
/// # Errors
/// When there is none.
pub(super) fn files_ending(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let mut files = entries(folder)?;
    files.retain(|path| {
        let found = path.extension();
        found.is_some_and(|found| found.eq_ignore_ascii_case(ending)) && !is_foreign(path)
    });
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
