//! Everything that people really give a program.

use std::fs;

use crate::support::DataSet;

/// A small model, trained for a moment.
fn with_model() -> DataSet {
    let data = DataSet::with_features();
    data.succeeds(&[
        "train",
        "--data",
        "data",
        "--output",
        "run",
        "--epochs",
        "1",
        "--photos-per-step",
        "16",
    ]);
    data.succeeds(&["export", "--run", "run", "--output", "model.safetensors"]);
    data
}

#[test]
fn photos_and_models_that_cannot_be_read_are_named() {
    let data = with_model();
    let good = format!("data/Flicker8k_Dataset/{}", data.photos[0].0);
    let png = fs::read(data.path(&good)).unwrap();
    data.write("notes.jpg", b"this is text");
    data.write("empty.png", b"");
    data.write("short.png", &png[..png.len() / 2]);
    let mut bomb = png.clone();
    bomb[16..24].copy_from_slice(&[0, 0, 0x9C, 0x40, 0, 0, 0x9C, 0x40]);
    let checksum = crc32fast::hash(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
    data.write("bomb.png", &bomb);
    for (photo, says) in [
        ("notes.jpg", "not a photo"),
        ("empty.png", "empty"),
        ("short.png", "PNG"),
        ("bomb.png", "40000×40000"),
        ("nowhere.jpg", "cannot read"),
    ] {
        let errors = data.fails(&["caption", "--model", "model.safetensors", photo]);
        assert!(errors.contains(photo) && errors.contains(says), "{errors}");
    }

    // A bad photo does not stop the good one beside it.
    let output = data.run(&[
        "caption",
        "--model",
        "model.safetensors",
        "notes.jpg",
        &good,
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with(&good));

    let model = fs::read(data.path("model.safetensors")).unwrap();
    data.write("short.safetensors", &model[..model.len() / 2]);
    let mut flipped = model.clone();
    let last = flipped.len() - 1;
    flipped[last] ^= 0xFF;
    data.write("flipped.safetensors", &flipped);
    for (file, says) in [
        ("short.safetensors", "no whole model file"),
        ("flipped.safetensors", "checksum"),
        ("notes.jpg", "no whole model file"),
        ("nowhere.safetensors", "cannot read"),
    ] {
        let errors = data.fails(&["caption", "--model", file, &good]);
        assert!(errors.contains(file) && errors.contains(says), "{errors}");
    }
}

#[test]
fn unreadable_photos_of_a_data_set_are_skipped_and_counted() {
    let data = DataSet::drawn();
    let (name, _) = &data.photos[3];
    data.write(&format!("data/Flicker8k_Dataset/{name}"), b"not a png");
    fs::remove_file(data.path(&format!("data/Flicker8k_Dataset/{}", data.photos[9].0))).unwrap();
    let output = data.run(&["features", "--data", "data"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(
        errors.contains(&format!("skipped Flicker8k_Dataset/{name}")),
        "{errors}"
    );
    assert!(
        errors.contains("30 photos in") && errors.contains("1 skipped"),
        "{errors}"
    );
    assert!(errors.contains("whose file is missing"), "{errors}");
    let output = data.run(&[
        "train", "--data", "data", "--output", "run", "--epochs", "1",
    ]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(
        errors.contains("left out: 1 photos without features"),
        "{errors}"
    );
    data.succeeds(&["export", "--run", "run", "--output", "model.safetensors"]);
    let output = data.run(&["evaluate", "model.safetensors", "--data", "data"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains(&format!("left out Flicker8k_Dataset/{name}")),
        "{errors}"
    );
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(table.contains("photos         30\n"), "{table}");
}

#[test]
fn data_sets_that_are_not_there_are_named() {
    let data = DataSet::drawn();
    let errors = data.fails(&["features", "--data", "elsewhere"]);
    assert!(errors.contains("elsewhere"), "{errors}");
    let file = "--data=data/Flickr8k.token.txt";
    let errors = data.fails(&["features", file]);
    assert!(errors.contains("is a file"), "{errors}");
    let all = data.run(&["data", "data", "--hold-out=1.5"]);
    let errors = String::from_utf8_lossy(&all.stderr);
    assert!(
        errors.contains("not a share above 0 and at most 1"),
        "{errors}"
    );
    fs::remove_file(data.path("data/Flickr8k.token.txt")).unwrap();
    let errors = data.fails(&["features", "--data", "data"]);
    assert!(errors.contains("Flickr8k.token.txt"), "{errors}");
    let errors = data.fails(&["export", "--run", "nowhere", "--output", "model"]);
    assert!(errors.contains("nowhere"), "{errors}");
}

#[test]
fn a_layout_that_is_named_is_taken_in_place_of_the_one_that_files_tell() {
    let data = DataSet::drawn();
    let mut table = "file_name,caption\n".to_owned();
    for (name, caption) in &data.photos[..2] {
        table += &format!("{name},{caption}\n");
    }
    data.write("data/Flicker8k_Dataset/captions.csv", table.as_bytes());
    // A list of another layout beside them.
    data.write("data/Flicker8k_Dataset/Flickr_8k.devImages.txt", b"");
    let folder = "--data=data/Flicker8k_Dataset";
    let errors = data.fails(&["features", folder]);
    assert!(errors.contains("Flickr8k.token.txt"), "{errors}");
    assert!(errors.contains("image-folder (captions.csv)"), "{errors}");
    data.succeeds(&["features", folder, "--format=image-folder"]);
    let errors = data.fails(&["features", folder, "--format=coco"]);
    assert!(errors.contains("annotations"), "{errors}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_stops_features_with_a_message_and_loses_nothing() {
    let data = DataSet::with_features();
    let cache = fs::read_dir(data.path("features"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    // An empty cache whose rows go to a device that is always full.
    fs::write(cache.join("rows.txt"), "").unwrap();
    fs::remove_file(cache.join("features.f16")).unwrap();
    std::os::unix::fs::symlink("/dev/full", cache.join("features.f16")).unwrap();
    let errors = data.fails(&["features", "--data", "data"]);
    assert!(errors.contains("No space left on device"), "{errors}");
    // With room again, the same command does the whole work.
    fs::remove_file(cache.join("features.f16")).unwrap();
    data.succeeds(&["features", "--data", "data"]);
    let names = fs::read_to_string(cache.join("rows.txt")).unwrap();
    assert_eq!(names.lines().count(), 32);
}
