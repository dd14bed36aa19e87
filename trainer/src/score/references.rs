//! What people said of the photos, and pairing it with what a model said.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::results::{CaptionResult, PhotoId};
use crate::data::{Dataset, HOLD_OUT, Split};
use crate::files;

/// References of each photo, in the order of their file.
pub struct References {
    photos: Vec<(String, Vec<String>)>,
    /// Each name that a photo may have in a results file.
    places: HashMap<String, usize>,
}

/// A photo with its caption and its references.
#[derive(Debug)]
pub struct Pair<'a> {
    /// The photo, as the results call it.
    pub id: String,
    /// What a model said of it.
    pub caption: &'a str,
    /// What people said of it.
    pub references: &'a [String],
}

/// What counts here of a COCO captions file.
#[derive(Deserialize)]
struct CocoCaptions {
    annotations: Vec<CocoAnnotation>,
}

#[derive(Deserialize)]
struct CocoAnnotation {
    image_id: PhotoId,
    caption: String,
}

impl References {
    /// Opens a COCO captions file or a data set's folder.
    ///
    /// # Errors
    /// When it cannot be read or holds no captions.
    pub fn open(path: &Path, split: Option<Split>, hold_out: Option<f64>) -> Result<Self> {
        if path.is_dir() {
            let mut dataset = Dataset::open(path, None)?;
            dataset.hold_out(hold_out.unwrap_or(HOLD_OUT));
            let photos = dataset
                .split(split.unwrap_or(Split::Dev))
                .iter()
                .map(|photo| (photo.name.clone(), photo.captions.clone()))
                .collect();
            return Self::new(photos);
        }
        ensure!(
            split.is_none() && hold_out.is_none(),
            "--split and --hold-out choose photos of a data set's folder, but {} is none",
            path.display()
        );
        let bytes = files::read(path)?;
        let file: CocoCaptions = serde_json::from_slice(&bytes).with_context(|| {
            format!(
                "{} is no COCO captions file, {{\"annotations\": [{{\"image_id\": …, \
                 \"caption\": \"…\"}}, …]}}",
                path.display()
            )
        })?;
        ensure!(
            !file.annotations.is_empty(),
            "{} holds no captions",
            path.display()
        );
        let mut photos: Vec<(String, Vec<String>)> = Vec::new();
        let mut places = HashMap::new();
        for annotation in file.annotations {
            let id = annotation.image_id.as_text();
            let place = *places.entry(id.clone()).or_insert_with(|| {
                photos.push((id, Vec::new()));
                photos.len() - 1
            });
            photos[place].1.push(annotation.caption);
        }
        Self::new(photos)
    }

    fn new(photos: Vec<(String, Vec<String>)>) -> Result<Self> {
        let mut places = HashMap::new();
        for (place, (name, _)) in photos.iter().enumerate() {
            if places.insert(name.clone(), place).is_some() {
                bail!("the references name the photo {name} twice");
            }
        }
        // A stem that two photos share names neither.
        let mut stems: HashMap<String, Option<usize>> = HashMap::new();
        for (place, (name, _)) in photos.iter().enumerate() {
            let stem = Path::new(name).file_stem().unwrap_or_default();
            stems
                .entry(stem.to_string_lossy().into_owned())
                .and_modify(|place| *place = None)
                .or_insert(Some(place));
        }
        for (stem, place) in stems {
            if let Some(place) = place {
                places.entry(stem).or_insert(place);
            }
        }
        Ok(Self { photos, places })
    }

    /// Each photo with its caption, in the references' order.
    ///
    /// # Errors
    /// When a photo has two captions, or none and all are asked for, or is not in the references.
    pub fn pair<'a>(
        &'a self,
        results: &'a [CaptionResult],
        partial: bool,
    ) -> Result<Vec<Pair<'a>>> {
        let mut captions: Vec<Option<&CaptionResult>> = vec![None; self.photos.len()];
        let mut unknown = Vec::new();
        for result in results {
            let id = result.image_id.as_text();
            match self.places.get(&id) {
                None => unknown.push(id),
                Some(&place) => {
                    ensure!(
                        captions[place].replace(result).is_none(),
                        "the results hold two captions of the photo {id}"
                    );
                }
            }
        }
        if let Some(first) = unknown.first() {
            bail!(
                "{} of {} captions are of photos that the references lack, the first is {first}",
                unknown.len(),
                results.len()
            );
        }
        let mut missing = Vec::new();
        let mut pairs = Vec::new();
        for ((name, references), caption) in self.photos.iter().zip(captions) {
            match caption {
                None => missing.push(name),
                Some(result) => pairs.push(Pair {
                    id: result.image_id.as_text(),
                    caption: &result.caption,
                    references,
                }),
            }
        }
        if let Some(first) = missing.first().filter(|_| !partial) {
            bail!(
                "{} of {} photos have no caption in the results, the first is {first}; --partial \
                 scores the others",
                missing.len(),
                self.photos.len()
            );
        }
        Ok(pairs)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use super::*;

    #[test]
    fn a_share_of_a_folders_photos_is_held_out() {
        let folder = TempDir::new().unwrap();
        let mut table = "file_name,text\n".to_owned();
        for photo in 0..100 {
            fs::write(folder.path().join(format!("{photo}.jpg")), "").unwrap();
            table += &format!("{photo}.jpg,A dog\n");
        }
        fs::write(folder.path().join("captions.csv"), table).unwrap();
        let photos = |split, share| {
            let references = References::open(folder.path(), split, share).unwrap();
            references.photos.len()
        };
        let half = photos(None, Some(0.5));
        assert!(half > photos(None, None));
        assert_eq!(half + photos(Some(Split::Train), Some(0.5)), 100);

        let file = folder.path().join("captions.csv");
        let error = References::open(&file, None, Some(0.5)).err().unwrap();
        assert!(error.to_string().contains("--hold-out"), "{error}");
    }
}
