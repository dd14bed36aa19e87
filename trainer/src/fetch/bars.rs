//! How far fetching has come.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// A bar of bytes for a file, among others.
pub(super) fn bytes(bars: &MultiProgress, name: &str) -> ProgressBar {
    let bar = ProgressBar::new(0).with_style(style(
        "{prefix} {bar:30} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left {msg}",
    ));
    bars.add(bar.with_prefix(name.to_owned()))
}

/// A bar of links.
pub(super) fn links(count: u64) -> ProgressBar {
    ProgressBar::new(count).with_style(style(
        "{bar:30} {pos}/{len} links, {per_sec}, {eta} left {msg}",
    ))
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
