//! One `glimpse fetch`, `features` or `train` at a time in a folder: two would write into the same files. What
//! `features` made may be read by several commands at a time, while none writes.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Creates a folder if need be and locks it for a command until the value is dropped, or the program ends in
/// any way.
///
/// # Errors
/// When it cannot be created, or another program has locked it.
pub(crate) fn folder(folder: &Path, command: &str) -> Result<File> {
    let context = || format!("cannot write to {}", folder.display());
    fs::create_dir_all(folder).with_context(context)?;
    let file = File::create(file_of(folder, command)).with_context(context)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!(
                "another `glimpse {command}` is writing to {}, or a command is reading what it wrote: wait until \
                 that has ended",
                folder.display()
            )
        }
        // Some network file systems have no locks; then it is the user who has to see to it.
        Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// Does a command's work with its folder locked. Where it fails before it has written anything, a folder that was
/// made for the lock is removed.
///
/// # Errors
/// [`folder`], and those of the work.
pub(crate) fn with_folder<T>(
    path: &Path,
    command: &str,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let is_new = !path.exists();
    let locked = folder(path, command)?;
    let result = work();
    if is_new && result.is_err() {
        let only_the_lock = fs::read_dir(path).is_ok_and(|entries| entries.count() == 1);
        if only_the_lock {
            // What cannot be removed does no harm.
            let _ = fs::remove_file(file_of(path, command));
            let _ = fs::remove_dir(path);
        }
    }
    drop(locked);
    result
}

/// Keeps a command from writing to a folder until the value is dropped. Others may read it too.
///
/// # Errors
/// When the command is writing to it.
pub(crate) fn for_reading(folder: &Path, command: &str) -> Result<Option<File>> {
    // A folder that nobody may write to needs no lock.
    let Ok(file) = File::create(file_of(folder, command)) else {
        return Ok(None);
    };
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => bail!(
            "`glimpse {command}` is writing to {}: wait until it has ended",
            folder.display()
        ),
        _ => Ok(Some(file)),
    }
}

fn file_of(folder: &Path, command: &str) -> PathBuf {
    folder.join(format!(".{command}.lock"))
}
