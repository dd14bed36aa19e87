//! The decoder's architecture, as the model file's manifest records it.

use serde::{Deserialize, Serialize};

use super::gru_attention::GruAttentionConfig;
use super::merge_lstm::MergeLstmConfig;
use super::transformer::{ClassMemoryConfig, TransformerConfig};
use crate::encoder::{EncoderConfig, FeatureLayer, IMAGENET_CLASSES};
use crate::vocabulary::UNKNOWN;

/// A decoder's architecture and sizes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum DecoderConfig {
    /// Self-attention, and cross-attention to the image.
    Transformer(TransformerConfig),
    /// A GRU with additive attention to the image.
    GruAttention(GruAttentionConfig),
    /// An LSTM, which the image joins at its end.
    MergeLstm(MergeLstmConfig),
}

impl DecoderConfig {
    /// The name of the architecture in files.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Transformer(_) => "transformer",
            Self::GruAttention(_) => "gru-attention",
            Self::MergeLstm(_) => "merge-lstm",
        }
    }

    /// Number of tokens, special ones included.
    pub fn vocabulary(&self) -> usize {
        match self {
            Self::Transformer(config) => config.vocabulary,
            Self::GruAttention(config) => config.vocabulary,
            Self::MergeLstm(config) => config.vocabulary,
        }
    }

    /// Most tokens in a caption, `[START]` and `[END]` included.
    pub fn max_words(&self) -> usize {
        match self {
            Self::Transformer(config) => config.max_words,
            Self::GruAttention(config) => config.max_words,
            Self::MergeLstm(config) => config.max_words,
        }
    }

    /// Whether it looks at the image's positions one by one, so that there is a map for every word.
    pub fn has_attention(&self) -> bool {
        match self {
            Self::Transformer(_) | Self::GruAttention(_) => true,
            Self::MergeLstm(_) => false,
        }
    }

    /// Which of the image network's classes it reads, where it does.
    pub fn image_classes(&self) -> Option<&ClassMemoryConfig> {
        match self {
            Self::Transformer(config) => config.image_classes.as_ref(),
            Self::GruAttention(_) | Self::MergeLstm(_) => None,
        }
    }

    /// The same, to set what they are called.
    pub fn image_classes_mut(&mut self) -> Option<&mut ClassMemoryConfig> {
        match self {
            Self::Transformer(config) => config.image_classes.as_mut(),
            Self::GruAttention(_) | Self::MergeLstm(_) => None,
        }
    }

    /// Sets the sizes that follow from the vocabulary and from the image network.
    ///
    /// # Errors
    /// A sentence that says why the decoder cannot read such features.
    pub fn fit(&mut self, vocabulary: usize, encoder: EncoderConfig) -> Result<(), String> {
        let channels = encoder.channels();
        let positions = encoder.grid().positions();
        match self {
            Self::Transformer(config) => {
                config.vocabulary = vocabulary;
                config.image_channels = channels;
                config.image_positions = config.image_positions.map(|_| positions);
                config.image_blocks = encoder.tail_blocks();
                let trained = encoder.feature_layer.leaves_a_tail();
                config.image_head_units = encoder
                    .channels_after(FeatureLayer::Head)
                    .filter(|_| trained);
                if let Some(classes) = &mut config.image_classes {
                    classes.words.resize(IMAGENET_CLASSES, [UNKNOWN; 2]);
                }
            }
            Self::GruAttention(GruAttentionConfig {
                vocabulary: words,
                image_channels,
                ..
            })
            | Self::MergeLstm(MergeLstmConfig {
                vocabulary: words,
                image_channels,
                ..
            }) => {
                *words = vocabulary;
                *image_channels = channels;
            }
        }
        self.check_features(encoder)
    }

    /// Checks every size, before anything is allocated by it.
    ///
    /// # Errors
    /// A sentence that names the first size that is not usable.
    pub fn validate(&self) -> Result<(), String> {
        match self {
            Self::Transformer(config) => config.validate(),
            Self::GruAttention(config) => config.validate(),
            Self::MergeLstm(config) => config.validate(),
        }
    }

    /// Whether it has taken over the very blocks that an image network goes on with.
    pub(crate) fn has_tail_of(&self, encoder: EncoderConfig) -> bool {
        match self {
            Self::Transformer(config) => config.image_blocks == encoder.tail_blocks(),
            Self::GruAttention(_) | Self::MergeLstm(_) => false,
        }
    }

    /// Checks that it can read what the image network gives.
    ///
    /// # Errors
    /// A sentence that says why not.
    pub fn check_features(&self, encoder: EncoderConfig) -> Result<(), String> {
        let name = encoder.architecture.name();
        let positions = encoder.grid().positions();
        let layer = encoder.feature_layer;
        if self.has_attention() && positions == 1 {
            return Err(format!(
                "the layer {} of {name} gives one vector for the whole photo, and the attention of a {} \
                 decoder needs several positions to choose among: take another layer, or a decoder \
                 without attention (merge-lstm)",
                layer.name(),
                self.kind()
            ));
        }
        let tail = layer.leaves_a_tail();
        let (channels, image_positions) = match self {
            Self::Transformer(config) => {
                if tail && config.image_encoder_heads.is_some() {
                    return Err(tail_is_refused(
                        layer,
                        "a Transformer decoder with an image encoder",
                    ));
                }
                if config.image_classes.is_some() && !tail {
                    return Err(format!(
                        "the image network's classes are found from what stands before its head, and the decoder \
                         is given the layer {} of {name}: take the layer blocks, last-block or last-stages, or no \
                         image classes",
                        layer.name()
                    ));
                }
                (config.image_channels, config.image_positions)
            }
            _ if tail => {
                return Err(tail_is_refused(
                    layer,
                    &format!("a {} decoder", self.kind()),
                ));
            }
            Self::GruAttention(config) => (config.image_channels, None),
            Self::MergeLstm(config) => (config.image_channels, None),
        };
        if encoder.channels() != channels {
            return Err(format!(
                "{name} gives {} channels, but decoder.image_channels is {channels}",
                encoder.channels(),
            ));
        }
        match image_positions {
            Some(count) if count != positions => Err(format!(
                "{name} gives {positions} positions, but decoder.image_positions is {count}"
            )),
            _ => Ok(()),
        }
    }
}

fn tail_is_refused(layer: FeatureLayer, decoder: &str) -> String {
    format!(
        "the layer {} leaves the image network's last layers to the decoder, and {decoder} has none: take \
         the layer head",
        layer.name()
    )
}
