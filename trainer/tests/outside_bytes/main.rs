//! Files from outside, valid ones and what becomes of them: a reader gives an error or a result, and nothing else.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

mod captions;
mod checkpoints;
mod data_sets;
mod descriptions;
#[path = "../../../tests/outside_bytes/mod.rs"]
mod outside_bytes;

/// Bytes that reading may take for each byte of a file: text is decoded, parsed and indexed.
const BYTES_PER_BYTE: usize = 64;
/// Bytes that it may take besides: buffers, and whatever the test's own threads take meanwhile.
const BYTES_BESIDES: usize = 16 << 20;

/// The most memory in bytes that reading files of so many bytes may take.
fn allowed(files: usize) -> usize {
    BYTES_BESIDES + BYTES_PER_BYTE * files
}
