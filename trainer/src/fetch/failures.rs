//! What could not be fetched, and why: a line of JSON each, written as it happens.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::files;

/// A data set's files that could not be fetched.
const FAILURES: &str = "fetch-failures.jsonl";

/// What came of a file of a data set.
pub(super) struct Outcome {
    pub(super) name: String,
    pub(super) address: String,
    /// A sentence on what was done.
    pub(super) result: Result<String>,
}

/// Says what came of a data set's files, and notes in its folder those that could not be fetched. `what` they are.
///
/// # Errors
/// When there are such.
pub(super) fn conclude(folder: &Path, outcomes: Vec<Outcome>, what: &str) -> Result<()> {
    let path = folder.join(FAILURES);
    let (mut failures, _) = Failures::open(&path, true)?;
    let all = outcomes.len();
    let mut failed = 0;
    for Outcome {
        name,
        address,
        result,
    } in outcomes
    {
        match result {
            Ok(sentence) => eprintln!("{name}: {sentence}"),
            Err(error) => {
                failed += 1;
                let reason = format!("{error:#}");
                eprintln!("{name}: {reason}");
                failures.add(&Failure {
                    name,
                    address,
                    reason,
                })?;
            }
        }
    }
    if failed == 0 {
        drop(failures);
        drop(fs::remove_file(&path));
        return Ok(());
    }
    bail!(
        "{failed} of {all} {what} could not be fetched (noted in {}); the same command goes on where this one stopped",
        path.display()
    )
}

/// A file of failures.
pub(super) struct Failures {
    path: PathBuf,
    file: File,
}

/// Something that could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failure {
    /// The name that the file would have been given, without an ending where that is not known.
    pub(super) name: String,
    pub(super) address: String,
    pub(super) reason: String,
}

impl Failures {
    /// Opens the file to write more, and returns the names that are in it; `forget` empties it first.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub(super) fn open(path: &Path, forget: bool) -> Result<(Self, HashSet<String>)> {
        let context = || format!("cannot read the failures in {}", path.display());
        let text = match fs::read(path) {
            Ok(_) if forget => String::new(),
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(context),
        };
        // A kill may have cut the last line short: what it was about is tried again.
        let lines: Vec<_> = text
            .lines()
            .filter_map(|line| Some((serde_json::from_str::<Failure>(line).ok()?, line)))
            .collect();
        let whole: String = lines.iter().map(|(_, line)| format!("{line}\n")).collect();
        files::write_whole(path, whole.as_bytes())?;
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .with_context(context)?;
        let names = lines.into_iter().map(|(failure, _)| failure.name);
        let failures = Self {
            path: path.to_owned(),
            file,
        };
        Ok((failures, names.collect()))
    }

    /// Notes a failure.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn add(&mut self, failure: &Failure) -> Result<()> {
        let mut line = serde_json::to_vec(failure)?;
        line.push(b'\n');
        self.file
            .write_all(&line)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_outlive_a_kill_and_a_cut_line() {
        let folder = temp_dir::TempDir::new().unwrap();
        let path = folder.path().join("failures.jsonl");
        let failure = |name: &str| Failure {
            name: name.into(),
            address: "http://x".into(),
            reason: "404".into(),
        };
        let (mut failures, names) = Failures::open(&path, false).unwrap();
        assert!(names.is_empty());
        failures.add(&failure("a")).unwrap();
        failures.add(&failure("b")).unwrap();
        drop(failures);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() - 5]).unwrap();
        let (mut failures, names) = Failures::open(&path, false).unwrap();
        assert_eq!(names, HashSet::from(["a".to_owned()]));
        failures.add(&failure("c")).unwrap();
        let (_, names) = Failures::open(&path, false).unwrap();
        assert_eq!(names, HashSet::from(["a".to_owned(), "c".to_owned()]));
        assert!(Failures::open(&path, true).unwrap().1.is_empty());
    }
}
