//! Multi-head attention that returns its weights and can keep its keys and values.
//!
//! burn's own layer applies dropout before the softmax and its decoder drops the weights; captions
//! need the weights, and Keras and PyTorch both drop out after the softmax.

use burn::module::Module;
use burn::tensor::activation::softmax;
use burn::tensor::{Bool, Device, Tensor};

use crate::decoder::dense::Dense;
use crate::decoder::dropout::Dropout;
use crate::decoder::state::Rows;

/// Scaled dot-product attention (Vaswani et al., 2017, <https://arxiv.org/abs/1706.03762>):
/// `softmax(Q·Kᵀ / √head_size)·V`, in parallel heads.
#[derive(Module, Debug)]
pub(super) struct MultiHeadAttention {
    query: Dense,
    key: Dense,
    value: Dense,
    output: Dense,
    weights_dropout: Dropout,
    heads: usize,
    head_size: usize,
}

/// Score of a masked position: its weight is exactly 0, in f32 and in f16. Not −∞, which WGSL does not promise.
const MASKED: f32 = -6e4;

/// Keys and values, each `[batch, heads, positions, head_size]`.
#[derive(Clone, Debug)]
pub(super) struct KeyValue {
    keys: Tensor<4>,
    values: Tensor<4>,
}

impl KeyValue {
    /// These positions followed by `later` ones.
    pub(super) fn extended(self, later: Self) -> Self {
        Self {
            keys: Tensor::cat(vec![self.keys, later.keys], 2),
            values: Tensor::cat(vec![self.values, later.values], 2),
        }
    }

    /// Keeps the given rows of the batch.
    pub(super) fn select(&mut self, rows: &Rows) {
        rows.of(&mut self.keys);
        rows.of(&mut self.values);
    }
}

impl MultiHeadAttention {
    /// Attention from a stream `units` wide to a memory `memory_units` wide.
    pub(super) fn new(
        units: usize,
        memory_units: usize,
        heads: usize,
        head_size: usize,
        weights_dropout: f64,
        device: &Device,
    ) -> Self {
        let width = heads * head_size;
        Self {
            query: Dense::new(units, width, device),
            key: Dense::new(memory_units, width, device),
            value: Dense::new(memory_units, width, device),
            output: Dense::new(width, units, device),
            weights_dropout: Dropout::new(weights_dropout),
            heads,
            head_size,
        }
    }

    /// The same in integers, where its weights are int8's.
    #[cfg(feature = "kernels")]
    pub(super) fn in_integers(self) -> Self {
        Self {
            query: self.query.in_integers(),
            key: self.key.in_integers(),
            value: self.value.in_integers(),
            output: self.output.in_integers(),
            ..self
        }
    }

    /// Keys and values of a memory `[batch, positions, memory_units]`.
    pub(super) fn key_value(&self, memory: Tensor<3>) -> KeyValue {
        KeyValue {
            keys: self.split_heads(self.key.forward(memory.clone())),
            values: self.split_heads(self.value.forward(memory)),
        }
    }

    /// Attends from `x` `[batch · group, words, units]` to a memory of `batch` rows.
    ///
    /// Consecutive rows of `x` share a row of the memory, `group` of them each: the captions of one
    /// photo read the same keys and values, which are therefore computed and stored once. Where
    /// `mask` `[words, positions]` is true, nothing is read.
    ///
    /// Returns what to add to the residual stream `[batch · group, words, units]` and the weights
    /// `[batch · group, heads, words, positions]`.
    pub(super) fn forward(
        &self,
        x: Tensor<3>,
        memory: &KeyValue,
        mask: Option<Tensor<2, Bool>>,
    ) -> (Tensor<3>, Tensor<4>) {
        let [rows, words, _] = x.dims();
        let [batch, heads, positions, head_size] = memory.keys.dims();
        let group = rows / batch;

        // Without a group this is the usual [batch, heads, words, head_size].
        let query = self
            .query
            .forward(x)
            .reshape([batch, group * words, heads, head_size])
            .swap_dims(1, 2);
        let mut scores = query
            .matmul(memory.keys.clone().swap_dims(2, 3))
            .div_scalar((head_size as f64).sqrt());
        if let Some(mask) = mask {
            let mask = mask
                .reshape([1, 1, words, positions])
                .repeat(&[1, 1, group, 1])
                .expand([batch, heads, group * words, positions]);
            scores = scores.mask_fill(mask, MASKED);
        }
        let weights = softmax(scores, 3);
        let context = self
            .weights_dropout
            .forward(weights.clone())
            .matmul(memory.values.clone())
            .swap_dims(1, 2)
            .reshape([rows, words, heads * head_size]);
        let weights = weights
            .reshape([batch, heads, group, words, positions])
            .swap_dims(1, 2)
            .reshape([rows, heads, words, positions]);
        (self.output.forward(context), weights)
    }

    fn split_heads(&self, x: Tensor<3>) -> Tensor<4> {
        let [batch, positions, _] = x.dims();
        x.reshape([batch, positions, self.heads, self.head_size])
            .swap_dims(1, 2)
    }
}
