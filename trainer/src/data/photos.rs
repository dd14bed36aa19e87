//! Where a data set's photos are: files in folders, or members of tar archives.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::files;

/// A data set's photos, by name.
#[derive(Debug)]
pub(crate) enum PhotoSource {
    /// Files in folders, looked for in this order.
    Folders(Vec<Folder>),
    /// Members of archives.
    Archives {
        /// The archives.
        paths: Vec<PathBuf>,
        /// Each photo's place.
        members: HashMap<String, Member>,
    },
}

/// A folder and the names of its files.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Nothing where names may lead into folders below: then the file itself is looked for.
    names: Option<HashSet<String>>,
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

impl PhotoSource {
    /// The files right in some folders.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub(super) fn folders(paths: &[PathBuf]) -> Result<Self> {
        let folders = paths.iter().map(|path| {
            Ok(Folder {
                path: path.clone(),
                names: Some(file_names(path)?),
            })
        });
        Ok(Self::Folders(folders.collect::<Result<_>>()?))
    }

    /// The files in a folder and those below it, by their path in it.
    pub(super) fn tree(path: &Path) -> Self {
        Self::Folders(vec![Folder {
            path: path.to_owned(),
            names: None,
        }])
    }

    /// Whether a photo is there.
    pub(super) fn holds(&self, name: &str) -> bool {
        match self {
            Self::Folders(folders) => folders.iter().any(|folder| folder.holds(name)),
            Self::Archives { members, .. } => members.contains_key(name),
        }
    }

    /// The bytes of a photo's file.
    ///
    /// # Errors
    /// When it is not there or cannot be read; the message says where.
    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>> {
        match self {
            Self::Folders(folders) => match folders.iter().find(|folder| folder.holds(name)) {
                Some(folder) => files::read(&folder.path.join(name)),
                None => bail!("the data set has no photo {name}"),
            },
            Self::Archives { paths, members } => {
                let member = members
                    .get(name)
                    .with_context(|| format!("the data set has no photo {name}"))?;
                let path = &paths[member.archive];
                read_member(path, member)
                    .with_context(|| format!("cannot read {name} in {}", path.display()))
            }
        }
    }
}

impl Folder {
    fn holds(&self, name: &str) -> bool {
        match &self.names {
            Some(names) => names.contains(name),
            None => is_inside(name) && self.path.join(name).is_file(),
        }
    }
}

/// Whether a path of a data set's list stays below the folder that it is for.
fn is_inside(name: &str) -> bool {
    Path::new(name)
        .components()
        .all(|part| matches!(part, std::path::Component::Normal(_)))
}

fn read_member(path: &Path, member: &Member) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(member.start))?;
    let mut bytes = Vec::new();
    file.take(member.length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The one folder in a folder: where photos are, in layouts that do not name it.
///
/// # Errors
/// When there is none, or more than one.
pub(super) fn only_folder(folder: &Path) -> Result<PathBuf> {
    let mut folders = folders(folder)?;
    anyhow::ensure!(
        folders.len() == 1,
        "{} must hold exactly one folder of photos, but holds {}",
        folder.display(),
        folders.len()
    );
    Ok(folders.remove(0))
}

/// The folders in a folder, in order of their names.
///
/// # Errors
/// When it cannot be read.
pub(super) fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = entries(folder)?.into_iter();
    Ok(entries.filter(|path| path.is_dir()).collect())
}

/// The files of a folder with an ending, in order of their names.
///
/// # Errors
/// When there is none.
pub(super) fn files_ending(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let mut files = entries(folder)?;
    files.retain(|path| path.extension().is_some_and(|found| found == ending));
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

/// A text file of a data set.
///
/// # Errors
/// When it cannot be read; the message says which layout has it.
pub(super) fn read_text(path: &Path, layout: &str) -> Result<String> {
    fs::read_to_string(path)
        .with_context(|| format!("cannot read {}, which {layout} has", path.display()))
}

fn file_names(folder: &Path) -> Result<HashSet<String>> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read the photos' folder {}", folder.display()))?;
    let mut names = HashSet::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        names.extend(entry.file_name().into_string());
    }
    Ok(names)
}
