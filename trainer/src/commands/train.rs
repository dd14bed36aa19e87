//! `glimpse train`: a caption decoder from cached features.

use std::path::PathBuf;

use anyhow::{Result, anyhow, ensure};
use clap::Args;
use trainer::data::{Format, Serving};
use trainer::device::DeviceChoice;
use trainer::features::Views;
use trainer::preset::{Overrides, Preset};
use trainer::train::{TrainConfig, default_threads, resume, train};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Data set: a folder in one of the layouts of --format. Where it has no validation photos, some are
    /// held out for that. With `,style=NAME` behind it its captions are a style of their own, which a
    /// caption can be asked for; the plain style is that of sets without. `,share=2` shows its photos
    /// twice in an epoch, `,share=0.5` half of them.
    #[arg(
        long,
        value_name = "FOLDER[,style=NAME][,share=N]",
        required_unless_present = "resume"
    )]
    data: Option<Serving>,
    /// The data set's layout; told by its files where not given.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// More captioned photos, in any of the layouts; may be given several times. Every set's validation
    /// photos are scored by themselves, and the best epoch is that of the best mean.
    #[arg(long, value_name = "FOLDER[,style=NAME][,share=N]")]
    more_data: Vec<Serving>,
    /// Captions without photos, which teach the decoder the language: a JSON object that lists the
    /// captions of each photo by its name; may be given several times.
    #[arg(long, value_name = "FILE")]
    text: Vec<PathBuf>,
    /// Folder of the feature cache that `glimpse features` made.
    #[arg(long, default_value = "features")]
    features: PathBuf,
    #[command(flatten)]
    views: Views,
    /// Folder of the run: configuration, checkpoints, log and plots.
    #[arg(long)]
    output: PathBuf,
    /// Go on with the run in --output, with its own configuration.
    #[arg(long)]
    resume: bool,
    /// Where the decoder trains.
    #[arg(long, value_enum, default_value = "cpu")]
    device: DeviceChoice,
    /// The captioner's parts and its training: one that `glimpse presets` lists, or a .toml file.
    #[arg(long, value_name = "NAME", default_value = "glimpse")]
    preset: String,
    #[command(flatten)]
    overrides: Overrides,
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
    checkpoint_every: u64,
    /// Steps between two rows of the log.
    #[arg(long, default_value_t = 20)]
    log_every: u64,
    /// Seed of initial weights, data order and dropout.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.resume {
        return resume(&arguments.output, &arguments.device.open()?);
    }
    let config = arguments.config()?;
    train(config, &arguments.output, &arguments.device.open()?)
}

impl Arguments {
    /// The configuration, as far as the command line says it.
    pub(super) fn config(&self) -> Result<TrainConfig> {
        let data = self
            .data
            .clone()
            .ok_or_else(|| anyhow!("--data is missing"))?;
        let recipe = self.overrides.apply(Preset::open(&self.preset)?)?;
        ensure!(
            self.device == DeviceChoice::Cpu || self.threads.is_none_or(|threads| threads == 1),
            "--threads are for --device cpu: a GPU gets whole steps"
        );
        let threads = match self.device {
            DeviceChoice::Cpu => default_threads(recipe.training.photos_per_step),
            DeviceChoice::Gpu => 1,
        };
        let config = TrainConfig {
            data,
            format: self.format,
            more_data: self.more_data.clone(),
            text: self.text.clone(),
            features: self.features.clone(),
            encoder_weights: self.overrides.encoder.encoder_weights.clone(),
            views: self.views,
            preset: self.preset.clone(),
            word_vectors: self.word_vectors.clone(),
            threads: self.threads.unwrap_or(threads),
            recipe,
            from: self.from.clone(),
            captions_per_photo: self.captions_per_photo,
            self_critical: self.self_critical,
            truth_reward: self.truth_reward,
            draws: self.draws,
            checkpoint_every: self.checkpoint_every,
            log_every: self.log_every,
            seed: self.seed,
        };
        config.check()?;
        Ok(config)
    }
}
