//! Blocks of the image network that the decoder takes over and trains.

use std::fs;

use safetensors::SafeTensors;

use crate::support::DataSet;

/// A kernel among the blocks that a run has taken over.
fn block_weights(data: &DataSet, run: &str) -> Vec<f32> {
    let file = "blocks.safetensors";
    let arguments = ["export", "--precision=f32", "--output", file, "--run", run];
    data.succeeds(&arguments);
    let bytes = fs::read(data.path(file)).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let kernel = tensors
        .tensor("decoder.image_blocks.0.project.weight")
        .unwrap();
    let values = kernel.data().chunks_exact(4);
    values
        .map(|value| f32::from_le_bytes(value.try_into().unwrap()))
        .collect()
}

#[test]
fn the_last_stages_are_trained_after_the_decoder_and_exported_with_it() {
    let data = DataSet::drawn();
    let train = |layer: &str, more: &[&str]| {
        let layer = format!("--feature-layer={layer}");
        data.succeeds(&["features", "--data=data", &layer]);
        let common = [
            "train",
            "--data=data",
            &layer,
            "--photos-per-step=8",
            "--warm-up=1",
            "--weight-average=0",
        ];
        data.succeeds(&[&common, more].concat());
    };
    train(
        "blocks",
        &["--output=decoder", "--epochs=3", "--learning-rate=1e-3"],
    );
    let before = data.cross_entropy("decoder");
    for layer in ["last-block", "last-stages"] {
        let output = format!("--output={layer}");
        train(layer, &["--from=decoder", &output, "--epochs=0"]);
        let found = data.cross_entropy(layer);
        // Only the rounding of cached features is different.
        assert!((found - before).abs() < 1e-3, "{layer}: {found} {before}");
    }

    let more = [
        "--from=last-stages",
        "--output=tuned",
        "--epochs=2",
        "--learning-rate=5e-4",
        "--block-learning-rate=0.1",
    ];
    train("last-stages", &more);
    let tuned = data.cross_entropy("tuned");
    assert!(tuned < before - 0.01, "{tuned} {before}");
    data.succeeds(&[
        "export",
        "--run=tuned",
        "--output=model.safetensors",
        "--precision=f32",
    ]);
    let table = data.succeeds(&["evaluate", "model.safetensors", "--data=data"]);
    let line = table
        .lines()
        .find(|line| line.starts_with("cross-entropy"))
        .unwrap();
    let exported: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!((exported - tuned).abs() < 2e-3, "{exported} {tuned}");

    // In a mean, blocks that one run has not trained are the pretrained ones.
    train(
        "last-stages",
        &[
            "--from=decoder",
            "--from=tuned",
            "--output=mean",
            "--epochs=0",
        ],
    );
    let [pretrained, tuned, mean] =
        ["last-stages", "tuned", "mean"].map(|run| block_weights(&data, run));
    for ((pretrained, tuned), mean) in pretrained.iter().zip(&tuned).zip(&mean) {
        assert!((mean - (pretrained + tuned) / 2.0).abs() < 1e-6);
    }
    assert_ne!(pretrained, tuned);

    // A run without these blocks cannot go on from one that has trained them.
    for origin in ["tuned", "model.safetensors"] {
        let refusal = data.fails(&[
            "train",
            "--data=data",
            "--feature-layer=blocks",
            "--output=none",
            "--from",
            origin,
        ]);
        assert!(refusal.contains(&format!("--from {origin}")), "{refusal}");
    }
}
