//! Karpathy's layout: `dataset_*.json` with the splits that papers report on
//! (<https://cs.stanford.edu/people/karpathy/deepimagesent/>), and the photos in folders beside it. Photos
//! of `train` and `restval` are for training, of `val` for validation; those of `test` are left alone.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::builder::Builder;
use super::photos::{PhotoSource, entries};
use super::{Dataset, Split};
use crate::files;

#[derive(Deserialize)]
struct Captions {
    dataset: String,
    images: Vec<Image>,
}

#[derive(Deserialize)]
struct Image {
    filename: String,
    /// The folder of the photo, where there are several.
    filepath: Option<String>,
    split: String,
    sentences: Vec<Sentence>,
}

#[derive(Deserialize)]
struct Sentence {
    raw: String,
}

/// Whether a file's name is that of the captions.
pub(super) fn is_captions_file(name: &str) -> bool {
    name.starts_with("dataset_") && name.ends_with(".json")
}

pub(super) fn open(folder: &Path) -> Result<Dataset> {
    let captions_file = entries(folder)?.into_iter().find(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(is_captions_file)
    });
    let Some(path) = captions_file else {
        bail!(
            "{} holds no dataset_*.json, which Karpathy's layout has",
            folder.display()
        );
    };
    let captions: Captions = serde_json::from_slice(&files::read(&path)?).with_context(|| {
        format!(
            "{} is no dataset file of Karpathy's: {{\"images\": [{{\"filename\": …, \"split\": …, \
             \"sentences\": [{{\"raw\": …}}, …]}}, …], \"dataset\": …}}",
            path.display()
        )
    })?;
    // Without `filepath` the one folder beside the file has the photos.
    let only = super::photos::only_folder(folder).ok();
    let only = only
        .as_deref()
        .and_then(Path::file_name)
        .and_then(|name| name.to_str());
    let mut builder = Builder::new(&captions.dataset, PhotoSource::tree(folder));
    for image in captions.images {
        let split = match image.split.as_str() {
            "train" | "restval" => Split::Train,
            "val" => Split::Dev,
            "test" => continue,
            other => bail!(
                "{}: {} is in the split {other:?}, which is none of train, restval, val and test",
                path.display(),
                image.filename
            ),
        };
        let name = match image.filepath.as_deref().or(only) {
            Some(folder) => format!("{folder}/{}", image.filename),
            None => image.filename,
        };
        let sentences = image.sentences.iter();
        builder.add(
            &name,
            sentences.map(|sentence| sentence.raw.as_str()),
            split,
        );
    }
    Ok(builder.finish())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use super::*;

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
        write(&[image("../dataset_coco.json", "train")]);
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!(
            dataset.defects.without_file.len(),
            1,
            "a path that leads out"
        );
    }

    #[test]
    fn a_flat_folder_of_photos_needs_no_filepath() {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("images")).unwrap();
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
