//! The command `glimpse`, asked for features, a training run and its model, one after the other.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::command;
use crate::workspace::Workspace;

/// The command, built, and what every training reads.
pub(crate) struct Trainer<'a> {
    glimpse: PathBuf,
    data: &'a Path,
    /// GloVe's, for the preset that wants some.
    word_vectors: Option<&'a Path>,
    features: PathBuf,
}

/// A preset on an image network.
pub(crate) struct Training<'a> {
    pub(crate) preset: &'a str,
    pub(crate) encoder: &'a str,
    /// A file of the network's weights, where the command carries none.
    pub(crate) encoder_weights: Option<&'a Path>,
    /// Of `glimpse train`.
    pub(crate) options: &'a [&'a str],
    /// Where the run is kept.
    pub(crate) run: &'a Path,
    /// The model's name in its file.
    pub(crate) name: &'a str,
}

impl<'a> Trainer<'a> {
    /// Builds the command. Features are kept in the folder `work`.
    pub(crate) fn build(
        workspace: &Workspace,
        data: &'a Path,
        word_vectors: Option<&'a Path>,
        work: &Path,
    ) -> Result<Self> {
        let mut build = command::cargo(&workspace.root);
        command::run(build.args(["build", "--release", "--locked", "--package", "trainer"]))?;
        let glimpse = workspace.glimpse_binary();
        ensure!(glimpse.is_file(), "cargo left no {}", glimpse.display());
        Ok(Self {
            glimpse,
            data,
            word_vectors,
            features: work.join("features"),
        })
    }

    /// Computes features, trains and exports. What is there already is not made again: an interrupted run goes on.
    pub(crate) fn train(&self, training: &Training, model: &Path) -> Result<()> {
        self.compute_features(training)?;

        let mut train = self.command("train");
        if training.run.join("recipe.toml").is_file() {
            train.arg("--resume");
        } else {
            self.add_sources(&mut train, training);
            train.args(training.options);
            if let Some(path) = self
                .word_vectors
                .filter(|_| training.preset == "merge-lstm")
            {
                train.arg("--word-vectors").arg(path);
            }
        }
        command::run(train.arg("--output").arg(training.run))?;

        let mut export = self.command("export");
        export.args(["--name", training.name]);
        export.arg("--run").arg(training.run);
        command::run(export.arg("--output").arg(model))
    }

    /// Captions the validation photos with a model, and writes its scores as CSV.
    pub(crate) fn evaluate(&self, model: &Path, scores: &Path) -> Result<()> {
        let mut evaluate = self.command("evaluate");
        evaluate.arg(model).arg("--data").arg(self.data);
        command::run(evaluate.arg("--csv").arg(scores))
    }

    fn compute_features(&self, training: &Training) -> Result<()> {
        let mut features = self.command("features");
        self.add_sources(&mut features, training);
        command::run(&mut features)
    }

    /// What `features` and `train` are told alike.
    fn add_sources(&self, command: &mut Command, training: &Training) {
        command.args(["--preset", training.preset, "--encoder", training.encoder]);
        if let Some(weights) = training.encoder_weights {
            command.arg("--encoder-weights").arg(weights);
        }
        command.arg("--data").arg(self.data);
        command.arg("--features").arg(&self.features);
    }

    fn command(&self, task: &str) -> Command {
        let mut command = Command::new(&self.glimpse);
        command.arg(task);
        command
    }
}
