//! Flickr8k's own layout: `Flickr8k.token.txt` (a line `PHOTO#NUMBER⇥CAPTION` per caption), a list
//! of photos per split, and the photos in `Flicker8k_Dataset` (so spelled) or any other folder. Kaggle has one
//! table of captions, `captions.txt`, instead.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::builder::{Builder, Opened};
use super::captions_by_photo::CaptionsByPhoto;
use super::split::TestSplit;
use super::{Split, image_folder, text};

const CAPTIONS: &str = "Flickr8k.token.txt";
const TRAIN: &str = "Flickr_8k.trainImages.txt";
const DEV: &str = "Flickr_8k.devImages.txt";
const TEST: &str = "Flickr_8k.testImages.txt";
const PHOTOS: &str = "Flicker8k_Dataset";
const LAYOUT: &str = "Flickr8k's layout";
/// A table `image,caption` in place of all the lists, as Kaggle has it.
const KAGGLE: &str = "captions.txt";

/// The file that tells this layout.
pub(super) fn evidence(folder: &Path) -> Option<String> {
    let lists = [CAPTIONS, TRAIN, DEV, TEST].into_iter();
    let mut files = lists.filter(|name| folder.join(name).is_file());
    let kaggle = || image_folder::is_table(&folder.join(KAGGLE)).then_some(KAGGLE);
    files.next().or_else(kaggle).map(str::to_owned)
}

pub(super) fn open(folder: &Path, test: TestSplit) -> Result<Opened> {
    let mut builder = Builder::new("Flickr8k", folder, test);
    if !folder.join(CAPTIONS).exists() && folder.join(KAGGLE).exists() {
        image_folder::read_table(&folder.join(KAGGLE), "", Split::Train, &mut builder)?;
        return builder.finish();
    }
    let captions = CaptionsByPhoto::parse(&folder.join(CAPTIONS), LAYOUT, &mut builder)?;
    // Copies of it have other names.
    let photos = if folder.join(PHOTOS).is_dir() {
        PHOTOS
    } else {
        ""
    };
    let mut listed = HashSet::new();
    for (list, split) in [
        (TRAIN, Split::Train),
        (DEV, Split::Dev),
        (TEST, Split::Test),
    ] {
        let path = folder.join(list);
        // Where it is left alone it need not be there.
        if builder.leaves_alone(split) && !path.exists() {
            continue;
        }
        let text = text::read(&path, &mut builder.journal)
            .with_context(|| format!("{LAYOUT} has {}", path.display()))?;
        for name in names(&text) {
            builder.add_written(name, &[photos, ""], captions.of(name), split);
            listed.insert(name.to_owned());
        }
    }
    for name in captions.photos().filter(|name| !listed.contains(*name)) {
        builder.add_without_split(name);
    }
    let opened = builder.finish()?;
    let needed = match test {
        TestSplit::LeftAlone => vec![(TRAIN, &opened.dataset.train), (DEV, &opened.dataset.dev)],
        TestSplit::Read => vec![(TEST, &opened.test)],
    };
    for (list, photos) in needed {
        ensure!(
            !photos.is_empty(),
            "{} lists no photo that has both a caption in {CAPTIONS} and a file in {PHOTOS}",
            folder.join(list).display()
        );
    }
    Ok(opened)
}

fn names(list: &str) -> impl Iterator<Item = &str> {
    list.lines().map(str::trim).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use super::*;
    use crate::data::{Dataset, Format};

    fn open(folder: &Path) -> Result<Dataset> {
        Dataset::open(folder, Some(Format::Flickr8k))
    }

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
            "a.jpg#0\tA dog .\na.jpg#1\tTwo dogs .\nb.jpg#0\tA cat .\nlost.jpg#0\tGone .\nc.jpg#0\tHm\n",
        );
        let dataset = open(folder.path()).unwrap();
        assert_eq!(dataset.train.len(), 1);
        assert_eq!(dataset.train[0].captions, ["A dog .", "Two dogs ."]);
        assert_eq!(dataset.dev[0].name, "Flicker8k_Dataset/b.jpg");
        assert_eq!(
            dataset.defects.without_captions,
            ["Flicker8k_Dataset/silent.jpg"]
        );
        assert_eq!(dataset.defects.without_file, ["Flicker8k_Dataset/lost.jpg"]);
        assert_eq!(dataset.defects.without_split, ["c.jpg"]);
    }

    #[test]
    fn a_broken_line_is_named() {
        let folder = dataset("a.jpg#0\tA dog .\nno caption here\n");
        let error = format!("{:#}", open(folder.path()).unwrap_err());
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn kaggles_table_is_read() {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("Images")).unwrap();
        fs::write(folder.path().join("Images/a.jpg"), "").unwrap();
        let table = "image,caption\na.jpg,\"A dog , here .\"\na.jpg,Two dogs , there .\n";
        fs::write(folder.path().join(KAGGLE), table).unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert!(dataset.layout.contains("flickr8k, told by captions.txt"));
        assert_eq!(dataset.train[0].name, "Images/a.jpg");
        assert_eq!(
            dataset.train[0].captions,
            ["A dog , here .", "Two dogs , there ."]
        );
    }

    #[test]
    fn photos_of_both_lists_are_told_and_not_trained_on() {
        let folder = dataset("a.jpg#0\tA dog .\nb.jpg#0\tA cat .\n");
        fs::write(folder.path().join(TRAIN), "a.jpg\nb.jpg\na.jpg\n").unwrap();
        let dataset = open(folder.path()).unwrap();
        assert_eq!(dataset.train.len(), 1);
        assert_eq!(dataset.train[0].captions, ["A dog ."], "listed twice");
        assert_eq!(dataset.defects.in_both, ["Flicker8k_Dataset/b.jpg"]);
    }

    #[test]
    fn missing_files_are_named() {
        let folder = dataset("a.jpg#0\tA dog .\nb.jpg#0\tA cat .\n");
        fs::remove_file(folder.path().join(CAPTIONS)).unwrap();
        let error = format!("{:#}", open(folder.path()).unwrap_err());
        assert!(error.contains(CAPTIONS), "{error}");
        let error = Dataset::open(&folder.path().join("nowhere"), None).unwrap_err();
        assert!(format!("{error:#}").contains("nowhere"), "{error:#}");
    }
}
