//! The command `glimpse` from outside: data in, captions out, whatever happens in between.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed step fails the test"
)]

mod bad_input;
mod captions;
mod compare;
mod confidence;
mod data_sets;
mod devices;
mod diet;
mod documents;
mod embedded_descriptions;
mod example;
mod feature_parts;
mod hub;
mod image_blocks;
mod image_classes;
mod interruption;
mod languages;
mod one_command;
mod origin;
mod overfit;
mod photo_folder;
mod photo_library;
mod presets;
mod recipe;
mod report;
mod runs;
mod score;
mod self_critical;
mod support;
mod test_split;
