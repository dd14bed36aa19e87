//! Every size and choice of the Transformer decoder.

use burn::nn::{LayerNorm, LayerNormConfig};
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::class_memory::ClassMemoryConfig;
use crate::decoder::checks::{check_rates, check_sizes};
use crate::encoder::BlockConfig;

/// Where layer normalisation stands in a decoder layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalization {
    /// `x + sublayer(norm(x))`, with one more norm before the output layer (Xiong et al., 2020,
    /// <https://arxiv.org/abs/2002.04745>).
    Pre,
    /// `norm(x + sublayer(x))` (Vaswani et al., 2017, <https://arxiv.org/abs/1706.03762>).
    Post,
}

/// The feed-forward layer's non-linearity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// max(0, x)
    Relu,
    /// x·Φ(x) with the exact normal distribution (<https://arxiv.org/abs/1606.08415>).
    Gelu,
}

/// Share of values that dropout zeroes during training, by place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DropoutRates {
    /// Of the sum of token and position embeddings.
    pub embedding: f64,
    /// Of the attention weights, after the softmax.
    pub attention_weights: f64,
    /// Of what an attention layer adds to the residual stream.
    pub attention_output: f64,
    /// Within the feed-forward layer, after its non-linearity.
    #[serde(default)]
    pub feed_forward_inner: f64,
    /// Of what the feed-forward layer adds to the residual stream.
    pub feed_forward_output: f64,
    /// Of what the output layer reads.
    #[serde(default)]
    pub output: f64,
    /// Of the image features, before anything else happens to them.
    pub image: f64,
    /// Of the image's positions, which are left out as a whole.
    #[serde(default)]
    pub image_positions: f64,
}

impl DropoutRates {
    /// No dropout anywhere.
    pub const NONE: Self = Self {
        embedding: 0.0,
        attention_weights: 0.0,
        attention_output: 0.0,
        feed_forward_inner: 0.0,
        feed_forward_output: 0.0,
        output: 0.0,
        image: 0.0,
        image_positions: 0.0,
    };

    /// The same rate in every place of the residual stream and its attention. The rates of the image
    /// features, of the feed-forward layer's inner values and of what the output layer reads stay.
    pub fn with_rate(self, rate: f64) -> Self {
        Self {
            embedding: rate,
            attention_weights: rate,
            attention_output: rate,
            feed_forward_output: rate,
            ..self
        }
    }
}

/// The Transformer decoder's architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransformerConfig {
    /// Number of tokens, special ones included.
    #[serde(default)]
    pub vocabulary: usize,
    /// Most tokens in a caption, `[START]` and `[END]` included: the number of position embeddings.
    pub max_words: usize,
    /// Number of decoder layers.
    pub layers: usize,
    /// Width of the residual stream.
    pub units: usize,
    /// Attention heads per layer.
    pub heads: usize,
    /// Width of one head's queries, keys and values.
    pub head_size: usize,
    /// Width of the feed-forward layer.
    pub feed_forward_units: usize,
    /// The feed-forward layer's non-linearity.
    pub activation: Activation,
    /// Where the norms stand.
    pub normalization: Normalization,
    /// Added to the variance in every norm.
    pub norm_epsilon: f64,
    /// Values per image position.
    #[serde(default)]
    pub image_channels: usize,
    /// The last blocks of the image network as a part of the decoder. They need `image_head_units`, and
    /// `image_positions` that are a square.
    #[serde(default)]
    pub image_blocks: Vec<BlockConfig>,
    /// Width of a layer with ReLU6 before the projection: the image network's head convolution as a part
    /// of the decoder, so that it learns from captions. Needs `image_projection`.
    #[serde(default)]
    pub image_head_units: Option<usize>,
    /// Heads of a Transformer encoder layer that the image features pass first, where there is one: norm,
    /// dense layer to `units` values with ReLU, self-attention, norm of the sum (the Keras example "Image
    /// captioning"). Takes the place of `image_projection`.
    #[serde(default)]
    pub image_encoder_heads: Option<usize>,
    /// Number of image positions, where each gets a learned embedding: cross-attention by itself
    /// sees what is at a position, not which position it is. Needs `image_projection`.
    pub image_positions: Option<usize>,
    /// The image network's likeliest classes as further rows of the memory, where there are any. They are
    /// found from what stands before the head, so they need `image_head_units`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_classes: Option<ClassMemoryConfig>,
    /// Whether image features are first projected to `units` values and normalised.
    pub image_projection: bool,
    /// Whether the output layer is the transpose of the token embedding
    /// (Press and Wolf, 2017, <https://arxiv.org/abs/1608.05859>).
    pub tied_output: bool,
    /// Training only.
    pub dropout: DropoutRates,
}

impl TransformerConfig {
    /// Checks that every size is usable, before anything is allocated by it.
    ///
    /// # Errors
    /// A sentence that names the first size that is not.
    pub fn validate(&self) -> Result<(), String> {
        check_sizes(&[
            ("vocabulary", self.vocabulary, 1_000_000),
            ("max_words", self.max_words, 4_096),
            ("layers", self.layers, 64),
            ("units", self.units, 16_384),
            ("heads", self.heads, 256),
            ("head_size", self.head_size, 16_384),
            ("feed_forward_units", self.feed_forward_units, 65_536),
            ("image_channels", self.image_channels, 65_536),
            (
                "image_head_units",
                self.image_head_units.unwrap_or(1),
                65_536,
            ),
            ("image_positions", self.image_positions.unwrap_or(1), 65_536),
            (
                "image_encoder_heads",
                self.image_encoder_heads.unwrap_or(1),
                256,
            ),
        ])?;
        for (name, size) in [
            ("image_head_units", self.image_head_units),
            ("image_positions", self.image_positions),
        ] {
            if size.is_some() && !self.image_projection {
                return Err(format!("decoder.{name} needs decoder.image_projection"));
            }
        }
        self.check_image_blocks()?;
        if let Some(classes) = &self.image_classes {
            classes.validate(self.vocabulary)?;
            if self.image_head_units.is_none() {
                return Err("decoder.image_classes need decoder.image_head_units".to_owned());
            }
        }
        if self.image_encoder_heads.is_some() && self.image_projection {
            return Err(
                "decoder.image_encoder_heads takes the place of decoder.image_projection"
                    .to_owned(),
            );
        }
        let rates = &self.dropout;
        check_rates(&[
            ("dropout.embedding", rates.embedding),
            ("dropout.attention_weights", rates.attention_weights),
            ("dropout.attention_output", rates.attention_output),
            ("dropout.feed_forward_inner", rates.feed_forward_inner),
            ("dropout.feed_forward_output", rates.feed_forward_output),
            ("dropout.output", rates.output),
            ("dropout.image", rates.image),
            ("dropout.image_positions", rates.image_positions),
        ])?;
        if !(self.norm_epsilon > 0.0 && self.norm_epsilon < 1.0) {
            return Err(format!(
                "decoder.norm_epsilon is {}, not between 0 and 1",
                self.norm_epsilon
            ));
        }
        Ok(())
    }

    /// Width of a row of the image's memory.
    pub(super) fn memory_units(&self) -> usize {
        if self.image_projection || self.image_encoder_heads.is_some() {
            self.units
        } else {
            self.image_channels
        }
    }

    /// A norm of the residual stream.
    pub(super) fn norm(&self, device: &Device) -> LayerNorm {
        LayerNormConfig::new(self.units)
            .with_epsilon(self.norm_epsilon)
            .init(device)
    }

    /// Positions along one side of the feature map that `image_blocks` read, where there are any.
    pub(super) fn image_side(&self) -> Option<usize> {
        let positions = self.image_positions?;
        let side = positions.isqrt();
        (!self.image_blocks.is_empty() && side * side == positions).then_some(side)
    }

    /// Whether each block reads what the one before gives, on a map that keeps its size.
    fn check_image_blocks(&self) -> Result<(), String> {
        if self.image_blocks.is_empty() {
            return Ok(());
        }
        if self.image_head_units.is_none() || self.image_side().is_none() {
            return Err(
                "decoder.image_blocks need decoder.image_head_units, and decoder.image_positions that are a \
                 square"
                    .to_owned(),
            );
        }
        let mut channels = self.image_channels;
        check_sizes(&[("image_blocks", self.image_blocks.len(), 64)])?;
        for block in &self.image_blocks {
            check_sizes(&[
                ("image_blocks.kernel", block.kernel, 15),
                ("image_blocks.stride", block.stride, 1),
                ("image_blocks.hidden", block.hidden, 65_536),
                ("image_blocks.output", block.output, 65_536),
            ])?;
            if block.input != channels {
                return Err(format!(
                    "decoder.image_blocks: one reads {} channels and is given {channels}",
                    block.input
                ));
            }
            channels = block.output;
        }
        Ok(())
    }
}
