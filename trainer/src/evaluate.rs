//! `glimpse evaluate`: a model file, as it captions, on a split of a data set.

use std::collections::HashSet;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use model_export::{Captioner, photo};
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::data::{CaptionedPhoto, Dataset, Format, HOLD_OUT, PhotoId, PhotoSource, Split};
use crate::decoding::DecodingArguments;
use crate::device::DeviceChoice;
use crate::score::{ContentCounts, Report, score, tokenize_all};
use crate::score_command::{tokenize_grouped, write_results};
use crate::train::{EncodedPhoto, encode, measure};
use crate::{files, output};

#[derive(Args)]
#[command(
    after_help = "BLEU, METEOR, ROUGE-L and CIDEr are printed times 100, as papers do, and so are shares; the CSV \
                  file holds the raw values. CIDEr-D is what pycocoevalcap and the COCO server print as \
                  CIDEr; CIDEr-plain is the paper's first definition, without clipped counts and without a \
                  penalty on the length."
)]
pub(crate) struct Arguments {
    /// Model file.
    model: PathBuf,
    /// Data set: a folder in one of the layouts of --format.
    #[arg(long)]
    data: PathBuf,
    /// The data set's layout; told by its files where not given.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Refuse the data set if anything of it would be left out.
    #[arg(long)]
    strict: bool,
    /// Which photos.
    #[arg(long, value_enum, default_value = "dev")]
    split: Split,
    /// Share of the photos that training held out, where the data set has no validation split.
    #[arg(long, value_name = "SHARE", default_value_t = HOLD_OUT)]
    hold_out: f64,
    /// Write the captions as COCO results (JSON), for `glimpse score` and other scorers.
    #[arg(long, value_name = "JSON")]
    results: Option<PathBuf>,
    /// Write the table as CSV.
    #[arg(long, value_name = "CSV")]
    csv: Option<PathBuf>,
    /// Also print this many captions of photos chosen at random, beside a reference of each.
    #[arg(long, value_name = "N", default_value_t = 0)]
    examples: usize,
    /// Where the model runs.
    #[arg(long, value_enum, default_value = "cpu")]
    device: DeviceChoice,
    #[command(flatten)]
    decoding: DecodingArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    // What can be refused is refused before the model is read.
    arguments.decoding.options()?;
    let outputs = arguments.results.iter().chain(&arguments.csv);
    outputs
        .map(|path| files::check_writable(path))
        .collect::<Result<()>>()?;
    let bytes = files::read(&arguments.model)?;
    let device = arguments.device.open()?;
    let captioner = Captioner::from_bytes(&bytes, &device)
        .with_context(|| format!("cannot use {}", arguments.model.display()))?;
    let manifest = captioner.manifest();
    let options = arguments.decoding.options_for(&manifest.vocabulary)?;
    let mut dataset = Dataset::open(&arguments.data, arguments.format)?;
    dataset.hold_out(arguments.hold_out);
    dataset.report();
    dataset.refuse(arguments.strict)?;
    let chosen = dataset.split(arguments.split);
    ensure!(
        !chosen.is_empty(),
        "no photo is left for validation: {} has {} in all",
        arguments.data.display(),
        dataset.train.len()
    );
    let split = readable(&dataset.photos, chosen)?;
    let photos: Vec<_> = encode(
        &split,
        &manifest.vocabulary,
        options.start,
        manifest.text,
        manifest.decoder.max_words(),
    )
    .collect();

    let progress = crate::progress::photos(photos.len());
    let mut captions = Vec::new();
    // Features come from the file's own encoder: what its precision costs is part of the figures.
    // They are the slow part, so they are computed once for both the captions and the measures.
    let features = |photos: &[&EncodedPhoto]| {
        let squashed = photos
            .iter()
            .map(|encoded| {
                captioner
                    .prepare(&dataset.photos.read(&encoded.name)?)
                    .with_context(|| encoded.name.clone())
            })
            .collect::<Result<Vec<_>>>()?;
        let features = captioner.features(&squashed);
        let described = pollster::block_on(captioner.describe(features.clone(), &options))?;
        captions.extend(described.into_iter().map(|caption| caption.text));
        progress.inc(photos.len() as u64);
        Ok(features)
    };
    let measures = measure(captioner.decoder(), &photos, features)?;
    progress.finish_and_clear();
    ensure!(
        measures.cross_entropy.is_finite(),
        "the model gives no probabilities: its cross-entropy is {}",
        measures.cross_entropy
    );

    let mut report = Report::default();
    report.add("photos", photos.len() as f64, 0, "");
    report.add("cross-entropy", measures.cross_entropy, 4, "nats per word");
    report.add("perplexity", measures.cross_entropy.exp(), 2, "");
    report.add("accuracy", measures.accuracy, 4, "");
    add_caption_measures(&mut report, &captions, &split, &dataset.train);
    if let Some(path) = &arguments.csv {
        report.write_csv(path)?;
    }
    if let Some(path) = &arguments.results {
        let ids = ids(&dataset, &split);
        write_results(
            path,
            ids.into_iter().zip(captions.iter().map(String::as_str)),
        )?;
    }
    report.print()?;
    output::print(&examples(arguments.examples, &split, &captions))
}

/// What a results file calls photos: by COCO's numbers, so that its own tools take the file, where all have one
/// of their own; else by their names.
fn ids(dataset: &Dataset, photos: &[CaptionedPhoto]) -> Vec<PhotoId> {
    let ids: Vec<_> = photos.iter().map(|photo| dataset.id(photo)).collect();
    let different: HashSet<_> = ids.iter().collect();
    if different.len() == photos.len() {
        return ids;
    }
    let names = photos.iter().map(|photo| photo.name.clone());
    names.map(PhotoId::Name).collect()
}

/// The photos that can be read; names the others.
///
/// # Errors
/// When none can.
fn readable(source: &PhotoSource, photos: &[CaptionedPhoto]) -> Result<Vec<CaptionedPhoto>> {
    let mut readable = photos.to_vec();
    readable.retain(|photo| {
        let decoded = source
            .read(&photo.name)
            .and_then(|bytes| Ok(photo::decode(&bytes)?));
        if let Err(error) = &decoded {
            eprintln!("left out {}: {error:#}", photo.name);
        }
        decoded.is_ok()
    });
    ensure!(
        !readable.is_empty(),
        "none of the {} photos can be read",
        photos.len()
    );
    Ok(readable)
}

/// Captions of photos chosen at random, always the same ones of a split.
fn examples(count: usize, photos: &[CaptionedPhoto], captions: &[String]) -> String {
    let mut text = String::new();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut places: Vec<_> = (0..photos.len()).collect();
    places.shuffle(&mut random);
    for place in places.into_iter().take(count) {
        let reference = photos[place].captions.choose(&mut random);
        let reference = reference.map_or("", String::as_str);
        text += &format!("{}\n  reference: {reference}\n", captions[place]);
    }
    text
}

/// Scores of captions, how true they are, and how varied.
fn add_caption_measures(
    report: &mut Report,
    captions: &[String],
    photos: &[CaptionedPhoto],
    train: &[CaptionedPhoto],
) {
    let candidates = tokenize_all(captions);
    let references = tokenize_grouped(photos.iter().map(|photo| photo.captions.as_slice()));
    report.add_scores(&score(&candidates, &references).corpus);
    let content = ContentCounts::of_each(&candidates, &references);
    report.add_content(&content.iter().sum());

    let words: usize = candidates.iter().map(Vec::len).sum();
    let train = tokenize_grouped(train.iter().map(|photo| photo.captions.as_slice()));
    let known: HashSet<_> = train.iter().flatten().collect();
    let new = candidates.iter().filter(|caption| !known.contains(caption));
    let count = candidates.len().max(1) as f64;
    report.add("mean length", words as f64 / count, 2, "words");
    report.add_vocabulary(&candidates);
    report.add_share(
        "new captions",
        new.count() as f64 / count,
        "% not among the training captions",
    );
}
