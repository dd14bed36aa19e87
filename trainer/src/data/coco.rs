//! COCO's layout: `annotations/captions_*.json` (one file or several) and the photos in any other
//! folder beside `annotations`. All photos are for training.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::{CaptionedPhoto, Dataset};

/// The folder that tells this layout.
pub(super) const ANNOTATIONS: &str = "annotations";

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
    let photo_folder = photo_folder(folder)?;
    let mut train = Vec::new();
    let mut without_captions = Vec::new();
    let mut without_file = Vec::new();
    let mut files = 0;
    for path in entries(&folder.join(ANNOTATIONS))? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !(name.starts_with("captions") && name.ends_with(".json")) {
            continue;
        }
        files += 1;
        let bytes = crate::files::read(&path)?;
        let Captions {
            images,
            annotations,
        } = serde_json::from_slice(&bytes)
            .with_context(|| format!("{} is no captions file of COCO", path.display()))?;
        let mut captions: HashMap<u64, Vec<String>> = HashMap::new();
        for annotation in annotations {
            let caption = annotation.caption.trim().to_owned();
            captions
                .entry(annotation.image_id)
                .or_default()
                .push(caption);
        }
        for image in images {
            match captions.remove(&image.id) {
                None => without_captions.push(image.file_name),
                Some(_) if !photo_folder.join(&image.file_name).exists() => {
                    without_file.push(image.file_name);
                }
                Some(captions) => train.push(CaptionedPhoto {
                    name: image.file_name,
                    captions,
                }),
            }
        }
    }
    ensure!(
        files > 0,
        "{} holds no captions*.json",
        folder.join(ANNOTATIONS).display()
    );
    Ok(Dataset {
        name: "COCO".to_owned(),
        photo_folder,
        train,
        dev: Vec::new(),
        without_captions,
        without_file,
    })
}

/// The one folder beside the annotations.
fn photo_folder(folder: &Path) -> Result<PathBuf> {
    let mut folders: Vec<_> = entries(folder)?
        .into_iter()
        .filter(|path| path.is_dir() && !path.ends_with(ANNOTATIONS))
        .collect();
    ensure!(
        folders.len() == 1,
        "{} must hold exactly one folder of photos beside {ANNOTATIONS}, but holds {}",
        folder.display(),
        folders.len()
    );
    Ok(folders.remove(0))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder)? {
            paths.push(entry?.path());
        }
        paths.sort();
        Ok(paths)
    };
    read().with_context(|| format!("cannot read the folder {}", folder.display()))
}

#[cfg(test)]
mod tests {
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
                                {"image_id": 1, "id": 9, "caption": "Two dogs."}]}"#,
        );
        let dataset = open(folder.path()).unwrap();
        assert_eq!(dataset.train.len(), 1);
        assert_eq!(dataset.train[0].captions, ["A dog.", "Two dogs."]);
        assert_eq!(dataset.without_file, ["b.jpg"]);
        assert_eq!(dataset.without_captions, ["c.jpg"]);
    }

    #[test]
    fn a_broken_file_is_named() {
        let folder = dataset("{\"images\": []");
        let error = format!("{:#}", open(folder.path()).unwrap_err());
        assert!(error.contains("captions_val2014.json"), "{error}");
    }
}
