//! The Transformer decoder: token and position embeddings, layers of causal self-attention,
//! cross-attention to the image and feed-forward, and an output layer with banned tokens.
//!
//! | module | what it does |
//! |---|---|
//! | `config` | every size and choice |
//! | `decoder` | the whole: memory and words to what the output layer reads |
//! | `decoder_layer` | one layer |
//! | `attention` | attention in parallel heads, with weights and cached keys |
//! | `image_memory` | image features to the memory that cross-attention reads |
//! | `image_encoder` | a layer of self-attention among the image's positions |
//! | `class_memory` | what the image network takes the photo for, as a part of the memory |

mod attention;
mod class_memory;
mod config;
mod decoder;
mod decoder_layer;
mod image_encoder;
mod image_memory;

pub use self::class_memory::ClassMemoryConfig;
pub use self::config::{Activation, DropoutRates, Normalization, TransformerConfig};
pub(super) use self::decoder::TransformerState;
pub use self::decoder::{FROZEN_CLASSIFIER, IMAGE_BLOCKS, IMAGE_CLASSES, TransformerDecoder};
