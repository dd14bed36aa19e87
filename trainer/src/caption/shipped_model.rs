//! The model that comes along, within the program: it captions in any folder, and where nothing but it is installed.

/// The model file `www/models/glimpse.safetensors`.
pub static SHIPPED_MODEL: &[u8] = include_bytes!("../../../www/models/glimpse.safetensors");
