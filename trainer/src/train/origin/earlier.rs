//! Earlier runs, and model files.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use model_export::decoder::{Decoder, DecoderConfig, IMAGE_BLOCKS, IMAGE_CLASSES};
use model_export::encoder::EncoderConfig;
use model_export::model_file::{Manifest, ModelFile, Parameter, parameters};
use model_export::vocabulary::Vocabulary;

use crate::files;
use crate::shipped_model::{SHIPPED, SHIPPED_MODEL};
use crate::train::recipe::{TrainConfig, command};
use crate::train::run_folder::RunFolder;

/// An earlier run, a model file, or the shipped model.
pub(crate) struct Origin {
    path: PathBuf,
    kind: Kind,
}

enum Kind {
    Run(Box<TrainConfig>),
    Model {
        bytes: Cow<'static, [u8]>,
        manifest: Box<Manifest>,
    },
}

impl Origin {
    /// A run's folder, a model file, or the shipped model by its name.
    ///
    /// # Errors
    /// When it is neither.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let bytes = if path == Path::new(SHIPPED) {
            Some(Cow::Borrowed(SHIPPED_MODEL))
        } else if path.is_file() {
            Some(Cow::Owned(files::read(path)?))
        } else {
            None
        };
        let kind = match bytes {
            Some(bytes) => {
                let manifest = parse(path, &bytes)?.manifest().clone();
                Kind::Model {
                    manifest: Box::new(manifest),
                    bytes,
                }
            }
            None => Kind::Run(Box::new(RunFolder::new(path).config()?)),
        };
        Ok(Self {
            path: path.to_owned(),
            kind,
        })
    }

    /// Its words, which go with its weights.
    ///
    /// # Errors
    /// When the run's vocabulary cannot be read.
    pub(crate) fn vocabulary(&self) -> Result<Vocabulary> {
        match &self.kind {
            Kind::Run(_) => RunFolder::new(&self.path).vocabulary(),
            Kind::Model { manifest, .. } => Ok(manifest.vocabulary.clone()),
        }
    }

    pub(crate) fn decoder_config(&self) -> &DecoderConfig {
        match &self.kind {
            Kind::Run(config) => &config.recipe.decoder,
            Kind::Model { manifest, .. } => &manifest.decoder,
        }
    }

    fn encoder_config(&self) -> EncoderConfig {
        match &self.kind {
            Kind::Run(config) => config.encoder(),
            Kind::Model { manifest, .. } => manifest.encoder,
        }
    }

    /// Its decoder, whose weights `new` is to get: those of the image network's blocks and of what reads its
    /// classes excepted, where only `new` has them.
    ///
    /// # Errors
    /// When it cannot be read, or has other sizes.
    pub(crate) fn decoder(
        &self,
        new: &Decoder,
        encoder: EncoderConfig,
        device: &Device,
    ) -> Result<Decoder> {
        let path = self.path.display();
        let found = self.encoder_config().architecture;
        ensure!(
            found == encoder.architecture,
            "--from {path}: it reads features of {}, and this run those of {}",
            found.name(),
            encoder.architecture.name()
        );
        let decoder = match &self.kind {
            Kind::Run(config) => {
                let new = || Decoder::new(&config.recipe.decoder, device);
                RunFolder::new(&self.path).best(new)?.0
            }
            Kind::Model { bytes, .. } => {
                let (_, decoder) = parse(&self.path, bytes)?
                    .load(device)
                    .with_context(|| path.to_string())?;
                decoder
            }
        };
        let before = parameters(&decoder);
        let only_new = |parameter: &Parameter| {
            let part = parameter.name.split('.').next();
            [IMAGE_BLOCKS, IMAGE_CLASSES].map(Some).contains(&part)
                && !before
                    .iter()
                    .any(|before| before.name.split('.').next() == part)
        };
        let shape =
            |parameter: &Parameter| (parameter.name.clone(), parameter.data.shape().to_vec());
        let new = parameters(new);
        let wanted = new.iter().filter(|parameter| !only_new(parameter));
        ensure!(
            before.iter().map(shape).eq(wanted.map(shape)),
            "--from {path}: its decoder has other sizes than this run's; give the options that it was trained \
             with, --feature-layer among them",
        );
        Ok(decoder)
    }

    /// The commands that made it, the first one first.
    ///
    /// # Errors
    /// When a run that it began with is no longer there.
    pub(crate) fn commands(&self) -> Result<Vec<String>> {
        match &self.kind {
            Kind::Run(config) => commands(config),
            Kind::Model { manifest, .. } => {
                let lines = manifest.training.command.lines();
                Ok(lines.map(str::to_owned).collect())
            }
        }
    }
}

/// The commands that made a run: those of what it began with come first.
///
/// # Errors
/// [`Origin::commands`]
pub(crate) fn commands(config: &TrainConfig) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for path in &config.learning.from {
        for command in Origin::open(path)?.commands()? {
            if !all.contains(&command) {
                all.push(command);
            }
        }
    }
    all.push(command(config)?);
    Ok(all)
}

fn parse<'a>(path: &Path, bytes: &'a [u8]) -> Result<ModelFile<'a>> {
    ModelFile::parse(bytes).with_context(|| path.display().to_string())
}
