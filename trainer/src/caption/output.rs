//! Captions as text, as JSON lines, and as a COCO results file.

use std::collections::HashMap;
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
    /// File names and captions, where a results file is wanted.
    results: Option<Vec<(String, String)>>,
    /// Why nothing more is printed.
    failure: Option<Error>,
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

    /// Keeps the captions for a results file too.
    ///
    /// # Errors
    /// Where two photos have the same file name: their captions could not be told apart.
    pub fn collect_results(&mut self, photos: &[PathBuf]) -> Result<()> {
        let mut seen = HashMap::new();
        for path in photos {
            if let Some(other) = seen.insert(image_id(path), path) {
                bail!(
                    "--results needs photos of different file names, not {} and {}",
                    other.display(),
                    path.display()
                );
            }
        }
        self.results = Some(Vec::with_capacity(photos.len()));
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
            results.push((image_id(path), caption.text.clone()));
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
        let results = self.results.iter().flatten();
        write_results(
            path,
            results.map(|(name, text)| (PhotoId::Name(name.clone()), text.as_str())),
        )
    }
}

/// A photo's file name.
fn image_id(path: &Path) -> String {
    match path.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => path.display().to_string(),
    }
}
