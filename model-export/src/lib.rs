//! The captioning model, and the file that it is exported to.
//!
//! The trainer and the browser both import this crate, so photo preparation, encoder, decoder and
//! generation exist once. A photo passes through the modules in this order:
//!
//! | module | from | to |
//! |---|---|---|
//! | [`photo`] | bytes of a JPEG, PNG or WebP file | pixels `[1, 3, size, size]` |
//! | [`encoder`] | pixels | image features `[batch, positions, channels]` |
//! | [`decoder`] | features and the words so far | logits `[batch, words, vocabulary]` and attention |
//! | [`generate`] | features and the decoder | captions, by beam search or sampling |
//! | [`attention`] | attention of layers and heads | one map per word |
//! | [`confidence`] | a search's numbers | the probability that its caption is right |
//! | [`captioner`] | bytes of a photo | [`Caption`] |
//!
//! [`text`] splits captions into words, [`vocabulary`] turns words into ids and back, [`content_words`] knows those that a caption
//! says but once; [`model_file`] writes and reads the whole model.

pub mod attention;
pub mod captioner;
pub mod confidence;
pub mod content_words;
pub mod decoder;
pub mod encoder;
pub mod generate;
#[cfg(feature = "kernels")]
mod kernels;
pub mod model_file;
pub mod photo;
pub mod text;
pub mod vocabulary;

pub use attention::Grid;
pub use captioner::{Alternative, Caption, CaptionError, CaptionOptions, Captioner, Word};
pub use generate::{GenerateError, GenerateOptions, Sampling, Strategy};
pub use model_file::{Manifest, ModelError};
