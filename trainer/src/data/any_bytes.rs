//! Whatever bytes the files of a data set have, a reader gives an error or a data set.

use std::fs;
use std::path::Path;

use clap::ValueEnum;
use proptest::prelude::*;
use temp_dir::TempDir;

use super::names::Names;
use super::table::{Columns, Table};
use super::{Dataset, Format, Journal, json, text};

/// Files of each layout as they should be.
const FILES: [(Format, &[(&str, &str)]); 9] = [
    (
        Format::Flickr8k,
        &[
            ("Flickr8k.token.txt", "a.jpg#0\tA dog .\nb.jpg#0\tA cat .\n"),
            ("Flickr_8k.trainImages.txt", "a.jpg\n"),
            ("Flickr_8k.devImages.txt", "b.jpg\n"),
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
            "raw,sentids,split,filename,img_id\n\"[\"\"A \\\"\"dog\\\"\" .\"\"]\",[0],train,a.jpg,0\n",
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
                "sentences": [{"raw": "A \ud83d\ude00"}]}], "dataset": "x"}"#,
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
        ],
    ),
    (Format::WebDataset, &[("0.tar", "")]),
];

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

/// Changes to bytes: where in 0 to 1, how many are replaced, and by what.
fn changes() -> impl Strategy<Value = Vec<(f64, usize, Vec<u8>)>> {
    let signs = prop_oneof![
        any::<u8>(),
        prop::sample::select(b"\",;|\t\r\n\\{}[]:#/. \0\xEF\xBB\xBF\xFF\xFE".to_vec()),
    ];
    let bytes = prop::collection::vec(signs, 0..12);
    prop::collection::vec((0.0..1.0, 0usize..40, bytes), 0..6)
}

fn changed(seed: &[u8], changes: &[(f64, usize, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for (place, length, new) in changes {
        let start = (place * bytes.len() as f64) as usize;
        let end = bytes.len().min(start + length);
        bytes.splice(start..end, new.iter().copied());
    }
    bytes
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn settings() -> ProptestConfig {
    // The number of cases comes from PROPTEST_CASES where it is set.
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// What is read of a data set holds together.
fn check(dataset: &Dataset) {
    assert!(!dataset.train.is_empty() || !dataset.dev.is_empty());
    for photo in dataset.train.iter().chain(&dataset.dev) {
        dataset.photos.read(&photo.name).unwrap();
        dataset.photos.stamp(&photo.name).unwrap();
        assert!(!photo.captions.is_empty() && !photo.name.contains(char::is_control));
    }
    assert!(!dataset.lines().is_empty());
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn a_reader_gives_an_error_or_a_data_set(
        layout in 0..FILES.len(),
        changes in prop::collection::vec(changes(), 3),
        all in prop::option::weighted(0.1, prop::collection::vec(any::<u8>(), 0..300)),
    ) {
        let folder = TempDir::new().unwrap();
        for photo in ["a.jpg", "x/a.jpg", "x/b.jpg", "val/a.jpg", "photos/000000000.jpg"] {
            write(folder.path(), photo, b"");
        }
        let (format, files) = FILES[layout];
        for ((name, seed), changes) in files.iter().zip(&changes) {
            let archive = archive();
            let seed = if seed.is_empty() { &archive } else { seed.as_bytes() };
            let bytes = all.clone().unwrap_or_else(|| changed(seed, changes));
            write(folder.path(), name, &bytes);
        }
        // In the layout that it is, in the one that its files tell, and in any other.
        let other = Format::value_variants()[layout % Format::value_variants().len()];
        for format in [Some(format), None, Some(other)] {
            if let Ok(dataset) = Dataset::open(folder.path(), format) {
                check(&dataset);
            }
        }
    }

    #[test]
    fn any_bytes_are_text_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let length = bytes.len();
        if let Ok(text) = text::decode(bytes, "a.csv", &mut Journal::default()) {
            prop_assert!(text.len() <= 3 * length);
            let _ = json::from_str::<serde_json::Value>(&text);
        }
    }

    #[test]
    fn every_line_of_a_table_is_a_row_or_told(text in "([a-c;,|\t\"\n]|\\.jpg){0,60}") {
        let table = Table::new(&text, |_| false);
        let count = table.first().len().max(1);
        for last_is_caption in [false, true] {
            let columns = Columns { count, photo: 0, last_is_caption, headless: true };
            let mut last = 0;
            table.rows(&columns, |line, row| {
                assert!(line > last, "line {line} after {last} of {text:?}");
                last = line;
                assert!(row.is_err() || row.is_ok_and(|cells| cells.len() == count));
            });
        }
    }

    #[test]
    fn a_name_stays_below_its_folder(name in "([a-z./\\\\: \"\u{FEFF}]|\\.\\./|/etc/){0,30}") {
        let folder = TempDir::new().unwrap();
        write(folder.path(), "a/b.jpg", b"");
        let names = Names::new(folder.path());
        if let Ok(found) = names.find(&name, &["", "a"]) {
            prop_assert_eq!(found, "a/b.jpg");
        }
    }
}
