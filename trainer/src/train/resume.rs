//! What a resumed run takes of its command line, and whether its data is still what it was.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};

use super::config::{Arguments, TrainConfig};
use crate::data::{Diet, Serving};
use crate::files;

/// Options of a run that may change when it goes on. All others are the run's own.
const CHANGEABLE: [&str; 12] = [
    "output",
    "resume",
    "device",
    "data",
    "more_data",
    "format",
    "features",
    "encoder_weights",
    "epochs",
    "patience",
    "checkpoint_every",
    "log_every",
];
/// The fingerprint of each data set when the run began.
const DATA: &str = "data.json";

/// The names of the options that a command line has. Flattened into a command's arguments, before all others.
#[derive(Clone, Debug, Default)]
pub(super) struct Given(Vec<String>);

impl Given {
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|given| given == name)
    }
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = matches.ids().map(|id| id.as_str()).filter(|id| {
            // The parser's groups have the names of types.
            id.starts_with(char::is_lowercase)
                && matches.value_source(id) == Some(ValueSource::CommandLine)
        });
        Ok(Self(given.map(str::to_owned).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Given {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}

impl Arguments {
    /// The configuration of a run that goes on: its own, with what the command line may change of it.
    ///
    /// # Errors
    /// When the command line has an option that decides the run.
    pub(super) fn resumed(&self, mut config: TrainConfig) -> Result<TrainConfig> {
        let refused = self.given.0.iter();
        let mut refused = refused.filter(|name| !CHANGEABLE.contains(&name.as_str()));
        if let Some(name) = refused.next() {
            bail!(
                "--resume goes on with the run's own configuration, which --{} is a part of; only {} can change",
                name.replace('_', "-"),
                CHANGEABLE[2..]
                    .iter()
                    .map(|name| format!("--{}", name.replace('_', "-")))
                    .collect::<Vec<_>>()
                    .join(", ")
            );
        }
        if let Some(data) = &self.data {
            config.data = moved(&config.data, data)?;
        }
        if self.given.has("more_data") {
            ensure!(
                self.more_data.len() == config.more_data.len(),
                "the run has {} --more-data, but {} are given",
                config.more_data.len(),
                self.more_data.len()
            );
            let pairs = config.more_data.iter().zip(&self.more_data);
            config.more_data = pairs
                .map(|(before, now)| moved(before, now))
                .collect::<Result<_>>()?;
        }
        if self.given.has("features") {
            config.features = self.features.clone();
        }
        if self.given.has("checkpoint_every") {
            config.checkpoint_every = self.checkpoint_every;
        }
        if self.given.has("log_every") {
            config.log_every = self.log_every;
        }
        config.format = self.format.or(config.format);
        let weights = &self.overrides.encoder.encoder_weights;
        config.encoder_weights = weights.clone().or(config.encoder_weights);
        config.recipe = self.overrides.apply(config.recipe)?;
        ensure!(
            config.checkpoint_every > 0 && config.log_every > 0,
            "--checkpoint-every and --log-every must be at least 1"
        );
        Ok(config)
    }
}

/// A data set that is elsewhere now.
fn moved(before: &Serving, now: &Serving) -> Result<Serving> {
    ensure!(
        now.style.is_none() || now.style == before.style,
        "the style of {} is a part of the run and cannot change",
        now.folder.display()
    );
    ensure!(
        now.share == 1.0 || now.share == before.share,
        "the share of {} is a part of the run and cannot change",
        now.folder.display()
    );
    Ok(Serving {
        folder: now.folder.clone(),
        format: now.format.or(before.format),
        ..before.clone()
    })
}

/// Notes what a run's data is.
///
/// # Errors
/// When the note cannot be written.
pub(super) fn note_data(folder: &Path, fingerprints: &[u32]) -> Result<()> {
    let text = serde_json::to_string(fingerprints)?;
    files::write_whole(&folder.join(DATA), text.as_bytes())
}

/// What the data sets are now.
pub(super) fn fingerprints(diet: &Diet) -> Vec<u32> {
    let sets = diet.sets.iter();
    sets.map(|set| set.dataset.fingerprint()).collect()
}

/// Says which data sets are not what they were when the run began.
///
/// # Errors
/// When the note cannot be read.
pub(super) fn compare_data(folder: &Path, diet: &Diet) -> Result<()> {
    let path = folder.join(DATA);
    // Earlier versions noted nothing.
    if !path.exists() {
        return Ok(());
    }
    let before: Vec<u32> = serde_json::from_slice(&files::read(&path)?)
        .with_context(|| format!("{} is damaged", path.display()))?;
    for (set, (before, now)) in diet.sets.iter().zip(before.iter().zip(fingerprints(diet))) {
        if *before != now {
            eprintln!(
                "{} has changed since the run began: its photos, their captions or their splits are others; the run \
                 goes on with what is there now",
                set.dataset.name
            );
        }
    }
    Ok(())
}
