//! Files that are either there whole or not at all.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{BufWriter, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};

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
    let context = || cannot_write(path);
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => bail!("{}: it is a folder", cannot_write(path)),
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
    if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        let opened = OpenOptions::new().write(true).open(path);
        let written = opened.and_then(|mut opened| opened.write_all(bytes));
        return written.with_context(|| cannot_write(path));
    }
    let mut file = WholeFile::create(path)?;
    file.write(bytes)?;
    file.finish()
}

/// A file that is written bit by bit, and is there whole or not at all. Unlike [`write_whole`] it is for files alone, no
/// pipes. Dropped before it is whole it leaves nothing.
pub(crate) struct WholeFile {
    /// As messages call it.
    path: PathBuf,
    /// Where it is to be.
    target: PathBuf,
    /// Where it is until it is whole.
    partial: PathBuf,
    writer: BufWriter<File>,
    is_whole: bool,
}

impl WholeFile {
    /// An empty one.
    ///
    /// # Errors
    /// With the path in the message.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let partial = partial(&target);
        let file = File::create(&partial).with_context(|| cannot_write(path))?;
        Ok(Self {
            path: path.to_owned(),
            target,
            partial,
            writer: BufWriter::new(file),
            is_whole: false,
        })
    }

    /// Adds to its end.
    ///
    /// # Errors
    /// With the path in the message.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.writer.write_all(bytes);
        written.with_context(|| cannot_write(&self.path))
    }

    /// Gives it its name: it is whole.
    ///
    /// # Errors
    /// With the path in the message.
    pub(crate) fn finish(mut self) -> Result<()> {
        let mut finish = || -> std::io::Result<()> {
            self.writer.flush()?;
            self.writer.get_ref().sync_all()?;
            fs::rename(&self.partial, &self.target)?;
            self.is_whole = true;
            sync_parent(&self.target)
        };
        finish().with_context(|| cannot_write(&self.path))
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if !self.is_whole {
            // What cannot be removed the next one to be written there begins with emptying.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// What tells a file from itself before somebody changed it, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    /// That of a file, and `None` where there is none.
    ///
    /// # Errors
    /// When it cannot be asked for, with the path in the message.
    pub(crate) fn of(path: &Path) -> Result<Option<Self>> {
        match fs::metadata(path) {
            Ok(found) => Ok(Some(Self {
                bytes: found.len(),
                modified: found.modified().ok(),
            })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }
}

/// Writes a file that people keep, as [`write_whole`] does. It keeps its permissions and its owner. It is written only
/// if it is still as its stamp says, and if `check` agrees with what stands on the disk before that gets its name.
/// Otherwise nothing has changed, and nothing lies beside it.
///
/// # Errors
/// With the path in the message.
pub(crate) fn rewrite(
    path: &Path,
    bytes: &[u8],
    before: Option<Stamp>,
    check: impl FnOnce(&[u8]) -> Result<()>,
) -> Result<()> {
    let write = || -> Result<()> {
        let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let old = fs::metadata(path).ok();
        if let Some(old) = &old {
            ensure!(!old.permissions().readonly(), "it is read-only");
        }
        let partial = partial(path);
        let mut file = own(&partial)?;
        let written = (|| -> Result<()> {
            file.write_all(bytes)?;
            if let Some(old) = &old {
                take_over(&file, old)?;
            }
            file.sync_all()?;
            file.rewind()?;
            let mut read = Vec::with_capacity(bytes.len());
            file.read_to_end(&mut read)?;
            check(&read)?;
            ensure!(
                Stamp::of(path)? == before,
                "somebody else has changed it meanwhile"
            );
            Ok(fs::rename(&partial, path)?)
        })();
        if written.is_err() {
            // What cannot be removed is whole or not, and not the file.
            let _ = fs::remove_file(&partial);
        }
        written?;
        Ok(sync_parent(path)?)
    };
    write().with_context(|| cannot_write(path))
}

/// Makes a file that this program alone writes to. One that a kill has left is removed.
fn own(path: &Path) -> Result<File> {
    let create = || {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).open(path)
    };
    let file = match create() {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let left = File::open(path)?;
            ensure!(
                !matches!(left.try_lock(), Err(TryLockError::WouldBlock)),
                "another program is writing it"
            );
            fs::remove_file(path)?;
            create()?
        }
        created => created?,
    };
    // Some network file systems have no locks.
    ensure!(
        !matches!(file.try_lock(), Err(TryLockError::WouldBlock)),
        "another program is writing it"
    );
    Ok(file)
}

/// Gives a file another one's permissions and owner.
fn take_over(file: &File, old: &Metadata) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let new = file.metadata()?;
        if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
            fchown(file, Some(old.uid()), Some(old.gid())).context("it would get another owner")?;
        }
    }
    Ok(file.set_permissions(old.permissions())?)
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

    #[test]
    fn a_file_that_changed_meanwhile_stays_as_somebody_else_left_it() {
        let folder = TempDir::new().unwrap();
        let path = folder.child("a.jpg");
        fs::write(&path, "old").unwrap();
        let stamp = Stamp::of(&path).unwrap();
        let names = || fs::read_dir(folder.path()).unwrap().count();
        // While it is written, and before.
        let change = |_: &[u8]| Ok(fs::write(&path, "somebody's")?);
        let error = rewrite(&path, b"new", stamp, change).unwrap_err();
        assert!(format!("{error:#}").contains("meanwhile"), "{error:#}");
        let error = rewrite(&path, b"new", stamp, |_| Ok(())).unwrap_err();
        assert!(format!("{error:#}").contains("meanwhile"), "{error:#}");
        let stamp = Stamp::of(&path).unwrap();
        let refused = rewrite(&path, b"new", stamp, |_| bail!("wrong"));
        assert!(format!("{:#}", refused.unwrap_err()).contains("wrong"));
        assert_eq!(fs::read(&path).unwrap(), b"somebody's");
        assert_eq!(names(), 1);

        // What a kill has left is no hindrance; what another program writes at is.
        let left = partial(&path);
        fs::write(&left, "half").unwrap();
        rewrite(&path, b"new", stamp, |written| {
            ensure!(written == b"new");
            Ok(())
        })
        .unwrap();
        assert_eq!((fs::read(&path).unwrap(), names()), (b"new".to_vec(), 1));
        let stamp = Stamp::of(&path).unwrap();
        let others = File::create(&left).unwrap();
        others.try_lock().unwrap();
        let error = rewrite(&path, b"newer", stamp, |_| Ok(())).unwrap_err();
        assert!(
            format!("{error:#}").contains("another program"),
            "{error:#}"
        );
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn what_is_not_finished_leaves_the_old_file_alone() {
        let folder = TempDir::new().unwrap();
        let path = folder.child("a.txt");
        fs::write(&path, "old").unwrap();
        let mut file = WholeFile::create(&path).unwrap();
        file.write(b"new").unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs::read(&path).unwrap(), b"old");
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
        // Messages call it as it was called.
        fs::create_dir(partial(&target)).unwrap();
        let error = write_whole(&link, b"new").unwrap_err().to_string();
        assert_eq!(error, format!("cannot write {}", link.display()));
        write_whole(Path::new("/dev/null"), b"new").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
