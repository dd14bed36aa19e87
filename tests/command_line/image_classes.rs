//! The image network's likeliest classes as a part of what the decoder reads.

use std::fs;

use burn::tensor::{Device, Tensor};
use model_export::captioner::Captioner;
use safetensors::SafeTensors;
use serde_json::Value;

use crate::support::{DataSet, root};

const LITE2: [&str; 2] = ["--encoder=efficientnet-lite2", "--feature-layer=blocks"];

fn train<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let common = [
        "train",
        "--data=data",
        "--photos-per-step=8",
        "--units=32",
        "--feed-forward-units=32",
        "--warm-up=1",
        "--learning-rate=1e-2",
    ];
    [&common, more].concat()
}

/// The values and the scales of a matrix, as they stand in a file.
fn matrix(data: &DataSet, file: &str, name: &str) -> (Vec<u8>, Vec<u8>) {
    let bytes = fs::read(data.path(file)).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let tensor = |name: &str| tensors.tensor(name).unwrap().data().to_vec();
    (tensor(name), tensor(&format!("{name}.scale")))
}

#[test]
fn classes_are_read_from_data_to_captions() {
    let data = DataSet::drawn();
    data.succeeds(&[&["features", "--data=data"], &LITE2[..]].concat());
    let run = |more: &[&str]| data.succeeds(&train(&[&LITE2, more].concat()));
    run(&["--output=without", "--epochs=1"]);
    run(&[
        "--output=with",
        "--epochs=2",
        "--image-classes=4",
        "--vocabulary=10",
    ]);
    // With the blocks in 16 bits, too.
    run(&[
        "--output=half",
        "--epochs=1",
        "--image-classes=4",
        "--precision=f16",
    ]);
    assert!(data.losses("half").iter().all(|(_, loss)| *loss < 20.0));
    // The classes' names add to the words that were asked for: what goes on from the recipe knows them.
    data.succeeds(&["train", "--resume", "--output=with", "--epochs=3"]);
    let repeat = ["train", "with/recipe.toml", "--output=again", "--epochs=1"];
    data.succeeds(&repeat);

    let words = fs::read_to_string(data.path("with/vocabulary.json")).unwrap();
    assert!(words.contains("\"disc\"") && words.contains("\"espresso\""));
    data.succeeds(&["export", "--run=with", "--output=model.safetensors"]);
    let bytes = fs::read(data.path("model.safetensors")).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let manifest = &metadata.metadata().as_ref().unwrap()["glimpse"];
    let manifest: Value = serde_json::from_str(manifest).unwrap();
    assert_eq!(manifest["decoder"]["image_classes"]["likeliest"], 4);
    let command = manifest["training"]["command"].as_str().unwrap();
    assert!(command.contains(" --image-classes 4"), "{command}");

    // Training leaves the classifier as the program carries it, and the file rounds it no further.
    let carried = "classifier.safetensors";
    let weights = root().join("model-export/weights/efficientnet-lite2-classifier.safetensors");
    fs::copy(weights, data.path(carried)).unwrap();
    let (pretrained, scales) = matrix(&data, carried, "classifier.weight");
    let name = "decoder.image_classes.classifier.output.weight";
    let (exported, exported_scales) = matrix(&data, "model.safetensors", name);
    assert!(pretrained == exported);
    let scale = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().unwrap());
    for (a, b) in scales.chunks(4).zip(exported_scales.chunks(4)) {
        assert!((scale(a) / scale(b) - 1.0).abs() < 1e-5);
    }

    let photo = &data.photo_paths()[0];
    let caption = ["caption", "--json", "--model=model.safetensors", photo];
    let caption: Value = serde_json::from_str(&data.succeeds(&caption)).unwrap();
    for word in caption["words"].as_array().unwrap() {
        let map = word["map"].as_array().unwrap();
        let sum: f64 = map.iter().map(|weight| weight.as_f64().unwrap()).sum();
        assert!(map.len() == 81 && (sum - 1.0).abs() < 1e-4, "{word}");
    }

    // A run goes on from one that did not read them, and not the other way round.
    run(&[
        "--output=later",
        "--epochs=0",
        "--image-classes=4",
        "--from=without",
    ]);
    let refusal = data.fails(&train(
        &[&LITE2[..], &["--output=none", "--from=with"]].concat(),
    ));
    assert!(
        refusal.contains("--from with: its decoder has other sizes"),
        "{refusal}"
    );
}

/// Logarithms of the probabilities `[photos, classes]` that a run's model gives the classes of its photos.
fn classes(data: &DataSet, run: &str) -> Tensor<2> {
    let file = "classes.safetensors";
    let arguments = ["export", "--precision=f32", "--output", file, "--run", run];
    data.succeeds(&arguments);
    let bytes = fs::read(data.path(file)).unwrap();
    let captioner = Captioner::from_bytes(&bytes, &Device::flex()).unwrap();
    let photos = data.photo_paths();
    let prepared = photos.iter().map(|photo| {
        captioner
            .prepare(&fs::read(data.path(photo)).unwrap())
            .unwrap()
    });
    let features = captioner.features(&prepared.collect::<Vec<_>>());
    captioner
        .decoder()
        .class_log_probabilities(features)
        .unwrap()
}

/// Of the classes of some photos from the published ones, in nats.
fn divergence(published: &Tensor<2>, classes: Tensor<2>) -> f32 {
    let [photos, _] = published.dims();
    (published.clone().exp() * (published.clone() - classes))
        .sum()
        .div_scalar(photos as f64)
        .try_into_scalar()
        .unwrap()
}

#[test]
fn the_network_keeps_its_classes_while_its_blocks_learn() {
    let data = DataSet::drawn();
    let run = |layer: &str, more: &[&str]| {
        let encoder = ["--encoder=efficientnet-lite2", "--feature-layer", layer];
        data.succeeds(&[&["features", "--data=data"], &encoder[..]].concat());
        data.succeeds(&train(
            &[&encoder[..], &["--image-classes=4"], more].concat(),
        ));
    };
    run("blocks", &["--output=frozen", "--epochs=1"]);
    let published = classes(&data, "frozen");

    let from = ["--from=frozen", "--weight-average=0", "--label-smoothing=0"];
    run(
        "last-stages",
        &[&from[..], &["--output=same", "--epochs=0"]].concat(),
    );
    let same = divergence(&published, classes(&data, "same"));
    assert!(same.abs() < 1e-3, "{same}");

    let [free, held, held_in_half] =
        [("0", "f32"), ("10", "f32"), ("10", "f16")].map(|(weight, precision)| {
            let output = format!("{weight}-{precision}");
            let options = [
                "--epochs=3".to_owned(),
                format!("--output={output}"),
                format!("--hold-classes={weight}"),
                format!("--precision={precision}"),
            ];
            let options = options.each_ref().map(String::as_str);
            run("last-stages", &[&from[..], &options].concat());
            divergence(&published, classes(&data, &output))
        });
    assert!(free > 0.05, "{free}");
    for held in [held, held_in_half] {
        // That it learned at all, too: a step in 16 bits may be left out.
        assert!(
            (0.05..0.5 * free).contains(&held),
            "{free} free, {held} held"
        );
    }
}

#[test]
fn what_has_no_classes_to_read_is_refused() {
    let data = DataSet::drawn();
    let refused = |more: &[&str], says: &str| {
        let all = [&["--output=none", "--image-classes=4"], more].concat();
        let refusal = data.fails(&train(&all));
        assert!(refusal.contains(says), "{refusal}");
    };
    refused(&["--feature-layer=head"], "take the layer blocks");
    for (more, says) in [
        (
            ["--preset=merge-lstm", "--image-classes=4"],
            "--image-classes is for a Transformer",
        ),
        (
            ["--feature-layer=blocks", "--image-classes=1001"],
            "likeliest is 1001, not in 1 to 1000",
        ),
        (
            ["--feature-layer=last-block", "--hold-classes=1"],
            "--hold-classes: this decoder reads no classes",
        ),
    ] {
        let refusal = data.fails(&[&["train", "--data=data", "--output=none"], &more[..]].concat());
        assert!(refusal.contains(says), "{refusal}");
    }
    let blocks = ["--feature-layer=blocks"];
    data.succeeds(&[&["features", "--data=data"], &blocks[..]].concat());
    refused(
        &blocks,
        "the weights of efficientnet-lite0 have no classifier",
    );
    assert!(!data.path("none").exists());
}
