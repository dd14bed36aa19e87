//! Small models of the presets, trained for a few minutes: what the browser's tests open.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::training::{Trainer, Training};
use crate::workspace::Workspace;

/// A preset, and what makes its model small and its training short.
struct Sample {
    preset: &'static str,
    /// A network whose weights the program carries.
    encoder: &'static str,
    options: &'static [&'static str],
}

const LITE0: &str = "efficientnet-lite0";

const SAMPLES: [Sample; 4] = [
    Sample {
        preset: "tf-tutorial",
        encoder: "tf-mobilenet-v3-small",
        options: &[
            "--units=128",
            "--heads=2",
            "--feed-forward-units=256",
            "--learning-rate=1e-3",
            "--epochs=5",
        ],
    },
    Sample {
        preset: "show-attend-tell",
        encoder: LITE0,
        options: &["--units=128", "--epochs=2"],
    },
    Sample {
        preset: "merge-lstm",
        encoder: LITE0,
        options: &["--units=128", "--epochs=2"],
    },
    Sample {
        preset: "cnn-transformer",
        encoder: LITE0,
        options: &[
            "--units=128",
            "--heads=2",
            "--feed-forward-units=128",
            "--learning-rate=1e-3",
            "--epochs=3",
        ],
    },
];

/// What all of them have in common.
const VOCABULARY: &str = "--vocabulary=1000";

/// Computes features, trains and exports each of them. Runs and features are kept in `work`, and what is
/// there already is not made again.
pub(crate) fn make(
    workspace: &Workspace,
    data: &Path,
    word_vectors: Option<&Path>,
    work: &Path,
) -> Result<()> {
    let trainer = Trainer::build(workspace, data, word_vectors, work)?;
    for Sample {
        preset,
        encoder,
        options,
    } in SAMPLES
    {
        let options: Vec<_> = [VOCABULARY].iter().chain(options).copied().collect();
        let training = Training {
            preset,
            encoder,
            encoder_weights: None,
            options: &options,
            run: &work.join(preset),
            name: &format!("Sample of {preset}"),
        };
        trainer.train(&training, &model(workspace, preset))?;
    }
    Ok(())
}

fn model(workspace: &Workspace, preset: &str) -> PathBuf {
    let file = format!("{preset}.safetensors");
    workspace.browser_tests().join("models").join(file)
}
