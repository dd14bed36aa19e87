//! All of the knobs together: what a run needs to be repeated or resumed.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use model_export::encoder::EncoderConfig;
use model_export::vocabulary::Vocabulary;
use serde::{Deserialize, Serialize};
use toml::Table;

use super::keys;
use super::preset::Preset;
use super::run_options::{Learning, Sources};
use crate::data::{Dataset, Diet, DietSet, Serving};
use crate::encoder_weights::EncoderWeights;
use crate::{files, image_classes};

/// What a run needs to be repeated or resumed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TrainConfig {
    /// The first data set.
    pub data: Serving,
    /// What else is read.
    #[serde(flatten)]
    pub sources: Sources,
    /// The image network's weights, where this program does not carry them.
    pub encoder_weights: Option<PathBuf>,
    /// The name of the preset that the recipe comes from.
    pub preset: String,
    /// The preset as the command line changed it.
    pub recipe: Preset,
    /// Threads, or devices, that share out the photos of a step. They decide the masks of dropout, so
    /// they are a part of the recipe.
    pub threads: usize,
    /// How it learns.
    #[serde(flatten)]
    pub learning: Learning,
}

/// How many threads share out the photos of a step on the CPU where nothing else is said: one for each core,
/// but each with four photos at least.
pub fn default_threads(photos_per_step: usize) -> usize {
    /// Fewer photos make tensors too small to fill a core.
    const PHOTOS_PER_THREAD: usize = 4;
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    cores.clamp(1, (photos_per_step / PHOTOS_PER_THREAD).max(1))
}

impl TrainConfig {
    /// Reads the recipe of a run: its own TOML, or the JSON that earlier versions wrote.
    ///
    /// # Errors
    /// When it cannot be read, or is none; a key that nothing reads is named.
    pub fn open(path: &Path) -> Result<Self> {
        let bytes = files::read(path)?;
        if path.extension().is_some_and(|ending| ending == "json") {
            return serde_json::from_slice(&bytes)
                .with_context(|| format!("{} is damaged", path.display()));
        }
        let parse = || -> Result<Self> {
            let text = std::str::from_utf8(&bytes)?;
            let config: Self = toml::from_str(text)?;
            keys::check(&toml::from_str(text)?, &Table::try_from(&config)?)?;
            Ok(config)
        };
        parse().with_context(|| {
            format!(
                "{} is not the recipe of a run, which `glimpse train` writes (--preset takes a preset's file)",
                path.display()
            )
        })
    }

    /// The recipe as TOML, for [`TrainConfig::open`].
    ///
    /// # Errors
    /// When a path is no Unicode, or a number too large for TOML.
    pub(crate) fn to_toml(&self) -> Result<String> {
        toml::to_string(self).context("the recipe cannot be written as TOML")
    }

    /// Whether every value is in its range and goes with the others.
    ///
    /// # Errors
    /// A sentence that names the first that is not or does not, as the command line does.
    pub fn check(&self) -> Result<()> {
        let recipe = &self.recipe;
        ensure!(
            !self.sources.views.mirrored_view || recipe.decoder.has_attention(),
            "--mirrored-view is for attention, which a {} decoder has not",
            recipe.decoder.kind()
        );
        self.learning.precision.check(&recipe.decoder)?;
        let share = self.learning.self_critical.unwrap_or(0.0);
        ensure!(
            (0.0..=1.0).contains(&share),
            "--self-critical is {share}, not in 0 to 1"
        );
        ensure!(
            self.learning.truth_reward >= 0.0 && self.learning.truth_reward.is_finite(),
            "--truth-reward is {}, not 0 or more",
            self.learning.truth_reward
        );
        for (name, count) in [
            (
                "epochs",
                (recipe.training.epochs + self.learning.from.len()) as u64,
            ),
            ("threads", self.threads as u64),
            ("accumulate", self.learning.accumulate as u64),
            ("checkpoint-every", self.learning.checkpoint_every),
            ("log-every", self.learning.log_every),
            ("draws", self.learning.draws as u64),
            (
                "captions-per-photo",
                self.learning.captions_per_photo.unwrap_or(1) as u64,
            ),
        ] {
            ensure!(count > 0, "--{name} must be at least 1");
        }
        ensure!(
            self.learning.self_critical.is_none() || self.learning.draws >= 2,
            "--draws must be at least 2: the baseline of a draw is the mean of the others"
        );
        Ok(())
    }

    /// The data sets.
    ///
    /// # Errors
    /// When one of their files is missing or cannot be understood.
    pub(crate) fn diet(&self) -> Result<Diet> {
        let open = |serving: &Serving, format| -> Result<DietSet> {
            Ok(DietSet {
                dataset: Dataset::open(&serving.folder, serving.format.or(format))?,
                style: serving.style.clone(),
                share: serving.share,
            })
        };
        let mut first = open(&self.data, self.sources.format)?;
        if let Some(captions) = self.recipe.data.captions {
            first.dataset.draw(captions);
        }
        first.dataset.hold_out(self.recipe.data.hold_out);
        let mut sets = vec![first];
        for serving in &self.sources.more_data {
            sets.push(open(serving, None)?);
        }
        Ok(Diet::new(sets))
    }

    /// The image network.
    pub(crate) fn encoder(&self) -> EncoderConfig {
        self.recipe.image
    }

    /// The image network's weights.
    ///
    /// # Errors
    /// [`EncoderWeights::open`]
    pub(crate) fn encoder_weights(&self) -> Result<EncoderWeights> {
        EncoderWeights::open(self.encoder().architecture, self.encoder_weights.as_deref())
    }

    /// The same with another vocabulary.
    ///
    /// # Errors
    /// When the decoder cannot have so many words.
    pub(crate) fn with_vocabulary(mut self, vocabulary: &Vocabulary) -> Result<Self> {
        if let Some(classes) = self.recipe.decoder.image_classes_mut() {
            classes.words = image_classes::tokens(vocabulary, self.recipe.text.rules);
        }
        self.recipe.fit(vocabulary.len())?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::train::recipe::ComputePrecision;

    /// Runs and model files of earlier versions are gone on from.
    #[test]
    fn an_older_runs_configuration_is_read() {
        let config = json!({
            "data": "DATA,share=2", "format": "coco", "more_data": ["MORE,style=plain"], "text": [],
            "features": "features", "encoder_weights": null, "mirror": true, "preset": "glimpse",
            "recipe": Preset::open("glimpse").unwrap(), "word_vectors": null, "threads": 2, "from": ["RUN"],
            "self_critical": 0.5, "draws": 4, "checkpoint_every": 100, "log_every": 20, "seed": 9,
        });
        let config: TrainConfig = serde_json::from_str(&config.to_string()).unwrap();
        assert_eq!(config.sources.views.options(), " --mirror");
        assert_eq!(config.sources.more_data.len(), 1);
        let learning = &config.learning;
        assert_eq!((learning.seed, learning.draws), (9, 4));
        assert_eq!(learning.from, [PathBuf::from("RUN")]);
        assert_eq!(
            (learning.captions_per_photo, learning.truth_reward),
            (None, 0.0)
        );
        assert_eq!(learning.precision, ComputePrecision::F32);
        let again = serde_json::to_value(&config).unwrap();
        assert_eq!(again["mirror"], true);
        assert_eq!(again["self_critical"], 0.5);
    }
}
