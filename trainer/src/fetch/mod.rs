//! `glimpse fetch`: data sets and published weights from the web. The one command that opens connections.
//!
//! From the inside out: an [`address`] is asked for by a [`client`], which counts connections per
//! [`hosts`]; [`retry`] says what is tried again and when; [`download`] brings large files piece by piece,
//! a [`part`] at a time; [`archive`] unpacks them; the [`catalogue`] says where they are.

mod address;
mod archive;
mod arguments;
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
mod part;
mod photo;
mod record;
mod retry;
mod settings;
mod table;
#[cfg(test)]
mod tests;

use anyhow::Result;

pub(crate) use arguments::Command;

use settings::Settings;

/// Runs one of the commands.
///
/// # Errors
/// When something could not be fetched, except for single photos of Conceptual Captions: of those many
/// links are dead.
pub(crate) fn run(command: &Command) -> Result<()> {
    let settings = |connections_per_host| Settings {
        connections_per_host,
        ..Settings::default()
    };
    match command {
        Command::Flickr8k(arguments) => data_set::fetch(
            &catalogue::FLICKR8K,
            arguments,
            &settings(arguments.connections.per_host()),
        ),
        Command::Coco(arguments) => data_set::fetch(
            &catalogue::COCO,
            arguments,
            &settings(arguments.connections.per_host()),
        ),
        Command::ConceptualCaptions(arguments) => {
            conceptual_captions::fetch(arguments, &settings(arguments.connections.per_host()))
        }
        Command::Encoder(arguments) => encoder::fetch(arguments, &Settings::default()),
    }
}
