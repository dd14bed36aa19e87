//! Reading a cache.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use half::f16;
use memmap2::Mmap;

use super::{INDEX, Key, LOCK, ROWS};
use crate::data::Dataset;
use crate::features::content::Content;
use crate::features::known_photos::KnownPhotos;
use crate::features::part;
use crate::features::row_key::RowKey;
use crate::features::rows::{Row, RowIndex};
use crate::features::view::{View, Views};
use crate::lock;

/// A finished cache: that of the folder, and those of its parts.
pub(crate) struct FeatureCache {
    stores: Vec<Store>,
    positions: usize,
    channels: usize,
    /// Whether a photo's features are followed by those of its mirror image.
    mirrored_view: bool,
}

/// The rows of one folder, mapped into memory.
struct Store {
    folder: PathBuf,
    values: Mmap,
    index: RowIndex,
    /// While it is read, no row is given to another photo.
    _locked: Option<File>,
}

impl Store {
    /// # Errors
    /// When it is damaged, or another command is writing to it.
    fn open(folder: PathBuf, key: &Key) -> Result<Self> {
        let rows_path = folder.join(ROWS);
        let index_path = folder.join(INDEX);
        let locked = lock::for_reading(&folder, LOCK)?;
        let index = RowIndex::read(&index_path)?;
        let file = File::open(&rows_path)
            .with_context(|| format!("cannot open {}", rows_path.display()))?;
        ensure!(
            file.metadata()?.len() >= u64::from(index.end()) * key.row_bytes(),
            "{} is shorter than {INDEX} says: run `glimpse features` again, which computes what it lacks",
            rows_path.display()
        );
        #[expect(unsafe_code, reason = "a memory map")]
        // SAFETY: only `glimpse features` writes to the file, and not while it is locked for reading.
        let values = unsafe { Mmap::map(&file) }
            .with_context(|| format!("cannot map {}", rows_path.display()))?;
        Ok(Self {
            folder,
            values,
            index,
            _locked: locked,
        })
    }
}

/// A row, what it is of, and where it is.
struct Found<'a> {
    store: &'a Store,
    key: RowKey,
    row: Row,
}

/// Whether a folder is a cache; one of an earlier version, which did not note what the photos held, is none.
fn is_cache(folder: &Path) -> bool {
    [ROWS, INDEX].iter().all(|name| folder.join(name).exists())
}

impl FeatureCache {
    /// Whether there is one for a key below `root`, or a part of one.
    ///
    /// # Errors
    /// None that is known.
    pub(crate) fn made(root: &Path, key: &Key) -> Result<bool> {
        let whole = key.folder(root)?;
        Ok(is_cache(&whole) || !part_folders(root, key)?.is_empty())
    }

    /// Opens the cache for a key below `root`, with its parts; with `mirrored_view`, a photo's features are
    /// followed by those of its mirror image.
    ///
    /// # Errors
    /// When there is none, or another command is writing to it.
    pub(crate) fn open(root: &Path, key: &Key, mirrored_view: bool) -> Result<Self> {
        let whole = key.folder(root)?;
        let mut folders = part_folders(root, key)?;
        if is_cache(&whole) || folders.is_empty() {
            folders.insert(0, whole);
        }
        Self::of(folders, key, mirrored_view)
    }

    /// Opens the parts alone.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn open_parts(root: &Path, key: &Key) -> Result<Self> {
        Self::of(part_folders(root, key)?, key, false)
    }

    fn of(folders: Vec<PathBuf>, key: &Key, mirrored_view: bool) -> Result<Self> {
        let stores = folders.into_iter().map(|folder| Store::open(folder, key));
        Ok(Self {
            stores: stores.collect::<Result<_>>()?,
            positions: key.encoder.grid().positions(),
            channels: key.encoder.channels(),
            mirrored_view,
        })
    }

    /// What is known of a data set's photos.
    ///
    /// # Errors
    /// When the list of known photos cannot be read.
    pub(crate) fn known(&self, dataset: &Dataset) -> Result<KnownPhotos> {
        let folders = self.stores.iter().map(|store| store.folder.as_path());
        KnownPhotos::of(folders, dataset)
    }

    /// Whether it has all views of a data set's photos, but for photos that could not be read when they were tried.
    ///
    /// # Errors
    /// When the list of known photos cannot be read.
    pub(crate) fn has_all(&self, dataset: &Dataset, views: Views) -> Result<bool> {
        let known = self.known(dataset)?;
        let has = |name: &str, views: &[View]| {
            let Ok(stamp) = dataset.photos.stamp(name) else {
                return true;
            };
            let Some(content) = known.content(name, stamp) else {
                return false;
            };
            let upright = RowKey::upright(content);
            let holds = |&view: &View| self.find(upright.seen(view)).is_some();
            known.is_unreadable(name) || views.iter().all(holds)
        };
        let [train_views, dev_views] = [views.of_training(), views.of_validation()];
        let train = dataset.train.iter();
        let dev = dataset.dev.iter();
        Ok(train
            .map(|photo| (photo, &train_views))
            .chain(dev.map(|photo| (photo, &dev_views)))
            .all(|(photo, views)| has(&photo.name, views)))
    }

    /// Finds out what the files of a data set's photos hold, so that their features can be told. Files that are
    /// not as they were when `glimpse features` saw them are read.
    ///
    /// # Errors
    /// When the list of known photos cannot be read.
    pub(crate) fn identify(&self, dataset: &mut Dataset) -> Result<()> {
        let known = self.known(dataset)?;
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
    ///
    /// # Errors
    /// When they are not as they were written.
    pub(crate) fn read(&self, key: RowKey, values: &mut Vec<f32>) -> Result<bool> {
        let Some((row, beside)) = self.rows(key) else {
            return Ok(false);
        };
        for Found { store, key, row } in [row].into_iter().chain(beside) {
            let bytes = self.bytes(store, row);
            ensure!(
                row.is(key, bytes),
                "{} is damaged: its row {} has another checksum than {INDEX} says; remove that row's line there, and run \
                 `glimpse features` again",
                store.folder.join(ROWS).display(),
                row.number
            );
            let (halves, _) = bytes.as_chunks::<2>();
            values.extend(halves.iter().map(|&half| f16::from_le_bytes(half).to_f32()));
        }
        Ok(true)
    }

    /// The row of a photo, and that of its mirror image where it is looked at.
    fn rows(&self, key: RowKey) -> Option<(Found<'_>, Option<Found<'_>>)> {
        if !key.content.is_known() {
            return None;
        }
        let row = self.find(key)?;
        if !self.mirrored_view {
            return Some((row, None));
        }
        Some((row, Some(self.find(key.seen(View::Mirrored))?)))
    }

    /// The row of a photo's view, and where it is.
    fn find(&self, key: RowKey) -> Option<Found<'_>> {
        self.stores.iter().find_map(|store| {
            let row = store.index.row(key)?;
            Some(Found { store, key, row })
        })
    }

    /// The half floats of a row. That the file is as long as its list says was seen when it was opened.
    fn bytes<'a>(&self, store: &'a Store, row: Row) -> &'a [u8] {
        let length = self.positions * self.channels * size_of::<f16>();
        let start = row.number as usize * length;
        &store.values[start..start + length]
    }
}

/// The folders of the parts for a key below `root` that hold something.
fn part_folders(root: &Path, key: &Key) -> Result<Vec<PathBuf>> {
    let folders = part::folders(root)
        .into_iter()
        .map(|root| key.folder(&root));
    let mut folders = folders.collect::<Result<Vec<_>>>()?;
    folders.retain(|folder| is_cache(folder));
    Ok(folders)
}
