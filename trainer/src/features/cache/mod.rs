//! The feature cache: one folder per encoder and preparation.
//!
//! ```text
//! ENCODER-KEY/
//!   key.json        what the features were made with
//!   features.f16    one row of positions · channels half floats per photo, little endian
//!   rows.txt        which row is of which photo's content and view, and its checksum, a line each
//!   photos/         of each data set: its photos, their content, and the size and time of their files
//! part-3-of-16/
//!   ENCODER-KEY/    likewise, of a part of a data set's photos that was computed by itself
//! ```
//!
//! A row is of what a photo's file holds, not of its name: another photo under the same name has another row.
//! A row's line is written after the row, so that a kill leaves at most a row without a line, which
//! the next run fills. Rows of photos that no data set has any more lose their lines, and others get
//! their places. A row that is not as it was written, after a power cut or on a failing disk, is an error where it
//! is read. Training maps the rows into memory; the system reads and forgets pages as
//! it sees fit, so memory does not grow with the data set.

mod reader;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};

use anyhow::Result;
use half::f16;
use model_export::encoder::EncoderConfig;
use model_export::model_file::Precision;
use model_export::photo::Preparation;
use serde::{Deserialize, Serialize};

pub(crate) use reader::FeatureCache;
pub(crate) use writer::FeatureWriter;

use crate::encoder_weights::ENCODER_PRECISION;

const ROWS: &str = "features.f16";
const INDEX: &str = "rows.txt";
const KEY: &str = "key.json";
/// The list of photos' names that earlier versions had: it does not say what the photos held.
const NAMES: &str = "names.txt";
/// What locks a cache.
const LOCK: &str = "features";

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
