//! Captions of COCO results files, and what people said, of COCO captions files.

use std::fs;

use proptest::prelude::*;
use temp_dir::TempDir;
use trainer::data::FolderOptions;
use trainer::score::{References, read_results};

use crate::allowed;
use crate::outside_bytes::{Alone, config, mutated, mutations};

const RESULTS: &[u8] = br#"[
    {"image_id": 1, "caption": "a dog"}, {"image_id": "2", "caption": "a \ud83d\ude00"},
    {"image_id": 3.0, "caption": null}, {"image_id": "x/a.jpg", "caption": "one\ntwo", "more": [NaN]}
]"#;

const REFERENCES: &[u8] = br#"{
    "images": [{"id": 1, "file_name": "a.jpg"}, {"id": "2", "file_name": "x\\b.jpg"}, {"id": 3.0}],
    "annotations": [
        {"image_id": 1, "id": 1, "caption": "a dog"}, {"image_id": "2", "caption": "a cat"},
        {"image_id": 3.0, "caption": ""}, {"caption": 7}
    ],
    "info": {"year": 2017}
}"#;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn damaged_captions_are_an_error_or_fewer_captions(
        of_results in mutations(),
        of_references in mutations(),
    ) {
        let alone = Alone::wait();
        let folder = TempDir::new().unwrap();
        let [results, references] = ["results.json", "references.json"].map(|name| folder.child(name));
        let files = [mutated(RESULTS, &of_results), mutated(REFERENCES, &of_references)];
        fs::write(&results, &files[0]).unwrap();
        fs::write(&references, &files[1]).unwrap();
        let (paired, peak) = alone.peak(|| {
            let captions = read_results(&results, false);
            let references = References::open(&references, &FolderOptions::default());
            let (Ok(captions), Ok(references)) = (captions, references) else {
                return None;
            };
            let pairs = references.pair(&captions, false).ok()?;
            Some((captions.len(), pairs.len()))
        });
        let length = files.concat().len();
        prop_assert!(peak <= allowed(length), "{peak} bytes for files of {length}");
        if let Some((captions, pairs)) = paired {
            prop_assert!(pairs <= captions);
        }
    }
}
