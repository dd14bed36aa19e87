//! Data sets and published weights from the web. Nothing else opens connections.
//!
//! From the inside out: an `address` is asked for by a `client`, which counts connections per
//! `hosts`; `retry` says what is tried again and when; `download` brings large files piece by piece,
//! a `part` at a time; `archive` unpacks them; the `catalogue` says where they are.

mod address;
mod archive;
mod bars;
mod catalogue;
mod checksum;
mod client;
mod conceptual_captions;
mod data_set;
mod download;
mod encoder;
mod failures;
mod hosts;
mod options;
mod part;
mod photo;
mod record;
mod retry;
mod settings;
mod table;
#[cfg(test)]
mod tests;

use anyhow::Result;

pub use options::{Connections, DataSet, Links, Weights};

use settings::Settings;

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
