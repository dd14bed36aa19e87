//! COCO's results format: one caption per photo.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::files;

/// A photo and its caption.
#[derive(Debug, Deserialize, Serialize)]
pub struct CaptionResult {
    /// COCO's number of the photo, or its file name.
    pub(super) image_id: PhotoId,
    /// What the model says.
    pub(super) caption: String,
}

/// A photo's name: COCO has numbers, other data sets have file names.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, Hash)]
#[serde(untagged)]
pub(super) enum PhotoId {
    Number(i64),
    Name(String),
}

impl PhotoId {
    pub(super) fn as_text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Name(name) => name.clone(),
        }
    }
}

/// Reads a results file.
///
/// # Errors
/// When it cannot be read, is something else or holds no caption.
pub fn read_results(path: &Path) -> Result<Vec<CaptionResult>> {
    let bytes = files::read(path)?;
    ensure!(!bytes.is_empty(), "{} is empty", path.display());
    let results: Vec<CaptionResult> = serde_json::from_slice(&bytes).with_context(|| {
        format!(
            "{} is no COCO results file, a list of {{\"image_id\": …, \"caption\": \"…\"}}",
            path.display()
        )
    })?;
    ensure!(!results.is_empty(), "{} holds no captions", path.display());
    Ok(results)
}

/// Writes a results file (<https://cocodataset.org/#format-results>), with file names where COCO has
/// numbers.
///
/// # Errors
/// When the file cannot be written.
pub fn write_results<'a>(
    path: &Path,
    captions: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<()> {
    let results: Vec<_> = captions
        .map(|(name, caption)| CaptionResult {
            image_id: PhotoId::Name(name.to_owned()),
            caption: caption.to_owned(),
        })
        .collect();
    let json = serde_json::to_string_pretty(&results)?;
    files::write_whole(path, (json + "\n").as_bytes())
}
