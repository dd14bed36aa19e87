//! Why there are no captions.

use std::fmt::Debug;

use thiserror::Error;

/// The device that runs the model returned no result, or no numbers: a lost GPU, say.
#[derive(Debug, Error)]
#[error("the device that runs the model failed: {0}")]
pub struct DeviceError(String);

impl DeviceError {
    pub(crate) fn new(reason: impl Debug) -> Self {
        Self(format!("{reason:?}"))
    }

    /// The model's output is no probability distribution.
    pub(crate) fn not_a_number() -> Self {
        Self("the model's output has values that are not numbers".to_owned())
    }
}

/// Why image features got no captions.
#[derive(Debug, Error)]
pub enum GenerateError {
    /// An option is out of its range; the sentence names it.
    #[error("{0}")]
    Options(String),
    /// The device failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
}
