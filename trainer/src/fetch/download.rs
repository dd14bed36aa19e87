//! A large file, fetched piece by piece: what a cut or a kill leaves is continued with a range request.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use indicatif::ProgressBar;
use ureq::http::{StatusCode, header};

use super::address::Address;
use super::client::{Answer, Client};
use super::known_sum;
use super::part::{Origin, Part};
use super::retry::{Policy, Problem};
use crate::checksum;

/// An attempt that brought less than this counts as failed: a server that hands out a few bytes a time
/// must not keep a download going for ever.
const PROGRESS: u64 = 1 << 20;

/// A file to be fetched.
pub(super) struct Wanted<'a> {
    pub(super) address: &'a Address,
    /// Where to.
    pub(super) path: &'a Path,
    /// Its SHA-256, or the beginning of it, where known.
    pub(super) checksum: Option<&'a str>,
    /// More bytes than this are not taken.
    pub(super) largest: u64,
}

/// Fetches a file, and gives it its name only when it is whole and checked.
///
/// # Returns
/// Its SHA-256.
///
/// # Errors
/// When it cannot be had, or is not the one that is known.
pub(super) fn download(
    client: &Client,
    policy: &Policy,
    wanted: &Wanted,
    bar: &ProgressBar,
) -> Result<String, Problem> {
    let part = Part::of(wanted.path);
    let mut discarded = false;
    policy.run(|| {
        let resumed = fetch_rest(client, wanted, &part, bar)?;
        let disk = |error| Problem::disk(wanted.path, &error);
        let sum = checksum::of_file(&part.path).map_err(disk)?;
        if let Err(reason) = wanted
            .checksum
            .map_or(Ok(()), |known| known_sum::check(&sum, known))
        {
            part.discard().map_err(disk)?;
            // Pieces may have been of two versions; once is enough to find out.
            if resumed && !discarded {
                discarded = true;
                return Err(Problem::passing(reason));
            }
            return Err(Problem::Permanent(reason));
        }
        part.finish(wanted.path).map_err(disk)?;
        Ok(sum)
    })
}

/// Brings the part to its full size, or as far as the server lets it.
///
/// # Returns
/// Whether there was something to continue.
fn fetch_rest(
    client: &Client,
    wanted: &Wanted,
    part: &Part,
    bar: &ProgressBar,
) -> Result<bool, Problem> {
    let there = part.resumable(wanted.address);
    let mut headers = Vec::new();
    if let Some((length, origin)) = &there {
        if origin.size == Some(*length) {
            return Ok(true);
        }
        headers.push((header::RANGE, format!("bytes={length}-")));
        // Without its version the server would hand out the rest of whatever it has now.
        headers.extend(origin.version.clone().map(|it| (header::IF_RANGE, it)));
    }
    let answer = client.get(wanted.address, &headers)?;
    if answer.content_type() == "text/html" {
        return Err(Problem::Permanent(
            "the server sent a web page instead of the file".into(),
        ));
    }
    match (answer.status, there) {
        (StatusCode::OK, _) => {
            let origin = origin(wanted.address, &answer);
            refuse_larger(origin.size.unwrap_or(0), wanted)?;
            let file = part
                .begin(&origin)
                .map_err(|error| Problem::disk(&part.path, &error))?;
            receive(answer, file, 0, origin.size, wanted, bar)?;
            Ok(false)
        }
        (StatusCode::PARTIAL_CONTENT, Some((length, origin)))
            if continues(&answer, length, &origin) =>
        {
            let file = part
                .append()
                .map_err(|error| Problem::disk(&part.path, &error))?;
            receive(answer, file, length, origin.size, wanted, bar)?;
            Ok(true)
        }
        (status, _) => {
            part.discard()
                .map_err(|error| Problem::disk(&part.path, &error))?;
            Err(Problem::passing(format!(
                "the server answers {status} with another part of the file than was asked for"
            )))
        }
    }
}

fn receive(
    mut answer: Answer,
    mut file: File,
    start: u64,
    size: Option<u64>,
    wanted: &Wanted,
    bar: &ProgressBar,
) -> Result<(), Problem> {
    if let Some(size) = size {
        bar.set_length(size);
    }
    bar.set_position(start);
    let mut length = start;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = match answer.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(problem) => return Err(after_progress(problem, length - start)),
        };
        length += read as u64;
        refuse_larger(length, wanted)?;
        file.write_all(&buffer[..read])
            .map_err(|error| Problem::disk(wanted.path, &error))?;
        bar.set_position(length);
    }
    match size {
        Some(size) if size != length => Err(after_progress(
            Problem::passing(format!("cut off after {length} of {size} bytes")),
            length - start,
        )),
        _ => Ok(()),
    }
}

fn after_progress(mut problem: Problem, bytes: u64) -> Problem {
    if let Problem::Passing { progressed, .. } = &mut problem {
        *progressed = bytes >= PROGRESS;
    }
    problem
}

fn refuse_larger(size: u64, wanted: &Wanted) -> Result<(), Problem> {
    if size <= wanted.largest {
        return Ok(());
    }
    Err(Problem::Permanent(format!(
        "the file is larger than the {} bytes that are taken here",
        wanted.largest
    )))
}

/// What a whole file's answer says of its version.
fn origin(address: &Address, answer: &Answer) -> Origin {
    Origin {
        address: address.as_str().to_owned(),
        version: version(answer),
        size: answer.length,
    }
}

/// A weak tag (`W/…`) names files that mean the same, not the same bytes; `If-Range` does not take it.
pub(super) fn version(answer: &Answer) -> Option<String> {
    let tag = answer
        .header(header::ETAG)
        .filter(|tag| !tag.starts_with("W/"));
    tag.or_else(|| answer.header(header::LAST_MODIFIED))
        .map(str::to_owned)
}

/// Whether a partial answer begins where the part ends, and is of the same version.
fn continues(answer: &Answer, length: u64, origin: &Origin) -> bool {
    let range = answer.header(header::CONTENT_RANGE).and_then(content_range);
    let Some((start, size)) = range else {
        return false;
    };
    let same_size = size.is_none() || origin.size.is_none() || size == origin.size;
    let found = version(answer);
    start == length && same_size && (found.is_none() || found == origin.version)
}

/// The first byte and the whole file's size in `bytes FIRST-LAST/SIZE` (RFC 9110, section 14.4); the size
/// may be `*`.
pub(super) fn content_range(header: &str) -> Option<(u64, Option<u64>)> {
    let (range, size) = header.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, size.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::content_range;

    #[test]
    fn content_ranges_are_read() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, None)));
        assert_eq!(content_range("bytes */10"), None);
        assert_eq!(content_range("lines 5-9/10"), None);
    }
}
