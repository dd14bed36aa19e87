//! The exported model: one safetensors file whose `__metadata__` holds a JSON manifest.
//!
//! ```text
//! 8 bytes      length of the header, little endian
//! header       JSON: every tensor's name, type, shape and place; `__metadata__`:
//!                  glimpse   the manifest, as JSON text
//!                  crc32     checksum of the manifest's bytes and then the tensors', in hexadecimal
//! tensors      `encoder.…` and `decoder.…`; f32, f16 or int8
//! ```
//!
//! An int8 tensor is symmetric with one scale per output channel, in a sibling `NAME.scale` of the
//! same rank (length 1 in every other dimension): `value = int8 · scale`. Tensors are widened to f32
//! when the file is read, because quantised inference dequantises at every use and is slower.

mod manifest;
mod parameters;
mod quantize;
mod read;
mod write;

pub use manifest::{FORMAT_VERSION, Manifest, TrainingRecord};
pub use parameters::{Parameter, load_parameters, parameters};
pub use quantize::Precision;
pub use read::{ModelError, ModelFile, read_classifier, read_encoder};
pub use write::{WriteError, serialize, serialize_encoder};
