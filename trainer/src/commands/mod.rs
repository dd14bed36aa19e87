//! The subcommands: each reads its options, asks the library, and says what came of it.

pub(crate) mod benchmark;
pub(crate) mod calibrate;
pub(crate) mod caption;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod data;
pub(crate) mod devices;
pub(crate) mod encoder;
pub(crate) mod evaluate;
pub(crate) mod export;
pub(crate) mod features;
pub(crate) mod fetch;
mod given_names;
pub(crate) mod man;
mod preset_choice;
pub(crate) mod presets;
mod resume;
pub(crate) mod runs;
pub(crate) mod score;
pub(crate) mod train;
