//! The layers that know the vocabulary: every decoder begins and ends with them.

use burn::module::Param;
use burn::nn::{Embedding, EmbeddingConfig, Initializer, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData};

use super::dense::Dense;

/// The name, among a decoder's parameters, of the output layer's bias. It has values that f16 cannot hold.
pub const OUTPUT_BIAS: &str = "output_bias";

/// The name, likewise, of the token embedding.
pub const TOKEN_EMBEDDING: &str = "token_embedding";

/// A decoder's token embedding, its output layer, where that is not the embedding's transpose, and the
/// output's bias.
pub(super) struct WordLayers<E, L, B> {
    pub(super) embedding: E,
    pub(super) output: Option<L>,
    pub(super) bias: B,
}

/// An embedding whose rows have length 1 or so.
pub(super) fn embedding(count: usize, units: usize, device: &Device) -> Embedding {
    EmbeddingConfig::new(count, units)
        .with_initializer(Initializer::Normal {
            mean: 0.0,
            std: 1.0 / (units as f64).sqrt(),
        })
        .init(device)
}

/// An output layer; its bias stands beside it, because a tied output has one too.
pub(super) fn output(units: usize, vocabulary: usize, device: &Device) -> Dense {
    LinearConfig::new(units, vocabulary)
        .with_bias(false)
        .init(device)
        .into()
}

pub(super) fn output_bias(vocabulary: usize, device: &Device) -> Param<Tensor<1>> {
    Initializer::Zeros.init([vocabulary], device)
}

/// Gives a parameter other values.
pub(super) fn overwrite<const D: usize>(parameter: &mut Param<Tensor<D>>, values: TensorData) {
    // A fresh tensor tracks no gradient unless it is told to.
    *parameter = parameter.clone().map(|old| {
        Tensor::from_data(values, &old.device()).set_require_grad(old.is_require_grad())
    });
}
