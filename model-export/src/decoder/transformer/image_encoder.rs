//! A Transformer encoder layer for image features, as in the Keras example "Image captioning": norm,
//! dense layer with ReLU, self-attention, norm of the sum.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::attention::MultiHeadAttention;
use crate::decoder::dense::Dense;

/// The layer: positions see each other before the decoder sees them.
#[derive(Module, Debug)]
pub(super) struct ImageEncoder {
    input_norm: LayerNorm,
    projection: Dense,
    attention: MultiHeadAttention,
    output_norm: LayerNorm,
}

impl ImageEncoder {
    /// From `channels` values per position to `units`. Every head is as wide as the layer (Keras's
    /// `key_dim`).
    pub(super) fn new(
        channels: usize,
        units: usize,
        heads: usize,
        norm_epsilon: f64,
        device: &Device,
    ) -> Self {
        let norm = |width| {
            LayerNormConfig::new(width)
                .with_epsilon(norm_epsilon)
                .init(device)
        };
        Self {
            input_norm: norm(channels),
            projection: Dense::new(channels, units, device),
            attention: MultiHeadAttention::new(units, units, heads, units, 0.0, device),
            output_norm: norm(units),
        }
    }

    /// The same in integers, where its weights are int8's.
    #[cfg(feature = "kernels")]
    pub(super) fn in_integers(self) -> Self {
        Self {
            projection: self.projection.in_integers(),
            attention: self.attention.in_integers(),
            ..self
        }
    }

    /// `[photos, positions, channels]` to `[photos, positions, units]`.
    pub(super) fn forward(&self, features: Tensor<3>) -> Tensor<3> {
        let x = relu(self.projection.forward(self.input_norm.forward(features)));
        let memory = self.attention.key_value(x.clone());
        let (added, _) = self.attention.forward(x.clone(), &memory, None);
        self.output_norm.forward(x + added)
    }
}
