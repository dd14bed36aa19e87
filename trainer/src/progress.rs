//! How far a command has come with its photos.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar for a number of photos.
pub(crate) fn photos(count: usize) -> ProgressBar {
    ProgressBar::new(count as u64).with_style(
        ProgressStyle::with_template("{bar:40} {pos}/{len} photos, {per_sec}, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    )
}
