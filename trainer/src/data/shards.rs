//! `shards.txt`: the addresses of a data set's shards, a line each, which are read where they are. `{000..331}` stands
//! for every number between, as WebDataset has it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::fetch::is_address;

/// The list's file, in the data set's folder.
pub(super) const LIST: &str = "shards.txt";

/// More than any data set has: a mistyped range must not fill the memory.
const MOST_SHARDS: usize = 1_000_000;

/// The addresses with an ending that a folder's list names, in its order; none where it has no list.
///
/// # Errors
/// When a line is no address.
pub(super) fn listed(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let path = folder.join(LIST);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let text =
        String::from_utf8(bytes).with_context(|| format!("{} is no text", path.display()))?;
    let mut addresses = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = || format!("line {} of {}", index + 1, path.display());
        ensure!(
            is_address(Path::new(line)),
            "{} is no http or https address: {line}",
            place()
        );
        expand(line, &mut addresses).with_context(place)?;
    }
    addresses.retain(|address| has_ending(address, ending));
    Ok(addresses.into_iter().map(PathBuf::from).collect())
}

/// The list of a folder, where it names a shard with an ending, or cannot be understood: its reader says why.
pub(super) fn evidence(folder: &Path, ending: &str) -> Option<String> {
    let tells = listed(folder, ending).map_or(true, |addresses| !addresses.is_empty());
    tells.then(|| LIST.to_owned())
}

/// What a shard is called within its data set: its path below the folder, or of an address below the host.
pub(super) fn name(folder: &Path, shard: &Path) -> String {
    let text = shard.to_string_lossy();
    if is_address(shard) {
        let path = text.splitn(4, '/').nth(3).unwrap_or_default();
        return without_query(path).to_owned();
    }
    let path = shard.strip_prefix(folder).unwrap_or(shard);
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// An address up to its path's end.
pub(super) fn without_query(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
}

/// Whether an address' path has an ending; what follows a question mark is no part of it.
fn has_ending(address: &str, ending: &str) -> bool {
    Path::new(without_query(address))
        .extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

/// Adds what an address with ranges stands for.
fn expand(address: &str, to: &mut Vec<String>) -> Result<()> {
    let range = address
        .split_once('{')
        .and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
    let Some((before, (range, after))) = range else {
        ensure!(to.len() < MOST_SHARDS, "more than {MOST_SHARDS} shards");
        to.push(address.to_owned());
        return Ok(());
    };
    let ends = range
        .split_once("..")
        .and_then(|(first, last)| Some((first.parse::<u64>().ok()?, last.parse::<u64>().ok()?)));
    let Some((first, last)) = ends.filter(|(first, last)| first <= last) else {
        bail!("{{{range}}} is no range such as {{000..331}}");
    };
    let digits = range.find("..").unwrap_or(0);
    for number in first..=last {
        expand(&format!("{before}{number:0digits$}{after}"), to)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use temp_dir::TempDir;

    use super::*;
    use crate::files;

    fn of(text: &str, ending: &str) -> Result<Vec<String>> {
        let folder = TempDir::new().unwrap();
        files::write_whole(&folder.path().join(LIST), text.as_bytes()).unwrap();
        let found = listed(folder.path(), ending)?;
        Ok(found
            .iter()
            .map(|path| path.to_string_lossy().into_owned())
            .collect())
    }

    #[test]
    fn ranges_stand_for_every_shard() {
        let text = "# ours\n\nhttps://h/train-{08..11}.tar\nhttp://h/{0..1}/v{7..7}.tar?x=1\nhttps://h/a.parquet\n";
        assert_eq!(
            of(text, "tar").unwrap(),
            [
                "https://h/train-08.tar",
                "https://h/train-09.tar",
                "https://h/train-10.tar",
                "https://h/train-11.tar",
                "http://h/0/v7.tar?x=1",
                "http://h/1/v7.tar?x=1",
            ]
        );
        assert_eq!(of(text, "parquet").unwrap(), ["https://h/a.parquet"]);
        let folder = TempDir::new().unwrap();
        assert!(listed(folder.path(), "tar").unwrap().is_empty());
    }

    #[test]
    fn a_line_that_is_no_address_is_named() {
        for (text, says) in [
            ("https://h/a.tar\n/data/b.tar\n", "line 2 of"),
            ("https://h/{3..1}.tar\n", "{3..1} is no range"),
            ("https://h/{a..b}.tar\n", "{a..b} is no range"),
            ("https://h/{0..99999999}.tar\n", "more than 1000000 shards"),
        ] {
            let error = format!("{:#}", of(text, "tar").unwrap_err());
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn shards_of_one_file_name_have_names_of_their_own() {
        let folder = Path::new("data");
        let named = |shard: &str| name(folder, Path::new(shard));
        assert_eq!(
            named("https://h/x/train/0.parquet?y=z"),
            "x/train/0.parquet"
        );
        assert_eq!(named("data/train/0.parquet"), "train/0.parquet");
    }
}
