//! The files of a data set, in every layout.

use std::fs;
use std::path::Path;

use clap::ValueEnum;
use proptest::prelude::*;
use temp_dir::TempDir;
use trainer::data::{CaptionedPhoto, Dataset, EvaluationSet, FolderOptions, Format, Split};

use crate::allowed;
use crate::outside_bytes::{Alone, config, mutated, mutations};

/// Files of each layout as they should be.
const FILES: [(Format, &[(&str, &str)]); 10] = [
    (
        Format::Flickr8k,
        &[
            (
                "Flickr8k.token.txt",
                "a.jpg#0\tA dog .\nb.jpg#0\tA cat .\nx/a.jpg#0\tA fox .\n",
            ),
            ("Flickr_8k.trainImages.txt", "a.jpg\n"),
            ("Flickr_8k.devImages.txt", "b.jpg\n"),
            ("Flickr_8k.testImages.txt", "x/a.jpg\n"),
        ],
    ),
    (
        Format::Flickr8k,
        &[(
            "captions.txt",
            "image,caption\na.jpg,\"A dog , here .\"\nb.jpg,Two\n",
        )],
    ),
    (
        Format::Flickr30k,
        &[(
            "results.csv",
            "image_name| comment_number| comment\na.jpg| 0| A | dog\nb.jpg| 0   A cat .\n",
        )],
    ),
    (
        Format::Flickr30k,
        &[(
            "flickr_annotations_30k.csv",
            "raw,sentids,split,filename,img_id\n\"[\"\"A \\\"\"dog\\\"\" .\"\"]\",[0],train,a.jpg,0\n\
             \"[\"\"A fox\"\"]\",[1],test,x/a.jpg,1\n",
        )],
    ),
    (
        Format::Coco,
        &[(
            "annotations/captions_train2017.json",
            r#"{"images": [{"id": 1, "file_name": "x/a.jpg"}, {"id": 2.0, "file_name": "b.jpg"}],
                "annotations": [{"image_id": 1, "caption": "A"}, {"image_id": "2", "caption": null}, NaN]}"#,
        )],
    ),
    (
        Format::Karpathy,
        &[(
            "dataset_x.json",
            r#"{"images": [{"filename": "a.jpg", "filepath": "x", "split": "train", "cocoid": 7,
                "sentences": [{"raw": "A \ud83d\ude00"}]}, {"filename": "x/b.jpg", "split": "test",
                "sentences": [{"raw": "A fox"}]}], "dataset": "x"}"#,
        )],
    ),
    (
        Format::ConceptualCaptions,
        &[("cc.tsv", "a dog\thttp://x/1\na cat\thttp://x/2\n")],
    ),
    (
        Format::ImageFolder,
        &[
            (
                "captions.csv",
                "sep=;\nfile_name;text;text\n./a.jpg;\"one\ntwo\";three\nx\\b.jpg;A\n",
            ),
            (
                "val/metadata.jsonl",
                "{\"file_name\": \"a.jpg\", \"captions\": [\"A\", \"B\"]}\n",
            ),
            ("test/captions.csv", "file_name,text\nx/a.jpg,A fox\n"),
        ],
    ),
    (Format::WebDataset, &[("0.tar", "")]),
    (Format::Parquet, &[("0.parquet", "")]),
];

/// A table as it should be.
const TABLE: &[u8] = include_bytes!("../fixtures/parquet/data/train-00000-of-00002.parquet");

/// An archive as it should be.
fn archive() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in [
        ("x/0.jpg", "PHOTO"),
        ("x/0.txt", "A dog."),
        ("x/0.json", "{\"caption\": \"A\"}"),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_cksum();
        tar.append_data(&mut header, name, content.as_bytes())
            .unwrap();
    }
    tar.into_inner().unwrap()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// What is read of a data set holds together.
fn check(dataset: &Dataset) -> Result<(), TestCaseError> {
    prop_assert!(!dataset.train.is_empty() || !dataset.dev.is_empty());
    check_photos(&dataset.train)?;
    check_photos(&dataset.dev)?;
    prop_assert!(!dataset.lines().is_empty());
    Ok(())
}

fn check_photos(photos: &[CaptionedPhoto]) -> Result<(), TestCaseError> {
    for photo in photos {
        prop_assert!(!photo.captions.is_empty() && !photo.name.contains(char::is_control));
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn damaged_files_are_an_error_or_a_data_set(
        layout in 0..FILES.len(),
        changes in prop::collection::vec(mutations(), 4),
        all in prop::option::weighted(0.1, prop::collection::vec(any::<u8>(), 0..300)),
    ) {
        let alone = Alone::wait();
        let folder = TempDir::new().unwrap();
        for photo in ["a.jpg", "x/a.jpg", "x/b.jpg", "val/a.jpg", "photos/000000000.jpg"] {
            write(folder.path(), photo, b"");
        }
        let (format, files) = FILES[layout];
        let mut length = 0;
        for ((name, whole), changes) in files.iter().zip(&changes) {
            let archive = archive();
            let whole = match *name {
                "0.tar" => &archive,
                "0.parquet" => TABLE,
                _ => whole.as_bytes(),
            };
            let bytes = all.clone().unwrap_or_else(|| mutated(whole, changes));
            length += bytes.len();
            write(folder.path(), name, &bytes);
        }
        // In the layout that it is, in the one that its files tell, and in any other.
        let other = Format::value_variants()[layout % Format::value_variants().len()];
        for format in [Some(format), None, Some(other)] {
            let (opened, peak) = alone.peak(|| Dataset::open(folder.path(), format));
            prop_assert!(peak <= allowed(length), "{peak} bytes for files of {length}");
            if let Ok(dataset) = opened {
                check(&dataset)?;
            }
            let options = FolderOptions {
                format,
                split: Some(Split::Test),
                ..FolderOptions::default()
            };
            let (opened, peak) = alone.peak(|| EvaluationSet::open(folder.path(), &options));
            prop_assert!(peak <= allowed(length), "{peak} bytes for files of {length}");
            if let Ok(set) = opened {
                prop_assert!(!set.photos().is_empty());
                check_photos(set.photos())?;
            }
        }
    }
}
