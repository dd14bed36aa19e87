//! One `glimpse fetch` or `glimpse features` at a time in a folder: two would write into the same files.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Creates a folder if need be and locks it for a command until the value is dropped, or the program ends in
/// any way.
///
/// # Errors
/// When it cannot be created, or another program has locked it.
pub(crate) fn folder(folder: &Path, command: &str) -> Result<File> {
    let context = || format!("cannot write to {}", folder.display());
    fs::create_dir_all(folder).with_context(context)?;
    let file = File::create(folder.join(format!(".{command}.lock"))).with_context(context)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!(
                "another `glimpse {command}` is writing to {}",
                folder.display()
            )
        }
        // Some network file systems have no locks; then it is the user who has to see to it.
        Err(TryLockError::Error(_)) => Ok(file),
    }
}
