//! One layer of the decoder.

use burn::module::Module;
use burn::nn::LayerNorm;
use burn::tensor::activation::{gelu, relu};
use burn::tensor::{Bool, Device, Tensor};

use super::attention::{KeyValue, MultiHeadAttention};
use super::config::{Activation, Normalization, TransformerConfig};
use crate::decoder::dense::Dense;
use crate::decoder::dropout::Dropout;

/// Causal self-attention, cross-attention to the image and feed-forward.
#[derive(Module, Debug)]
pub(super) struct DecoderLayer {
    self_attention: MultiHeadAttention,
    self_attention_norm: LayerNorm,
    cross_attention: MultiHeadAttention,
    cross_attention_norm: LayerNorm,
    attention_dropout: Dropout,
    feed_forward: FeedForward,
    feed_forward_norm: LayerNorm,
    pre_norm: bool,
}

#[derive(Module, Debug)]
struct FeedForward {
    inner: Dense,
    outer: Dense,
    inner_dropout: Dropout,
    dropout: Dropout,
    gelu: bool,
}

impl DecoderLayer {
    /// A layer with random weights.
    pub(super) fn new(config: &TransformerConfig, device: &Device) -> Self {
        let units = config.units;
        let norm = || config.norm(device);
        let attention = |memory_units| {
            MultiHeadAttention::new(
                units,
                memory_units,
                config.heads,
                config.head_size,
                config.dropout.attention_weights,
                device,
            )
        };
        Self {
            self_attention: attention(units),
            self_attention_norm: norm(),
            cross_attention: attention(config.memory_units()),
            cross_attention_norm: norm(),
            attention_dropout: Dropout::new(config.dropout.attention_output),
            feed_forward: FeedForward {
                inner: Dense::new(units, config.feed_forward_units, device),
                outer: Dense::new(config.feed_forward_units, units, device),
                inner_dropout: Dropout::new(config.dropout.feed_forward_inner),
                dropout: Dropout::new(config.dropout.feed_forward_output),
                gelu: config.activation == Activation::Gelu,
            },
            feed_forward_norm: norm(),
            pre_norm: config.normalization == Normalization::Pre,
        }
    }

    /// The same in integers, where its weights are int8's.
    #[cfg(feature = "kernels")]
    pub(super) fn in_integers(self) -> Self {
        let FeedForward { inner, outer, .. } = self.feed_forward;
        Self {
            self_attention: self.self_attention.in_integers(),
            cross_attention: self.cross_attention.in_integers(),
            feed_forward: FeedForward {
                inner: inner.in_integers(),
                outer: outer.in_integers(),
                ..self.feed_forward
            },
            ..self
        }
    }

    /// The image's memory `[photos, rows, units]` as this layer's cross-attention reads it.
    pub(super) fn read_image(&self, memory: Tensor<3>) -> KeyValue {
        self.cross_attention.key_value(memory)
    }

    /// Returns the layer's output and its cross-attention weights; `cache` grows by these words.
    pub(super) fn forward(
        &self,
        x: Tensor<3>,
        image: &KeyValue,
        cache: &mut Option<KeyValue>,
        mask: Option<Tensor<2, Bool>>,
    ) -> (Tensor<3>, Tensor<4>) {
        let input = self.before(&self.self_attention_norm, &x);
        let new = self.self_attention.key_value(input.clone());
        let words = match cache.take() {
            Some(earlier) => earlier.extended(new),
            None => new,
        };
        let (added, _) = self.self_attention.forward(input, &words, mask);
        *cache = Some(words);
        let x = self.after(
            &self.self_attention_norm,
            x + self.attention_dropout.forward(added),
        );

        let input = self.before(&self.cross_attention_norm, &x);
        let (added, weights) = self.cross_attention.forward(input, image, None);
        let x = self.after(
            &self.cross_attention_norm,
            x + self.attention_dropout.forward(added),
        );

        let input = self.before(&self.feed_forward_norm, &x);
        let added = self.feed_forward.forward(input);
        (self.after(&self.feed_forward_norm, x + added), weights)
    }

    /// What a sublayer reads from the residual stream.
    fn before(&self, norm: &LayerNorm, x: &Tensor<3>) -> Tensor<3> {
        if self.pre_norm {
            norm.forward(x.clone())
        } else {
            x.clone()
        }
    }

    /// The residual stream after a sublayer's sum.
    fn after(&self, norm: &LayerNorm, x: Tensor<3>) -> Tensor<3> {
        if self.pre_norm { x } else { norm.forward(x) }
    }
}

impl FeedForward {
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let x = self.inner.forward(x);
        let x = if self.gelu { gelu(x) } else { relu(x) };
        let x = self.inner_dropout.forward(x);
        self.dropout.forward(self.outer.forward(x))
    }
}
