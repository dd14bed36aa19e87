//! Every knob of a training run, named once.

mod chosen;
mod command;
mod config;
mod decoder_options;
mod explain;
mod given;
mod keys;
mod overrides;
mod parts;
mod precision;
mod preset;
mod run_options;

pub use chosen::Chosen;
pub(crate) use command::command;
pub use config::{TrainConfig, default_threads};
pub use explain::explain;
pub use overrides::Overrides;
pub use parts::{DataRecipe, Schedule, TextRecipe, TrainingRecipe};
pub use precision::ComputePrecision;
pub use preset::{CARRIED, Preset};
pub use run_options::{Learning, Sources};
