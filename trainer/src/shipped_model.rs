//! The model that comes along, within the program: it captions in any folder, and where nothing but it is installed, and
//! is gone on from by its name.

/// What stands for it where a model file is named.
pub const SHIPPED: &str = "shipped";

/// The model file `www/models/glimpse.safetensors`.
pub static SHIPPED_MODEL: &[u8] = include_bytes!("../../www/models/glimpse.safetensors");
