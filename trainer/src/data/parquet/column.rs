//! A table's columns, row by row. What a row has of a column is read without its nesting, so that a caption, a list of
//! them, and a list of structs that hold one are read alike.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::Path;
use std::sync::Once;

use anyhow::{Context, Result, bail, ensure};
use parquet::basic::Compression;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::schema::types::SchemaDescriptor;

use crate::fetch::Shard;

/// What the library reads of a file. Some damages make it panic, of which nobody can tell before that they are there:
/// that costs the file and not the program.
///
/// # Errors
/// As the library, and when it panics; what was read from is not to be used again then.
fn guarded<T>(read: impl FnOnce() -> parquet::errors::Result<T>) -> Result<T> {
    thread_local! {
        static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
    }
    static QUIET: Once = Once::new();
    // The error says it; the library's place in its sources helps nobody.
    QUIET.call_once(|| {
        let others = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_GUARDED.get() {
                others(panic);
            }
        }));
    });
    IS_GUARDED.set(true);
    let result = catch_unwind(AssertUnwindSafe(read));
    IS_GUARDED.set(false);
    match result {
        Ok(result) => Ok(result?),
        Err(_) => bail!("it is damaged"),
    }
}

/// A `.parquet` file, of which the description of its columns and groups of rows is in memory.
pub(super) struct Table {
    file: SerializedFileReader<Shard>,
}

impl Table {
    /// # Errors
    /// When it cannot be read, or is no such file.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = Shard::open(path)?;
        let file = guarded(|| SerializedFileReader::new(file));
        let file = file.context("it is no whole parquet file")?;
        Ok(Self { file })
    }

    pub(super) fn schema(&self) -> &SchemaDescriptor {
        self.file.metadata().file_metadata().schema_descr()
    }

    /// Into how many groups its rows are parted.
    pub(super) fn groups(&self) -> usize {
        self.file.num_row_groups()
    }

    fn group(&self, group: usize) -> Result<&RowGroupMetaData> {
        let groups = self.file.metadata().row_groups();
        groups.get(group).context("it has fewer groups of rows")
    }

    /// The number of rows of a group.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn rows(&self, group: usize) -> Result<u64> {
        let rows = self.group(group)?.num_rows();
        u64::try_from(rows).with_context(|| format!("it says that a group has {rows} rows"))
    }

    fn chunk(&self, group: usize, leaf: usize) -> Result<&ColumnChunkMetaData> {
        let columns = self.group(group)?.columns();
        columns
            .get(leaf)
            .context("a group of its rows lacks columns")
    }

    /// How many rows of a group have nothing in a column, where the file says it.
    pub(super) fn nulls(&self, group: usize, leaf: usize) -> Option<u64> {
        self.chunk(group, leaf).ok()?.statistics()?.null_count_opt()
    }

    /// A column of texts or bytes, from a group's first row on.
    ///
    /// # Errors
    /// When it is compressed in a way that is not read, or is something else.
    pub(super) fn column(&self, group: usize, leaf: usize) -> Result<Column> {
        let chunk = self.chunk(group, leaf)?;
        let name = chunk.column_path().string();
        match chunk.compression() {
            Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_) => {}
            other => {
                let codec = other.to_string().to_lowercase();
                bail!(
                    "the column {name} is compressed by {}, which is not read: write it anew with snappy",
                    codec.split('(').next().unwrap_or_default()
                )
            }
        }
        let descriptor = chunk.column_descr();
        let (deepest, is_list) = (descriptor.max_def_level(), descriptor.max_rep_level() > 0);
        let reader = guarded(|| self.file.get_row_group(group)?.get_column_reader(leaf));
        match reader.with_context(|| format!("the column {name}"))? {
            ColumnReader::ByteArrayColumnReader(reader) => Ok(Column {
                reader,
                name,
                deepest,
                is_list,
            }),
            _ => bail!("the column {name} has neither texts nor bytes"),
        }
    }
}

/// A group's rows of a column.
pub(super) struct Column {
    reader: ColumnReaderImpl<ByteArrayType>,
    name: String,
    /// The definition level of what is there.
    deepest: i16,
    is_list: bool,
}

impl Column {
    /// What the next rows have, `[count]` of any number of values each. A value shares the memory of its page.
    ///
    /// # Errors
    /// When the file is damaged, or the group ends before.
    pub(super) fn read(&mut self, count: usize) -> Result<Vec<Vec<ByteArray>>> {
        let mut definition = Vec::new();
        let mut repetition = Vec::new();
        let mut values = Vec::new();
        let (_, _, levels) = guarded(|| {
            let (definition, repetition) = (Some(&mut definition), Some(&mut repetition));
            self.reader
                .read_records(count, definition, repetition, &mut values)
        })
        .with_context(|| format!("the column {}", self.name))?;
        let mut values = values.into_iter();
        let mut rows: Vec<Vec<ByteArray>> = Vec::with_capacity(count);
        for level in 0..levels {
            if !self.is_list || repetition.get(level) == Some(&0) {
                rows.push(Vec::new());
            }
            let is_there = self.deepest == 0 || definition.get(level) == Some(&self.deepest);
            if let Some(row) = rows.last_mut().filter(|_| is_there) {
                row.extend(values.next());
            }
        }
        ensure!(
            rows.len() == count,
            "the column {} ends before the others",
            self.name
        );
        Ok(rows)
    }

    /// Passes over rows of a column that has one value in each. Pages that hold nothing else are not read.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(super) fn skip(&mut self, count: usize) -> Result<()> {
        let skipped = guarded(|| self.reader.skip_records(count))
            .with_context(|| format!("the column {}", self.name))?;
        ensure!(
            skipped == count,
            "the column {} ends before the others",
            self.name
        );
        Ok(())
    }
}
