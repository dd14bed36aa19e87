//! Every size and choice of the Transformer decoder, as the model file's manifest records it.

use serde::{Deserialize, Serialize};

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
    /// Of what the feed-forward layer adds to the residual stream.
    pub feed_forward_output: f64,
    /// Of the image features, before anything else happens to them.
    pub image: f64,
}

impl DropoutRates {
    /// No dropout anywhere.
    pub const NONE: Self = Self::everywhere(0.0);

    /// The same rate in every place but the image features, which keep all their values.
    pub const fn everywhere(rate: f64) -> Self {
        Self {
            embedding: rate,
            attention_weights: rate,
            attention_output: rate,
            feed_forward_output: rate,
            image: 0.0,
        }
    }
}

/// The Transformer decoder's architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransformerConfig {
    /// Number of tokens, special ones included.
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
    pub image_channels: usize,
    /// Width of a linear layer before all else: the last projection of the image network as a part of
    /// the decoder. Needs `image_head_units`.
    #[serde(default)]
    pub image_bottleneck_units: Option<usize>,
    /// Width of a layer with ReLU6 before the projection: the image network's head convolution as a part
    /// of the decoder, so that it learns from captions. Needs `image_projection`.
    #[serde(default)]
    pub image_head_units: Option<usize>,
    /// Number of image positions, where each gets a learned embedding: cross-attention by itself
    /// sees what is at a position, not which position it is. Needs `image_projection`.
    pub image_positions: Option<usize>,
    /// Whether image features are first projected to `units` values and normalised.
    pub image_projection: bool,
    /// Whether the output layer is the transpose of the token embedding
    /// (Press and Wolf, 2017, <https://arxiv.org/abs/1608.05859>).
    pub tied_output: bool,
    /// Training only.
    pub dropout: DropoutRates,
}

impl TransformerConfig {
    /// The decoder of TensorFlow's tutorial "Image captioning with visual attention": two post-norm
    /// layers, two heads that are each as wide as the model (Keras's `key_dim=units`), no
    /// projection of the image features.
    pub fn tf_tutorial(vocabulary: usize, image_channels: usize) -> Self {
        Self {
            vocabulary,
            max_words: 50,
            layers: 2,
            units: 256,
            heads: 2,
            head_size: 256,
            feed_forward_units: 512,
            activation: Activation::Relu,
            normalization: Normalization::Post,
            norm_epsilon: 1e-3,
            image_channels,
            image_bottleneck_units: None,
            image_head_units: None,
            image_positions: None,
            image_projection: false,
            tied_output: false,
            dropout: DropoutRates {
                embedding: 0.0,
                attention_weights: 0.5,
                attention_output: 0.0,
                feed_forward_output: 0.5,
                image: 0.0,
            },
        }
    }

    /// What trains best here: pre-norm, narrower heads, tied output, less dropout, and image
    /// positions with an embedding each.
    pub fn glimpse(vocabulary: usize, image_channels: usize, image_positions: usize) -> Self {
        Self {
            vocabulary,
            max_words: 50,
            layers: 2,
            units: 256,
            heads: 4,
            head_size: 64,
            feed_forward_units: 512,
            activation: Activation::Relu,
            normalization: Normalization::Pre,
            norm_epsilon: 1e-5,
            image_channels,
            image_bottleneck_units: None,
            image_head_units: None,
            image_positions: Some(image_positions),
            image_projection: true,
            tied_output: true,
            dropout: DropoutRates {
                attention_weights: 0.0,
                image: 0.1,
                ..DropoutRates::everywhere(0.1)
            },
        }
    }

    /// Checks that every size is usable, before anything is allocated by it.
    ///
    /// # Errors
    /// A sentence that names the first size that is not.
    pub fn validate(&self) -> Result<(), String> {
        for (name, size, largest) in [
            ("vocabulary", self.vocabulary, 1_000_000),
            ("max_words", self.max_words, 4_096),
            ("layers", self.layers, 64),
            ("units", self.units, 16_384),
            ("heads", self.heads, 256),
            ("head_size", self.head_size, 16_384),
            ("feed_forward_units", self.feed_forward_units, 65_536),
            ("image_channels", self.image_channels, 65_536),
            (
                "image_bottleneck_units",
                self.image_bottleneck_units.unwrap_or(1),
                65_536,
            ),
            (
                "image_head_units",
                self.image_head_units.unwrap_or(1),
                65_536,
            ),
            ("image_positions", self.image_positions.unwrap_or(1), 65_536),
        ] {
            if !(1..=largest).contains(&size) {
                return Err(format!("decoder.{name} is {size}, not in 1 to {largest}"));
            }
        }
        for (name, size) in [
            ("image_head_units", self.image_head_units),
            ("image_positions", self.image_positions),
        ] {
            if size.is_some() && !self.image_projection {
                return Err(format!("decoder.{name} needs decoder.image_projection"));
            }
        }
        if self.image_bottleneck_units.is_some() && self.image_head_units.is_none() {
            return Err("decoder.image_bottleneck_units needs decoder.image_head_units".to_owned());
        }
        let rates = &self.dropout;
        for (name, rate) in [
            ("embedding", rates.embedding),
            ("attention_weights", rates.attention_weights),
            ("attention_output", rates.attention_output),
            ("feed_forward_output", rates.feed_forward_output),
            ("image", rates.image),
        ] {
            if !(0.0..1.0).contains(&rate) {
                return Err(format!("decoder.dropout.{name} is {rate}, not in 0 to 1"));
            }
        }
        if !(self.norm_epsilon > 0.0 && self.norm_epsilon < 1.0) {
            return Err(format!(
                "decoder.norm_epsilon is {}, not between 0 and 1",
                self.norm_epsilon
            ));
        }
        Ok(())
    }
}
