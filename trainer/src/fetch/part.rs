//! A file that is not whole yet, `NAME.part`, and what is known of it, `NAME.part.json`.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::address::Address;
use crate::files;

/// A partly fetched file.
pub(super) struct Part {
    pub(super) path: PathBuf,
    notes: PathBuf,
}

/// Which version of which file a part is of, so that no two are glued together.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    pub(super) address: String,
    /// The server's name for this version: a strong `ETag`, else `Last-Modified`; nothing where the server
    /// gives neither. Then the file cannot be continued, only begun again.
    pub(super) version: Option<String>,
    /// Bytes of the whole file, where the server says it.
    pub(super) size: Option<u64>,
}

impl Part {
    /// The part of a file.
    pub(super) fn of(path: &Path) -> Self {
        Self {
            path: path.with_added_extension("part"),
            notes: path.with_added_extension("part.json"),
        }
    }

    /// The bytes that are there and what they are of; none where they cannot be continued.
    pub(super) fn resumable(&self, address: &Address) -> Option<(u64, Origin)> {
        let length = fs::metadata(&self.path).ok()?.len();
        let origin: Origin = serde_json::from_slice(&fs::read(&self.notes).ok()?).ok()?;
        let same = origin.address == address.as_str() && origin.version.is_some();
        (same && length > 0).then_some((length, origin))
    }

    /// Opens the part to write on behind its end.
    ///
    /// # Errors
    /// When it cannot be.
    pub(super) fn append(&self) -> io::Result<File> {
        OpenOptions::new().append(true).open(&self.path)
    }

    /// Begins anew. The notes come second: a part without notes is never continued.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub(super) fn begin(&self, origin: &Origin) -> io::Result<File> {
        remove(&self.notes)?;
        let file = File::create(&self.path)?;
        let notes = serde_json::to_vec(origin)?;
        files::write_whole(&self.notes, &notes).map_err(io::Error::other)?;
        Ok(file)
    }

    /// Gives the file its name: it is whole.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub(super) fn finish(&self, path: &Path) -> io::Result<()> {
        File::open(&self.path)?.sync_all()?;
        fs::rename(&self.path, path)?;
        files::sync_parent(path)?;
        remove(&self.notes)
    }

    /// Throws the part away.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub(super) fn discard(&self) -> io::Result<()> {
        remove(&self.notes)?;
        remove(&self.path)
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
