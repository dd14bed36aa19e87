//! A page to browse a model's captions in: beside their references, with their maps, sorted by their scores.
//!
//! It is a folder with `index.html` and small copies of the photos. The page works from the disk, asks no other
//! site for anything, and its security policy allows nothing else.

mod data;
pub(crate) mod page;
mod small_photo;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use model_export::{Captioner, photo};
use rayon::prelude::*;

use crate::data::EvaluationSet;
use crate::evaluate::Evaluation;
use crate::{files, progress};
use data::Data;

/// The folder of the small copies, in that of the report.
const PHOTOS: &str = "photos";

/// Makes the folder of a report, before the work that it is for.
///
/// # Errors
/// When it cannot be made, or holds something.
pub fn create(folder: &Path) -> Result<()> {
    let cannot = || format!("cannot write a report to {}", folder.display());
    if folder.exists() {
        let mut entries = fs::read_dir(folder).with_context(cannot)?;
        ensure!(entries.next().is_none(), "{}: it is not empty", cannot());
    }
    fs::create_dir_all(folder).with_context(cannot)
}

/// Writes a report into a folder that [`create`] has made.
///
/// # Errors
/// When a photo or the page cannot be written, with the path in the message.
pub fn write(
    folder: &Path,
    model: &Path,
    captioner: &Captioner,
    set: &EvaluationSet,
    evaluation: &Evaluation,
) -> Result<()> {
    let source = &set.dataset().photos;
    let small_photos = folder.join(PHOTOS);
    fs::create_dir_all(&small_photos)
        .with_context(|| format!("cannot make the folder {}", small_photos.display()))?;
    let progress = progress::photos(evaluation.photos.len());
    let photos = evaluation.photos.par_iter().enumerate();
    photos.try_for_each(|(place, photo)| -> Result<()> {
        let bytes = source.read(&photo.name)?;
        let picture = photo::decode(&bytes).with_context(|| photo.name.clone())?;
        let small = small_photo::jpeg(&picture).with_context(|| photo.name.clone())?;
        let path = small_photos.join(format!("{}.jpg", place + 1));
        fs::write(&path, small).with_context(|| format!("cannot write {}", path.display()))?;
        progress.inc(1);
        Ok(())
    })?;
    progress.finish_and_clear();
    let data = Data::new(model, captioner, set, evaluation);
    let page = page::page(&serde_json::to_string(&data)?);
    let path = folder.join("index.html");
    files::write_whole(&path, page.as_bytes())?;
    eprintln!("The report is {}", path.display());
    Ok(())
}
