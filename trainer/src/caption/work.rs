//! Photos to captions, and on to where they are kept: many at a time, on all cores.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result, bail, ensure};
use burn::tensor::Device;
use image::RgbImage;
use model_export::captioner::CaptionOptions;
use model_export::{Caption, Captioner};
use rayon::prelude::*;

use super::find::unread_format;
use crate::files::{self, Stamp};
use crate::passes::{in_passes, photos_at_a_time};
use crate::progress;
use crate::xmp::{Description, SidecarName, Target, described, embed, write_sidecar};

/// What is done with photos.
#[derive(Debug)]
pub struct Work<'a> {
    /// The model.
    pub captioner: &'a Captioner,
    /// How captions are found.
    pub options: &'a CaptionOptions,
    /// Where the model runs.
    pub device: &'a Device,
    /// Captions less sure than this are left out.
    pub min_confidence: Option<f32>,
    /// Photos that have a description are left out.
    pub skip_described: bool,
    /// How captions become descriptions, if they do.
    pub describing: Option<Describing>,
}

/// How captions become descriptions.
#[derive(Clone, Copy, Debug)]
pub struct Describing {
    /// Where they are written.
    pub target: Target,
    /// What the files beside photos are called.
    pub sidecar_name: SidecarName,
    /// Whether a caption is the text for those who do not see, too.
    pub alt_text: bool,
    /// Whether it takes the place of a description that is there.
    pub replace: bool,
}

/// What became of a photo.
#[derive(Debug)]
pub enum Outcome {
    /// It has a caption.
    Captioned(Box<Caption>, Described),
    /// It was left out, for it has a description.
    Skipped,
    /// It was left out, for its caption is only this sure.
    Unsure(f32),
    /// It could not be captioned.
    Failed(Error),
}

/// What became of a caption as a description.
#[derive(Debug)]
pub enum Described {
    /// It was not to become one.
    NotAsked,
    /// It was written.
    Written,
    /// The photo has one, which stays.
    Already,
    /// It could not be written.
    Failed(Error),
}

/// A photo that is to be captioned.
struct Ready<'a> {
    path: &'a Path,
    stamp: Stamp,
    is_described: bool,
}

/// What a look at a photo gave.
enum Look<'a> {
    Ready(Ready<'a>, RgbImage),
    Done(Outcome),
}

impl Work<'_> {
    /// Does it, and tells what became of each photo, in their order.
    ///
    /// # Errors
    /// When the model fails, or `tell` does.
    pub fn run(
        &self,
        photos: &[PathBuf],
        tell: &mut dyn FnMut(&Path, Outcome) -> Result<()>,
    ) -> Result<()> {
        let shared = self.shared_sidecars(photos);
        let progress = progress::photos(photos.len());
        for chunk in photos.chunks(photos_at_a_time()) {
            let mut outcomes = Vec::new();
            let mut ready = Vec::new();
            let mut prepared = Vec::new();
            let looks: Vec<_> = chunk.par_iter().map(|path| self.look(path)).collect();
            for look in looks {
                match look {
                    Look::Ready(photo, pixels) => {
                        ready.push(photo);
                        prepared.push(pixels);
                        outcomes.push(None);
                    }
                    Look::Done(outcome) => {
                        progress.inc(1);
                        outcomes.push(Some(outcome));
                    }
                }
            }
            let captions = in_passes(&prepared, self.device, |photos| {
                let features = self.captioner.features(photos);
                let captions = self.captioner.caption_features(features, self.options);
                let captions = pollster::block_on(captions);
                progress.inc(photos.len() as u64);
                captions
            });
            let captions: Vec<_> = captions.into_iter().collect::<Result<_, _>>()?;
            let captions: Vec<_> = captions.into_iter().flatten().collect();
            let mut captioned = ready
                .into_par_iter()
                .zip(captions)
                .map(|(photo, caption)| self.finish(&photo, caption, &shared))
                .collect::<Vec<_>>()
                .into_iter();
            for (path, outcome) in chunk.iter().zip(outcomes) {
                if let Some(outcome) = outcome.or_else(|| captioned.next()) {
                    progress.suspend(|| tell(path, outcome))?;
                }
            }
        }
        progress.finish_and_clear();
        Ok(())
    }

    fn look<'a>(&self, path: &'a Path) -> Look<'a> {
        match self.read(path) {
            Ok(look) => look,
            Err(error) => Look::Done(Outcome::Failed(error)),
        }
    }

    fn read<'a>(&self, path: &'a Path) -> Result<Look<'a>> {
        let context = || path.display().to_string();
        let stamp = Stamp::of(path)?;
        let photo = files::read(path)?;
        if let Some(error) = unread_format(&photo) {
            return Err(error).with_context(context);
        }
        let keeps = self.describing.is_some_and(|it| !it.replace);
        let is_described = if self.skip_described || keeps {
            described(path, &photo)
        } else {
            Ok(false)
        };
        if self.skip_described && matches!(is_described, Ok(true)) {
            return Ok(Look::Done(Outcome::Skipped));
        }
        // What is wrong with the picture is said rather than what is wrong with what is said of it.
        let pixels = self.captioner.prepare(&photo).with_context(context)?;
        Ok(Look::Ready(
            Ready {
                path,
                stamp: stamp.with_context(context)?,
                is_described: is_described.with_context(context)?,
            },
            pixels,
        ))
    }

    fn finish(&self, photo: &Ready, caption: Caption, shared: &Shared) -> Outcome {
        if let Some((least, confidence)) = self.min_confidence.zip(caption.confidence)
            && confidence < least
        {
            return Outcome::Unsure(confidence);
        }
        let described = match self.describing {
            None => Described::NotAsked,
            Some(_) if photo.is_described => Described::Already,
            Some(describing) => match self.describe(photo, &caption, describing, shared) {
                Ok(()) => Described::Written,
                Err(error) => Described::Failed(error),
            },
        };
        Outcome::Captioned(Box::new(caption), described)
    }

    fn describe(
        &self,
        photo: &Ready,
        caption: &Caption,
        describing: Describing,
        shared: &Shared,
    ) -> Result<()> {
        ensure!(
            !caption.text.is_empty(),
            "{}: the caption has no word",
            photo.path.display()
        );
        let confidence = match caption.confidence {
            Some(confidence) => format!(", confidence {confidence:.2}"),
            None => String::new(),
        };
        let description = Description {
            text: caption.text.clone(),
            language: self.captioner.manifest().language.clone(),
            writer: format!(
                "Glimpse {} (machine-written{confidence})",
                env!("CARGO_PKG_VERSION")
            ),
            alt_text: describing.alt_text,
        };
        match describing.target {
            Target::Embed => embed(photo.path, photo.stamp, &description, describing.replace),
            Target::Sidecar => {
                let name = describing.sidecar_name;
                let sidecar = name.of(photo.path);
                if let Some(other) = shared.get(&sidecar) {
                    bail!(
                        "{}: {} would be {}'s too; --sidecar-name IMG.jpg.xmp gives each its own",
                        photo.path.display(),
                        sidecar.display(),
                        other.display()
                    );
                }
                write_sidecar(photo.path, name, &description, describing.replace)
            }
        }
    }

    /// The sidecars that several of the photos would have.
    fn shared_sidecars(&self, photos: &[PathBuf]) -> Shared {
        let Some(describing) = self.describing else {
            return Shared::new();
        };
        let mut first = HashMap::new();
        let mut shared = Shared::new();
        for photo in photos {
            let sidecar = describing.sidecar_name.of(photo);
            if let Some(other) = first.insert(sidecar.clone(), photo) {
                shared.insert(sidecar, other.clone());
            }
        }
        shared
    }
}

/// Sidecars of several photos, each with one of these.
type Shared = HashMap<PathBuf, PathBuf>;
