//! The test split: nothing is trained on it, and it is what scores are reported of.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{DataSet, root};

const SMALL: [&str; 2] = ["--feature-layer=head", "--photo-size=64"];

/// Gives the drawn data set a test split whose one photo is said to show an animal, and puts a second data set beside it,
/// in folders, with another such photo.
fn write_test_split(data: &DataSet, animal: &str, photo: &[u8]) {
    let mut captions: String = data
        .photos
        .iter()
        .map(|(name, caption)| format!("{name}#0\t{caption}\n"))
        .collect();
    captions += &format!("unseen.png#0\tA {animal} gallops .\n");
    data.write("data/Flickr8k.token.txt", captions.as_bytes());
    data.write("data/Flickr_8k.testImages.txt", b"unseen.png\n");
    data.write("data/Flicker8k_Dataset/unseen.png", photo);
    for (split, caption) in [("train", "a disc"), ("val", "a disc"), ("test", animal)] {
        let folder = format!("more/{split}");
        fs::create_dir_all(data.path(&folder)).unwrap();
        let table = format!("file_name,text\n{split}.png,{caption}\n");
        data.write(&format!("{folder}/captions.csv"), table.as_bytes());
    }
    data.write("more/test/test.png", photo);
    for (split, source) in ["train", "val"].iter().zip(data.photo_paths()) {
        let photo = format!("more/{split}/{split}.png");
        fs::copy(data.path(&source), data.path(&photo)).unwrap();
    }
}

/// The files below a folder, by their paths in it, but for those that tell times, and for burn's, which hold the same
/// in any order, with their checksums.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.unwrap();
        let name = entry.path().strip_prefix(folder).unwrap().display();
        let is_other = ["log.csv", "validation.csv", ".bpk", "SHA256SUMS"]
            .iter()
            .any(|end| name.to_string().ends_with(end));
        if entry.file_type().is_file() && !is_other {
            files.insert(name.to_string(), fs::read(entry.path()).unwrap());
        }
    }
    files
}

#[test]
fn training_is_the_same_whatever_a_test_split_holds() {
    let data = DataSet::drawn();
    let whole = fs::read(data.path(&data.photo_paths()[0])).unwrap();
    let mut runs = Vec::new();
    for (animal, photo) in [("zebra", whole.as_slice()), ("ostrich", b"no photo")] {
        write_test_split(&data, animal, photo);
        for folder in ["--data=data", "--data=more"] {
            let output = data.run(&["features", folder, SMALL[0], SMALL[1]]);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}");
            // A photo that cannot be decoded would be named.
            assert!(
                !said.contains("unseen") && !said.contains("test.png"),
                "{said}"
            );
        }
        data.succeeds(&[
            "train",
            "--data=data",
            "--more-data=more",
            SMALL[0],
            SMALL[1],
            "--output=run",
            "--epochs=1",
        ]);
        data.succeeds(&["export", "--run=run", "--output=run/model.safetensors"]);
        let run = files(&data.path("run"));
        for file in [
            "vocabulary.json",
            "model.safetensors",
            "validation-sets.csv",
        ] {
            assert!(run.contains_key(file), "{file}");
        }
        for (name, bytes) in &run {
            let text = String::from_utf8_lossy(bytes);
            assert!(!text.contains(animal), "{name}");
        }
        fs::remove_dir_all(data.path("run")).unwrap();
        runs.push(run);
    }
    let names = |run: &BTreeMap<String, Vec<u8>>| run.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&runs[0]), names(&runs[1]));
    for (name, bytes) in &runs[0] {
        assert!(*bytes == runs[1][name], "{name}");
    }
}

#[test]
fn a_photo_that_one_set_tests_is_trained_on_in_no_other() {
    let data = DataSet::drawn();
    let whole = fs::read(data.path(&data.photo_paths()[0])).unwrap();
    write_test_split(&data, "zebra", &whole);
    fs::remove_file(data.path("more/train/train.png")).unwrap();
    data.write("more/train/unseen.png", &whole);
    data.write(
        "more/train/captions.csv",
        b"file_name,text\nunseen.png,a zebra\n",
    );
    for folder in ["--data=data", "--data=more"] {
        data.succeeds(&["features", folder, SMALL[0], SMALL[1]]);
    }
    let sets = ["--data=data", "--more-data=more"];
    let errors = data.fails(&[
        "train",
        sets[0],
        sets[1],
        SMALL[0],
        SMALL[1],
        "--output=run",
    ]);
    for says in [
        "left out of training and validation: 1 photos of the test split, the first is train/unseen.png",
        "more: no photo is left to train on",
    ] {
        assert!(errors.contains(says), "{errors}");
    }
}

/// Two photos as a test split in COCO's layout, beside one to train on.
fn coco() -> DataSet {
    let data = DataSet::drawn();
    let sources = data.photo_paths();
    for folder in ["coco/annotations", "coco/train2014", "coco/val2014"] {
        fs::create_dir_all(data.path(folder)).unwrap();
    }
    for (split, folder, ids) in [
        ("train", "train2014", &[9][..]),
        ("test", "val2014", &[42, 581_929]),
    ] {
        let file = |id: &i64| format!("COCO_{folder}_{id:012}.png");
        let images = ids
            .iter()
            .map(|id| format!(r#"{{"id": {id}, "file_name": "{}"}}"#, file(id)));
        let annotations = ids
            .iter()
            .map(|id| format!(r#"{{"id": {id}, "image_id": {id}, "caption": "a disc"}}"#));
        let text = format!(
            r#"{{"images": [{}], "annotations": [{}]}}"#,
            images.collect::<Vec<_>>().join(", "),
            annotations.collect::<Vec<_>>().join(", ")
        );
        data.write(
            &format!("coco/annotations/captions_{split}.json"),
            text.as_bytes(),
        );
        for (id, source) in ids.iter().zip(&sources) {
            let photo = format!("coco/{folder}/{}", file(id));
            fs::copy(data.path(source), data.path(&photo)).unwrap();
        }
    }
    data
}

#[test]
fn captions_of_cocos_test_photos_have_cocos_numbers() {
    let data = coco();
    let model = root().join("www/models/glimpse.safetensors");
    let model = model.canonicalize().unwrap().display().to_string();
    let split = ["--data=coco", "--split=test"];
    data.succeeds(&[
        "evaluate",
        &model,
        split[0],
        split[1],
        "--results=evaluated.json",
    ]);
    data.succeeds(&["caption", split[0], split[1], "--results=captioned.json"]);
    data.succeeds(&["caption", "coco/val2014", "--results=files.json"]);
    let results = |name: &str| -> Value {
        let text = fs::read_to_string(data.path(name)).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let evaluated = results("evaluated.json");
    let ids: Vec<_> = evaluated.as_array().unwrap().iter().collect();
    let ids: Vec<_> = ids
        .iter()
        .map(|result| result["image_id"].as_i64())
        .collect();
    assert_eq!(ids, [Some(42), Some(581_929)]);
    assert_eq!(results("captioned.json"), evaluated);
    assert_eq!(results("files.json"), evaluated);

    let table = data.succeeds(&[
        "score",
        "captioned.json",
        "--references=coco",
        "--split=test",
    ]);
    assert!(table.contains("photos         2\n"), "{table}");
    let list = "--references=coco/annotations/captions_test.json";
    assert_eq!(data.succeeds(&["score", "captioned.json", list]), table);

    let errors = data.fails(&["evaluate", &model, "--data=data", "--split=test"]);
    assert!(errors.contains("Flickr_8k.testImages.txt"), "{errors}");
    let errors = data.fails(&["caption", "coco/val2014", "--split=test"]);
    assert!(errors.contains("--data names"), "{errors}");
}
