//! `glimpse data`: what is read of a data set, before anybody trains on it.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use trainer::arguments::share;
use trainer::data::{Dataset, Format, HOLD_OUT, draw_contact_sheet};
use trainer::{files, output};

/// Photos on a contact sheet.
const PHOTOS: usize = 10;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Data set: a folder in one of the layouts of --format.
    folder: PathBuf,
    /// The data set's layout; told by its files where not given.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Refuse the data set if anything of it would be left out.
    #[arg(long)]
    strict: bool,
    /// Share of the photos that training holds out, where the data set has no validation split.
    #[arg(long, value_name = "SHARE", default_value_t = HOLD_OUT, value_parser = share)]
    hold_out: f64,
    /// The picture to write: ten photos drawn at random, each above its captions.
    #[arg(long, value_name = "PNG", default_value = "contact-sheet.png")]
    sheet: PathBuf,
    /// Draws other photos.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    files::check_writable(&arguments.sheet)?;
    let mut dataset = Dataset::open(&arguments.folder, arguments.format)?;
    dataset.hold_out(arguments.hold_out);
    dataset.refuse(arguments.strict)?;
    let mut photos: Vec<_> = dataset.train.iter().chain(&dataset.dev).collect();
    photos.shuffle(&mut ChaCha8Rng::seed_from_u64(arguments.seed));
    let drawn = draw_contact_sheet(&dataset, &photos, PHOTOS, &arguments.sheet)?;
    let mut text = dataset.lines().join("\n");
    text += &format!(
        "\n{}: {drawn} photos with their captions\n",
        arguments.sheet.display()
    );
    output::print(&text)
}
