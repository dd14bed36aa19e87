//! Which row of a cache is whose.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::row_key::RowKey;

/// Rows that are written between two syncs to disk.
pub(super) const SYNC_EVERY: usize = 512;
/// Rows at the end of a list, more than can be written after a sync.
const LATEST: usize = 2 * SYNC_EVERY;

/// A row of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub(super) number: u32,
    /// Where it is known: earlier versions noted none.
    crc32: Option<u32>,
}

impl Row {
    /// One of these bytes.
    pub(super) fn new(number: u32, key: RowKey, bytes: &[u8]) -> Self {
        let crc32 = Some(crc32(key, bytes));
        Self { number, crc32 }
    }

    /// Whether these bytes are the ones that were written for this key.
    pub(super) fn is(self, key: RowKey, bytes: &[u8]) -> bool {
        self.crc32.is_none_or(|known| crc32(key, bytes) == known)
    }
}

/// CRC-32 of a key and of its row.
fn crc32(key: RowKey, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key.to_string().as_bytes());
    hasher.update(bytes);
    hasher.finalize()
}

/// The rows of a cache by their keys, as its file `rows.txt` lists them: a line `ROW KEY CRC-32` for each.
pub(super) struct RowIndex {
    /// In the keys' order.
    rows: Vec<(RowKey, Row)>,
    /// The last in the file, which may not have reached the disk.
    latest: Vec<(RowKey, Row)>,
    /// Length of the file's whole lines.
    bytes: u64,
}

impl RowIndex {
    /// Reads a cache's list. A last line without an end is left out: a kill has cut it short.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let cannot_read = || format!("cannot read {}", path.display());
        let damaged = |what: &str| {
            format!(
                "{} {what}: remove its folder and run `glimpse features` again",
                path.display()
            )
        };
        let mut reader = BufReader::new(File::open(path).with_context(cannot_read)?);
        let (mut rows, mut bytes, mut text) = (Vec::new(), 0, String::new());
        loop {
            text.clear();
            let length = reader.read_line(&mut text).with_context(cannot_read)?;
            let Some(line) = text.strip_suffix('\n') else {
                break;
            };
            rows.push(parse(line).with_context(|| damaged("has a line that is no row and key"))?);
            bytes += length as u64;
        }
        let latest = rows[rows.len().saturating_sub(LATEST)..].to_vec();
        let mut numbers: Vec<_> = rows.iter().map(|(_, row)| row.number).collect();
        numbers.sort_unstable();
        rows.sort_unstable();
        ensure!(
            rows.windows(2).all(|pair| pair[0].0 != pair[1].0)
                && numbers.windows(2).all(|pair| pair[0] != pair[1]),
            damaged("names a photo or a row twice")
        );
        Ok(Self {
            rows,
            latest,
            bytes,
        })
    }

    /// Number of keys.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Rows up to the last that has a key.
    pub(super) fn end(&self) -> u32 {
        let last = self.rows.iter().map(|(_, row)| row.number).max();
        last.map_or(0, |row| row + 1)
    }

    /// Rows before the end that have no key.
    pub(super) fn free(&self) -> Vec<u32> {
        let mut is_free = vec![true; self.end() as usize];
        for (_, row) in &self.rows {
            is_free[row.number as usize] = false;
        }
        (0..)
            .zip(is_free)
            .filter_map(|(row, is_free)| is_free.then_some(row))
            .collect()
    }

    /// The last that were written.
    pub(super) fn latest(&self) -> &[(RowKey, Row)] {
        &self.latest
    }

    /// Leaves some out.
    pub(super) fn forget(&mut self, lost: impl Fn(RowKey, Row) -> bool) {
        self.rows.retain(|&(key, row)| !lost(key, row));
    }

    /// Length of the complete lines.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The row of a key.
    pub(super) fn row(&self, key: RowKey) -> Option<Row> {
        let place = self.rows.binary_search_by_key(&key, |&(key, _)| key);
        Some(self.rows[place.ok()?].1)
    }

    /// All keys and their rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = (RowKey, Row)> + Clone {
        self.rows.iter().copied()
    }
}

/// A row's line in the list.
pub(super) fn line(key: RowKey, row: Row) -> String {
    let number = row.number;
    match row.crc32 {
        Some(crc32) => format!("{number} {key} {crc32:08x}\n"),
        None => format!("{number} {key}\n"),
    }
}

fn parse(line: &str) -> Option<(RowKey, Row)> {
    let mut parts = line.split(' ');
    let number = parts.next()?.parse().ok()?;
    let key = parts.next()?.parse().ok()?;
    let crc32 = match parts.next() {
        Some(crc32) => Some(u32::from_str_radix(crc32, 16).ok()?),
        None => None,
    };
    let row = Row { number, crc32 };
    parts.next().is_none().then_some((key, row))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use super::*;
    use crate::features::{Content, View};

    #[test]
    fn keys_lead_to_their_rows() {
        let folder = TempDir::new().unwrap();
        let path = folder.child("rows.txt");
        let [a, b] = ["a", "b"].map(|photo| RowKey::upright(Content::of(photo.as_bytes())));
        let mirrored = b.seen(View::Mirrored);
        let row = |number, crc32| Row { number, crc32 };
        let rows = [row(0, None), row(1, Some(7)), row(4, Some(u32::MAX))];
        let text = [line(b, rows[1]), line(a, rows[0]), line(mirrored, rows[2])].concat();
        fs::write(&path, format!("{text}2 half-a-k")).unwrap();
        let index = RowIndex::read(&path).unwrap();
        assert_eq!((index.len(), index.end()), (3, 5));
        assert_eq!(index.bytes(), text.len() as u64);
        assert_eq!(index.free(), [2, 3]);
        assert_eq!([a, b, mirrored].map(|key| index.row(key)), rows.map(Some));
        assert_eq!(index.row(a.seen(View::Mirrored)), None);
        let mut all = [(a, rows[0]), (b, rows[1]), (mirrored, rows[2])];
        all.sort_unstable();
        assert!(index.rows().eq(all));
        fs::write(&path, "").unwrap();
        assert_eq!(RowIndex::read(&path).unwrap().len(), 0);
        for damaged in [
            [line(a, rows[0]), line(a, rows[1])].concat(),
            [line(a, rows[0]), line(b, rows[0])].concat(),
            "a.jpg\n".to_owned(),
            format!("0 {a} sum\n"),
            format!("0 {a} 00000007 more\n"),
        ] {
            fs::write(&path, damaged).unwrap();
            let error = RowIndex::read(&path).err().unwrap().to_string();
            assert!(error.contains("remove its folder"), "{error}");
        }
        assert!(RowIndex::read(&folder.child("none")).is_err());
    }
}
