//! COCO's layout: `annotations/captions_*.json` (one file or several) and the photos in folders beside
//! `annotations`. Photos of a `captions_val*.json` are for validation where a `captions_train*.json` is
//! there too (the layouts of 2014 and 2017); otherwise all are for training.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::builder::Builder;
use super::photos::{PhotoSource, entries, folders};
use super::{Dataset, Split};

/// The folder that tells this layout.
pub(super) const ANNOTATIONS: &str = "annotations";
const TRAIN: &str = "captions_train";
const VALIDATION: &str = "captions_val";

/// A captions file (<https://cocodataset.org/#format-data>), as far as it is needed.
#[derive(Deserialize)]
struct Captions {
    images: Vec<Image>,
    annotations: Vec<Annotation>,
}

#[derive(Deserialize)]
struct Image {
    id: u64,
    file_name: String,
}

#[derive(Deserialize)]
struct Annotation {
    image_id: u64,
    caption: String,
}

pub(super) fn open(folder: &Path) -> Result<Dataset> {
    let annotations = folder.join(ANNOTATIONS);
    let files: Vec<_> = entries(&annotations)?
        .into_iter()
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.to_owned();
            (name.starts_with("captions") && name.ends_with(".json")).then_some((path, name))
        })
        .collect();
    ensure!(
        !files.is_empty(),
        "{} holds no captions*.json",
        annotations.display()
    );
    let mut folders = folders(folder)?;
    folders.retain(|path| !path.ends_with(ANNOTATIONS));
    ensure!(
        !folders.is_empty(),
        "{} holds no folder of photos beside {ANNOTATIONS}",
        folder.display()
    );
    let mut builder = Builder::new("COCO", PhotoSource::folders(&folders)?);
    let has_train = files.iter().any(|(_, name)| name.starts_with(TRAIN));
    for (path, name) in &files {
        let split = if has_train && name.starts_with(VALIDATION) {
            Split::Dev
        } else {
            Split::Train
        };
        let bytes = crate::files::read(path)?;
        let Captions {
            images,
            annotations,
        } = serde_json::from_slice(&bytes)
            .with_context(|| format!("{} is no captions file of COCO", path.display()))?;
        let mut captions: HashMap<u64, Vec<String>> = HashMap::new();
        for annotation in annotations {
            let captions = captions.entry(annotation.image_id).or_default();
            captions.push(annotation.caption);
        }
        for image in images {
            let captions = captions.remove(&image.id).unwrap_or_default();
            builder.add(&image.file_name, captions.iter().map(String::as_str), split);
        }
        let mut unlisted: Vec<_> = captions.into_keys().collect();
        unlisted.sort_unstable();
        for id in unlisted {
            builder.add_without_file(&format!("image_id {id} in {name}"));
        }
    }
    Ok(builder.finish())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use super::*;

    fn dataset(captions: &str) -> TempDir {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path(ANNOTATIONS)).unwrap();
        fs::create_dir(path("val2014")).unwrap();
        fs::write(path("annotations/captions_val2014.json"), captions).unwrap();
        fs::write(path("val2014/a.jpg"), "").unwrap();
        folder
    }

    #[test]
    fn captions_find_their_photos() {
        let folder = dataset(
            r#"{"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"},
                           {"id": 3, "file_name": "c.jpg"}],
                "annotations": [{"image_id": 1, "id": 7, "caption": "A dog. "},
                                {"image_id": 2, "id": 8, "caption": "Lost."},
                                {"image_id": 1, "id": 9, "caption": "Two dogs."},
                                {"image_id": 5, "id": 10, "caption": "Not listed."},
                                {"image_id": 4, "id": 11, "caption": "Nor this."},
                                {"image_id": 4, "id": 12, "caption": "Nor this."}]}"#,
        );
        let dataset = open(folder.path()).unwrap();
        assert_eq!(dataset.train.len(), 1);
        assert_eq!(dataset.train[0].captions, ["A dog.", "Two dogs."]);
        assert_eq!(
            dataset.defects.without_file,
            [
                "b.jpg",
                "image_id 4 in captions_val2014.json",
                "image_id 5 in captions_val2014.json"
            ]
        );
        assert_eq!(dataset.defects.without_captions, ["c.jpg"]);
    }

    #[test]
    fn a_broken_file_is_named() {
        let folder = dataset("{\"images\": []");
        let error = format!("{:#}", open(folder.path()).unwrap_err());
        assert!(error.contains("captions_val2014.json"), "{error}");
    }

    #[test]
    fn validation_photos_are_those_of_val_where_train_is_there_too() {
        let folder = dataset(
            r#"{"images": [{"id": 1, "file_name": "a.jpg"}],
                "annotations": [{"image_id": 1, "id": 7, "caption": "A dog."}]}"#,
        );
        let path = |name: &str| folder.path().join(name);
        assert_eq!(open(folder.path()).unwrap().train.len(), 1);
        fs::create_dir(path("train2014")).unwrap();
        fs::write(path("train2014/b.jpg"), "").unwrap();
        fs::write(
            path("annotations/captions_train2014.json"),
            r#"{"images": [{"id": 2, "file_name": "b.jpg"}],
                "annotations": [{"image_id": 2, "id": 8, "caption": "A cat."}]}"#,
        )
        .unwrap();
        let dataset = open(folder.path()).unwrap();
        assert_eq!(dataset.train[0].name, "b.jpg");
        assert_eq!(dataset.dev[0].name, "a.jpg");
    }
}
