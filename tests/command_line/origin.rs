//! Runs that begin with the weights of a model file.

use std::fs;

use crate::support::DataSet;

const TRAIN: [&str; 5] = [
    "train",
    "--data=data",
    "--photos-per-step=8",
    "--warm-up=1",
    "--weight-average=0",
];

#[test]
fn a_model_file_is_trained_on() {
    let data = DataSet::with_features();
    let train = |more: &[&str]| data.succeeds(&[&TRAIN, more].concat());
    train(&["--output=first", "--epochs=2", "--learning-rate=1e-3"]);
    data.succeeds(&["export", "--run=first", "--output=first.safetensors"]);
    train(&["--from=first.safetensors", "--output=same", "--epochs=0"]);
    let before = data.cross_entropy("same");
    // Int8 makes a small difference.
    assert!((before - data.cross_entropy("first")).abs() < 0.05);

    let more = [
        "--from=first.safetensors",
        "--output=second",
        "--epochs=2",
        "--learning-rate=1e-3",
    ];
    train(&more);
    let after = data.cross_entropy("second");
    assert!(after < before - 0.05, "{after} {before}");
    data.succeeds(&["export", "--run=second", "--output=second.safetensors"]);
    let manifest = data.manifest("second.safetensors");
    // The command that made the first file, and the second's.
    assert_eq!(manifest.matches("glimpse train").count(), 2);
}

#[test]
fn a_model_file_that_does_not_fit_is_refused_by_name() {
    let data = DataSet::with_features();
    let fails = |origin: &str, more: &[&str]| {
        let begun = ["--output=none", "--from", origin];
        data.fails(&[&TRAIN, &begun[..], more].concat())
    };
    data.succeeds(&[&TRAIN, &["--output=run", "--epochs=1"][..]].concat());
    data.succeeds(&["export", "--run=run", "--output=model.safetensors"]);

    let refusal = fails("model.safetensors", &["--layers=1"]);
    assert!(
        refusal.contains("--from model.safetensors: its decoder has other sizes"),
        "{refusal}"
    );

    let whole = fs::read(data.path("model.safetensors")).unwrap();
    data.write("short.safetensors", &whole[..whole.len() / 2]);
    let refusal = fails("short.safetensors", &[]);
    assert!(
        refusal.contains("short.safetensors") && refusal.contains("no whole model file"),
        "{refusal}"
    );

    data.write("notes.txt", b"no model");
    let refusal = fails("notes.txt", &[]);
    assert!(refusal.contains("notes.txt"), "{refusal}");

    let refusal = fails("nothing", &[]);
    assert!(
        refusal.contains("nothing holds no training run"),
        "{refusal}"
    );
}

#[test]
fn a_model_file_for_another_image_network_is_refused() {
    let data = DataSet::with_features();
    let lite2 = ["--encoder=efficientnet-lite2"];
    data.succeeds(&[&["features", "--data=data"], &lite2[..]].concat());
    data.succeeds(&[&TRAIN, &lite2[..], &["--output=run", "--epochs=1"]].concat());
    data.succeeds(&["export", "--run=run", "--output=model.safetensors"]);
    let refusal =
        data.fails(&[&TRAIN, &["--output=none", "--from=model.safetensors"][..]].concat());
    assert!(
        refusal.contains("reads features of efficientnet-lite2"),
        "{refusal}"
    );
}
