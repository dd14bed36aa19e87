//! One `glimpse fetch` at a time in a folder: two would write into the same parts of files.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Creates a folder if need be and locks it until the value is dropped, or the program ends in any way.
///
/// # Errors
/// When it cannot be created, or another program has locked it.
pub(super) fn folder(folder: &Path) -> Result<File> {
    let context = || format!("cannot write to {}", folder.display());
    fs::create_dir_all(folder).with_context(context)?;
    let file = File::create(folder.join(".fetch.lock")).with_context(context)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("another `glimpse fetch` is writing to {}", folder.display())
        }
        // Some network file systems have no locks; then it is the user who has to see to it.
        Err(TryLockError::Error(_)) => Ok(file),
    }
}
