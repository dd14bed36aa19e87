//! Data sets, published weights and shards from the web. Nothing else opens connections.
//!
//! From the inside out: an `address` is asked for by a `client`, which counts connections per
//! `hosts`; `retry` says what is tried again and when; `download` brings large files piece by piece,
//! a `part` at a time; `archive` unpacks them; the `catalogue` says where they are. A `shard` is read where it
//! is.

mod address;
mod archive;
mod bars;
mod catalogue;
mod client;
mod conceptual_captions;
mod data_set;
mod download;
mod encoder;
mod failures;
mod hosts;
mod hub;
mod hub_model;
mod known_sum;
mod options;
mod part;
mod photo;
mod record;
mod retry;
mod settings;
mod shard;
mod table;
#[cfg(test)]
mod tests;

use std::env;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use etcetera::BaseStrategy;

pub use options::{Connections, DataSet, HubDataSet, Links, Weights};

use crate::files;
use hub_model::HubModel;
use settings::Settings;
pub(crate) use shard::{Shard, is_address};

/// Fetches Flickr8k.
///
/// # Errors
/// When something could not be fetched.
pub fn flickr8k(options: &DataSet) -> Result<()> {
    data_set::fetch(
        &catalogue::FLICKR8K,
        options,
        &settings(options.connections),
    )
}

/// Fetches COCO 2017.
///
/// # Errors
/// When something could not be fetched.
pub fn coco(options: &DataSet) -> Result<()> {
    data_set::fetch(&catalogue::COCO, options, &settings(options.connections))
}

/// Fetches a data set of Hugging Face's Hub.
///
/// # Errors
/// When something could not be fetched.
pub fn hugging_face(options: &HubDataSet) -> Result<()> {
    let token = env::var("HF_TOKEN").unwrap_or_default();
    let token = token.trim();
    ensure!(
        token.bytes().all(|byte| byte.is_ascii_graphic()),
        "HF_TOKEN is no token: it has characters that none has"
    );
    let token = (!token.is_empty()).then(|| token.to_owned());
    hub::fetch(options, token, &settings(options.connections))
}

/// Reads a model file. `hf:OWNER/NAME` is one of Hugging Face's Hub, or of what `HF_ENDPOINT` says stands in for it; it is
/// kept among the user's cached files.
///
/// # Errors
/// When it cannot be read, or be had.
pub fn read_model(path: &Path) -> Result<Vec<u8>> {
    let Some(model) = path.to_str().map(HubModel::parse).transpose()?.flatten() else {
        return files::read(path);
    };
    let hub = env::var("HF_ENDPOINT").unwrap_or_else(|_| hub::HUB.to_owned());
    let places = etcetera::choose_base_strategy();
    let cache = places
        .context("this computer has no place for cached files")?
        .cache_dir();
    let folder = cache.join("glimpse").join("models");
    files::read(&model.fetch(&hub, &folder, &Settings::default())?)
}

/// Fetches the photos that a table of Conceptual Captions links to.
///
/// # Errors
/// When the table cannot be read or the disk refuses; not for single photos: of those many links are dead.
pub fn conceptual_captions(options: &Links) -> Result<()> {
    conceptual_captions::fetch(options, &settings(options.connections))
}

/// Fetches published weights of an image network.
///
/// # Errors
/// When they cannot be had, or are not those that are known.
pub fn encoder(options: &Weights) -> Result<()> {
    encoder::fetch(options, &Settings::default())
}

fn settings(connections: Connections) -> Settings {
    Settings {
        connections_per_host: usize::from(connections.connections_per_host),
        ..Settings::default()
    }
}
