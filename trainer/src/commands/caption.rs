//! `glimpse caption`: photos to sentences, and pictures of where the model looked.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use model_export::{Captioner, photo};

use trainer::caption::{Output, Speech, draw_attention};
use trainer::decoding::DecodingArguments;
use trainer::device::DeviceChoice;
use trainer::files;

/// Photos captioned together. More make the decoder's products larger, and let one wait longer for
/// the first caption.
const PHOTOS_PER_BATCH: usize = 16;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Photos: JPEG, PNG or WebP.
    #[arg(required = true)]
    photos: Vec<PathBuf>,
    /// Model file.
    #[arg(long, default_value = "www/models/glimpse.safetensors")]
    model: PathBuf,
    /// Where the model runs.
    #[arg(long, value_enum, default_value = "cpu")]
    device: DeviceChoice,
    /// Print one JSON object per photo and line, with each word's probability and map.
    #[arg(long)]
    json: bool,
    /// Leave out captions that are right with a probability below this: their photos are named on
    /// standard error instead. The model needs a calibration; see `glimpse calibrate`.
    #[arg(long, value_name = "P", value_parser = probability)]
    min_confidence: Option<f32>,
    /// Also write the captions as a COCO results file. Its ids are the photos' file names, or, where two
    /// have the same, their paths below the folder that all are in.
    #[arg(long, value_name = "JSON")]
    results: Option<PathBuf>,
    /// Write a picture of the photo with each word's map; for one photo.
    #[arg(long, value_name = "PNG")]
    attention: Option<PathBuf>,
    /// Read each caption aloud, through the system's speech service.
    #[arg(long)]
    speak: bool,
    #[command(flatten)]
    decoding: DecodingArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let photos = &arguments.photos;
    ensure!(
        arguments.attention.is_none() || photos.len() == 1,
        "--attention draws one photo, but {} are given",
        photos.len()
    );
    // What can be refused is refused before the model is read.
    arguments.decoding.options()?;
    let mut output = Output::new(arguments.json, photos.len() > 1);
    if arguments.results.is_some() {
        output.collect_results(photos)?;
    }
    for path in arguments.results.iter().chain(&arguments.attention) {
        files::check_writable(path)?;
    }
    let mut speech = arguments.speak.then(Speech::find).transpose()?;
    let bytes = files::read(&arguments.model)?;
    let device = arguments.device.open()?;
    let captioner = Captioner::from_bytes(&bytes, &device)
        .with_context(|| format!("cannot use {}", arguments.model.display()))?;
    let manifest = captioner.manifest();
    let options = arguments.decoding.options_for(&manifest.vocabulary)?;
    let decoder = &manifest.decoder;
    ensure!(
        arguments.attention.is_none() || decoder.has_attention(),
        "{}: a {} decoder has no attention, so there are no maps to draw",
        arguments.model.display(),
        decoder.kind()
    );
    ensure!(
        arguments.min_confidence.is_none() || captioner.calibration(&options).is_some(),
        "{}: --min-confidence needs a model with a calibration that was fitted with these decoding \
         options; see `glimpse calibrate`",
        arguments.model.display()
    );
    let mut failed = 0;
    for paths in photos.chunks(PHOTOS_PER_BATCH) {
        let mut readable = Vec::new();
        let mut prepared = Vec::new();
        for path in paths {
            match prepare(&captioner, path) {
                Ok(photo) => {
                    readable.push(path);
                    prepared.push(photo);
                }
                // One bad photo does not stop the others.
                Err(error) => {
                    eprintln!("error: {error:#}");
                    failed += 1;
                }
            }
        }
        if prepared.is_empty() {
            continue;
        }
        let features = captioner.features(&prepared);
        let captions = pollster::block_on(captioner.caption_features(features, &options))?;
        for (path, caption) in readable.into_iter().zip(&captions) {
            if let Some(confidence) = caption.confidence
                && arguments
                    .min_confidence
                    .is_some_and(|least| confidence < least)
            {
                eprintln!(
                    "left out {}: its confidence is {confidence:.2}",
                    path.display()
                );
                continue;
            }
            if let Some(picture) = &arguments.attention {
                let upright = photo::decode(&files::read(path)?)?;
                draw_attention(&upright, caption, picture)?;
            }
            output.print(path, caption)?;
            // A service that fails once is not asked again; the captions go on.
            let spoken = speech
                .as_ref()
                .map(|speech| speech.say(&caption.text, &captioner.manifest().language));
            if let Some(Err(error)) = spoken {
                eprintln!("error: {error:#}");
                speech = None;
            }
        }
    }
    if let Some(path) = &arguments.results {
        output.write_results(path)?;
    }
    output.finish()?;
    ensure!(
        speech.is_some() == arguments.speak,
        "not every caption was read aloud"
    );
    if failed > 0 {
        bail!("{failed} of {} photos got no caption", photos.len());
    }
    Ok(())
}

fn probability(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("not a probability in 0 to 1".to_owned()),
    }
}

/// A photo's file as the encoder reads it.
fn prepare(captioner: &Captioner, path: &Path) -> Result<image::RgbImage> {
    let bytes = files::read(path)?;
    captioner
        .prepare(&bytes)
        .with_context(|| path.display().to_string())
}
