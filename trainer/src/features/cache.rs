//! The feature cache: one folder per encoder and preparation.
//!
//! ```text
//! ENCODER-KEY/
//!   key.json        what the features were made with
//!   features.f16    one row of positions · channels half floats per photo, little endian
//!   names.txt       the photo of each row, a line each
//! ```
//!
//! A row's name is written after the row, so that a kill leaves at most a row without a name, which
//! the next run cuts off. Training maps the rows into memory; the system reads and forgets pages as
//! it sees fit, so memory does not grow with the data set.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use half::f16;
use memmap2::Mmap;
use model_export::encoder::EncoderConfig;
use model_export::model_file::Precision;
use model_export::photo::Preparation;
use serde::{Deserialize, Serialize};

use super::names::NameIndex;
use super::view::View;
use crate::encoder_weights::ENCODER_PRECISION;
use crate::{files, lock};

const ROWS: &str = "features.f16";
const NAMES: &str = "names.txt";
const KEY: &str = "key.json";
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

/// Appends rows to a cache.
pub(crate) struct FeatureWriter {
    folder: PathBuf,
    row_length: usize,
    rows_file: File,
    names_file: File,
    /// The rows that were there.
    index: NameIndex,
    /// The photos that came since.
    added: HashSet<String>,
    unsynced: usize,
    _locked: File,
}

impl FeatureWriter {
    /// Opens the cache for a key below `root`, or makes it. Rows without a name are cut off.
    ///
    /// # Errors
    /// When the folder cannot be made or read, or another program is writing to it.
    pub(crate) fn open(root: &Path, key: &Key) -> Result<Self> {
        let folder = key.folder(root)?;
        let locked = lock::folder(&folder, "features")?;
        let key_path = folder.join(KEY);
        if !key_path.exists() {
            files::write_whole(&key_path, serde_json::to_string_pretty(key)?.as_bytes())?;
        }
        let rows_path = folder.join(ROWS);
        let names_path = folder.join(NAMES);
        let open = |path: &Path| {
            OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .with_context(|| format!("cannot open {}", path.display()))
        };
        let rows_file = open(&rows_path)?;
        let names_file = open(&names_path)?;
        let index = NameIndex::read(&names_path)?;
        let rows_length = index.len() as u64 * key.row_bytes();
        for (file, path, length) in [
            (&rows_file, &rows_path, rows_length),
            (&names_file, &names_path, index.bytes()),
        ] {
            let present = file.metadata()?.len();
            ensure!(
                present >= length,
                "{} is shorter than {NAMES} says: remove {} and start again",
                path.display(),
                folder.display()
            );
            if present > length {
                file.set_len(length)
                    .with_context(|| format!("cannot shorten {}", path.display()))?;
            }
        }
        Ok(Self {
            folder,
            row_length: key.row_length(),
            rows_file,
            names_file,
            index,
            added: HashSet::new(),
            unsynced: 0,
            _locked: locked,
        })
    }

    /// The cache's folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Number of photos in the cache.
    pub(crate) fn rows(&self) -> usize {
        self.index.len() + self.added.len()
    }

    /// Whether a photo's features are there.
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.added.contains(name) || self.index.row(name).is_some()
    }

    /// Appends the features `[photos, positions, channels]` of named photos.
    ///
    /// # Errors
    /// When the disk is full, for one: what was appended before is kept, and the next run goes on
    /// from there.
    pub(crate) fn append<N: AsRef<str>>(&mut self, names: &[N], features: &[f32]) -> Result<()> {
        ensure!(
            features.len() == names.len() * self.row_length,
            "{} features for {} photos",
            features.len(),
            names.len()
        );
        let bytes: Vec<u8> = features
            .iter()
            .flat_map(|&value| f16::from_f32(value).to_le_bytes())
            .collect();
        let lines: String = names
            .iter()
            .map(|name| format!("{}\n", name.as_ref()))
            .collect();
        self.write(&bytes, &lines).with_context(|| {
            format!(
                "cannot write features to {}; the {} photos before are kept",
                self.folder.display(),
                self.rows()
            )
        })?;
        let names = names.iter().map(|name| name.as_ref().to_owned());
        self.added.extend(names);
        Ok(())
    }

    fn write(&mut self, rows: &[u8], lines: &str) -> std::io::Result<()> {
        self.rows_file.write_all(rows)?;
        self.names_file.write_all(lines.as_bytes())?;
        self.unsynced += lines.lines().count();
        if self.unsynced >= SYNC_EVERY {
            self.sync()?;
        }
        Ok(())
    }

    fn sync(&mut self) -> std::io::Result<()> {
        self.rows_file.sync_data()?;
        self.names_file.sync_data()?;
        self.unsynced = 0;
        Ok(())
    }

    /// Brings everything to disk.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn finish(&mut self) -> Result<()> {
        self.sync()
            .with_context(|| format!("cannot write features to {}", self.folder.display()))
    }
}

/// A finished cache, mapped into memory.
pub(crate) struct FeatureCache {
    values: Mmap,
    index: NameIndex,
    positions: usize,
    channels: usize,
    /// Whether a photo's features are followed by those of its mirror image.
    mirrored_view: bool,
}

impl FeatureCache {
    /// Opens the cache for a key below `root`; with `mirrored_view`, a photo's features are followed by
    /// those of its mirror image.
    ///
    /// # Errors
    /// When `glimpse features` has not made it.
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
        let index = NameIndex::read(&folder.join(NAMES))?;
        let file = File::open(&rows_path)
            .with_context(|| format!("cannot open {}", rows_path.display()))?;
        #[expect(unsafe_code, reason = "a memory map")]
        // SAFETY: the file is only ever appended to, and is not shortened while it is mapped but by
        // a `glimpse features` that finds rows without names; those rows are never read here.
        let values = unsafe { Mmap::map(&file) }
            .with_context(|| format!("cannot map {}", rows_path.display()))?;
        ensure!(
            values.len() as u64 >= index.len() as u64 * key.row_bytes(),
            "{} is shorter than {NAMES} says: remove {} and run `glimpse features` again",
            rows_path.display(),
            folder.display()
        );
        Ok(Self {
            values,
            index,
            positions: key.encoder.grid().positions(),
            channels: key.encoder.channels(),
            mirrored_view,
        })
    }

    /// Whether a photo's features are there.
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.rows(name).is_some()
    }

    /// Positions and channels of a photo's features.
    pub(crate) fn shape(&self) -> [usize; 2] {
        let views = if self.mirrored_view { 2 } else { 1 };
        [views * self.positions, self.channels]
    }

    /// Appends a photo's features `[positions, channels]` to `values`; false where there are none.
    pub(crate) fn read(&self, name: &str, values: &mut Vec<f32>) -> bool {
        let Some((row, beside)) = self.rows(name) else {
            return false;
        };
        let length = self.positions * self.channels * size_of::<f16>();
        for row in [row].into_iter().chain(beside) {
            let (halves, _) = self.values[row * length..(row + 1) * length].as_chunks::<2>();
            values.extend(halves.iter().map(|&half| f16::from_le_bytes(half).to_f32()));
        }
        true
    }

    /// The row of a photo, and that of its mirror image where it is looked at.
    fn rows(&self, name: &str) -> Option<(usize, Option<usize>)> {
        let row = self.index.row(name)?;
        if !self.mirrored_view {
            return Some((row, None));
        }
        let mirrored = self.index.row(&View::Mirrored.key(name))?;
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

    #[test]
    fn rows_come_back_by_name() {
        let root = TempDir::new().unwrap();
        let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
        writer
            .append(&["a", "b"], &[row(1.0), row(2.0)].concat())
            .unwrap();
        writer.finish().unwrap();
        let cache = FeatureCache::open(root.path(), &key(), false).unwrap();
        let mut values = Vec::new();
        assert!(cache.read("b", &mut values));
        assert_eq!(values, row(2.0));
        assert!(!cache.read("c", &mut values));
    }

    #[test]
    fn a_mirror_image_follows_the_photo_where_both_are_looked_at() {
        let root = TempDir::new().unwrap();
        let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
        writer
            .append(
                &["a", "b", &View::Mirrored.key("a")],
                &[row(1.0), row(2.0), row(3.0)].concat(),
            )
            .unwrap();
        writer.finish().unwrap();
        let cache = FeatureCache::open(root.path(), &key(), true).unwrap();
        let alone = FeatureCache::open(root.path(), &key(), false).unwrap();
        let mut values = Vec::new();
        assert!(cache.read("a", &mut values));
        assert_eq!(values, [row(1.0), row(3.0)].concat());
        let [positions, channels] = cache.shape();
        assert_eq!(values.len(), positions * channels);
        assert_eq!(positions, 2 * alone.shape()[0]);
        assert!(
            alone.holds("b") && !cache.holds("b"),
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
        writer.append(&["a"], &row(1.0)).unwrap();
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
        append(NAMES, b"half-a-na");

        let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
        assert!(writer.holds("a") && writer.rows() == 1);
        writer.append(&["b"], &row(2.0)).unwrap();
        let cache = FeatureCache::open(root.path(), &key(), false).unwrap();
        let mut values = Vec::new();
        assert!(cache.read("a", &mut values) && cache.read("b", &mut values));
        assert_eq!(values, [row(1.0), row(2.0)].concat());
    }

    #[test]
    fn one_writer_at_a_time() {
        let root = TempDir::new().unwrap();
        let writer = FeatureWriter::open(root.path(), &key()).unwrap();
        let error = FeatureWriter::open(root.path(), &key()).err().unwrap();
        assert!(error.to_string().contains("another `glimpse features`"));
        drop(writer);
        assert!(FeatureWriter::open(root.path(), &key()).is_ok());
    }

    #[test]
    fn rows_cut_short_are_refused() {
        let root = TempDir::new().unwrap();
        let mut writer = FeatureWriter::open(root.path(), &key()).unwrap();
        writer.append(&["a"], &row(1.0)).unwrap();
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
        let error = format!("{:#}", writer.append(&["a"], &row(1.0)).unwrap_err());
        assert!(
            error.contains("No space left") && error.contains(&*folder.to_string_lossy()),
            "{error}"
        );
        assert!(!writer.holds("a"));
    }
}
