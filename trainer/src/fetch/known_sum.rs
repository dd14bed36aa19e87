//! What is fetched, held against the SHA-256 that is known of it.

use std::path::Path;

use anyhow::{Context, Result, anyhow};

use crate::checksum;

/// The sum of a file that is there already: fetched before, or by other means.
///
/// # Errors
/// When it cannot be read, or is not the file that is `known`.
pub(super) fn check_file(path: &Path, known: Option<&str>) -> Result<String> {
    let shown = path.display();
    let sum = checksum::of_file(path).with_context(|| format!("cannot read {shown}"))?;
    if let Some(known) = known {
        check(&sum, known)
            .map_err(|sentence| anyhow!("{shown}: {sentence}; remove it to fetch it anew"))?;
    }
    Ok(sum)
}

/// Checks a sum against the one that is known, or against its beginning where only that is.
///
/// # Errors
/// With a sentence.
pub(super) fn check(found: &str, known: &str) -> std::result::Result<(), String> {
    if found.starts_with(known) {
        return Ok(());
    }
    let begins = if known.len() < found.len() {
        "begin with "
    } else {
        "be "
    };
    Err(format!(
        "the file is not the one that is known: its SHA-256 is {found}, but should {begins}{known}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_a_sum_is_enough() {
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(check(sum, sum).is_ok());
        assert!(check(sum, "ba7816bf").is_ok());
        let sentence = check(sum, "00000000").unwrap_err();
        assert!(sentence.contains("begin with 00000000"), "{sentence}");
    }
}
