//! Every knob of a training run, named once.

use std::path::PathBuf;

use anyhow::{Result, anyhow, ensure};
use clap::Args;
use model_export::decoder::DecoderConfig;
use model_export::encoder::EncoderConfig;
use model_export::vocabulary::Vocabulary;
use serde::{Deserialize, Serialize};

use super::glove::word_vector_dimension;
use super::origin::Origin;
use super::resume::Given;
use crate::data::{Dataset, Diet, DietSet, Format, Serving};
use crate::device::DeviceChoice;
use crate::encoder_weights::EncoderWeights;
use crate::features::Views;
use crate::image_classes;
use crate::preset::{Overrides, Preset};

#[derive(Args)]
pub(crate) struct Arguments {
    // First: what follows takes its values away.
    #[command(flatten)]
    pub(super) given: Given,
    /// Data set: a folder in one of the layouts of --format. Where it has no validation photos, some are
    /// held out for that. With `,style=NAME` behind it its captions are a style of their own, which a
    /// caption can be asked for; the plain style is that of sets without. `,share=2` shows its photos
    /// twice in an epoch, `,share=0.5` half of them.
    #[arg(
        long,
        value_name = "FOLDER[,style=NAME][,share=N][,format=NAME]",
        required_unless_present = "resume"
    )]
    pub(super) data: Option<Serving>,
    /// The data set's layout; told by its files where not given.
    #[arg(long, value_enum)]
    pub(super) format: Option<Format>,
    /// More captioned photos, in any of the layouts; may be given several times. Every set's validation
    /// photos are scored by themselves, and the best epoch is that of the best mean.
    #[arg(long, value_name = "FOLDER[,style=NAME][,share=N][,format=NAME]")]
    pub(super) more_data: Vec<Serving>,
    /// Captions without photos, which teach the decoder the language: a JSON object that lists the
    /// captions of each photo by its name; may be given several times.
    #[arg(long, value_name = "FILE")]
    text: Vec<PathBuf>,
    /// Folder of the feature cache that `glimpse features` made.
    #[arg(long, default_value = "features")]
    pub(super) features: PathBuf,
    #[command(flatten)]
    views: Views,
    /// Folder of the run: configuration, checkpoints, log and plots.
    #[arg(long)]
    pub(super) output: PathBuf,
    /// Go on with the run in --output, with its own configuration. More --epochs, another --patience, and where the data
    /// set, the features and the weights are now may be given too.
    #[arg(long)]
    pub(super) resume: bool,
    /// Where the decoder trains.
    #[arg(long, value_enum, default_value = "cpu")]
    pub(super) device: DeviceChoice,
    /// The captioner's parts and its training: one that `glimpse presets` lists, or a .toml file.
    #[arg(long, value_name = "NAME", default_value = "glimpse")]
    preset: String,
    #[command(flatten)]
    pub(super) overrides: Overrides,
    /// Start the word embedding with these vectors, in GloVe's text format.
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    word_vectors: Option<PathBuf>,
    /// Threads that share out the photos of a step on the CPU; as many as there are cores, and no
    /// more than four photos need, where not given.
    #[arg(long)]
    threads: Option<usize>,
    /// Begin with the weights and the vocabulary of a model file, or of another run at its best; given several
    /// times, with the mean of their weights, which helps where they began with the same ones. The architecture
    /// must be the same, but for the image network's blocks and classes that this run has and they have not.
    #[arg(long, value_name = "RUN|MODEL")]
    from: Vec<PathBuf>,
    /// Self-critical training: the share of the loss that rewards drawn captions by their CIDEr-D; the
    /// rest is cross-entropy. Start from a trained run, with a smaller learning rate.
    #[arg(long, value_name = "SHARE", requires = "from")]
    self_critical: Option<f64>,
    /// Captions of a photo that a step reads, drawn anew each time it is shown; all of them where not given.
    /// With fewer, photos come by more often in the same time.
    #[arg(long, value_name = "N")]
    captions_per_photo: Option<usize>,
    /// Self-critical training: what a drawn caption earns besides for the share of its content words that a
    /// reference has, in units of CIDEr-D; 0.5 is half of what a CIDEr-D of 100 earns.
    #[arg(
        long,
        value_name = "WEIGHT",
        default_value_t = 0.0,
        requires = "self_critical"
    )]
    truth_reward: f64,
    /// Captions drawn per photo in self-critical training.
    #[arg(long, default_value_t = 5)]
    draws: usize,
    /// Steps between two checkpoints within an epoch.
    #[arg(long, default_value_t = 100)]
    pub(super) checkpoint_every: u64,
    /// Steps between two rows of the log.
    #[arg(long, default_value_t = 20)]
    pub(super) log_every: u64,
    /// Seed of initial weights, data order and dropout.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What a run needs to be repeated or resumed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TrainConfig {
    pub(crate) data: Serving,
    pub(crate) format: Option<Format>,
    pub(crate) more_data: Vec<Serving>,
    pub(crate) text: Vec<PathBuf>,
    pub(crate) features: PathBuf,
    pub(crate) encoder_weights: Option<PathBuf>,
    #[serde(flatten)]
    pub(crate) views: Views,
    /// The name of the preset that the recipe comes from.
    pub(crate) preset: String,
    /// The preset as the command line changed it.
    pub(crate) recipe: Preset,
    pub(crate) word_vectors: Option<PathBuf>,
    /// Threads that share out the photos of a step on the CPU. They decide the masks of dropout, so
    /// they are a part of the recipe.
    pub(crate) threads: usize,
    pub(crate) from: Vec<PathBuf>,
    #[serde(default)]
    pub(crate) captions_per_photo: Option<usize>,
    pub(crate) self_critical: Option<f64>,
    #[serde(default)]
    pub(crate) truth_reward: f64,
    pub(crate) draws: usize,
    pub(crate) checkpoint_every: u64,
    pub(crate) log_every: u64,
    pub(crate) seed: u64,
}

impl Arguments {
    /// The configuration, every value checked.
    pub(super) fn config(&self) -> Result<TrainConfig> {
        let data = self
            .data
            .clone()
            .ok_or_else(|| anyhow!("--data is missing"))?;
        let mut recipe = self.overrides.apply(Preset::open(&self.preset)?)?;
        if let DecoderConfig::MergeLstm(decoder) = &mut recipe.decoder {
            match (&self.word_vectors, self.from.first()) {
                (Some(path), _) => decoder.embedding_units = word_vector_dimension(path)?,
                // The word vectors are among the weights that it begins with.
                (None, Some(origin)) => {
                    if let DecoderConfig::MergeLstm(before) = Origin::open(origin)?.decoder_config()
                    {
                        decoder.embedding_units = before.embedding_units;
                        decoder.frozen_embedding = before.frozen_embedding;
                    }
                }
                // Random vectors are not worth keeping.
                (None, None) => decoder.frozen_embedding = false,
            }
        }
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
            ("threads", self.threads.unwrap_or(1) as u64),
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
            self.device == DeviceChoice::Cpu || self.threads.is_none_or(|threads| threads == 1),
            "--threads are for --device cpu: a GPU gets whole steps"
        );
        ensure!(
            self.self_critical.is_none() || self.draws >= 2,
            "--draws must be at least 2: the baseline of a draw is the mean of the others"
        );
        Ok(TrainConfig {
            data,
            format: self.format,
            more_data: self.more_data.clone(),
            text: self.text.clone(),
            features: self.features.clone(),
            encoder_weights: self.overrides.encoder.encoder_weights.clone(),
            views: self.views,
            preset: self.preset.clone(),
            word_vectors: self.word_vectors.clone(),
            threads: self
                .threads
                .unwrap_or_else(|| self.default_threads(recipe.training.photos_per_step)),
            recipe,
            from: self.from.clone(),
            captions_per_photo: self.captions_per_photo,
            self_critical: self.self_critical,
            truth_reward: self.truth_reward,
            draws: self.draws,
            checkpoint_every: self.checkpoint_every,
            log_every: self.log_every,
            seed: self.seed,
        })
    }

    /// One for each core, but each with four photos at least. A GPU gets whole steps.
    fn default_threads(&self, photos_per_step: usize) -> usize {
        /// Fewer photos make tensors too small to fill a core.
        const PHOTOS_PER_THREAD: usize = 4;
        if self.device == DeviceChoice::Gpu {
            return 1;
        }
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        cores.clamp(1, (photos_per_step / PHOTOS_PER_THREAD).max(1))
    }
}

impl TrainConfig {
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

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;
    use model_export::decoder::MergeLstmConfig;
    use temp_dir::TempDir;

    use super::*;

    #[derive(Parser)]
    struct CommandLine {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn config(arguments: &[&str]) -> TrainConfig {
        let given = ["train", "--data", "DATA", "--output", "RUN"];
        CommandLine::parse_from(given.iter().chain(arguments))
            .arguments
            .config()
            .unwrap()
    }

    fn merge_lstm(config: &TrainConfig) -> &MergeLstmConfig {
        match &config.recipe.decoder {
            DecoderConfig::MergeLstm(decoder) => decoder,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_run_that_goes_on_keeps_the_embedding_of_the_one_before() {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        fs::write(path("glove.txt"), "dog 1 2 3\ncat 4 5 6\n").unwrap();
        let first = config(&[
            "--preset",
            "merge-lstm",
            "--word-vectors",
            &path("glove.txt"),
        ]);
        fs::write(path("config.json"), serde_json::to_string(&first).unwrap()).unwrap();
        let run = folder.path().to_str().unwrap();
        let second = config(&["--preset", "merge-lstm", "--from", run]);
        assert_eq!(merge_lstm(&second).embedding_units, 3);
        assert!(merge_lstm(&second).frozen_embedding);
        let alone = config(&["--preset", "merge-lstm"]);
        assert!(!merge_lstm(&alone).frozen_embedding);
    }
}
