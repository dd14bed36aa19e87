//! SHA-256 of files.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use sha2::{Digest, Sha256};

/// The SHA-256 of a file in hexadecimal.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn of_file(path: &Path) -> io::Result<String> {
    let mut sum = Sha256::new();
    io::copy(&mut File::open(path)?, &mut sum)?;
    Ok(hexadecimal(&sum.finalize()))
}

/// The sum of a file that is there already: fetched before, or by other means.
///
/// # Errors
/// When it cannot be read, or is not the file that is `known`.
pub(crate) fn check_file(path: &Path, known: Option<&str>) -> Result<String> {
    let shown = path.display();
    let sum = of_file(path).with_context(|| format!("cannot read {shown}"))?;
    if let Some(known) = known {
        check(&sum, known)
            .map_err(|sentence| anyhow!("{shown}: {sentence}; remove it to fetch it anew"))?;
    }
    Ok(sum)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Checks a sum against the one that is known, or against its beginning where only that is.
///
/// # Errors
/// With a sentence.
pub(crate) fn check(found: &str, known: &str) -> std::result::Result<(), String> {
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
    fn sums_are_those_of_the_standard() {
        let folder = temp_dir::TempDir::new().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        // FIPS 180-4's example.
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(of_file(&path).unwrap(), sum);
        assert!(check(sum, sum).is_ok());
        assert!(check(sum, "ba7816bf").is_ok());
        let sentence = check(sum, "00000000").unwrap_err();
        assert!(sentence.contains("begin with 00000000"), "{sentence}");
    }
}
