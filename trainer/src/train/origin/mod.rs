//! Where weights come from: random numbers, an image network, word vectors, an earlier run, or a model file.

mod begin;
mod earlier;
mod word_vectors;

pub(crate) use begin::{initial_decoder, pretrained_decoder, settle_embedding, vocabulary};
pub(crate) use earlier::commands;
