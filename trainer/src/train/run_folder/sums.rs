//! Checksums of a checkpoint's files, as `sha256sum --check` reads them: what a disk or a copy changed is not taken for
//! what was learned.

use std::fmt::Write;
use std::path::Path;
use std::{fs, io};

use anyhow::{Context, Result, anyhow, ensure};

use super::VOCABULARY;
use crate::{checksum, files};

const FILE: &str = "SHA256SUMS";

/// Writes the sums of all that is in a checkpoint's folder, and of the run's vocabulary: which word is which of the
/// decoder's numbers is a part of what was learned.
///
/// # Errors
/// When the disk refuses.
pub(super) fn write(folder: &Path) -> Result<()> {
    let lines = || -> io::Result<String> {
        let mut names = vec![format!("../../{VOCABULARY}")];
        names.retain(|name| folder.join(name).exists());
        for entry in fs::read_dir(folder)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        let mut lines = String::new();
        for name in names {
            let sum = checksum::of_file(&folder.join(&name))?;
            // Writing to memory does not fail.
            let _ = writeln!(lines, "{sum}  {name}");
        }
        Ok(lines)
    };
    let lines = lines().with_context(|| format!("cannot read {}", folder.display()))?;
    files::write_whole(&folder.join(FILE), lines.as_bytes())
}

/// Holds what is in a checkpoint's folder against the sums that were written. One of a version that wrote none passes.
///
/// # Errors
/// When a file was changed or is missing, with its name.
pub(super) fn check(folder: &Path) -> Result<()> {
    let path = folder.join(FILE);
    let cannot_read = || format!("cannot read {}", path.display());
    if !path.try_exists().with_context(cannot_read)? {
        return Ok(());
    }
    let text = String::from_utf8(files::read(&path)?);
    let is_whole = |text: &String| text.ends_with('\n');
    let text = text.ok().filter(is_whole);
    let damaged = || anyhow!("{} is damaged", path.display());
    for line in text.with_context(damaged)?.lines() {
        let (known, name) = line.split_once("  ").with_context(damaged)?;
        let file = folder.join(name);
        let found = checksum::of_file(&file)
            .with_context(|| format!("cannot read {}, which {FILE} lists", file.display()))?;
        ensure!(
            found == known,
            "{} is damaged: its checksum is not that of {FILE}",
            file.display()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use temp_dir::TempDir;

    use super::*;

    #[test]
    fn whatever_changes_in_a_checkpoint_is_told() {
        let run = TempDir::new().unwrap();
        let folder = run.path().join("checkpoints/step-000000001");
        fs::create_dir_all(&folder).unwrap();
        let content = [
            ("decoder.bpk", "weights"),
            ("progress.json", "{}"),
            ("../../vocabulary.json", "[\"a\"]"),
        ];
        for (name, content) in content {
            fs::write(folder.join(name), content).unwrap();
        }
        // Of a version that wrote no sums.
        check(&folder).unwrap();
        write(&folder).unwrap();
        // What a file manager leaves is none of the checkpoint's.
        fs::write(folder.join(".DS_Store"), "").unwrap();
        check(&folder).unwrap();
        for name in content.map(|(name, _)| name).into_iter().chain([FILE]) {
            let path = folder.join(name);
            let whole = fs::read(&path).unwrap();
            let told = |bytes: &[u8]| {
                fs::write(&path, bytes).unwrap();
                let error = check(&folder).unwrap_err().to_string();
                assert!(name == FILE || error.contains(name), "{error}");
            };
            for place in 0..whole.len() {
                let mut flipped = whole.clone();
                flipped[place] ^= 1;
                told(&flipped);
                // A list that ends with a line tells nothing of the lines that it lost.
                if name != FILE || place == 0 || whole[place - 1] != b'\n' {
                    told(&whole[..place]);
                }
            }
            fs::write(&path, whole).unwrap();
        }
        check(&folder).unwrap();
        fs::remove_file(folder.join("decoder.bpk")).unwrap();
        let error = check(&folder).unwrap_err().to_string();
        assert!(error.contains("decoder.bpk"), "{error}");
    }
}
