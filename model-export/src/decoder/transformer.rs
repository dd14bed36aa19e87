//! The Transformer decoder: token and position embeddings, layers of causal self-attention,
//! cross-attention to the image and feed-forward, and an output layer with banned tokens.

use burn::module::{Module, Param};
use burn::nn::{
    Embedding, EmbeddingConfig, Initializer, LayerNorm, LayerNormConfig, Linear, LinearConfig,
};
use burn::tensor::activation::{gelu, relu, relu6};
use burn::tensor::{Bool, Device, Int, Tensor, TensorData};

use super::attention::{KeyValue, MultiHeadAttention};
use super::config::{Activation, Normalization, TransformerConfig};
use super::dropout::Dropout;
use crate::encoder::{Pointwise, Tail};

/// The caption decoder. Its parameters' names are the tensors' names in the model file.
#[derive(Module, Debug)]
pub struct TransformerDecoder {
    image_bottleneck: Option<Linear>,
    image_head: Option<Linear>,
    image_dropout: Dropout,
    image_projection: Option<Linear>,
    image_norm: Option<LayerNorm>,
    image_position_embedding: Option<Embedding>,
    token_embedding: Embedding,
    position_embedding: Embedding,
    embedding_dropout: Dropout,
    layers: Vec<DecoderLayer>,
    final_norm: Option<LayerNorm>,
    output: Option<Linear>,
    output_bias: Param<Tensor<1>>,
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
    dropout: Dropout,
    gelu: bool,
}

/// The image as every layer's cross-attention reads it: computed once per photo.
#[derive(Clone, Debug)]
pub struct ImageMemory {
    layers: Vec<KeyValue>,
}

/// What incremental decoding keeps: the image, and each layer's keys and values of the words so
/// far.
#[derive(Clone, Debug)]
pub struct DecoderState {
    image: ImageMemory,
    words: Vec<Option<KeyValue>>,
    position: usize,
}

impl DecoderState {
    /// Number of tokens read so far.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Keeps the images `photos` and the hypotheses `rows`, in this order, as beam search needs it
    /// after each word. A row may be taken several times, and the rows of a photo must stand
    /// together, the same number for each photo.
    pub fn select(&mut self, photos: &[usize], rows: &[usize], device: &Device) {
        let image = self.image.layers.iter_mut();
        select_rows(image, photos, device);
        select_rows(self.words.iter_mut().flatten(), rows, device);
    }
}

/// Takes the given rows of each of the layers' keys and values; nothing is copied where these are
/// all the rows in their order.
fn select_rows<'a>(
    layers: impl Iterator<Item = &'a mut KeyValue>,
    rows: &[usize],
    device: &Device,
) {
    let mut indices = None;
    for layer in layers {
        if rows.iter().copied().eq(0..layer.rows()) {
            return;
        }
        let indices = indices.get_or_insert_with(|| {
            let rows: Vec<i32> = rows.iter().map(|&row| row as i32).collect();
            let count = rows.len();
            Tensor::from_data(TensorData::new(rows, [count]), device)
        });
        *layer = layer.clone().select(indices);
    }
}

/// One forward pass.
#[derive(Debug)]
pub struct DecoderOutput {
    /// The last layer's normalised output `[batch, words, units]`; see
    /// [`TransformerDecoder::logits`].
    pub hidden: Tensor<3>,
    /// Cross-attention weights, `[batch, heads, words, positions]` for each layer.
    pub attention: Vec<Tensor<4>>,
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
        let memory_units = if config.image_projection {
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
        let embedding = |count| {
            EmbeddingConfig::new(count, units)
                .with_initializer(Initializer::Normal {
                    mean: 0.0,
                    std: 1.0 / (units as f64).sqrt(),
                })
                .init(device)
        };
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
                    dropout: Dropout::new(config.dropout.feed_forward_output),
                    gelu: config.activation == Activation::Gelu,
                },
                feed_forward_norm: norm(),
                pre_norm,
            })
            .collect();
        let projected = config.image_head_units.unwrap_or(config.image_channels);
        let bottleneck = config
            .image_bottleneck_units
            .unwrap_or(config.image_channels);
        Self {
            image_bottleneck: config
                .image_bottleneck_units
                .map(|units| LinearConfig::new(config.image_channels, units).init(device)),
            image_head: config
                .image_head_units
                .map(|head| LinearConfig::new(bottleneck, head).init(device)),
            image_dropout: Dropout::new(config.dropout.image),
            image_projection: config
                .image_projection
                .then(|| LinearConfig::new(projected, units).init(device)),
            image_norm: config.image_projection.then(norm),
            image_position_embedding: config.image_positions.map(embedding),
            token_embedding: embedding(config.vocabulary),
            position_embedding: embedding(config.max_words),
            embedding_dropout: Dropout::new(config.dropout.embedding),
            layers,
            final_norm: pre_norm.then(norm),
            output: (!config.tied_output).then(|| {
                LinearConfig::new(units, config.vocabulary)
                    .with_bias(false)
                    .init(device)
            }),
            output_bias: Initializer::Zeros.init([config.vocabulary], device),
        }
    }

    /// Starts the output bias at given values, one per token: the log-frequency of each word, so
    /// that training does not spend its first steps on learning how common words are, and a value
    /// that no logit outweighs for banned tokens. TensorFlow's tutorial does the same.
    pub fn with_output_bias(mut self, bias: Vec<f32>) -> Self {
        let count = bias.len();
        self.output_bias = with_values(self.output_bias, TensorData::new(bias, [count]));
        self
    }

    /// Starts the layers that the decoder takes over from the image network at the pretrained ones.
    pub fn with_image_tail(mut self, tail: Tail) -> Self {
        let layers = [
            (&mut self.image_bottleneck, tail.projection),
            (&mut self.image_head, tail.head),
        ];
        for (layer, pretrained) in layers {
            if let (Some(layer), Some(Pointwise { weight, bias })) = (layer, pretrained) {
                layer.weight = with_values(layer.weight.clone(), weight.into_data());
                layer.bias = layer
                    .bias
                    .take()
                    .map(|old| with_values(old, bias.into_data()));
            }
        }
        self
    }

    /// Starts the token embedding `[vocabulary, units]` at given values.
    pub fn with_token_embedding(mut self, values: TensorData) -> Self {
        self.token_embedding.weight = with_values(self.token_embedding.weight, values);
        self
    }

    /// The image features `[batch, positions, channels]` as the layers read them.
    pub fn image_memory(&self, features: Tensor<3>) -> ImageMemory {
        let mut memory = features;
        if let Some(bottleneck) = &self.image_bottleneck {
            memory = bottleneck.forward(memory);
        }
        if let Some(head) = &self.image_head {
            memory = relu6(head.forward(memory));
        }
        memory = self.image_dropout.forward(memory);
        if let Some(projection) = &self.image_projection {
            memory = projection.forward(memory);
        }
        if let Some(norm) = &self.image_norm {
            memory = norm.forward(memory);
        }
        if let Some(embedding) = &self.image_position_embedding {
            memory = memory + embedding.weight.val().unsqueeze();
        }
        ImageMemory {
            layers: self
                .layers
                .iter()
                .map(|layer| layer.cross_attention.key_value(memory.clone()))
                .collect(),
        }
    }

    /// All words of known captions at once, as in training (teacher forcing).
    ///
    /// `tokens` is `[photos · captions, words]`: the captions of a photo stand together and share
    /// its row of `image`.
    pub fn forward(&self, tokens: Tensor<2, Int>, image: &ImageMemory) -> DecoderOutput {
        let [_, words] = tokens.dims();
        // The mask is true at later words, which must not be read.
        let mask = Tensor::<2, Bool>::tril_mask([words, words], 0, &tokens.device());
        let mut caches = vec![None; self.layers.len()];
        self.run(tokens, 0, image, &mut caches, Some(mask))
    }

    /// Most tokens that it can read: the number of position embeddings.
    pub fn max_words(&self) -> usize {
        let [positions, _] = self.position_embedding.weight.dims();
        positions
    }

    /// Begins incremental decoding for image features `[batch, positions, channels]`.
    pub fn start(&self, features: Tensor<3>) -> DecoderState {
        DecoderState {
            image: self.image_memory(features),
            words: vec![None; self.layers.len()],
            position: 0,
        }
    }

    /// Reads one more token per row, `[batch, 1]`; the keys and values of earlier words are reused.
    ///
    /// The caller stops before [`DecoderState::position`] reaches the configured `max_words`.
    pub fn step(&self, token: Tensor<2, Int>, state: &mut DecoderState) -> DecoderOutput {
        let output = self.run(token, state.position, &state.image, &mut state.words, None);
        state.position += 1;
        output
    }

    /// The token embedding `[vocabulary, units]`.
    pub fn token_embedding(&self) -> Tensor<2> {
        self.token_embedding.weight.val()
    }

    /// Logits of hidden states `[rows, units]`: `[rows, vocabulary]`.
    pub fn logits(&self, hidden: Tensor<2>) -> Tensor<2> {
        let (words, bias) = self.output_layer();
        hidden.matmul(words.transpose()) + bias.unsqueeze()
    }

    /// The output layer: a row for each word `[vocabulary, units]`, and the bias `[vocabulary]`.
    pub fn output_layer(&self) -> (Tensor<2>, Tensor<1>) {
        let words = match &self.output {
            Some(output) => output.weight.val().transpose(),
            None => self.token_embedding.weight.val(),
        };
        (words, self.output_bias.val())
    }

    fn run(
        &self,
        tokens: Tensor<2, Int>,
        position: usize,
        image: &ImageMemory,
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
        for ((layer, image), cache) in self.layers.iter().zip(&image.layers).zip(caches) {
            let (next, weights) = layer.forward(x, image, cache, mask.clone());
            x = next;
            attention.push(weights);
        }
        if let Some(norm) = &self.final_norm {
            x = norm.forward(x);
        }
        DecoderOutput {
            hidden: x,
            attention,
        }
    }
}

/// A parameter with other values.
fn with_values<const D: usize>(
    parameter: Param<Tensor<D>>,
    values: TensorData,
) -> Param<Tensor<D>> {
    // A fresh tensor tracks no gradient unless it is told to.
    parameter
        .map(|old| Tensor::from_data(values, &old.device()).set_require_grad(old.is_require_grad()))
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
        self.dropout.forward(self.outer.forward(x))
    }
}
