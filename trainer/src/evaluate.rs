//! `glimpse evaluate`: a model file, as it captions, on a split of a data set.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use model_export::{Captioner, photo};

use crate::data::{Dataset, Split};
use crate::device::DeviceChoice;
use crate::files;
use crate::train::{EncodedPhoto, encode, measure};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Model file.
    model: PathBuf,
    /// Data set in Flickr8k's layout.
    #[arg(long)]
    data: PathBuf,
    /// Which photos.
    #[arg(long, value_enum, default_value = "dev")]
    split: Split,
    /// Where the model runs.
    #[arg(long, value_enum, default_value = "cpu")]
    device: DeviceChoice,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let bytes = files::read(&arguments.model)?;
    let device = arguments.device.open()?;
    let captioner = Captioner::from_bytes(&bytes, &device)
        .with_context(|| format!("cannot use {}", arguments.model.display()))?;
    let manifest = captioner.manifest();
    let dataset = Dataset::open(&arguments.data)?;
    dataset.report();
    let photos = encode(
        dataset.split(arguments.split),
        &manifest.vocabulary,
        manifest.decoder.max_words,
    );

    // Features come from the file's own encoder: what its precision costs is part of the figures.
    let features = |photos: &[&EncodedPhoto]| {
        let photos = photos
            .iter()
            .map(|encoded| {
                let path = dataset.photo_folder.join(&encoded.name);
                let upright = photo::decode(&files::read(&path)?)
                    .with_context(|| path.display().to_string())?;
                Ok(photo::squash(&upright, manifest.preparation.size))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(captioner.features(&photos))
    };
    let measures = measure(captioner.decoder(), &photos, features)?;
    ensure!(
        measures.cross_entropy.is_finite(),
        "the model gives no probabilities: its cross-entropy is {}",
        measures.cross_entropy
    );
    println!("photos         {}", photos.len());
    println!("cross-entropy  {:.4} nats per word", measures.cross_entropy);
    println!("perplexity     {:.2}", measures.cross_entropy.exp());
    println!("accuracy       {:.4}", measures.accuracy);
    Ok(())
}
