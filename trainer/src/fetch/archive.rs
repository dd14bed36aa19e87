//! Unpacking a zip archive of somebody else: everything stays inside the folder, or nothing is unpacked.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use indicatif::ProgressBar;
use zip::ZipArchive;

use super::retry::Problem;

/// How much an archive may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Members, folders included.
    pub(super) members: usize,
    /// Bytes of one unpacked member.
    pub(super) member: u64,
    /// Bytes of all unpacked members, as a multiple of the archive's own.
    pub(super) growth: u64,
}

/// COCO's largest archive has 118,288 members, its largest member 470 MB, and its annotations, JSON, unpack
/// to three and a half times their size.
pub(super) const BOUNDS: Bounds = Bounds {
    members: 500_000,
    member: 2 << 30,
    growth: 20,
};

/// A file in an archive that is to be unpacked.
struct Member {
    index: usize,
    path: PathBuf,
    size: u64,
    crc: u32,
}

/// Unpacks the members that `wanted` takes. Those that are there whole already stay: an unpacking that was
/// cut short is gone on with.
///
/// # Returns
/// The number of files.
///
/// # Errors
/// Before anything is written, when any member's name or type leads out of the folder, or when there is
/// more than the bounds allow; then, when a member is damaged or cannot be written.
pub(super) fn unpack(
    archive: &Path,
    folder: &Path,
    wanted: impl Fn(&str) -> bool,
    bounds: Bounds,
    bar: &ProgressBar,
) -> Result<usize> {
    let context = || format!("cannot unpack {}", archive.display());
    let size = fs::metadata(archive).with_context(context)?.len();
    let file = File::open(archive).with_context(context)?;
    let mut zip = ZipArchive::new(io::BufReader::new(file)).with_context(context)?;
    let members = list(&mut zip, wanted, size, bounds).with_context(context)?;
    bar.set_length(members.iter().map(|member| member.size).sum());
    for member in &members {
        let path = folder.join(&member.path);
        if !is_there(&path, member) {
            write(&mut zip, member, &path).with_context(context)?;
        }
        bar.inc(member.size);
    }
    Ok(members.len())
}

/// Checks all members, wanted or not: an archive with one bad name is not to be trusted with the others.
fn list<R: Read + io::Seek>(
    zip: &mut ZipArchive<R>,
    wanted: impl Fn(&str) -> bool,
    archive_size: u64,
    bounds: Bounds,
) -> Result<Vec<Member>> {
    ensure!(
        zip.len() <= bounds.members,
        "it has {} members; {} are allowed",
        zip.len(),
        bounds.members
    );
    let most = archive_size.saturating_mul(bounds.growth);
    let mut total = 0_u64;
    let mut members = Vec::new();
    let mut seen = HashSet::new();
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index)?;
        let name = entry.name()?.into_owned();
        let path = inside(&name)?;
        match entry.unix_mode().map_or(0, |mode| mode & 0o170_000) {
            0 | 0o100_000 | 0o040_000 => {}
            0o120_000 => bail!("its member {name:?} is a symbolic link, which is not followed"),
            _ => bail!("its member {name:?} is neither a file nor a folder"),
        }
        if entry.is_dir() || !wanted(&name) {
            continue;
        }
        ensure!(!entry.encrypted(), "its member {name:?} is encrypted");
        ensure!(
            entry.size() <= bounds.member,
            "its member {name:?} unpacks to {} bytes; {} are allowed",
            entry.size(),
            bounds.member
        );
        total = total.saturating_add(entry.size());
        ensure!(
            total <= most,
            "it unpacks to more than {} times its own size",
            bounds.growth
        );
        ensure!(seen.insert(path.clone()), "it has two members {name:?}");
        members.push(Member {
            index,
            path,
            size: entry.size(),
            crc: entry.crc32(),
        });
    }
    Ok(members)
}

/// A file's path, if it stays in the folder on every system: a name that is harmless here may be a drive
/// or a folder above elsewhere.
pub(super) fn inside(name: &str) -> Result<PathBuf> {
    let leads_out = name.starts_with('/')
        || name.contains(['\\', ':', '\0'])
        || name.split('/').any(|part| part == "..");
    ensure!(
        !leads_out && !name.is_empty(),
        "its member {name:?} leads out of the folder; nothing was written"
    );
    Ok(name
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect())
}

fn is_there(path: &Path, member: &Member) -> bool {
    let same_size = fs::metadata(path).is_ok_and(|found| found.len() == member.size);
    same_size && crc_of(path).is_ok_and(|crc| crc == member.crc)
}

fn crc_of(path: &Path) -> io::Result<u32> {
    let mut file = File::open(path)?;
    let mut crc = crc32fast::Hasher::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(crc.finalize()),
            length => crc.update(&buffer[..length]),
        }
    }
}

fn write<R: Read + io::Seek>(zip: &mut ZipArchive<R>, member: &Member, path: &Path) -> Result<()> {
    // The declared size is the archive's own word: no byte more is taken, whatever follows.
    let entry = zip.by_index(member.index)?;
    let mut entry = entry.take(member.size.saturating_add(1));
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|error| disk(parent, &error))?;
    }
    let part = path.with_added_extension("part");
    let mut file = File::create(&part).map_err(|error| disk(path, &error))?;
    let mut buffer = vec![0; 1 << 16];
    let mut size = 0;
    loop {
        // Reading to the end checks the member's CRC-32.
        let read = match entry.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) => {
                drop(fs::remove_file(&part));
                return Err(error)
                    .with_context(|| format!("its member {} is damaged", member.path.display()));
            }
        };
        size += read as u64;
        file.write_all(&buffer[..read])
            .map_err(|error| disk(path, &error))?;
    }
    if size != member.size {
        drop(fs::remove_file(&part));
        bail!(
            "its member {} is not of the size that the archive says, {} bytes",
            member.path.display(),
            member.size
        );
    }
    fs::rename(&part, path).map_err(|error| disk(path, &error))?;
    Ok(())
}

fn disk(path: &Path, error: &io::Error) -> anyhow::Error {
    Problem::disk(path, error).into()
}
