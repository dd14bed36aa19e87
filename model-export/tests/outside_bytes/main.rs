//! Bytes from outside, valid ones and what becomes of them: a parser gives an error or a result, and nothing else.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

mod model_file;
#[path = "../../../tests/outside_bytes/mod.rs"]
mod outside_bytes;
mod photo;
