//! What a resumed run takes of its command line.

use anyhow::{Result, bail, ensure};
use trainer::data::Serving;
use trainer::train::recipe::TrainConfig;

use super::train::Arguments;

/// Options of a run that may change when it goes on. All others are the run's own.
const CHANGEABLE: [&str; 16] = [
    "output",
    "resume",
    "device",
    "precision",
    "data",
    "more_data",
    "format",
    "strict",
    "features",
    "encoder_weights",
    "epochs",
    "patience",
    "checkpoint_every",
    "log_every",
    "tensorboard",
    "plain",
];

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
        let before = config.sources.more_data.clone();
        let mut config = self.over(config)?;
        let now = &mut config.sources.more_data;
        ensure!(
            now.len() == before.len(),
            "the run has {} --more-data, but {} are given",
            before.len(),
            now.len()
        );
        for (before, now) in before.iter().zip(now) {
            *now = moved(before, now)?;
        }
        config.check()?;
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
