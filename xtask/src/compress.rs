//! Brotli beside the files that a web server sends, so that it need not compress them itself.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use brotlic::{CompressionMode, Quality, WindowSize};

use crate::site_path::has_extension;

/// Files that are worth it; photos are compressed already.
const EXTENSIONS: [&str; 9] = [
    "wasm",
    "js",
    "mjs",
    "css",
    "html",
    "json",
    "svg",
    "webmanifest",
    "safetensors",
];

/// The best quality takes 2 to 3 s a megabyte, quality 9 a thirtieth of that for 15 % more bytes.
const BEST_QUALITY_UP_TO: usize = 4 << 20;

/// Whether a file gets a compressed sibling.
pub(crate) fn is_compressible(path: &Path) -> bool {
    has_extension(path, &EXTENSIONS)
}

/// Compresses `source` into `compressed`, which appears whole or not at all.
pub(crate) fn compress(source: &Path, compressed: &Path) -> Result<()> {
    let bytes = fs::read(source).with_context(|| format!("cannot read {}", source.display()))?;
    let quality = if bytes.len() <= BEST_QUALITY_UP_TO {
        Quality::best()
    } else {
        Quality::new(9)?
    };
    let bound = brotlic::compress_bound(bytes.len(), quality)
        .with_context(|| format!("{} is too large to compress", source.display()))?;
    let mut packed = vec![0; bound];
    let length = brotlic::compress(
        &bytes,
        &mut packed,
        quality,
        WindowSize::best(),
        CompressionMode::Generic,
    )
    .with_context(|| format!("cannot compress {}", source.display()))?;
    packed.truncate(length);
    write_whole(compressed, &packed)
}

/// Writes a file to the side and renames it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let aside = path.with_added_extension("new");
    File::create(&aside)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&aside, path))
        .with_context(|| format!("cannot write {}", path.display()))
}
