//! Adding to a cache.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use half::f16;

use super::{INDEX, KEY, Key, LOCK, NAMES, ROWS};
use crate::features::known_photos;
use crate::features::row_key::RowKey;
use crate::features::rows::{Row, RowIndex, SYNC_EVERY, line};
use crate::files::{self, WholeFile};
use crate::lock;

/// Adds rows to a cache.
pub(crate) struct FeatureWriter {
    folder: PathBuf,
    row_length: usize,
    rows_file: File,
    index_file: File,
    /// The rows that were there.
    index: RowIndex,
    /// The rows that came since.
    added: HashMap<RowKey, Row>,
    /// Rows without a key, the first of them last.
    free: Vec<u32>,
    /// The row after all others.
    end: u32,
    unsynced: usize,
    _locked: File,
}

impl FeatureWriter {
    /// Opens the cache for a key below `root`, or makes it.
    ///
    /// # Errors
    /// When the folder cannot be made or read, or another program is using it.
    pub(crate) fn open(root: &Path, key: &Key) -> Result<Self> {
        let folder = key.folder(root)?;
        let locked = lock::folder(&folder, LOCK)?;
        let key_path = folder.join(KEY);
        if !key_path.exists() {
            files::write_whole(&key_path, serde_json::to_string_pretty(key)?.as_bytes())?;
        }
        let rows_path = folder.join(ROWS);
        let index_path = folder.join(INDEX);
        let names_path = folder.join(NAMES);
        if names_path.exists() && !index_path.exists() {
            eprintln!(
                "the features in {} were made by an earlier version, which did not note what the photos held: \
                 they are computed anew",
                folder.display()
            );
            for path in [&names_path, &rows_path] {
                fs::remove_file(path)
                    .with_context(|| format!("cannot remove {}", path.display()))?;
            }
        }
        let open = |path: &Path, options: &mut OpenOptions| {
            options
                .create(true)
                .open(path)
                .with_context(|| format!("cannot open {}", path.display()))
        };
        let rows_file = open(&rows_path, OpenOptions::new().write(true).truncate(false))?;
        let open_index = || open(&index_path, OpenOptions::new().append(true));
        let mut index_file = open_index()?;
        let mut index = RowIndex::read(&index_path)?;
        let present = index_file.metadata()?.len();
        if present > index.bytes() {
            index_file
                .set_len(index.bytes())
                .with_context(|| format!("cannot shorten {}", index_path.display()))?;
        }
        let lost = forget_lost(&mut index, &rows_path, key)
            .with_context(|| format!("cannot read {}", rows_path.display()))?;
        if lost > 0 {
            eprintln!(
                "{}: {lost} rows are not there as they were written, after a power cut for one; they are computed anew",
                rows_path.display()
            );
            write_list(&index_path, index.rows())?;
            index_file = open_index()?;
        }
        let mut free = index.free();
        free.reverse();
        Ok(Self {
            row_length: key.row_length(),
            rows_file,
            index_file,
            end: index.end(),
            index,
            added: HashMap::new(),
            free,
            folder,
            unsynced: 0,
            _locked: locked,
        })
    }

    /// The cache's folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Number of rows in the cache.
    pub(crate) fn rows(&self) -> usize {
        self.index.len() + self.added.len()
    }

    /// Whether the features of a photo's view are there.
    pub(crate) fn holds(&self, key: RowKey) -> bool {
        self.added.contains_key(&key) || self.index.row(key).is_some()
    }

    /// Adds the features `[photos, positions, channels]` of views of photos.
    ///
    /// # Errors
    /// When the disk is full, for one: what was added before is kept, and the next run goes on
    /// from there.
    pub(crate) fn append(&mut self, keys: &[RowKey], features: &[f32]) -> Result<()> {
        ensure!(
            features.len() == keys.len() * self.row_length,
            "{} features for {} photos",
            features.len(),
            keys.len()
        );
        self.write(keys, features).with_context(|| {
            format!(
                "cannot write features to {}; the {} rows before are kept",
                self.folder.display(),
                self.rows()
            )
        })
    }

    fn write(&mut self, keys: &[RowKey], features: &[f32]) -> std::io::Result<()> {
        let mut lines = String::new();
        let mut placed = Vec::new();
        let free = self.free.iter().rev().copied().chain(self.end..);
        let rows = free.zip(keys).zip(features.chunks_exact(self.row_length));
        for ((number, &key), values) in rows {
            let bytes: Vec<u8> = values
                .iter()
                .flat_map(|&value| f16::from_f32(value).to_le_bytes())
                .collect();
            let start = u64::from(number) * bytes.len() as u64;
            self.rows_file.seek(SeekFrom::Start(start))?;
            self.rows_file.write_all(&bytes)?;
            let row = Row::new(number, key, &bytes);
            lines += &line(key, row);
            placed.push((key, row));
        }
        self.index_file.write_all(lines.as_bytes())?;
        let reused = placed.len().min(self.free.len());
        self.free.truncate(self.free.len() - reused);
        self.end += (placed.len() - reused) as u32;
        self.unsynced += placed.len();
        self.added.extend(placed);
        if self.unsynced >= SYNC_EVERY {
            self.sync()?;
        }
        Ok(())
    }

    fn sync(&mut self) -> std::io::Result<()> {
        self.rows_file.sync_data()?;
        self.index_file.sync_data()?;
        self.unsynced = 0;
        Ok(())
    }

    /// Brings everything to disk, and drops what was made of photos that no data set has any more. Returns how
    /// many rows were dropped.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn finish(mut self) -> Result<usize> {
        self.sync()
            .with_context(|| format!("cannot write features to {}", self.folder.display()))?;
        let wanted = known_photos::all_contents(&self.folder)?;
        let added = self.added.iter().map(|(&key, &row)| (key, row));
        let rows = self.index.rows().chain(added);
        let kept = rows.filter(|(key, _)| wanted.contains(&key.content));
        let dropped = self.rows() - kept.clone().count();
        if dropped > 0 {
            // The same list for the same photos, in whatever order a hash map has them.
            let mut kept: Vec<_> = kept.collect();
            kept.sort_unstable();
            write_list(&self.folder.join(INDEX), kept)?;
        }
        Ok(dropped)
    }
}

/// Leaves out rows that a power cut kept from the disk: those that the file is too short for, and of the latest those
/// that are not what was written. Returns how many there are.
fn forget_lost(index: &mut RowIndex, rows: &Path, key: &Key) -> std::io::Result<usize> {
    let mut file = File::open(rows)?;
    let there = file.metadata()?.len() / key.row_bytes();
    let mut lost = HashSet::new();
    let mut bytes = vec![0; key.row_bytes() as usize];
    for &(photo, row) in index.latest() {
        if u64::from(row.number) < there {
            file.seek(SeekFrom::Start(u64::from(row.number) * bytes.len() as u64))?;
            file.read_exact(&mut bytes)?;
            if !row.is(photo, &bytes) {
                lost.insert(photo);
            }
        }
    }
    let before = index.len();
    index.forget(|photo, row| lost.contains(&photo) || u64::from(row.number) >= there);
    Ok(before - index.len())
}

fn write_list(path: &Path, rows: impl IntoIterator<Item = (RowKey, Row)>) -> Result<()> {
    let mut list = WholeFile::create(path)?;
    for (key, row) in rows {
        list.write(line(key, row).as_bytes())?;
    }
    list.finish()
}
