//! COCO's layout: `annotations/captions_*.json` (one file or several) and the photos in folders beside
//! `annotations`. Photos of a `captions_val*.json` are for validation where a `captions_train*.json` is
//! there too (the layouts of 2014 and 2017), those of a list whose name says `test` for testing; otherwise all are
//! for training.
//!
//! Photos of different folders may have the same file name: those of `captions_val2017.json` are looked for in
//! `val2017` first, or in the folder whose name says the same split. In another folder they are taken
//! only where no other list has them.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use anyhow::{Result, ensure};
use serde::Deserialize;
use serde_json::Value;

use super::builder::{Builder, Opened};
use super::json::{self, Record};
use super::names::is_foreign;
use super::photos::{entries, folders};
use super::split::TestSplit;
use super::{PhotoId, Split, text};

/// The folder that tells this layout.
const ANNOTATIONS: &str = "annotations";
const TRAIN: &str = "captions_train";
const VALIDATION: &str = "captions_val";
/// What such a file is, for those who have another one.
const FILE: &str = "captions file of COCO, {\"images\": [{\"id\": …, \"file_name\": …}, …], \"annotations\": \
                    [{\"image_id\": …, \"caption\": …}, …]}";

/// A captions file (<https://cocodataset.org/#format-data>), as far as it is needed.
#[derive(Deserialize)]
struct Captions {
    images: Vec<Record<Image>>,
    annotations: Vec<Record<Annotation>>,
}

/// The same without its captions.
#[derive(Deserialize)]
struct Images {
    images: Vec<Record<Image>>,
}

#[derive(Deserialize)]
struct Image {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    file_name: Value,
}

#[derive(Deserialize)]
struct Annotation {
    #[serde(default)]
    image_id: Value,
    #[serde(default)]
    caption: Value,
}

/// A photo of a list and its captions.
struct Listed {
    id: PhotoId,
    file: String,
    captions: Vec<String>,
    list: usize,
    /// Its name, once it is found.
    name: Option<String>,
}

/// The captions of photos by their numbers.
type Captioned = BTreeMap<PhotoId, Vec<String>>;

/// The file that tells this layout.
pub(super) fn evidence(folder: &Path) -> Option<String> {
    let files = files(&folder.join(ANNOTATIONS));
    files.first().map(|file| format!("{ANNOTATIONS}/{file}"))
}

/// The names of the captions files in a folder.
fn files(annotations: &Path) -> Vec<String> {
    let entries = entries(annotations).unwrap_or_default().into_iter();
    let files = entries.filter_map(|path| {
        let name = path.file_name()?.to_str()?.to_owned();
        let is_one = name.starts_with("captions") && name.ends_with(".json") && !is_foreign(&path);
        is_one.then_some(name)
    });
    files.collect()
}

pub(super) fn open(folder: &Path, test: TestSplit) -> Result<Opened> {
    let annotations = folder.join(ANNOTATIONS);
    entries(&annotations)?;
    let files = files(&annotations);
    ensure!(
        !files.is_empty(),
        "{} holds no captions*.json",
        annotations.display()
    );
    let mut builder = Builder::new("COCO", folder, test);
    let has_train = files.iter().any(|name| name.starts_with(TRAIN));
    let mut photos = Vec::new();
    for (list, name) in files.iter().enumerate() {
        let path = annotations.join(name);
        photos.extend(if builder.leaves_alone(split_of(name, has_train)) {
            read_images(&path, list, &mut builder)?
        } else {
            read(&path, list, &mut builder)?
        });
    }
    let folders = folder_names(folder)?;
    let own: Vec<_> = files
        .iter()
        .map(|name| own_folder(name, &folders))
        .collect();
    let mut claimed = HashSet::new();
    for photo in &mut photos {
        let own = own[photo.list].as_deref();
        // Its own folder, and a path that begins with a folder.
        let places: Vec<_> = own.into_iter().chain([""]).collect();
        photo.name = builder.names.find_in(&photo.file, &places);
        claimed.extend(photo.name.clone());
    }
    for photo in photos {
        let split = split_of(&files[photo.list], has_train);
        let captions = photo.captions.iter().map(String::as_str);
        let found = match photo.name {
            Some(name) => Ok(name),
            None => elsewhere(&builder, &photo.file, own[photo.list].as_deref(), &claimed),
        };
        match found {
            Ok(name) => {
                builder.add(&name, captions, split);
                builder.set_id(&name, photo.id);
            }
            Err(_) if builder.leaves_alone(split) => builder.add(&photo.file, [], split),
            Err(_) if photo.captions.is_empty() => builder.add(&photo.file, [], split),
            Err(why) => builder.add_missing(&photo.file, &why),
        }
    }
    builder.finish()
}

/// What the photos of a captions file are for. `has_train` says whether there is a list of COCO's for training.
fn split_of(file: &str, has_train: bool) -> Split {
    match Split::named(part(file)) {
        Some(Split::Test) => Split::Test,
        _ if has_train && file.starts_with(VALIDATION) => Split::Dev,
        _ => Split::Train,
    }
}

/// What a captions file's name has of its own: the part of the data set that it is for.
fn part(file: &str) -> &str {
    let part = file.trim_start_matches("captions");
    let part = part.trim_end_matches(".json");
    part.trim_start_matches(['_', '-'])
}

/// The photos of a captions file, whose captions are left alone.
fn read_images(path: &Path, list: usize, builder: &mut Builder) -> Result<Vec<Listed>> {
    let text = text::read(path, &mut builder.journal)?;
    let Images { images } = json::parse(&text, path, FILE)?;
    Ok(listed(images, BTreeMap::new(), path, list, builder).0)
}

/// The photos of a captions file.
fn read(path: &Path, list: usize, builder: &mut Builder) -> Result<Vec<Listed>> {
    let text = text::read(path, &mut builder.journal)?;
    let Captions {
        images,
        annotations,
    } = json::parse(&text, path, FILE)?;
    let mut captions = Captioned::new();
    for (number, annotation) in (1..).zip(annotations) {
        let place = || format!("{}, annotation {number}", path.display());
        if let Some((id, caption)) = builder.journal.take(caption(annotation), place) {
            captions.entry(id).or_default().push(caption);
        }
    }
    let (photos, captions) = listed(images, captions, path, list, builder);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    for id in captions.into_keys() {
        let id = id.as_text();
        builder.add_missing(&format!("image_id {id} in {name}"), "");
    }
    Ok(photos)
}

/// The photos of a list with their captions, and the captions of no photo.
fn listed(
    images: Vec<Record<Image>>,
    mut captions: Captioned,
    path: &Path,
    list: usize,
    builder: &mut Builder,
) -> (Vec<Listed>, Captioned) {
    let mut photos = Vec::new();
    for (number, image) in (1..).zip(images) {
        let id_and_file = match &image {
            Record::Good(image) => PhotoId::of(&image.id).zip(image.file_name.as_str()),
            Record::Other(_) => None,
        };
        match id_and_file {
            Some((id, file)) => {
                builder.journal.good(1);
                photos.push(Listed {
                    captions: captions.remove(&id).unwrap_or_default(),
                    id,
                    file: file.to_owned(),
                    list,
                    name: None,
                });
            }
            None => builder.journal.bad(format!(
                "{}, image {number}: it has no id and file_name",
                path.display()
            )),
        }
    }
    (photos, captions)
}

fn caption(annotation: Record<Annotation>) -> Result<(PhotoId, String), &'static str> {
    let Record::Good(annotation) = annotation else {
        return Err("it is no object");
    };
    let id = PhotoId::of(&annotation.image_id).ok_or("it has no image_id")?;
    let caption = annotation.caption.as_str().ok_or("it has no caption")?;
    Ok((id, caption.to_owned()))
}

/// The names of the folders of photos.
fn folder_names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for path in folders(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name == ANNOTATIONS {
            continue;
        }
        names.push(name.to_string());
        // One folder of them all may stand between.
        for below in folders(&path)? {
            let below = below.file_name().unwrap_or_default().to_string_lossy();
            names.push(format!("{name}/{below}"));
        }
    }
    Ok(names)
}

/// The folder that a captions file is for: its namesake, or the only one whose name says the same split.
fn own_folder(file: &str, folders: &[String]) -> Option<String> {
    let part = part(file);
    let last = |folder: &String| folder.rsplit('/').next().map(str::to_owned);
    let namesake = folders
        .iter()
        .find(|folder| last(folder).as_deref() == Some(part));
    if namesake.is_some() {
        return namesake.cloned();
    }
    let split = Split::named(part)?;
    let mut same = folders
        .iter()
        .filter(|folder| last(folder).and_then(|name| Split::named(&name)) == Some(split));
    same.next().filter(|_| same.next().is_none()).cloned()
}

/// A photo that is not in its list's own folder.
fn elsewhere(
    builder: &Builder,
    file: &str,
    own: Option<&str>,
    claimed: &HashSet<String>,
) -> Result<String, String> {
    if let Some(own) = own
        && let Ok(name) = builder.names.find(file, &[own])
    {
        return Ok(name);
    }
    let name = builder.names.find(file, &[""])?;
    match own {
        // Another photo of the same name, not this one.
        Some(own) if claimed.contains(&name) => {
            Err(format!("it is not in {own}, and {name} is another list's"))
        }
        _ => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use super::*;
    use crate::data::{Dataset, Format};

    fn open(folder: &Path) -> Result<Dataset> {
        Dataset::open(folder, Some(Format::Coco))
    }

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
                "image_id 4 in captions_val2014.json",
                "image_id 5 in captions_val2014.json",
                "b.jpg"
            ]
        );
        assert_eq!(dataset.defects.without_captions, ["c.jpg"]);
        assert_eq!(dataset.train[0].name, "val2014/a.jpg");
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
        assert_eq!(dataset.train[0].name, "train2014/b.jpg");
        assert_eq!(dataset.dev[0].name, "val2014/a.jpg");
        // A list with a photo of the other's folder.
        fs::remove_file(path("train2014/b.jpg")).unwrap();
        fs::write(path("val2014/b.jpg"), "").unwrap();
        assert_eq!(open(folder.path()).unwrap().train[0].name, "val2014/b.jpg");
    }

    #[test]
    fn photos_of_one_name_in_two_folders_do_not_mix() {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name);
        for split in ["train", "val"] {
            fs::create_dir(path(split)).unwrap();
            fs::write(path(split).join("1.jpg"), split).unwrap();
            fs::create_dir_all(path(ANNOTATIONS)).unwrap();
            let text = format!(
                r#"{{"images": [{{"id": 1, "file_name": "1.jpg"}}, {{"id": 2, "file_name": "2.jpg"}}],
                     "annotations": [{{"image_id": 1, "caption": "{split}"}}, {{"image_id": 2, "caption": "two"}}]}}"#
            );
            fs::write(path(&format!("annotations/captions_{split}.json")), text).unwrap();
        }
        fs::write(path("train/2.jpg"), "").unwrap();
        let dataset = open(folder.path()).unwrap();
        assert_eq!(dataset.train[0].name, "train/1.jpg");
        assert_eq!(dataset.dev[0].name, "val/1.jpg");
        assert_eq!(dataset.dev[0].captions, ["val"]);
        assert_eq!(dataset.photos.read("val/1.jpg").unwrap(), b"val");
        // val's second photo is not there, and train's is another one.
        assert_eq!(dataset.dev.len(), 1);
        let missing = dataset.defects.without_file.concat();
        assert!(
            missing.contains("train/2.jpg is another list's"),
            "{missing}"
        );
    }

    #[test]
    fn ids_are_taken_as_cocos_tools_take_them_and_bad_records_left_out() {
        let annotations = |bad: &str| {
            let good = r#"{"image_id": 1, "caption": "A dog."}, "#.repeat(10);
            format!(
                r#"{{"images": [{{"id": 1.0, "file_name": "val2014/a.jpg"}}, {{"id": "-2", "file_name": "a.jpg"}}],
                     "annotations": [{good}{{"image_id": -2, "caption": "Two."}}, {bad}]}}"#
            )
        };
        for (bad, says) in [
            (
                r#"{"image_id": 1, "caption": null}"#,
                "annotation 12: it has no caption",
            ),
            (r#"{"image_id": 1}"#, "annotation 12: it has no caption"),
            (
                r#"{"image_id": NaN, "caption": "x"}"#,
                "annotation 12: it has no image_id",
            ),
            ("7", "annotation 12: it is no object"),
        ] {
            let folder = dataset(&annotations(bad));
            let dataset = open(folder.path()).unwrap();
            assert_eq!(dataset.train.len(), 1, "both are one photo");
            assert_eq!(dataset.train[0].captions.len(), 11);
            assert_eq!(dataset.id(&dataset.train[0]), PhotoId::Number(1));
            let report = dataset.lines().concat();
            assert!(report.contains(says), "{report}");
            assert!(dataset.refuse(true).is_err());
        }
    }
}
