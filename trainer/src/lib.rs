//! Trains image captioners that run in the browser: what the command `glimpse` can do, as a library.
//!
//! The model itself is [`model_export`], which the browser runs too. What is here makes such a model, and
//! measures it. In the order in which a model comes about:
//!
//! | module | from | to |
//! |---|---|---|
//! | [`fetch`] | the web | a data set's folder, or published weights of an image network |
//! | [`data`] | a folder in one of the known layouts | photos with their captions, and their splits |
//! | [`encoder_weights`] | published weights | an image network |
//! | [`features`] | photos and an image network | a cache of image features |
//! | [`train::recipe`] | a preset's name, or a TOML file | the parts of a captioner, and how it is trained |
//! | [`train`] | a recipe, data sets and cached features | a run's folder, with the best weights |
//! | [`runs`] | the folders of several runs | what differs in them, and their scores and curves |
//! | [`export`] | a run's folder | a model file |
//! | [`onnx`] | a model file | the same as ONNX, for other programs |
//! | [`calibrate`] | a model file and photos | the same with probabilities that its captions are right |
//! | [`evaluate`] | a model file and photos | measures of its captions |
//! | [`report`] | these measures and captions | a page to browse them in |
//! | [`score`] | captions and what people said | BLEU, METEOR, ROUGE-L, CIDEr, content words |
//! | [`caption`] | photos, alone or in folders | captions: text, JSON lines, pictures of attention, speech |
//! | [`xmp`] | captions | descriptions in photos' files, or beside them |
//!
//! What people are told goes through [`output`].
//!
//! [`decoding`], [`device`] and [`arguments`] are what several commands are told in the same way. A group
//! of options is a struct that [`clap`] reads: the command flattens it, and the capability takes it.

// Its macros have the standard library's names and are for all others.
#[macro_use]
pub mod output;

pub mod arguments;
pub mod calibrate;
pub mod caption;
mod checksum;
mod columns;
pub mod data;
pub mod decoding;
pub mod device;
pub mod encoder_weights;
pub mod evaluate;
pub mod export;
pub mod features;
pub mod fetch;
pub mod files;
mod image_classes;
mod lock;
mod memory;
pub mod onnx;
mod passes;
mod picture;
mod progress;
pub mod report;
pub mod runs;
pub mod score;
pub mod shipped_model;
pub mod train;
pub mod xmp;
