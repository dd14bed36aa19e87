//! `glimpse caption`: photos to sentences, and pictures of where the model looked.

mod attention_picture;

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use model_export::{Caption, CaptionOptions, Captioner, photo};
use serde::Serialize;

use crate::device::DeviceChoice;
use crate::files;

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
    /// Most words of a caption.
    #[arg(long, default_value_t = CaptionOptions::default().max_words)]
    max_words: usize,
    /// Print one JSON object per photo and line, with each word's probability and map.
    #[arg(long)]
    json: bool,
    /// Write a picture of the photo with each word's map; for one photo.
    #[arg(long, value_name = "PNG")]
    attention: Option<PathBuf>,
}

#[derive(Serialize)]
struct Line<'a> {
    photo: String,
    #[serde(flatten)]
    caption: &'a Caption,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    ensure!(
        arguments.attention.is_none() || arguments.photos.len() == 1,
        "--attention draws one photo, but {} are given",
        arguments.photos.len()
    );
    let bytes = files::read(&arguments.model)?;
    let device = arguments.device.open()?;
    let captioner = Captioner::from_bytes(&bytes, &device)
        .with_context(|| format!("cannot use {}", arguments.model.display()))?;
    let options = CaptionOptions {
        max_words: arguments.max_words,
    };
    let mut failed = 0;
    for path in &arguments.photos {
        let captioned = files::read(path).and_then(|photo| {
            let caption = pollster::block_on(captioner.caption(&photo, &options, &mut |_| {}))
                .with_context(|| path.display().to_string())?;
            Ok((photo, caption))
        });
        let (photo, caption) = match captioned {
            Ok(captioned) => captioned,
            // One bad photo does not stop the others.
            Err(error) => {
                eprintln!("error: {error:#}");
                failed += 1;
                continue;
            }
        };
        if arguments.json {
            let line = Line {
                photo: path.display().to_string(),
                caption: &caption,
            };
            println!("{}", serde_json::to_string(&line)?);
        } else if arguments.photos.len() == 1 {
            println!("{}", caption.text);
        } else {
            println!("{}\t{}", path.display(), caption.text);
        }
        if let Some(output) = &arguments.attention {
            let upright = photo::decode(&photo)?;
            attention_picture::draw(&upright, &caption, output)?;
        }
    }
    if failed > 0 {
        bail!(
            "{failed} of {} photos got no caption",
            arguments.photos.len()
        );
    }
    Ok(())
}
