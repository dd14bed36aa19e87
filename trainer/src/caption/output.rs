//! Captions as text, as JSON lines, and as a COCO results file.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Error, Result, bail};
use model_export::Caption;
use serde::Serialize;

use crate::data::PhotoId;
use crate::output;
use crate::score::write_results;

/// Where captions go as they are made.
pub struct Output {
    json: bool,
    names: bool,
    /// What the results file calls each photo, and its captions, where one is wanted.
    results: Option<Results>,
    /// Why nothing more is printed.
    failure: Option<Error>,
}

struct Results {
    ids: HashMap<PathBuf, PhotoId>,
    captions: Vec<(PhotoId, String)>,
}

#[derive(Serialize)]
struct Line<'a> {
    photo: String,
    #[serde(flatten)]
    caption: &'a Caption,
}

impl Output {
    /// Prints JSON lines, or text with the photos' names before the captions.
    pub fn new(json: bool, names: bool) -> Self {
        Self {
            json,
            names,
            results: None,
            failure: None,
        }
    }

    /// Keeps the captions for a results file too, which calls the photos by these ids.
    ///
    /// # Errors
    /// Where two photos have the same.
    pub fn collect_results(&mut self, photos: &[PathBuf], ids: Vec<PhotoId>) -> Result<()> {
        let mut seen = HashSet::new();
        if let Some(twice) = ids.iter().find(|id| !seen.insert(*id)) {
            bail!(
                "--results needs each photo once, but {} is given twice",
                twice.as_text()
            );
        }
        self.results = Some(Results {
            ids: photos.iter().cloned().zip(ids).collect(),
            captions: Vec::with_capacity(photos.len()),
        });
        Ok(())
    }

    /// Prints a photo's caption and its runners-up to standard output. Where a results file is wanted, a pipe that
    /// has been closed or a full disk does not end the work.
    ///
    /// # Errors
    /// [`output::print`]
    pub fn print(&mut self, path: &Path, caption: &Caption) -> Result<()> {
        let text = if self.json {
            let line = Line {
                photo: path.display().to_string(),
                caption,
            };
            format!("{}\n", serde_json::to_string(&line)?)
        } else {
            self.text(path, caption)
        };
        if let Some(results) = &mut self.results {
            let id = results.ids.get(path).cloned();
            let id = id.unwrap_or_else(|| PhotoId::Name(path.display().to_string()));
            results.captions.push((id, caption.text.clone()));
        }
        if self.failure.is_some() {
            return Ok(());
        }
        match output::print(&text) {
            Err(error) if self.results.is_some() => {
                self.failure = Some(error);
                Ok(())
            }
            printed => printed,
        }
    }

    /// # Errors
    /// When not everything could be printed.
    pub fn finish(self) -> Result<()> {
        self.failure.map_or(Ok(()), Err)
    }

    /// The caption; with runners-up, these follow indented, each with its score.
    fn text(&self, path: &Path, caption: &Caption) -> String {
        let mut text = String::new();
        if self.names {
            text += &format!("{}\t", path.display());
        }
        text += &caption.text;
        text.push('\n');
        if !caption.alternatives.is_empty() {
            let first = std::iter::once((caption.score, &caption.text));
            let others = caption.alternatives.iter();
            for (score, words) in first.chain(others.map(|other| (other.score, &other.text))) {
                text += &format!("  {score:8.4}  {words}\n");
            }
        }
        text
    }

    /// Writes the kept captions.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write_results(&self, path: &Path) -> Result<()> {
        let captions = self.results.iter().flat_map(|results| &results.captions);
        write_results(path, captions.map(|(id, text)| (id.clone(), text.as_str())))
    }
}

/// What a results file calls photos: COCO's by their numbers, others by their file names, or, where two have the
/// same, all by their paths below the folder that they are in.
pub fn ids_of_files(photos: &[PathBuf]) -> Vec<PhotoId> {
    let ids: Vec<_> = photos
        .iter()
        .map(|path| {
            let name = file_name(path);
            PhotoId::of_coco_file(&name).unwrap_or(PhotoId::Name(name))
        })
        .collect();
    if ids.iter().collect::<HashSet<_>>().len() == ids.len() {
        return ids;
    }
    let folder = shared_folder(photos);
    let below = |path: &PathBuf| path.strip_prefix(&folder).unwrap_or(path).to_owned();
    let paths = photos.iter().map(|path| with_slashes(&below(path)));
    paths.map(PhotoId::Name).collect()
}

fn file_name(path: &Path) -> String {
    match path.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => path.display().to_string(),
    }
}

/// The deepest folder that all paths are below.
fn shared_folder(paths: &[PathBuf]) -> PathBuf {
    let mut folders = paths.iter().filter_map(|path| path.parent());
    let first = folders.next().map(Path::to_owned).unwrap_or_default();
    folders.fold(first, |shared, folder| {
        let same = shared.components().zip(folder.components());
        same.take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    })
}

/// A path as data sets write it on every system.
fn with_slashes(path: &Path) -> String {
    let parts = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}
