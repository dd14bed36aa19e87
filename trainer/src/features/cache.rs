//! The feature cache: one folder per encoder and preparation.
//!
//! ```text
//! ENCODER-KEY/
//!   key.json        what the features were made with
//!   features.f16    one row of positions · channels half floats per photo, little endian
//!   rows.txt        which row is of which photo's content and view, a line each
//!   photos/         of each data set: its photos, their content, and the size and time of their files
//! ```
//!
//! A row is of what a photo's file holds, not of its name: another photo under the same name has another row.
//! A row's line is written after the row, so that a kill leaves at most a row without a line, which
//! the next run fills. Rows of photos that no data set has any more lose their lines, and others get
//! their places. Training maps the rows into memory; the system reads and forgets pages as
//! it sees fit, so memory does not grow with the data set.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use half::f16;
use memmap2::Mmap;
use model_export::encoder::EncoderConfig;
use model_export::model_file::Precision;
use model_export::photo::Preparation;
use serde::{Deserialize, Serialize};

use super::content::{Content, RowKey};
use super::known_photos::{self, KnownPhotos};
use super::rows::{RowIndex, line};
use super::view::View;
use crate::data::Dataset;
use crate::encoder_weights::ENCODER_PRECISION;
use crate::{files, lock};

const ROWS: &str = "features.f16";
const INDEX: &str = "rows.txt";
const KEY: &str = "key.json";
/// The list of photos' names that earlier versions had: it does not say what the photos held.
const NAMES: &str = "names.txt";
/// What locks a cache.
const LOCK: &str = "features";
/// Rows between two syncs to disk.
const SYNC_EVERY: usize = 512;

/// What decides a feature's value besides the photo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Key {
    #[serde(flatten)]
    pub(crate) encoder: EncoderConfig,
    pub(crate) preparation: Preparation,
    /// Checksum of the encoder's weights.
    weights_crc32: u32,
    weights_precision: Precision,
}

impl Key {
    pub(crate) fn new(encoder: EncoderConfig, weights_crc32: u32) -> Self {
        Self {
            encoder,
            preparation: encoder.preparation(),
            weights_crc32,
            weights_precision: ENCODER_PRECISION,
        }
    }

    fn folder(&self, root: &Path) -> Result<PathBuf> {
        let text = serde_json::to_string(self)?;
        let hash = crc32fast::hash(text.as_bytes());
        Ok(root.join(format!("{}-{hash:08x}", self.encoder.architecture.name())))
    }

    /// Values in one row.
    fn row_length(&self) -> usize {
        self.encoder.grid().positions() * self.encoder.channels()
    }

    fn row_bytes(&self) -> u64 {
        (self.row_length() * size_of::<f16>()) as u64
    }
}

/// Adds rows to a cache.
pub(crate) struct FeatureWriter {
    folder: PathBuf,
    row_length: usize,
    rows_file: File,
    index_file: File,
    /// The rows that were there.
    index: RowIndex,
    /// The rows that came since.
    added: HashMap<RowKey, u32>,
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
        let index_file = open(&index_path, OpenOptions::new().append(true))?;
        let index = RowIndex::read(&index_path)?;
        let present = index_file.metadata()?.len();
        if present > index.bytes() {
            index_file
                .set_len(index.bytes())
                .with_context(|| format!("cannot shorten {}", index_path.display()))?;
        }
        check_length(&rows_file, &rows_path, &index, key)?;
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
        for ((row, &key), values) in rows {
            let bytes: Vec<u8> = values
                .iter()
                .flat_map(|&value| f16::from_f32(value).to_le_bytes())
                .collect();
            let start = u64::from(row) * bytes.len() as u64;
            self.rows_file.seek(SeekFrom::Start(start))?;
            self.rows_file.write_all(&bytes)?;
            lines += &line(row, key);
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
        let path = self.folder.join(INDEX);
        let index = RowIndex::read(&path)?;
        let wanted: HashSet<Content> = known_photos::all_contents(&self.folder)?;
        let lines = index.lines(|key| wanted.contains(&key.content));
        let dropped = index.len() - lines.lines().count();
        if dropped > 0 {
            files::write_whole(&path, lines.as_bytes())?;
        }
        Ok(dropped)
    }
}

fn check_length(file: &File, path: &Path, index: &RowIndex, key: &Key) -> Result<()> {
    ensure!(
        file.metadata()?.len() >= u64::from(index.end()) * key.row_bytes(),
        "{} is shorter than {INDEX} says: remove its folder and run `glimpse features` again",
        path.display()
    );
    Ok(())
}

/// A finished cache, mapped into memory.
pub(crate) struct FeatureCache {
    folder: PathBuf,
    values: Mmap,
    index: RowIndex,
    positions: usize,
    channels: usize,
    /// Whether a photo's features are followed by those of its mirror image.
    mirrored_view: bool,
    /// While it is read, no row is given to another photo.
    _locked: Option<File>,
}

impl FeatureCache {
    /// Opens the cache for a key below `root`; with `mirrored_view`, a photo's features are followed by
    /// those of its mirror image.
    ///
    /// # Errors
    /// When `glimpse features` has not made it, or is writing to it.
    pub(crate) fn open(root: &Path, key: &Key, mirrored_view: bool) -> Result<Self> {
        let folder = key.folder(root)?;
        let rows_path = folder.join(ROWS);
        if !rows_path.exists() {
            bail!(
                "there are no features of {} at {}: run `glimpse features` first",
                key.encoder.architecture.name(),
                folder.display()
            );
        }
        let index_path = folder.join(INDEX);
        ensure!(
            index_path.exists(),
            "the features in {} were made by an earlier version, which did not note what the photos held: run \
             `glimpse features` again",
            folder.display()
        );
        let locked = lock::for_reading(&folder, LOCK)?;
        let index = RowIndex::read(&index_path)?;
        let file = File::open(&rows_path)
            .with_context(|| format!("cannot open {}", rows_path.display()))?;
        check_length(&file, &rows_path, &index, key)?;
        #[expect(unsafe_code, reason = "a memory map")]
        // SAFETY: only `glimpse features` writes to the file, and not while it is locked for reading.
        let values = unsafe { Mmap::map(&file) }
            .with_context(|| format!("cannot map {}", rows_path.display()))?;
        Ok(Self {
            folder,
            values,
            index,
            positions: key.encoder.grid().positions(),
            channels: key.encoder.channels(),
            mirrored_view,
            _locked: locked,
        })
    }

    /// Finds out what the files of a data set's photos hold, so that their features can be told. Files that are
    /// not as they were when `glimpse features` saw them are read.
    ///
    /// # Errors
    /// When the list of known photos cannot be read.
    pub(crate) fn identify(&self, dataset: &mut Dataset) -> Result<()> {
        let known = KnownPhotos::open(&self.folder, dataset)?;
        let mut read = 0;
        let source = &dataset.photos;
        for photo in dataset.train.iter_mut().chain(&mut dataset.dev) {
            let Ok(stamp) = source.stamp(&photo.name) else {
                continue;
            };
            let content = known.content(&photo.name, stamp).or_else(|| {
                read += 1;
                Some(Content::of(&source.read(&photo.name).ok()?))
            });
            photo.content = content.unwrap_or_default();
        }
        if read > 0 {
            eprintln!(
                "{}: read {read} photos that are new, moved or changed since `glimpse features`",
                dataset.name
            );
        }
        Ok(())
    }

    /// Whether a photo's features are there.
    pub(crate) fn holds(&self, key: RowKey) -> bool {
        self.rows(key).is_some()
    }

    /// Positions and channels of a photo's features.
    pub(crate) fn shape(&self) -> [usize; 2] {
        let views = if self.mirrored_view { 2 } else { 1 };
        [views * self.positions, self.channels]
    }

    /// Appends a photo's features `[positions, channels]` to `values`; false where there are none.
    pub(crate) fn read(&self, key: RowKey, values: &mut Vec<f32>) -> bool {
        let Some((row, beside)) = self.rows(key) else {
            return false;
        };
        let length = self.positions * self.channels * size_of::<f16>();
        for row in [row].into_iter().chain(beside) {
            let start = row as usize * length;
            let (halves, _) = self.values[start..start + length].as_chunks::<2>();
            values.extend(halves.iter().map(|&half| f16::from_le_bytes(half).to_f32()));
        }
        true
    }

    /// The row of a photo, and that of its mirror image where it is looked at.
    fn rows(&self, key: RowKey) -> Option<(u32, Option<u32>)> {
        if !key.content.is_known() {
            return None;
        }
        let row = self.index.row(key)?;
        if !self.mirrored_view {
            return Some((row, None));
        }
        let mirrored = self.index.row(key.seen(View::Mirrored))?;
        Some((row, Some(mirrored)))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use model_export::encoder::Architecture;
    use temp_dir::TempDir;

    use super::*;

    const ENCODER: EncoderConfig = EncoderConfig::whole(Architecture::EfficientNetLite0);

    fn key() -> Key {
        Key::new(ENCODER, 7)
    }

    fn row(value: f32) -> Vec<f32> {
        vec![value; key().row_length()]
    }

    fn photo(name: &str) -> RowKey {
        RowKey::upright(Content::of(name.as_bytes()))
    }

    #[test]
    fn rows_come_back_by_what_they_are_of() {
        let root = TempDir::new().unwrap();
        let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
        writer
            .append(&[photo("a"), photo("b")], &[row(1.0), row(2.0)].concat())
            .unwrap();
        drop(writer);
        let cache = FeatureCache::open(root.path(), &key(), false).unwrap();
        let mut values = Vec::new();
        assert!(cache.read(photo("b"), &mut values));
        assert_eq!(values, row(2.0));
        assert!(!cache.read(photo("c"), &mut values));
        assert!(!cache.holds(RowKey::default()));
    }

    #[test]
    fn a_mirror_image_follows_the_photo_where_both_are_looked_at() {
        let root = TempDir::new().unwrap();
        let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
        writer
            .append(
                &[photo("a"), photo("b"), photo("a").seen(View::Mirrored)],
                &[row(1.0), row(2.0), row(3.0)].concat(),
            )
            .unwrap();
        drop(writer);
        let cache = FeatureCache::open(root.path(), &key(), true).unwrap();
        let alone = FeatureCache::open(root.path(), &key(), false).unwrap();
        let mut values = Vec::new();
        assert!(cache.read(photo("a"), &mut values));
        assert_eq!(values, [row(1.0), row(3.0)].concat());
        let [positions, channels] = cache.shape();
        assert_eq!(values.len(), positions * channels);
        assert_eq!(positions, 2 * alone.shape()[0]);
        assert!(
            alone.holds(photo("b")) && !cache.holds(photo("b")),
            "b has no mirror image"
        );
    }

    #[test]
    fn other_weights_are_another_cache() {
        let root = TempDir::new().unwrap();
        FeatureWriter::open(root.path(), &key()).unwrap();
        let other = Key::new(ENCODER, 8);
        assert!(FeatureCache::open(root.path(), &key(), false).is_ok());
        let error = format!(
            "{:#}",
            FeatureCache::open(root.path(), &other, false)
                .err()
                .unwrap()
        );
        assert!(error.contains("glimpse features"), "{error}");
    }

    #[test]
    fn what_a_kill_left_half_written_is_cut_off() {
        let root = TempDir::new().unwrap();
        let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
        writer.append(&[photo("a")], &row(1.0)).unwrap();
        let folder = writer.folder().to_owned();
        drop(writer);
        let append = |name: &str, bytes: &[u8]| {
            let mut file = OpenOptions::new()
                .append(true)
                .open(folder.join(name))
                .unwrap();
            file.write_all(bytes).unwrap();
        };
        append(ROWS, &[1, 2, 3]);
        append(INDEX, b"1 half-a-ke");

        let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
        assert!(writer.holds(photo("a")) && writer.rows() == 1);
        writer.append(&[photo("b")], &row(2.0)).unwrap();
        drop(writer);
        let cache = FeatureCache::open(root.path(), &key(), false).unwrap();
        let mut values = Vec::new();
        assert!(cache.read(photo("a"), &mut values) && cache.read(photo("b"), &mut values));
        assert_eq!(values, [row(1.0), row(2.0)].concat());
    }

    #[test]
    fn what_no_data_set_has_is_dropped_and_its_row_used_again() {
        let root = TempDir::new().unwrap();
        let data = TempDir::new().unwrap();
        fs::write(data.path().join("b.jpg"), "b").unwrap();
        let mut dataset = Dataset::made_up(data.path(), &["b.jpg"], &[]);
        let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
        writer
            .append(&[photo("a"), photo("b")], &[row(1.0), row(2.0)].concat())
            .unwrap();
        let known = KnownPhotos::open(writer.folder(), &dataset).unwrap();
        let stamp = dataset.photos.stamp("b.jpg").unwrap();
        known
            .replace(&known_photos::line("b.jpg", stamp, Content::of(b"b")))
            .unwrap();
        assert_eq!(writer.finish().unwrap(), 1);

        let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
        assert!(!writer.holds(photo("a")) && writer.holds(photo("b")));
        writer
            .append(&[photo("c"), photo("d")], &[row(3.0), row(4.0)].concat())
            .unwrap();
        let length = fs::metadata(writer.folder().join(ROWS)).unwrap().len();
        assert_eq!(length, 3 * key().row_bytes());
        drop(writer);
        let cache = FeatureCache::open(root.path(), &key(), false).unwrap();
        let mut values = Vec::new();
        for name in ["b", "c", "d"] {
            assert!(cache.read(photo(name), &mut values));
        }
        assert_eq!(values, [row(2.0), row(3.0), row(4.0)].concat());

        // A photo under the name that another had.
        cache.identify(&mut dataset).unwrap();
        assert!(cache.holds(RowKey::upright(dataset.train[0].content)));
        fs::write(data.path().join("b.jpg"), "other").unwrap();
        cache.identify(&mut dataset).unwrap();
        assert_eq!(dataset.train[0].content, Content::of(b"other"));
        assert!(!cache.holds(RowKey::upright(dataset.train[0].content)));
    }

    #[test]
    fn one_writer_at_a_time_and_none_beside_a_reader() {
        let root = TempDir::new().unwrap();
        let writer = FeatureWriter::open(root.path(), &key()).unwrap();
        let error = FeatureWriter::open(root.path(), &key()).err().unwrap();
        assert!(error.to_string().contains("another `glimpse features`"));
        let error = FeatureCache::open(root.path(), &key(), false);
        assert!(error.err().unwrap().to_string().contains("is writing to"));
        drop(writer);
        let readers = [false, true].map(|view| FeatureCache::open(root.path(), &key(), view));
        assert!(readers.iter().all(Result::is_ok));
        assert!(FeatureWriter::open(root.path(), &key()).is_err());
        drop(readers);
        assert!(FeatureWriter::open(root.path(), &key()).is_ok());
    }

    #[test]
    fn a_cache_that_does_not_say_what_photos_held_is_not_believed() {
        let root = TempDir::new().unwrap();
        let folder = key().folder(root.path()).unwrap();
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(NAMES), "a.jpg\n").unwrap();
        fs::write(folder.join(ROWS), vec![0; key().row_bytes() as usize]).unwrap();
        let error = FeatureCache::open(root.path(), &key(), false)
            .err()
            .unwrap();
        assert!(error.to_string().contains("an earlier version"), "{error}");
        let writer = FeatureWriter::open(root.path(), &key()).unwrap();
        assert_eq!(writer.rows(), 0);
        assert!(!folder.join(NAMES).exists());
    }

    #[test]
    fn rows_cut_short_are_refused() {
        let root = TempDir::new().unwrap();
        let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
        writer.append(&[photo("a")], &row(1.0)).unwrap();
        let path = writer.folder().join(ROWS);
        drop(writer);
        OpenOptions::new()
            .write(true)
            .open(path)
            .unwrap()
            .set_len(10)
            .unwrap();
        assert!(FeatureWriter::open(root.path(), &key()).is_err());
        assert!(FeatureCache::open(root.path(), &key(), false).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error_that_says_where() {
        let root = TempDir::new().unwrap();
        let writer = FeatureWriter::open(root.path(), &key()).unwrap();
        let folder = writer.folder().to_owned();
        drop(writer);
        // /dev/full answers every write with "no space left on device".
        fs::remove_file(folder.join(ROWS)).unwrap();
        std::os::unix::fs::symlink("/dev/full", folder.join(ROWS)).unwrap();
        let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
        let error = format!("{:#}", writer.append(&[photo("a")], &row(1.0)).unwrap_err());
        assert!(
            error.contains("No space left") && error.contains(&*folder.to_string_lossy()),
            "{error}"
        );
        assert!(!writer.holds(photo("a")));
    }
}
