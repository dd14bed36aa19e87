//! `glimpse train`: a caption decoder from cached features.

use std::path::{Path, PathBuf};

use anyhow::{Error, Result, anyhow, ensure};
use clap::Args;
use model_export::model_file::Precision;
use trainer::data::{Dataset, Serving};
use trainer::device::{DeviceChoice, OpenDevice};
use trainer::export::{Export, Label, MODEL_FILE, export};
use trainer::files;
use trainer::output::Ended;
use trainer::train::recipe::{
    Chosen, Learning, Overrides, Preset, Sources, TrainConfig, default_threads,
};
use trainer::train::{Watching, resume, train};

use super::given_names::GivenNames;
use super::preset_choice::PresetChoice;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Train as another run did: its RUN/recipe.toml. Other options take the place of its values.
    #[arg(value_name = "RECIPE", conflicts_with_all = ["resume", "preset"])]
    recipe: Option<PathBuf>,
    // First: what follows may take its values away.
    #[command(flatten)]
    pub(super) given: GivenNames,
    /// Data set: a folder in one of the layouts of --format. Where it has no validation photos, some are
    /// held out for that. With `,style=NAME` behind it its captions are a style of their own, which a
    /// caption can be asked for; the plain style is that of sets without. `,share=2` shows its photos
    /// twice in an epoch, `,share=0.5` half of them.
    #[arg(
        long,
        value_name = "FOLDER[,style=NAME][,share=N][,format=NAME]",
        required_unless_present_any = ["resume", "recipe"]
    )]
    pub(super) data: Option<Serving>,
    #[command(flatten)]
    pub(super) sources: Chosen<Sources>,
    /// Folder of the run: configuration, checkpoints, log, plots and the model file.
    #[arg(long, default_value = "run")]
    output: PathBuf,
    /// Go on with the run in --output, with its own configuration. More --epochs, another --patience or --precision, and where the data
    /// set, the features and the weights are now may be given too.
    #[arg(long)]
    resume: bool,
    /// Where the decoder trains: cpu, gpu, or one of those that `glimpse devices` lists. Several, as
    /// gpu:0,gpu:1, share out the photos of each step.
    #[arg(long, default_value = "cpu", value_delimiter = ',')]
    device: Vec<DeviceChoice>,
    #[command(flatten)]
    pub(super) preset: PresetChoice,
    #[command(flatten)]
    pub(super) overrides: Overrides,
    /// Threads that share out the photos of a step on the CPU; as many as there are cores, and no
    /// more than four photos need, where not given.
    #[arg(long)]
    threads: Option<usize>,
    #[command(flatten)]
    watching: Watching,
    #[command(flatten)]
    pub(super) learning: Chosen<Learning>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let output = &arguments.output;
    let finished = if arguments.resume {
        let change = |config| arguments.resumed(config);
        resume(
            output,
            change,
            &devices(&arguments.device)?,
            arguments.watching,
        )?
    } else {
        let config = arguments.config()?;
        train(
            config,
            output,
            &devices(&arguments.device)?,
            arguments.watching,
        )?
    };
    match finished {
        true => conclude(output),
        false => Err(Error::new(Ended::Interrupted)),
    }
}

/// # Errors
/// When one of them cannot be opened, or is there twice.
fn devices(choices: &[DeviceChoice]) -> Result<Vec<OpenDevice>> {
    for (index, choice) in choices.iter().enumerate() {
        ensure!(
            !choices[..index].contains(choice),
            "--device names the same one twice"
        );
    }
    choices.iter().map(|choice| choice.open()).collect()
}

/// Makes a model file of a run that has come to its end, and says what can be done with it.
fn conclude(run: &Path) -> Result<()> {
    let Export { bytes, .. } = export(run, Label::default(), Precision::Int8)?;
    let model = run.join(MODEL_FILE);
    files::write_whole(&model, &bytes)?;
    let model = model.display();
    eprintln!(
        "{model}: {} bytes; curves and samples are beside it\n\
         a caption:           glimpse caption --model {model} PHOTO\n\
         open it in the page: cargo xtask serve --model {model}",
        bytes.len()
    );
    Ok(())
}

impl Arguments {
    /// The configuration of a preset.
    fn by_preset(&self) -> Result<TrainConfig> {
        let data = self.data.clone();
        let data = data.ok_or_else(|| anyhow!("--data is missing"))?;
        let sources = self.sources.values.clone();
        let preset = self.preset.settle(&self.given, || {
            let first = Dataset::open(&data.folder, data.format.or(sources.format))?;
            let mut photos = first.train.len();
            for more in &sources.more_data {
                photos += Dataset::open(&more.folder, more.format)?.train.len();
            }
            Ok(photos)
        })?;
        let mut recipe = Preset::open(&preset)?;
        let mut learning = self.learning.values.clone();
        let begin = recipe.from.take();
        if learning.from.is_empty() {
            learning.from.extend(begin);
        }
        Ok(TrainConfig {
            data,
            sources,
            encoder_weights: None,
            preset,
            threads: 1,
            recipe,
            learning,
        })
    }

    /// The configuration, as far as the command line says it.
    pub(super) fn config(&self) -> Result<TrainConfig> {
        let base = match &self.recipe {
            Some(path) => TrainConfig::open(path)?,
            None => self.by_preset()?,
        };
        let on_cpu = self.device == [DeviceChoice::Cpu];
        ensure!(
            on_cpu
                || self
                    .threads
                    .is_none_or(|threads| threads == self.device.len()),
            "--threads are for --device cpu: a step is shared out among GPUs, or one gets it whole"
        );
        let data = self.data.clone().unwrap_or_else(|| base.data.clone());
        let mut config = self.over(TrainConfig { data, ..base })?;
        let recorded = self.recipe.as_ref().map(|_| config.threads);
        let photos = config.recipe.training.photos_per_step;
        config.threads = match on_cpu {
            true => self.threads.or(recorded).unwrap_or(default_threads(photos)),
            false => self.device.len(),
        };
        config.check()?;
        Ok(config)
    }
    /// A configuration with what the command line says of sources, recipe and learning in the place of its values.
    pub(super) fn over(&self, mut config: TrainConfig) -> Result<TrainConfig> {
        config.sources = self.sources.over(&config.sources)?;
        config.learning = self.learning.over(&config.learning)?;
        config.recipe = self.overrides.apply(config.recipe)?;
        let weights = &self.overrides.encoder.encoder_weights;
        config.encoder_weights = weights.clone().or(config.encoder_weights);
        Ok(config)
    }
}
