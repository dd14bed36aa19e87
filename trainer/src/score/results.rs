//! COCO's results format: one caption per photo.

use std::path::Path;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::data::json::{self, Record};
use crate::data::{Journal, PhotoId, text};
use crate::files;

/// A photo and its caption.
#[derive(Debug, Serialize)]
pub struct CaptionResult {
    /// COCO's number of the photo, or its file name.
    pub(super) image_id: PhotoId,
    /// What the model says.
    pub(super) caption: String,
}

/// A record of JSON with a caption: a result or, in a captions file, a reference.
#[derive(Deserialize)]
pub(super) struct CaptionRecord {
    #[serde(default)]
    image_id: Value,
    #[serde(default)]
    caption: Value,
}

impl CaptionRecord {
    /// The photo and its caption.
    ///
    /// # Errors
    /// What the record lacks.
    pub(super) fn read(record: Record<Self>) -> Result<CaptionResult, &'static str> {
        let Record::Good(record) = record else {
            return Err("it is no object");
        };
        Ok(CaptionResult {
            image_id: PhotoId::of(&record.image_id).ok_or("it has no image_id")?,
            caption: match record.caption {
                Value::String(caption) => caption,
                _ => return Err("it has no caption"),
            },
        })
    }
}

/// Reads a results file. Records that are none are named and left out.
///
/// # Errors
/// When it cannot be read, is something else or holds no caption, or a record is none and `strict` says that none may be.
pub fn read_results(path: &Path, strict: bool) -> Result<Vec<CaptionResult>> {
    let mut journal = Journal::default();
    let text = text::read(path, &mut journal)?;
    ensure!(!text.trim().is_empty(), "{} is empty", path.display());
    let records: Vec<Record<CaptionRecord>> = json::parse(
        &text,
        path,
        "COCO results file, a list of {\"image_id\": …, \"caption\": \"…\"}",
    )?;
    let mut results = Vec::new();
    for (number, record) in (1..).zip(records) {
        let place = || format!("{}, result {number}", path.display());
        results.extend(journal.take(CaptionRecord::read(record), place));
    }
    journal.check()?;
    journal.report();
    journal.refuse(strict)?;
    ensure!(!results.is_empty(), "{} holds no captions", path.display());
    Ok(results)
}

/// Writes a results file (<https://cocodataset.org/#format-results>), with names where COCO has numbers and
/// other data sets have none.
///
/// # Errors
/// When the file cannot be written.
pub fn write_results<'a>(
    path: &Path,
    captions: impl Iterator<Item = (PhotoId, &'a str)>,
) -> Result<()> {
    let results: Vec<_> = captions
        .map(|(image_id, caption)| CaptionResult {
            image_id,
            caption: caption.to_owned(),
        })
        .collect();
    let json = serde_json::to_string_pretty(&results)?;
    files::write_whole(path, (json + "\n").as_bytes())
}
