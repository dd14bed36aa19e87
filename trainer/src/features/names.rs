//! The row of each photo of a cache, for its reader and its writer.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// The rows of a cache by name. Names stay the text that they are in the file: of millions of photos a map of
/// strings would take more memory than training does.
pub(super) struct NameIndex {
    /// A line for each row.
    text: String,
    /// Where each name begins, and its row, in the names' order.
    lines: Vec<(usize, u32)>,
}

impl NameIndex {
    /// Reads a cache's list of names. A last line without an end is left out.
    ///
    /// # Errors
    /// When it cannot be read, or has a name twice.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let mut text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
        text.shrink_to_fit();
        let mut start = 0;
        let lines = (0..).zip(text.split_inclusive('\n')).map(|(row, line)| {
            let place = (start, row);
            start += line.len();
            place
        });
        let mut lines: Vec<_> = lines.collect();
        lines.sort_unstable_by_key(|&(start, _)| line_at(&text, start));
        lines.shrink_to_fit();
        ensure!(
            lines
                .windows(2)
                .all(|pair| line_at(&text, pair[0].0) != line_at(&text, pair[1].0)),
            "{} names a photo twice: remove its folder and start again",
            path.display()
        );
        Ok(Self { text, lines })
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Length of the complete lines.
    pub(super) fn bytes(&self) -> u64 {
        self.text.len() as u64
    }

    /// The row of a photo.
    pub(super) fn row(&self, name: &str) -> Option<usize> {
        let place = self
            .lines
            .binary_search_by_key(&name, |&(start, _)| line_at(&self.text, start));
        Some(self.lines[place.ok()?].1 as usize)
    }
}

/// The line that begins at a place, without its end.
fn line_at(text: &str, start: usize) -> &str {
    let rest = &text[start..];
    rest.split_once('\n').map_or(rest, |(line, _)| line)
}

#[cfg(test)]
mod tests {
    use temp_dir::TempDir;

    use super::*;

    #[test]
    fn names_lead_to_their_rows() {
        let folder = TempDir::new().unwrap();
        let path = folder.child("names.txt");
        fs::write(&path, "b.jpg\na.jpg\nb.jpg/mirrored\né\nhalf-a-na").unwrap();
        let index = NameIndex::read(&path).unwrap();
        assert_eq!(index.len(), 4);
        assert_eq!(index.bytes(), 30);
        let rows =
            ["b.jpg", "a.jpg", "b.jpg/mirrored", "é", "half-a-na", "b"].map(|name| index.row(name));
        assert_eq!(rows, [Some(0), Some(1), Some(2), Some(3), None, None]);
        fs::write(&path, "").unwrap();
        assert_eq!(NameIndex::read(&path).unwrap().len(), 0);
        fs::write(&path, "a\nb\na\n").unwrap();
        let error = NameIndex::read(&path).err().unwrap().to_string();
        assert!(error.contains("twice"), "{error}");
        assert!(NameIndex::read(&folder.child("none")).is_err());
    }
}
