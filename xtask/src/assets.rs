//! `assets.js`: what the page needs to know of the large files that come with it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::site_path::{address, has_extension};

/// The module's file, beside `index.html`.
pub(crate) const NAME: &str = "assets.js";

/// Its first line, by which a folder is known to hold an earlier page.
pub(crate) const MARK: &str = "// Made by `cargo xtask build`.";

/// Endings of the files that browsers keep by their sum.
const KEPT: [&str; 2] = ["wasm", "safetensors"];

/// A JavaScript module with the version, and the size and SHA-256 of each large file.
pub(crate) fn module(files: &BTreeMap<PathBuf, Vec<u8>>) -> String {
    let mut module = format!(
        "{MARK}\n\nexport const VERSION = \"{}\";\n\n\
         /** Size and SHA-256 of the files that are kept in the browser. */\n\
         export const ASSETS = {{\n",
        env!("CARGO_PKG_VERSION")
    );
    for (path, bytes) in files {
        if !has_extension(path, &KEPT) {
            continue;
        }
        let name = address(path);
        let sum = Sha256::digest(bytes);
        // Writing to a string cannot fail.
        let _ = writeln!(
            module,
            "  \"{name}\": {{ bytes: {}, sha256: \"{sum:x}\" }},",
            bytes.len()
        );
    }
    module + "};\n"
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn large_files_are_listed_with_their_sums() {
        let files = BTreeMap::from([
            (PathBuf::from("app.js"), b"code".to_vec()),
            (
                Path::new("models").join("small.safetensors"),
                b"abc".to_vec(),
            ),
        ]);
        let module = module(&files);
        assert!(!module.contains("app.js"));
        // FIPS 180-2, appendix B.1.
        assert!(module.contains(
            "\"models/small.safetensors\": { bytes: 3, \
             sha256: \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\" }"
        ));
    }
}
