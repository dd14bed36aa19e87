//! What people said of the photos, and pairing it with what a model said.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Result, bail, ensure};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

use super::results::{CaptionRecord, CaptionResult};
use super::{tokenize_all, tokenize_grouped};
use crate::data::json::{self, Record};
use crate::data::{Captions, EvaluationSet, FolderOptions, Journal, PhotoId, text};

/// References of each photo, in the order of their file.
pub struct References {
    photos: Vec<Reference>,
    /// Each name that a photo may have in a results file.
    places: HashMap<String, usize>,
}

/// What was said of a photo.
struct Reference {
    /// Its name or number.
    name: String,
    /// What results may call it besides: the number of a named photo, the file of a numbered one.
    other: Option<String>,
    captions: Captions,
}

/// A photo with its caption and its references.
#[derive(Debug)]
pub struct Pair<'a> {
    /// The photo's place among the references.
    pub place: usize,
    /// The photo, as the results call it.
    pub id: String,
    /// What a model said of it.
    pub caption: &'a str,
    /// What people said of it.
    pub references: &'a Captions,
}

/// What counts here of a COCO captions file.
#[derive(Deserialize)]
struct CocoCaptions {
    #[serde(default)]
    images: Vec<Record<CocoImage>>,
    annotations: Vec<Record<CaptionRecord>>,
}

#[derive(Deserialize)]
struct CocoImage {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    file_name: Value,
}

impl References {
    /// Opens a COCO captions file or a data set's folder.
    ///
    /// # Errors
    /// When it cannot be read or holds no captions.
    pub fn open(path: &Path, options: &FolderOptions) -> Result<Self> {
        if path.is_dir() {
            let set = EvaluationSet::open(path, options)?;
            let photos = set.photos().iter().map(|photo| Reference {
                name: photo.name.clone(),
                other: Some(set.dataset().id(photo).as_text()),
                captions: photo.captions.clone(),
            });
            return Ok(Self::new(photos.collect()));
        }
        ensure!(
            !options.choose_photos(),
            "--split, --hold-out and --format choose photos of a data set's folder, but {} is none",
            path.display()
        );
        let mut journal = Journal::default();
        let text = text::read(path, &mut journal)?;
        let file: CocoCaptions = json::parse(
            &text,
            path,
            "COCO captions file, {\"annotations\": [{\"image_id\": …, \"caption\": \"…\"}, …]}",
        )?;
        ensure!(
            !file.annotations.is_empty(),
            "{} holds no captions",
            path.display()
        );
        let mut files: HashMap<PhotoId, String> = HashMap::new();
        for image in file.images {
            if let Record::Good(image) = image
                && let (Some(id), Value::String(file)) = (PhotoId::of(&image.id), image.file_name)
            {
                files.insert(id, file);
            }
        }
        let mut photos: IndexMap<PhotoId, Reference> = IndexMap::new();
        for (number, annotation) in (1..).zip(file.annotations) {
            let where_it_is = || format!("{}, annotation {number}", path.display());
            let record = CaptionRecord::read(annotation);
            if let Some(CaptionResult { image_id, caption }) = journal.take(record, where_it_is) {
                let photo = photos.entry(image_id).or_insert_with_key(|id| Reference {
                    name: id.as_text(),
                    other: files.get(id).cloned(),
                    captions: Captions::default(),
                });
                photo.captions.push(&caption);
            }
        }
        journal.report();
        journal.check()?;
        journal.refuse(options.strict)?;
        Ok(Self::new(photos.into_values().collect()))
    }

    fn new(photos: Vec<Reference>) -> Self {
        let mut places = HashMap::new();
        for (place, photo) in photos.iter().enumerate() {
            places.insert(photo.name.clone(), place);
        }
        // What two photos may be called names neither.
        let mut others: HashMap<String, Option<usize>> = HashMap::new();
        for (place, photo) in photos.iter().enumerate() {
            for name in [Some(&photo.name), photo.other.as_ref()]
                .into_iter()
                .flatten()
                .flat_map(|name| shorter(name))
            {
                others
                    .entry(name)
                    .and_modify(|found| *found = found.filter(|&found| found == place))
                    .or_insert(Some(place));
            }
        }
        for (name, place) in others {
            if let Some(place) = place {
                places.entry(name).or_insert(place);
            }
        }
        Self { photos, places }
    }

    /// The place of a photo, whatever it is called.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
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
        for (place, (photo, caption)) in self.photos.iter().zip(captions).enumerate() {
            match caption {
                None => missing.push(&photo.name),
                Some(result) => pairs.push(Pair {
                    place,
                    id: result.image_id.as_text(),
                    caption: &result.caption,
                    references: &photo.captions,
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

/// Whether the captions of two results files are of the same photos.
///
/// # Errors
/// When they are not.
pub fn check_same_photos(files: [&Path; 2], pairs: [&[Pair]; 2]) -> Result<()> {
    let photos = pairs.map(|pairs| pairs.iter().map(|pair| pair.place));
    let [first, second] = photos;
    ensure!(
        first.eq(second),
        "{} and {} hold captions of different photos",
        files[0].display(),
        files[1].display()
    );
    Ok(())
}

/// Captions and references of photos, tokenised: `[photo][word]` and `[photo][reference][word]`.
pub fn tokenized(photos: &[Pair]) -> (Vec<Vec<String>>, Vec<Vec<Vec<String>>>) {
    let captions: Vec<_> = photos.iter().map(|photo| photo.caption).collect();
    let references = photos.iter().map(|photo| photo.references.iter());
    (tokenize_all(&captions), tokenize_grouped(references))
}

/// A photo's name, and what it may be called for short: without its folders, without its ending, without both.
fn shorter(name: &str) -> Vec<String> {
    let file = name.rsplit('/').next().unwrap_or(name);
    let stem = |name: &str| name.rsplit_once('.').map(|(stem, _)| stem.to_owned());
    let short = [stem(name), Some(file.to_owned()), stem(file)];
    let mut names = vec![name.to_owned()];
    names.extend(short.into_iter().flatten());
    names
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use super::*;
    use crate::data::Split;

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
            let options = FolderOptions {
                split,
                hold_out: share,
                ..FolderOptions::default()
            };
            let references = References::open(folder.path(), &options).unwrap();
            references.photos.len()
        };
        let half = photos(None, Some(0.5));
        assert!(half > photos(None, None));
        assert_eq!(half + photos(Some(Split::Train), Some(0.5)), 100);

        let file = folder.path().join("captions.csv");
        let options = FolderOptions {
            hold_out: Some(0.5),
            ..FolderOptions::default()
        };
        let error = References::open(&file, &options).err().unwrap();
        assert!(error.to_string().contains("--hold-out"), "{error}");
    }
}
