//! Caption decoders: image features and the words so far to logits of the next word.

mod attention;
mod config;
mod dropout;
mod transformer;

pub use attention::{KeyValue, MultiHeadAttention};
pub use config::{Activation, DropoutRates, Normalization, TransformerConfig};
pub use dropout::seed_dropout;
pub use transformer::{DecoderOutput, DecoderState, ImageMemory, TransformerDecoder};
