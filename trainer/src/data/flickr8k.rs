//! Flickr8k's own layout: `Flickr8k.token.txt` (a line `PHOTO#NUMBER⇥CAPTION` per caption), a list
//! of photos per split, and the photos in `Flicker8k_Dataset` (so spelled).

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::{CaptionedPhoto, Dataset};

const CAPTIONS: &str = "Flickr8k.token.txt";
const TRAIN: &str = "Flickr_8k.trainImages.txt";
const DEV: &str = "Flickr_8k.devImages.txt";
const PHOTOS: &str = "Flicker8k_Dataset";

pub(super) fn open(folder: &Path) -> Result<Dataset> {
    ensure!(
        folder.is_dir(),
        "there is no data set at {}: no such folder",
        folder.display()
    );
    let captions = read_captions(&folder.join(CAPTIONS))?;
    let photo_folder = folder.join(PHOTOS);
    let present = file_names(&photo_folder)?;
    let mut without_captions = Vec::new();
    let mut without_file = Vec::new();
    let mut split = |list: &str| -> Result<Vec<CaptionedPhoto>> {
        let path = folder.join(list);
        let text = read_text(&path)?;
        let mut photos = Vec::new();
        for name in text.lines().map(str::trim).filter(|name| !name.is_empty()) {
            match captions.get(name) {
                None => without_captions.push(name.to_owned()),
                Some(_) if !present.contains(name) => without_file.push(name.to_owned()),
                Some(captions) => photos.push(CaptionedPhoto {
                    name: name.to_owned(),
                    captions: captions.clone(),
                }),
            }
        }
        ensure!(
            !photos.is_empty(),
            "{} lists no photo that has both a caption in {CAPTIONS} and a file in {PHOTOS}",
            path.display()
        );
        Ok(photos)
    };
    let train = split(TRAIN)?;
    let dev = split(DEV)?;
    Ok(Dataset {
        name: "Flickr8k".to_owned(),
        photo_folder,
        train,
        dev,
        without_captions,
        without_file,
    })
}

fn read_captions(path: &Path) -> Result<HashMap<String, Vec<String>>> {
    let text = read_text(path)?;
    let mut captions: HashMap<String, Vec<String>> = HashMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let Some((photo, caption)) = line
            .split_once('\t')
            .and_then(|(key, caption)| Some((key.split_once('#')?.0, caption)))
        else {
            bail!(
                "{}, line {number}: expected PHOTO#NUMBER, a tab and a caption",
                path.display()
            );
        };
        captions
            .entry(photo.to_owned())
            .or_default()
            .push(caption.trim().to_owned());
    }
    Ok(captions)
}

fn file_names(folder: &Path) -> Result<HashSet<String>> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read the photos' folder {}", folder.display()))?;
    let mut names = HashSet::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        names.extend(entry.file_name().into_string());
    }
    Ok(names)
}

fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| {
        format!(
            "cannot read {}, which Flickr8k's layout has",
            path.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use temp_dir::TempDir;

    use super::*;

    fn dataset(captions: &str) -> TempDir {
        let folder = TempDir::new().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write(CAPTIONS, captions);
        write(TRAIN, "a.jpg\nlost.jpg\nsilent.jpg\n");
        write(DEV, "b.jpg\n");
        fs::create_dir(folder.path().join(PHOTOS)).unwrap();
        for photo in ["a.jpg", "b.jpg", "silent.jpg"] {
            write(&format!("{PHOTOS}/{photo}"), "");
        }
        folder
    }

    #[test]
    fn counts_what_is_missing() {
        let folder = dataset(
            "a.jpg#0\tA dog .\na.jpg#1\tTwo dogs .\nb.jpg#0\tA cat .\nlost.jpg#0\tGone .\n",
        );
        let dataset = open(folder.path()).unwrap();
        assert_eq!(dataset.train.len(), 1);
        assert_eq!(dataset.train[0].captions, ["A dog .", "Two dogs ."]);
        assert_eq!(dataset.dev[0].name, "b.jpg");
        assert_eq!(dataset.without_captions, ["silent.jpg"]);
        assert_eq!(dataset.without_file, ["lost.jpg"]);
    }

    #[test]
    fn a_broken_line_is_named() {
        let folder = dataset("a.jpg#0\tA dog .\nno caption here\n");
        let error = format!("{:#}", open(folder.path()).unwrap_err());
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn missing_files_are_named() {
        let folder = dataset("a.jpg#0\tA dog .\nb.jpg#0\tA cat .\n");
        fs::remove_file(folder.path().join(CAPTIONS)).unwrap();
        let error = format!("{:#}", open(folder.path()).unwrap_err());
        assert!(error.contains(CAPTIONS), "{error}");
        let error = format!("{:#}", open(&folder.path().join("nowhere")).unwrap_err());
        assert!(error.contains("nowhere"), "{error}");
    }
}
