//! The Transformer decoder: token and position embeddings, layers of causal self-attention,
//! cross-attention to the image and feed-forward, and an output layer with banned tokens.

use burn::module::{Module, Param};
use burn::nn::{Embedding, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::{gelu, relu, relu6};
use burn::tensor::{Bool, Device, Int, Tensor};

use super::attention::{KeyValue, MultiHeadAttention};
use super::class_memory::ClassMemory;
use super::dropout::{Dropout, PositionDropout};
use super::image_encoder::ImageEncoder;
use super::state::Rows;
use super::transformer_config::{Activation, Normalization, TransformerConfig};
use super::words::{WordLayers, embedding, output, output_bias, overwrite};
use super::{CaptionDecoder, DecoderOutput};
use crate::encoder::{InvertedResidual, Pointwise, Tail};

/// The name, among a decoder's parameters, of the image network's blocks that it took over.
pub const IMAGE_BLOCKS: &str = "image_blocks";
/// The name, likewise, of what makes the image network's likeliest classes a part of the memory.
pub const IMAGE_CLASSES: &str = "image_classes";
/// Where, among a decoder's modules, the image network's own head and classifier stand, which nothing trains.
pub const FROZEN_CLASSIFIER: [&str; 2] = [IMAGE_CLASSES, "classifier"];

/// The caption decoder. Its parameters' names are the tensors' names in the model file.
#[derive(Module, Debug)]
pub struct TransformerDecoder {
    image_blocks: Vec<InvertedResidual>,
    image_head: Option<Linear>,
    image_dropout: Dropout,
    image_position_dropout: PositionDropout,
    image_encoder: Option<ImageEncoder>,
    image_projection: Option<Linear>,
    image_norm: Option<LayerNorm>,
    image_position_embedding: Option<Embedding>,
    image_classes: Option<ClassMemory>,
    token_embedding: Embedding,
    position_embedding: Embedding,
    embedding_dropout: Dropout,
    layers: Vec<DecoderLayer>,
    final_norm: Option<LayerNorm>,
    output_dropout: Dropout,
    output: Option<Linear>,
    output_bias: Param<Tensor<1>>,
    /// Positions along one side of the feature map that the image blocks read.
    image_side: Option<usize>,
}

#[derive(Module, Debug)]
struct DecoderLayer {
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
    inner: Linear,
    outer: Linear,
    inner_dropout: Dropout,
    dropout: Dropout,
    gelu: bool,
}

/// What incremental decoding keeps: the image as every layer's cross-attention reads it, and each
/// layer's keys and values of the words so far.
#[derive(Clone, Debug)]
pub(super) struct TransformerState {
    image: Vec<KeyValue>,
    words: Vec<Option<KeyValue>>,
}

impl TransformerDecoder {
    /// A decoder with random weights.
    ///
    /// `config` must have passed [`TransformerConfig::validate`].
    pub fn new(config: &TransformerConfig, device: &Device) -> Self {
        let units = config.units;
        let norm = || {
            LayerNormConfig::new(units)
                .with_epsilon(config.norm_epsilon)
                .init(device)
        };
        let pre_norm = config.normalization == Normalization::Pre;
        let memory_units = if config.image_projection || config.image_encoder_heads.is_some() {
            units
        } else {
            config.image_channels
        };
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
        let embedding = |count| embedding(count, units, device);
        let layers = (0..config.layers)
            .map(|_| DecoderLayer {
                self_attention: attention(units),
                self_attention_norm: norm(),
                cross_attention: attention(memory_units),
                cross_attention_norm: norm(),
                attention_dropout: Dropout::new(config.dropout.attention_output),
                feed_forward: FeedForward {
                    inner: LinearConfig::new(units, config.feed_forward_units).init(device),
                    outer: LinearConfig::new(config.feed_forward_units, units).init(device),
                    inner_dropout: Dropout::new(config.dropout.feed_forward_inner),
                    dropout: Dropout::new(config.dropout.feed_forward_output),
                    gelu: config.activation == Activation::Gelu,
                },
                feed_forward_norm: norm(),
                pre_norm,
            })
            .collect();
        let projected = config.image_head_units.unwrap_or(config.image_channels);
        let before_head = config
            .image_blocks
            .last()
            .map_or(config.image_channels, |block| block.output);
        Self {
            image_blocks: config
                .image_blocks
                .iter()
                .map(|block| InvertedResidual::new(block, device))
                .collect(),
            image_head: config
                .image_head_units
                .map(|head| LinearConfig::new(before_head, head).init(device)),
            image_dropout: Dropout::new(config.dropout.image),
            image_position_dropout: PositionDropout::new(config.dropout.image_positions),
            image_encoder: config.image_encoder_heads.map(|heads| {
                ImageEncoder::new(projected, units, heads, config.norm_epsilon, device)
            }),
            image_projection: config
                .image_projection
                .then(|| LinearConfig::new(projected, units).init(device)),
            image_norm: config.image_projection.then(norm),
            image_position_embedding: config.image_positions.map(embedding),
            image_classes: config
                .image_classes
                .as_ref()
                .zip(config.image_head_units)
                .map(|(classes, head_units)| {
                    ClassMemory::new(
                        classes,
                        config.image_channels,
                        head_units,
                        units,
                        config.norm_epsilon,
                        device,
                    )
                }),
            token_embedding: embedding(config.vocabulary),
            position_embedding: embedding(config.max_words),
            embedding_dropout: Dropout::new(config.dropout.embedding),
            layers,
            final_norm: pre_norm.then(norm),
            output_dropout: Dropout::new(config.dropout.output),
            output: (!config.tied_output).then(|| output(units, config.vocabulary, device)),
            output_bias: output_bias(config.vocabulary, device),
            image_side: config.image_side(),
        }
    }

    /// Starts the layers that the decoder takes over from the image network at the pretrained ones.
    pub(super) fn with_image_tail(mut self, tail: Tail) -> Self {
        for (block, mut pretrained) in self.image_blocks.iter_mut().zip(tail.blocks) {
            let layers = block.convolutions_mut().zip(pretrained.convolutions_mut());
            for (layer, pretrained) in layers {
                overwrite(&mut layer.weight, pretrained.weight.val().into_data());
                if let (Some(old), Some(bias)) = (&mut layer.bias, &pretrained.bias) {
                    overwrite(old, bias.val().into_data());
                }
            }
        }
        if let (Some(classes), Some(head), Some(classifier)) =
            (&mut self.image_classes, &tail.head, &tail.classifier)
        {
            classes.set_network(head, classifier);
        }
        if let (Some(head), Some(Pointwise { weight, bias })) = (&mut self.image_head, tail.head) {
            overwrite(&mut head.weight, weight.into_data());
            if let Some(old) = &mut head.bias {
                overwrite(old, bias.into_data());
            }
        }
        self
    }

    /// The image features `[batch, positions, channels]` as the layers read them.
    fn image_memory(&self, features: Tensor<3>) -> Vec<KeyValue> {
        let features = self.image_blocks(features);
        let [_, positions, _] = features.dims();
        let classes = self
            .image_classes
            .as_ref()
            .map(|classes| classes.forward(features.clone(), &self.token_embedding));
        let kept = self
            .image_position_dropout
            .kept(positions, &features.device());
        let mut memory = match &kept {
            Some(kept) => features.select(1, kept.clone()),
            None => features,
        };
        if let Some(head) = &self.image_head {
            memory = relu6(head.forward(memory));
        }
        memory = self.image_dropout.forward(memory);
        if let Some(encoder) = &self.image_encoder {
            memory = encoder.forward(memory);
        }
        if let Some(projection) = &self.image_projection {
            memory = projection.forward(memory);
        }
        if let Some(norm) = &self.image_norm {
            memory = norm.forward(memory);
        }
        if let Some(embedding) = &self.image_position_embedding {
            // Every view of the photo has the same positions.
            let embeddings = embedding.weight.val();
            let views = positions / embeddings.dims()[0];
            let mut embeddings = embeddings.repeat_dim(0, views);
            if let Some(kept) = kept {
                embeddings = embeddings.select(0, kept);
            }
            memory = memory + embeddings.unsqueeze();
        }
        if let Some(classes) = classes {
            memory = Tensor::cat(vec![memory, classes], 1);
        }
        self.layers
            .iter()
            .map(|layer| layer.cross_attention.key_value(memory.clone()))
            .collect()
    }

    /// Features of each view `[batch, positions, channels]` after the blocks that were taken over.
    fn image_blocks(&self, features: Tensor<3>) -> Tensor<3> {
        let Some(side) = self.image_side else {
            return features;
        };
        let [photos, positions, channels] = features.dims();
        let views = positions / (side * side);
        let mut x = features
            .reshape([photos * views, side * side, channels])
            .swap_dims(1, 2)
            .reshape([photos * views, channels, side, side]);
        for block in &self.image_blocks {
            x = block.forward(x);
        }
        let [_, channels, _, _] = x.dims();
        x.reshape([photos * views, channels, side * side])
            .swap_dims(1, 2)
            .reshape([photos, positions, channels])
    }

    fn run(
        &self,
        tokens: Tensor<2, Int>,
        position: usize,
        image: &[KeyValue],
        caches: &mut [Option<KeyValue>],
        mask: Option<Tensor<2, Bool>>,
    ) -> DecoderOutput {
        let [_, words] = tokens.dims();
        let positions = self
            .position_embedding
            .weight
            .val()
            .slice_dim(0, position..position + words)
            .unsqueeze();
        let mut x = self
            .embedding_dropout
            .forward(self.token_embedding.forward(tokens) + positions);
        let mut attention = Vec::with_capacity(self.layers.len());
        for ((layer, image), cache) in self.layers.iter().zip(image).zip(caches) {
            let (next, weights) = layer.forward(x, image, cache, mask.clone());
            x = next;
            attention.push(match &self.image_classes {
                Some(classes) => classes.image_share(weights),
                None => weights,
            });
        }
        if let Some(norm) = &self.final_norm {
            x = norm.forward(x);
        }
        DecoderOutput {
            hidden: self.output_dropout.forward(x),
            attention,
        }
    }
}

impl CaptionDecoder for TransformerDecoder {
    type State = TransformerState;

    /// The number of position embeddings.
    fn max_words(&self) -> usize {
        let [positions, _] = self.position_embedding.weight.dims();
        positions
    }

    fn forward(&self, tokens: Tensor<2, Int>, features: Tensor<3>) -> DecoderOutput {
        let image = self.image_memory(features);
        let [_, words] = tokens.dims();
        // The mask is true at later words, which must not be read.
        let mask = Tensor::<2, Bool>::tril_mask([words, words], 0, &tokens.device());
        let mut caches = vec![None; self.layers.len()];
        self.run(tokens, 0, &image, &mut caches, Some(mask))
    }

    fn start(&self, features: Tensor<3>) -> TransformerState {
        TransformerState {
            image: self.image_memory(features),
            words: vec![None; self.layers.len()],
        }
    }

    fn step(
        &self,
        token: Tensor<2, Int>,
        position: usize,
        state: &mut TransformerState,
    ) -> DecoderOutput {
        self.run(token, position, &state.image, &mut state.words, None)
    }

    fn select(state: &mut TransformerState, photos: &Rows, rows: &Rows) {
        for layer in &mut state.image {
            layer.select(photos);
        }
        for layer in state.words.iter_mut().flatten() {
            layer.select(rows);
        }
    }

    fn words(&self) -> WordLayers<&Embedding, &Linear, &Param<Tensor<1>>> {
        WordLayers {
            embedding: &self.token_embedding,
            output: self.output.as_ref(),
            bias: &self.output_bias,
        }
    }

    fn words_mut(&mut self) -> WordLayers<&mut Embedding, &mut Linear, &mut Param<Tensor<1>>> {
        WordLayers {
            embedding: &mut self.token_embedding,
            output: self.output.as_mut(),
            bias: &mut self.output_bias,
        }
    }
}

impl DecoderLayer {
    /// Returns the layer's output and its cross-attention weights; `cache` grows by these words.
    fn forward(
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
