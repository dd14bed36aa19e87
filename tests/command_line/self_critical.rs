//! Self-critical training on features before the head convolution, mirrored views among them.

use std::fs;

use crate::support::DataSet;

fn rewards(data: &DataSet, run: &str) -> Vec<f64> {
    let text = fs::read_to_string(data.path(run).join("log.csv")).unwrap();
    assert!(
        text.starts_with("step,loss,learning_rate,reward\n"),
        "{text}"
    );
    text.lines()
        .skip(1)
        .map(|line| line.rsplit(',').next().unwrap().parse().unwrap())
        .collect()
}

#[test]
fn rewarded_captions_become_likelier_and_the_run_says_how_it_was_made() {
    let data = DataSet::drawn();
    let with = |common: &[&'static str], more: &[&'static str]| {
        [
            common,
            &["--data", "data", "--feature-layer", "blocks"],
            more,
        ]
        .concat()
    };
    let train = |more: &[&'static str]| {
        let common = [
            "train",
            "--mirror",
            "--photos-per-step",
            "4",
            "--image-dropout",
            "0",
            "--weight-average",
            "0",
            "--patience",
            "99",
            "--log-every",
            "8",
        ];
        with(&common, more)
    };
    let first = train(&[
        "--output",
        "first",
        // Not to the end: drawn captions must have room to become better.
        "--epochs",
        "5",
        "--warm-up",
        "8",
        "--learning-rate",
        "1e-3",
    ]);
    data.succeeds(&first);

    data.succeeds(&train(&[
        "--output",
        "second",
        "--from",
        "first",
        "--self-critical",
        "0.9",
        "--draws",
        "4",
        "--epochs",
        "12",
        "--warm-up",
        "4",
        "--learning-rate",
        "5e-4",
        "--label-smoothing",
        "0",
    ]));
    let rewards = self::rewards(&data, "second");
    assert_eq!(rewards.len(), 12);
    let (before, after) = (rewards[0], rewards[10].max(rewards[11]));
    println!("mean reward {before:.3} at first, {after:.3} at last");
    assert!(after > 1.3 * before, "{rewards:?}");

    // In 16 bits the same captions are drawn, by f32's weights, at first.
    data.succeeds(&train(&[
        "--output=half",
        "--from=first",
        "--self-critical=0.9",
        "--draws=4",
        "--epochs=1",
        "--warm-up=4",
        "--precision=f16",
        "--label-smoothing=0",
        "--learning-rate=5e-4",
    ]));
    let half = self::rewards(&data, "half")[0];
    assert!((half - rewards[0]).abs() < 0.2 * rewards[0], "{half}");

    data.succeeds(&["export", "--run", "second", "--output", "model.safetensors"]);
    let text = data.manifest("model.safetensors");
    // Both runs' commands.
    assert_eq!(text.matches("glimpse train").count(), 2);
    assert!(text.contains("--from RUN_BEFORE --self-critical 0.9 --draws 4"));
    assert!(text.contains("feature_layer\\\":\\\"blocks"));

    // The mean of both, kept as it is, is a run like any other.
    data.succeeds(&train(&[
        "--output", "mean", "--from", "first", "--from", "second", "--epochs", "0",
    ]));
    data.succeeds(&["export", "--run", "mean", "--output", "mean.safetensors"]);
    let text = data.manifest("mean.safetensors");
    assert_eq!(text.matches("glimpse train").count(), 3);
}

#[test]
fn self_critical_training_needs_a_run_to_start_from() {
    let data = DataSet::drawn();
    let output = data.run(&[
        "train",
        "--data",
        "data",
        "--output",
        "run",
        "--self-critical",
        "0.8",
    ]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && errors.contains("--from"),
        "{errors}"
    );
}
