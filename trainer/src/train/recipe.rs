//! Every knob of a training run, named once.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use model_export::encoder::EncoderConfig;
use model_export::vocabulary::Vocabulary;
use serde::{Deserialize, Serialize};

use crate::data::{Dataset, Diet, DietSet, Format, Serving};
use crate::encoder_weights::EncoderWeights;
use crate::features::Views;
use crate::image_classes;
use crate::preset::Preset;

/// What a run needs to be repeated or resumed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TrainConfig {
    /// The first data set.
    pub data: Serving,
    /// Its layout, where it was said.
    pub format: Option<Format>,
    /// More data sets.
    pub more_data: Vec<Serving>,
    /// Files of captions without photos.
    pub text: Vec<PathBuf>,
    /// The folder of the feature cache.
    pub features: PathBuf,
    /// The image network's weights, where this program does not carry them.
    pub encoder_weights: Option<PathBuf>,
    /// How training photos are seen.
    #[serde(flatten)]
    pub views: Views,
    /// The name of the preset that the recipe comes from.
    pub preset: String,
    /// The preset as the command line changed it.
    pub recipe: Preset,
    /// Vectors that the word embedding begins with.
    pub word_vectors: Option<PathBuf>,
    /// Threads that share out the photos of a step on the CPU. They decide the masks of dropout, so
    /// they are a part of the recipe.
    pub threads: usize,
    /// Runs and model files whose weights it begins with.
    pub from: Vec<PathBuf>,
    /// Captions of a photo that a step reads; none means all.
    #[serde(default)]
    pub captions_per_photo: Option<usize>,
    /// The share of the loss that rewards drawn captions, in self-critical training.
    pub self_critical: Option<f64>,
    /// What the share of true words of a drawn caption earns, in units of CIDEr-D.
    #[serde(default)]
    pub truth_reward: f64,
    /// Captions drawn per photo.
    pub draws: usize,
    /// Steps between two checkpoints within an epoch.
    pub checkpoint_every: u64,
    /// Steps between two rows of the log.
    pub log_every: u64,
    /// Seed of initial weights, data order and dropout.
    pub seed: u64,
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
    /// Whether every value is in its range and goes with the others.
    ///
    /// # Errors
    /// A sentence that names the first that is not or does not, as the command line does.
    pub fn check(&self) -> Result<()> {
        let recipe = &self.recipe;
        ensure!(
            !self.views.mirrored_view || recipe.decoder.has_attention(),
            "--mirrored-view is for attention, which a {} decoder has not",
            recipe.decoder.kind()
        );
        let share = self.self_critical.unwrap_or(0.0);
        ensure!(
            (0.0..=1.0).contains(&share),
            "--self-critical is {share}, not in 0 to 1"
        );
        ensure!(
            self.truth_reward >= 0.0 && self.truth_reward.is_finite(),
            "--truth-reward is {}, not 0 or more",
            self.truth_reward
        );
        for (name, count) in [
            ("epochs", (recipe.training.epochs + self.from.len()) as u64),
            ("threads", self.threads as u64),
            ("checkpoint-every", self.checkpoint_every),
            ("log-every", self.log_every),
            ("draws", self.draws as u64),
            (
                "captions-per-photo",
                self.captions_per_photo.unwrap_or(1) as u64,
            ),
        ] {
            ensure!(count > 0, "--{name} must be at least 1");
        }
        ensure!(
            self.self_critical.is_none() || self.draws >= 2,
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
                dataset: Dataset::open(&serving.folder, format)?,
                style: serving.style.clone(),
                share: serving.share,
            })
        };
        let mut first = open(&self.data, self.format)?;
        if let Some(captions) = self.recipe.data.captions {
            first.dataset.draw(captions);
        }
        first.dataset.hold_out(self.recipe.data.hold_out);
        let mut sets = vec![first];
        for serving in &self.more_data {
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
    pub(super) fn with_vocabulary(mut self, vocabulary: &Vocabulary) -> Result<Self> {
        if let Some(classes) = self.recipe.decoder.image_classes_mut() {
            classes.words = image_classes::tokens(vocabulary, self.recipe.text.rules);
        }
        self.recipe.fit(vocabulary.len())?;
        Ok(self)
    }

    /// The command that makes such a run, with paths left to the reader.
    pub(crate) fn command(&self) -> String {
        let file = |name: &str, path: &Option<PathBuf>| match path {
            Some(_) => format!(" --{name} FILE"),
            None => String::new(),
        };
        [
            format!(
                "glimpse train --data DATA{} --output RUN",
                self.data.suffix()
            ),
            self.more_data
                .iter()
                .map(|serving| format!(" --more-data DATA{}", serving.suffix()))
                .collect(),
            " --text FILE".repeat(self.text.len()),
            file("encoder-weights", &self.encoder_weights),
            self.views.options(),
            format!(" --preset {}", self.preset),
            self.recipe.options(),
            file("word-vectors", &self.word_vectors),
            format!(" --threads {}", self.threads),
            " --from RUN_BEFORE".repeat(self.from.len()),
            self.captions_per_photo
                .map(|count| format!(" --captions-per-photo {count}"))
                .unwrap_or_default(),
            match self.self_critical {
                Some(share) => {
                    let truth = match self.truth_reward {
                        0.0 => String::new(),
                        weight => format!(" --truth-reward {weight}"),
                    };
                    format!(" --self-critical {share}{truth} --draws {}", self.draws)
                }
                None => String::new(),
            },
            format!(" --seed {}", self.seed),
        ]
        .concat()
    }
}
