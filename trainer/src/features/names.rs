//! The row of each photo of a cache. Names stay in the mapped file: of millions of photos they would take
//! more memory than training does.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use memmap2::Mmap;

/// The rows of a cache by name.
pub(super) struct NameIndex {
    /// A line for each row; the last one may lack its end.
    text: Mmap,
    /// Where each name begins, and its row, in the names' order.
    lines: Vec<(usize, u32)>,
}

impl NameIndex {
    /// Maps a cache's list of names.
    ///
    /// # Errors
    /// When it cannot be read, or has a name twice.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        #[expect(unsafe_code, reason = "a memory map")]
        // SAFETY: as that of the rows: complete lines are never changed.
        let text = unsafe { Mmap::map(&file) }
            .with_context(|| format!("cannot map {}", path.display()))?;
        let ends = (0..).zip(text.iter()).filter(|(_, byte)| **byte == b'\n');
        let mut start = 0;
        let lines = (0..).zip(ends).map(|(row, (end, _))| {
            let line = (start, row);
            start = end + 1;
            line
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

    /// The row of a photo.
    pub(super) fn row(&self, name: &str) -> Option<usize> {
        let place = self
            .lines
            .binary_search_by_key(&name.as_bytes(), |&(start, _)| line_at(&self.text, start));
        Some(self.lines[place.ok()?].1 as usize)
    }
}

/// The line that begins at a place, without its end.
fn line_at(text: &[u8], start: usize) -> &[u8] {
    let rest = &text[start..];
    let end = rest.iter().position(|&byte| byte == b'\n');
    &rest[..end.unwrap_or(rest.len())]
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use super::*;

    #[test]
    fn names_lead_to_their_rows() {
        let folder = TempDir::new().unwrap();
        let path = folder.child("names.txt");
        fs::write(&path, "b.jpg\na.jpg\nb.jpg/mirrored\né\nhalf-a-na").unwrap();
        let index = NameIndex::open(&path).unwrap();
        assert_eq!(index.len(), 4);
        let rows =
            ["b.jpg", "a.jpg", "b.jpg/mirrored", "é", "half-a-na", "b"].map(|name| index.row(name));
        assert_eq!(rows, [Some(0), Some(1), Some(2), Some(3), None, None]);
        fs::write(&path, "").unwrap();
        assert_eq!(NameIndex::open(&path).unwrap().len(), 0);
        fs::write(&path, "a\nb\na\n").unwrap();
        let error = NameIndex::open(&path).err().unwrap().to_string();
        assert!(error.contains("twice"), "{error}");
        assert!(NameIndex::open(&folder.child("none")).is_err());
    }
}
