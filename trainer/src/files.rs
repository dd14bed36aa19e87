//! Files that are either there whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Reads a file.
///
/// # Errors
/// With the path in the message.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Finds out whether a file can be written, before the work that it is for.
///
/// # Errors
/// When it cannot, with the path in the message.
pub fn check_writable(path: &Path) -> Result<()> {
    let context = || format!("cannot write {}", path.display());
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => bail!("cannot write {}: it is a folder", path.display()),
        // A terminal or a pipe.
        Ok(found) if !found.is_file() => return Ok(()),
        _ => {}
    }
    let partial = partial(path);
    match File::create_new(&partial) {
        Ok(_) => fs::remove_file(&partial).with_context(context),
        // A kill has left it, and writing begins with emptying it.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error).with_context(context),
    }
}

/// Where a file is written before it gets its name.
fn partial(path: &Path) -> PathBuf {
    path.with_added_extension("partial")
}

/// Writes a file to the side, syncs it and renames it, so that a kill at any moment leaves either
/// the old file or the new one. A link stays, and what it leads to is written; what is no file, such as a
/// pipe, is written to.
///
/// # Errors
/// With the path in the message.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> std::io::Result<()> {
        if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
            return OpenOptions::new().write(true).open(path)?.write_all(bytes);
        }
        let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let partial = partial(path);
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)?;
        sync_parent(path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Makes a rename in the path's directory last through a power cut.
pub(crate) fn sync_parent(path: &Path) -> std::io::Result<()> {
    match path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        Some(parent) => File::open(parent)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use temp_dir::TempDir;

    use super::*;

    #[test]
    fn what_cannot_be_written_is_told_before() {
        let folder = TempDir::new().unwrap();
        let path = folder.child("a.json");
        check_writable(&path).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        for bad in [&folder.child("nowhere/a.json"), folder.path()] {
            let error = check_writable(bad).unwrap_err().to_string();
            assert!(error.contains("cannot write"), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_and_devices_stay_what_they_are() {
        let folder = TempDir::new().unwrap();
        let (link, target) = (folder.child("link"), folder.child("target"));
        fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write_whole(&link, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        write_whole(Path::new("/dev/null"), b"new").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
