//! A table of Conceptual Captions: a caption, a tab and a link per line.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::data::conceptual_captions::caption_and_link;

/// The links of a table, by their lines' numbers from 0.
///
/// # Errors
/// When it cannot be opened; each item, when its line cannot be read or has no tab.
pub(super) fn links(path: &Path) -> Result<impl Iterator<Item = Result<(u64, String)>> + use<>> {
    let table = path.to_owned();
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok((0..)
        .zip(BufReader::new(file).lines())
        .map(move |(number, line)| {
            let line = line.with_context(|| {
                format!("cannot read line {} of {}", number + 1, table.display())
            })?;
            let (_, link) = caption_and_link(&line, &table, number)?;
            Ok((number, link.to_owned()))
        }))
}

/// The number of lines of a table that has a link in each.
///
/// # Errors
/// As [`links`].
pub(super) fn check(path: &Path) -> Result<u64> {
    let mut count = 0;
    for link in links(path)? {
        link?;
        count += 1;
    }
    Ok(count)
}

/// Puts a table into the data set's folder, where the reader looks for it. Photos are named by its lines:
/// another table of the same name would give them other captions.
///
/// # Errors
/// When there is another table of that name, or the copy cannot be written.
pub(super) fn adopt(table: &Path, folder: &Path) -> Result<PathBuf> {
    let name = table.file_name().unwrap_or_default();
    ensure!(
        Path::new(name).extension().is_some_and(|it| it == "tsv"),
        "{} does not end in .tsv, so the data set's reader would not find it",
        table.display()
    );
    let target = folder.join(name);
    let context = || format!("cannot copy {} to {}", table.display(), folder.display());
    if target.exists() {
        ensure!(
            same(table, &target).with_context(context)?,
            "{} is there already and is another table than {}",
            target.display(),
            table.display()
        );
    } else {
        let part = target.with_added_extension("part");
        fs::copy(table, &part).with_context(context)?;
        fs::rename(&part, &target).with_context(context)?;
    }
    Ok(target)
}

fn same(a: &Path, b: &Path) -> io::Result<bool> {
    if fs::canonicalize(a)? == fs::canonicalize(b)? {
        return Ok(true);
    }
    if fs::metadata(a)?.len() != fs::metadata(b)?.len() {
        return Ok(false);
    }
    let bytes =
        |path| Ok::<_, io::Error>(BufReader::with_capacity(1 << 16, File::open(path)?).bytes());
    for (a, b) in bytes(a)?.zip(bytes(b)?) {
        if a? != b? {
            return Ok(false);
        }
    }
    Ok(true)
}
