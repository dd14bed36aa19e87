//! Small models of the presets, trained for a few minutes: what the browser's tests open.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::command;
use crate::workspace::Workspace;

/// A preset, and what makes its model small and its training short. All read EfficientNet-Lite0, whose
/// weights the program carries.
struct Sample {
    preset: &'static str,
    options: &'static [&'static str],
}

const SAMPLES: [Sample; 4] = [
    Sample {
        preset: "tf-tutorial",
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
        options: &["--units=128", "--epochs=2"],
    },
    Sample {
        preset: "merge-lstm",
        options: &["--units=128", "--epochs=2"],
    },
    Sample {
        preset: "cnn-transformer",
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
const ENCODER: &str = "--encoder=efficientnet-lite0";
const VOCABULARY: &str = "--vocabulary=1000";

/// Computes features, trains and exports each of them. Runs and features are kept in `work`, and what is
/// there already is not made again.
pub(crate) fn make(
    workspace: &Workspace,
    data: &Path,
    word_vectors: Option<&Path>,
    work: &Path,
) -> Result<()> {
    let mut build = command::cargo(&workspace.root);
    command::run(build.args(["build", "--release", "--locked", "--package", "trainer"]))?;
    let glimpse = workspace.glimpse_binary();
    ensure!(glimpse.is_file(), "cargo left no {}", glimpse.display());
    let glimpse = |arguments: &[&str]| {
        let mut command = std::process::Command::new(&glimpse);
        command.args(arguments);
        command
    };
    let features = work.join("features");
    for Sample { preset, options } in SAMPLES {
        let preset_option = format!("--preset={preset}");
        let mut command = glimpse(&["features", &preset_option, ENCODER]);
        command::run(
            command
                .arg("--data")
                .arg(data)
                .arg("--features")
                .arg(&features),
        )?;

        let run = work.join(preset);
        let mut command = glimpse(&["train", &preset_option, ENCODER, VOCABULARY]);
        command.args(options);
        if run.join("recipe.toml").is_file() {
            command = glimpse(&["train", "--resume"]);
        } else {
            command
                .arg("--data")
                .arg(data)
                .arg("--features")
                .arg(&features);
            if let Some(path) = word_vectors.filter(|_| preset == "merge-lstm") {
                command.arg("--word-vectors").arg(path);
            }
        }
        command::run(command.arg("--output").arg(&run))?;

        let name = format!("--name=Sample of {preset}");
        let mut command = glimpse(&["export", &name]);
        command.arg("--run").arg(&run);
        command::run(command.arg("--output").arg(model(workspace, preset)))?;
    }
    Ok(())
}

fn model(workspace: &Workspace, preset: &str) -> PathBuf {
    let file = format!("{preset}.safetensors");
    workspace.browser_tests().join("models").join(file)
}
