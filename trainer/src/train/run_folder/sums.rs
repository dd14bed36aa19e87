//! Checksums of a checkpoint's files, as `sha256sum --check` reads them: what a disk or a copy changed is not taken for
//! what was learned.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::{checksum, files};

const FILE: &str = "SHA256SUMS";

/// Writes the sums of all that is in a folder.
///
/// # Errors
/// When the disk refuses.
pub(super) fn write(folder: &Path) -> Result<()> {
    files::write_whole(&folder.join(FILE), sums(folder)?.as_bytes())
}

/// Holds all that is in a folder against the sums that were written. One of a version that wrote none passes.
///
/// # Errors
/// When a file was changed, is missing or was added, with its name.
pub(super) fn check(folder: &Path) -> Result<()> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Ok(());
    }
    let written = String::from_utf8_lossy(&files::read(&path)?).into_owned();
    let found = sums(folder)?;
    let has = |lines: &str, line: &str| lines.lines().any(|other| other == line);
    let mut lines = found.lines().chain(written.lines());
    let Some(differs) = lines.find(|line| !(has(&written, line) && has(&found, line))) else {
        return Ok(());
    };
    let name = differs.split_once("  ").map_or(FILE, |(_, name)| name);
    bail!(
        "{} is damaged: its checksum is not that of {FILE}",
        folder.join(name).display()
    )
}

/// A line for each file, in the order of their names.
fn sums(folder: &Path) -> Result<String> {
    let read = || {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.push(entry?.file_name());
        }
        names.retain(|name| name != FILE);
        names.sort();
        let mut lines = String::new();
        for name in names {
            let sum = checksum::of_file(&folder.join(&name))?;
            // Writing to memory does not fail.
            let _ = writeln!(lines, "{sum}  {}", name.to_string_lossy());
        }
        std::io::Result::Ok(lines)
    };
    read().with_context(|| format!("cannot read {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use temp_dir::TempDir;

    use super::*;

    #[test]
    fn whatever_changes_in_a_checkpoint_is_told() {
        let folder = TempDir::new().unwrap();
        let folder = folder.path();
        let whole = [("decoder.bpk", "weights"), ("progress.json", "{}")];
        for (name, content) in whole {
            fs::write(folder.join(name), content).unwrap();
        }
        check(folder).unwrap();
        write(folder).unwrap();
        check(folder).unwrap();
        let names = [whole[0].0, whole[1].0, FILE];
        for name in names {
            let path = folder.join(name);
            let bytes = fs::read(&path).unwrap();
            let told = || {
                let error = check(folder).unwrap_err().to_string();
                assert!(error.contains("is damaged"), "{error}");
                // A sum that was changed is told as its file.
                assert!(name == FILE || error.contains(name), "{error}");
            };
            for place in 0..bytes.len() {
                let mut flipped = bytes.clone();
                flipped[place] ^= 1;
                fs::write(&path, flipped).unwrap();
                told();
                fs::write(&path, &bytes[..place]).unwrap();
                // The last line is whole without its end.
                if bytes[place] != b'\n' || place + 1 < bytes.len() {
                    told();
                }
            }
            fs::write(&path, bytes).unwrap();
        }
        check(folder).unwrap();
        fs::rename(folder.join("decoder.bpk"), folder.join("other.bpk")).unwrap();
        check(folder).unwrap_err();
    }
}
