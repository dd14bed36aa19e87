//! Karpathy's layout: `dataset_*.json` with the splits that papers report on
//! (<https://cs.stanford.edu/people/karpathy/deepimagesent/>), and the photos in folders beside it. Photos
//! of `train` and `restval` are for training, of `val` for validation, of `test` for testing.

use std::path::Path;

use anyhow::{Result, bail};
use serde::Deserialize;
use serde_json::Value;

use super::builder::{Builder, Opened};
use super::json::{self, Record};
use super::names::join;
use super::photos::entries;
use super::split::TestSplit;
use super::{PhotoId, Split, text};

#[derive(Deserialize)]
struct Captions {
    #[serde(default)]
    dataset: Value,
    images: Vec<Record<Image>>,
}

#[derive(Deserialize)]
struct Image {
    #[serde(default)]
    filename: Value,
    /// The folder of the photo, where there are several.
    #[serde(default)]
    filepath: Value,
    #[serde(default)]
    split: Value,
    #[serde(default)]
    sentences: Value,
    /// COCO's number of the photo.
    #[serde(default)]
    cocoid: Value,
}

/// The file that tells this layout.
pub(super) fn evidence(folder: &Path) -> Option<String> {
    let files = entries(folder).ok()?;
    let mut names = files
        .iter()
        .filter_map(|path| path.file_name()?.to_str().filter(|_| path.is_file()));
    names.find(|name| is_captions_file(name)).map(str::to_owned)
}

/// Whether a file's name is that of the captions.
fn is_captions_file(name: &str) -> bool {
    name.starts_with("dataset_") && name.ends_with(".json")
}

pub(super) fn open(folder: &Path, test: TestSplit) -> Result<Opened> {
    let Some(file) = evidence(folder) else {
        bail!(
            "{} holds no dataset_*.json, which Karpathy's layout has",
            folder.display()
        );
    };
    let path = folder.join(&file);
    let mut journal = super::Journal::default();
    let text = text::read(&path, &mut journal)?;
    let captions: Captions = json::parse(
        &text,
        &path,
        "dataset file of Karpathy's, {\"images\": [{\"filename\": …, \"split\": …, \"sentences\": \
         [{\"raw\": …}, …]}, …], \"dataset\": …}",
    )?;
    let name = captions.dataset.as_str().unwrap_or("Karpathy's split");
    let mut builder = Builder::new(name, folder, test);
    builder.journal = journal;
    for (number, image) in (1..).zip(captions.images) {
        let id = match &image {
            Record::Good(image) => PhotoId::of(&image.cocoid),
            Record::Other(_) => None,
        };
        let place = || format!("{}, image {number}", path.display());
        if let Some((photo, sentences, split)) = builder.journal.take(read(image), place) {
            let sentences = sentences.iter().map(String::as_str);
            let name = builder.add_written(&photo, &[""], sentences, split);
            if let Some((name, id)) = name.zip(id) {
                builder.set_id(&name, id);
            }
        }
    }
    builder.finish()
}

/// A photo, its sentences, and its split.
fn read(image: Record<Image>) -> Result<(String, Vec<String>, Split), String> {
    let Record::Good(image) = image else {
        return Err("it is no object".to_owned());
    };
    let Some(file) = image.filename.as_str() else {
        return Err("it has no filename".to_owned());
    };
    let split = match image.split.as_str() {
        Some("train" | "restval") => Split::Train,
        Some("val") => Split::Dev,
        Some("test") => Split::Test,
        _ => {
            return Err(format!(
                "{file} is in the split {}, which is none of train, restval, val and test",
                image.split
            ));
        }
    };
    let sentences = image.sentences.as_array();
    let raw = |sentence: &Value| sentence.get("raw")?.as_str().map(str::to_owned);
    let sentences: Option<Vec<_>> = sentences.map(|all| all.iter().filter_map(raw).collect());
    let sentences = sentences.ok_or_else(|| format!("{file} has no list of sentences"))?;
    // A photo without one is looked for by its file name.
    let place = image.filepath.as_str().unwrap_or_default();
    Ok((join(place, file), sentences, split))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use crate::data::Dataset;

    #[test]
    fn splits_are_the_files_own() {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("val2014")).unwrap();
        for photo in ["a.jpg", "b.jpg", "c.jpg", "d.jpg"] {
            fs::write(path("val2014").join(photo), "").unwrap();
        }
        let image = |name: &str, split: &str| {
            format!(
                r#"{{"filepath": "val2014", "filename": "{name}", "split": "{split}", "imgid": 0,
                     "sentences": [{{"raw": "A dog.", "tokens": ["a", "dog"]}}, {{"raw": "A {name}"}}]}}"#
            )
        };
        let write = |images: &[String]| {
            let text = format!(r#"{{"images": [{}], "dataset": "coco"}}"#, images.join(","));
            fs::write(path("dataset_coco.json"), text).unwrap();
        };
        let splits = ["train", "restval", "val", "test"];
        let names = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"];
        let images: Vec<_> = names
            .iter()
            .zip(splits)
            .map(|(name, split)| image(name, split))
            .collect();
        write(&images);
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!(dataset.name, "coco");
        let names: Vec<_> = dataset
            .train
            .iter()
            .map(|photo| photo.name.as_str())
            .collect();
        assert_eq!(names, ["val2014/a.jpg", "val2014/b.jpg"]);
        assert_eq!(dataset.dev[0].name, "val2014/c.jpg");
        assert_eq!(dataset.dev[0].captions, ["A dog.", "A c.jpg"]);
        assert!(dataset.photos.read("val2014/a.jpg").unwrap().is_empty());

        write(&[image("../../a.jpg", "train"), image("a.jpg", "odd")]);
        let error = format!("{:#}", Dataset::open(folder.path(), None).unwrap_err());
        assert!(error.contains("odd"), "{error}");
        write(&[image("../../dataset_coco.json", "train")]);
        let error = format!("{:#}", Dataset::open(folder.path(), None).unwrap_err());
        assert!(error.contains("leads out of the data folder"), "{error}");
    }

    #[test]
    fn a_flat_folder_of_photos_needs_no_filepath() {
        let folder = TempDir::new().unwrap();
        for other in ["images", "__MACOSX", "features"] {
            fs::create_dir(folder.path().join(other)).unwrap();
        }
        fs::write(folder.path().join("images/a.jpg"), "").unwrap();
        fs::write(
            folder.path().join("dataset_flickr8k.json"),
            r#"{"images": [{"filename": "a.jpg", "split": "train", "sentences": [{"raw": "A"}]}],
                "dataset": "flickr8k"}"#,
        )
        .unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!(dataset.train[0].name, "images/a.jpg");
    }
}
