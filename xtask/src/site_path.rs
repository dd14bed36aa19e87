//! Paths of the page's files.

use std::path::Path;

/// Whether a path ends with one of these extensions, given without a dot.
pub(crate) fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| extensions.contains(&extension))
}

/// A path as the page names it: the same on Windows.
pub(crate) fn address(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
