//! A layer in a file of weights.

/// The tensors that become one convolution.
#[derive(Debug, PartialEq)]
pub(in crate::encoder_weights) struct Layer {
    /// The convolution.
    pub(in crate::encoder_weights) convolution: String,
    /// The batch norm after it, where there is one; a convolution without one has a bias.
    pub(in crate::encoder_weights) norm: Option<String>,
}
