//! What was fetched into a folder: `fetched.json`, with the checksum of every file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::files;

const NAME: &str = "fetched.json";

/// The folder's record. Written anew with every change.
pub(super) struct Record {
    path: PathBuf,
    files: Mutex<BTreeMap<String, Fetched>>,
}

/// A file that was fetched whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fetched {
    pub(super) address: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    /// Whether its members are in the folder, all of them, or it is read as it is.
    pub(super) unpacked: bool,
}

impl Record {
    /// The record of a folder; an empty one where there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let files = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .with_context(|| format!("{} is damaged", path.display()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        Ok(Self {
            path,
            files: Mutex::new(files),
        })
    }

    /// What is known of a file.
    pub(super) fn get(&self, name: &str) -> Option<Fetched> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.get(name).cloned()
    }

    /// Notes a file.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub(super) fn set(&self, name: &str, fetched: Fetched) -> Result<()> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(name.to_owned(), fetched);
        files::write_whole(&self.path, &serde_json::to_vec_pretty(&*files)?)
    }
}
