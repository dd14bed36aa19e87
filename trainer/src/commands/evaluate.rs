//! `glimpse evaluate`: a model file, as it captions, on a split of a data set.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use model_export::Captioner;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use trainer::data::{CaptionedPhoto, EvaluationSet, FolderOptions};
use trainer::decoding::DecodingArguments;
use trainer::device::DeviceChoice;
use trainer::evaluate::{Evaluation, evaluate};
use trainer::fetch::read_model;
use trainer::score::write_results;
use trainer::{files, output, report};

#[derive(Args)]
#[command(
    after_help = "BLEU, METEOR, ROUGE-L and CIDEr are printed times 100, as papers do, and so are shares; the CSV \
                  file holds the raw values. CIDEr-D is what pycocoevalcap and the COCO server print as \
                  CIDEr; CIDEr-plain is the paper's first definition, without clipped counts and without a \
                  penalty on the length."
)]
pub(crate) struct Arguments {
    /// Model file, or hf:OWNER/NAME for one on Hugging Face's Hub, which is fetched once.
    model: PathBuf,
    /// Data set: a folder in one of the layouts of --format.
    #[arg(long)]
    data: PathBuf,
    #[command(flatten)]
    folder: FolderOptions,
    /// Write the captions as COCO results (JSON), for `glimpse score` and other scorers.
    #[arg(long, value_name = "JSON")]
    results: Option<PathBuf>,
    /// Write the table as CSV.
    #[arg(long, value_name = "CSV")]
    csv: Option<PathBuf>,
    /// Write a page to browse the captions in, beside their references and maps: a new or an empty folder.
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Also print this many captions of photos chosen at random, beside a reference of each.
    #[arg(long, value_name = "N", default_value_t = 0)]
    examples: usize,
    /// Where the model runs.
    #[arg(long, default_value = "cpu")]
    device: DeviceChoice,
    #[command(flatten)]
    decoding: DecodingArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    // What can be refused is refused before the model is read.
    arguments.decoding.options()?;
    for path in arguments.results.iter().chain(&arguments.csv) {
        files::check_writable(path)?;
    }
    if let Some(folder) = &arguments.report {
        report::create(folder)?;
    }
    let bytes = read_model(&arguments.model)?;
    let device = arguments.device.open()?.device;
    let captioner = Captioner::from_bytes(&bytes, &device)
        .with_context(|| format!("cannot use {}", arguments.model.display()))?;
    let options = arguments.decoding.options_for(&captioner)?;
    let set = EvaluationSet::open(&arguments.data, &arguments.folder)?;
    let evaluation = evaluate(&captioner, &set, &options)?;
    let Evaluation {
        report: table,
        photos,
        captions,
        ..
    } = &evaluation;
    let captions: Vec<_> = captions.iter().map(|it| it.text.as_str()).collect();
    if let Some(path) = &arguments.csv {
        table.write_csv(path)?;
    }
    if let Some(path) = &arguments.results {
        let ids = set.dataset().ids(photos).into_iter();
        write_results(path, ids.zip(captions.iter().copied()))?;
    }
    if let Some(folder) = &arguments.report {
        report::write(folder, &arguments.model, &captioner, &set, &evaluation)?;
    }
    table.print()?;
    output::print(&examples(arguments.examples, photos, &captions))
}

/// Captions of photos chosen at random, always the same ones of a split.
fn examples(count: usize, photos: &[CaptionedPhoto], captions: &[&str]) -> String {
    let mut text = String::new();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut places: Vec<_> = (0..photos.len()).collect();
    places.shuffle(&mut random);
    for place in places.into_iter().take(count) {
        let references: Vec<_> = photos[place].captions.iter().collect();
        let reference = references.choose(&mut random).unwrap_or(&"");
        text += &format!("{}\n  reference: {reference}\n", captions[place]);
    }
    text
}
