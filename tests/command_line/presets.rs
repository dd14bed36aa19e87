//! Every preset from data to captions, and combinations that do not go together.

use std::fs;
use std::process::Command;

use safetensors::SafeTensors;
use serde_json::Value;

use crate::support::DataSet;

/// Presets, the network where theirs has no weights here, and how many positions their maps have.
const PRESETS: [(&str, &[&str], usize); 4] = [
    ("tf-tutorial", &[], 49),
    ("show-attend-tell", LITE0, 49),
    ("merge-lstm", LITE0, 0),
    ("cnn-transformer", &[], 49),
];

const LITE0: &[&str] = &["--encoder=efficientnet-lite0"];

fn train<'a>(preset: &'a str, encoder: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    let common = [
        "train",
        "--data=data",
        "--preset",
        preset,
        "--units=32",
        "--photos-per-step=8",
        "--least-count=1",
        "--epochs=1",
        "--epoch-steps=6",
        "--learning-rate=1e-2",
        "--log-every=1",
    ];
    [&common, encoder, more].concat()
}

#[test]
fn a_training_step_is_timed_without_a_data_set() {
    let output = Command::new(env!("CARGO_BIN_EXE_glimpse"))
        .args(["benchmark", "--steps", "1"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed["seconds"].as_array().unwrap().len(), 1);
}

#[test]
fn every_preset_goes_from_data_to_captions() {
    let data = DataSet::drawn();
    for (preset, encoder, positions) in PRESETS {
        let features = [
            "features",
            "--data=data",
            "--mirrored-view",
            "--preset",
            preset,
        ];
        data.succeeds(&[&features, encoder].concat());
        data.succeeds(&train(preset, encoder, &["--output", preset]));
        let losses = data.losses(preset);
        assert_eq!(losses.len(), 6, "{preset}: a reporting epoch has 6 steps");
        assert!(losses[5].1 < losses[0].1, "{preset} learns: {losses:?}");
        if preset == "show-attend-tell" {
            let doubly = ["--output=doubly", "--doubly-stochastic=1"];
            data.succeeds(&train(preset, encoder, &doubly));
            // The same first weights and photos, and the squares of attention that is missing on top.
            assert!(data.losses("doubly")[0].1 > losses[0].1 + 0.1);
        }
        let model = format!("{preset}.safetensors");
        data.succeeds(&["export", "--run", preset, "--output", &model]);
        let photo = format!("data/Flicker8k_Dataset/{}", data.photos[0].0);
        let look = |model: &str| {
            let caption = [
                "caption",
                "--json",
                "--max-words=8",
                "--model",
                model,
                &photo,
            ];
            let caption: Value = serde_json::from_str(&data.succeeds(&caption)).unwrap();
            for word in caption["words"].as_array().unwrap() {
                assert_eq!(word["map"].as_array().unwrap().len(), positions, "{preset}");
            }
        };
        look(&model);
        if positions > 0 {
            let both = format!("{preset}-both");
            let mean = [
                "train",
                "--data=data",
                "--mirrored-view",
                "--preset",
                preset,
                "--units=32",
                "--least-count=1",
                "--epochs=0",
                "--from",
                preset,
                "--output",
                &both,
            ];
            data.succeeds(&[&mean, encoder].concat());
            let model = format!("{both}.safetensors");
            data.succeeds(&["export", "--run", &both, "--output", &model]);
            look(&model);
        }
        let table = data.succeeds(&["evaluate", &model, "--data=data"]);
        assert!(table.contains("CIDEr-D"), "{table}");
    }
    let photo = format!("data/Flicker8k_Dataset/{}", data.photos[0].0);
    let picture = [
        "caption",
        "--attention=maps.png",
        "--model=merge-lstm.safetensors",
        &photo,
    ];
    let refusal = data.fails(&picture);
    assert!(
        refusal.contains("merge-lstm decoder has no attention"),
        "{refusal}"
    );
    assert!(!data.path("maps.png").exists());
}

#[test]
fn parts_that_do_not_go_together_are_refused() {
    let data = DataSet::drawn();
    for (preset, more, says) in [
        (
            "glimpse",
            "--feature-layer=pooled",
            "one vector for the whole photo",
        ),
        (
            "show-attend-tell",
            "--feature-layer=pooled",
            "take another layer, or a decoder without attention",
        ),
        (
            "cnn-transformer",
            "--feature-layer=blocks",
            "take the layer head",
        ),
        (
            "tf-tutorial",
            "--encoder=mobilenet-v3-small",
            "carries no weights of mobilenet-v3-small",
        ),
        ("merge-lstm", "--heads=2", "--heads is for a Transformer"),
        ("glimpse", "--heads=3", "256 units cannot be divided evenly"),
        ("merge-lstm", "--doubly-stochastic=1", "has no attention"),
        (
            "merge-lstm",
            "--mirrored-view",
            "--mirrored-view is for attention",
        ),
        ("nothing", "--units=8", "there is no preset nothing"),
        ("own.toml", "--units=8", "own.toml"),
    ] {
        let arguments = [
            "train",
            "--data=data",
            "--preset",
            preset,
            more,
            "--output=run",
        ];
        let refusal = data.fails(&arguments);
        assert!(refusal.contains(says), "{preset} {more}: {refusal}");
        assert!(!data.path("run").exists());
    }
}

#[test]
fn presets_are_listed_and_can_be_changed_in_a_file() {
    let data = DataSet::with_features();
    let list = data.succeeds(&["presets"]);
    for (preset, ..) in PRESETS {
        assert!(list.contains(preset), "{list}");
    }
    let text = data.succeeds(&["presets", "glimpse"]);
    data.write(
        "own.toml",
        text.replace("units = 512", "units = 48").as_bytes(),
    );
    data.succeeds(&train("own.toml", &[], &["--output=run", "--heads=2"]));
    let config = fs::read_to_string(data.path("run/recipe.toml")).unwrap();
    assert!(config.contains("feed_forward_units = 48"), "{config}");
}

#[test]
fn word_vectors_of_any_width_stay_frozen() {
    let data = DataSet::drawn();
    data.write("vectors.txt", b"red 3 1 -2\ncross 1 -1 4\n");
    let features = ["features", "--data=data", "--preset=merge-lstm"];
    data.succeeds(&[&features, LITE0].concat());
    data.succeeds(&train(
        "merge-lstm",
        LITE0,
        &["--word-vectors=vectors.txt", "--output=run"],
    ));
    let export = [
        "export",
        "--run=run",
        "--precision=f32",
        "--output=model.safetensors",
    ];
    data.succeeds(&export);

    let bytes = fs::read(data.path("model.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let embedding = file.tensor("decoder.token_embedding.weight").unwrap();
    let [_, width] = embedding.shape() else {
        panic!("{:?}", embedding.shape())
    };
    assert_eq!(*width, 3);
    let vocabulary = fs::read_to_string(data.path("run/vocabulary.json")).unwrap();
    let vocabulary: Vec<String> = serde_json::from_str(&vocabulary).unwrap();
    let id = vocabulary.iter().position(|word| word == "red").unwrap();
    let (values, _) = embedding.data().as_chunks::<4>();
    let row: Vec<f32> = values[3 * id..][..3]
        .iter()
        .map(|&value| f32::from_le_bytes(value))
        .collect();
    // As in the file, but for a common factor.
    assert!((row[0] / row[1] - 3.0).abs() < 1e-4, "{row:?}");
    assert!((row[2] / row[1] + 2.0).abs() < 1e-4, "{row:?}");

    // Another run can start from these weights, without the vectors.
    data.succeeds(&train(
        "merge-lstm",
        LITE0,
        &["--from=run", "--output=next"],
    ));
}
