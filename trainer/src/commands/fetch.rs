//! `glimpse fetch`: data sets and published weights from the web.

use anyhow::Result;
use clap::Subcommand;
use trainer::fetch::{self, DataSet, HubDataSet, Links, Weights};

/// What to fetch.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Flickr8k: 8,000 photos with five captions each, about 1 GB.
    ///
    /// For non-commercial research and teaching only: its authors ask for that, and the photos belong to
    /// the people who put them on Flickr. The files are a copy on GitHub (jbrownlee/Datasets).
    Flickr8k(DataSet),
    /// COCO 2017: 123,000 photos with five captions each, 20 GB, and as much again while unpacking.
    ///
    /// The captions are CC BY 4.0; the photos belong to the people who put them on Flickr and are under
    /// Flickr's terms of use.
    Coco(DataSet),
    /// The photos of Conceptual Captions, by the links of its table.
    ///
    /// The table is Google's (<https://ai.google.com/research/ConceptualCaptions/download>, a page on which
    /// its terms are to be accepted) and free to use with attribution; each photo is under the terms of the
    /// site that it is on. One link in ten is dead: those are noted and left out.
    ConceptualCaptions(Links),
    /// A data set of Hugging Face's Hub, as its parquet files.
    ///
    /// Each is checked against the size and SHA-256 that the Hub tells. A data set that is not for everybody is
    /// fetched with a token in the environment variable HF_TOKEN; it is sent to the Hub alone. What may be done with a
    /// data set is said on its page there.
    Hf(HubDataSet),
    /// Published weights of an image network, for `glimpse encoder import`.
    Encoder(Weights),
}

pub(crate) fn run(command: &Command) -> Result<()> {
    match command {
        Command::Flickr8k(options) => fetch::flickr8k(options),
        Command::Coco(options) => fetch::coco(options),
        Command::ConceptualCaptions(options) => fetch::conceptual_captions(options),
        Command::Hf(options) => fetch::hugging_face(options),
        Command::Encoder(options) => fetch::encoder(options),
    }
}
