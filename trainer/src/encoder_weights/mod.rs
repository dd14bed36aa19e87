//! Weights of pretrained image networks: the ones in the repository, and imported ones.

mod checkpoint;
mod import;
mod names;
mod options;
mod weights;

pub use import::import;
pub use options::EncoderOptions;
pub(crate) use weights::ENCODER_PRECISION;
pub use weights::EncoderWeights;
