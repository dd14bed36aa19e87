//! Small models of the presets, trained for a few minutes: what the browser's tests open.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::command;
use crate::workspace::Workspace;

/// A preset, and what makes its model small and its training short.
struct Sample {
    preset: &'static str,
    /// A network whose weights the program carries.
    encoder: &'static str,
    options: &'static [&'static str],
}

const LITE0: &str = "--encoder=efficientnet-lite0";

const SAMPLES: [Sample; 4] = [
    Sample {
        preset: "tf-tutorial",
        encoder: "--encoder=tf-mobilenet-v3-small",
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
    for Sample {
        preset,
        encoder,
        options,
    } in SAMPLES
    {
        let preset_option = format!("--preset={preset}");
        let mut command = glimpse(&["features", &preset_option, encoder]);
        command::run(
            command
                .arg("--data")
                .arg(data)
                .arg("--features")
                .arg(&features),
        )?;

        let run = work.join(preset);
        let mut command = glimpse(&["train", &preset_option, encoder, VOCABULARY]);
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
