//! A recurrent decoder with additive attention: "Show, Attend and Tell" (Xu et al., 2015,
//! <https://arxiv.org/abs/1502.03044>) as TensorFlow's older tutorial builds it, with a GRU.

use burn::module::{Module, Param};
use burn::nn::gru::{Gru, GruConfig};
use burn::nn::{Embedding, Initializer, Linear, LinearConfig};
use burn::tensor::activation::{relu, softmax};
use burn::tensor::{Device, Int, Tensor};
use serde::{Deserialize, Serialize};

use super::caption_decoder::{CaptionDecoder, DecoderOutput};
use super::checks::{check_rates, check_sizes};
use super::dense::Dense;
use super::dropout::Dropout;
use super::state::Rows;
use super::words::{WordLayers, embedding, output, output_bias};

/// Sizes of the recurrent decoder with attention.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GruAttentionConfig {
    /// Number of tokens, special ones included.
    #[serde(default)]
    pub vocabulary: usize,
    /// Most tokens in a caption, `[START]` and `[END]` included.
    pub max_words: usize,
    /// Values per image position.
    #[serde(default)]
    pub image_channels: usize,
    /// Width of the layer with ReLU that the image features pass first.
    pub image_units: usize,
    /// Width of the token embedding.
    pub embedding_units: usize,
    /// Width of the GRU's state, of the attention's hidden layer, and of the layer before the output.
    pub units: usize,
    /// Dropout of what the output layer reads. Training only.
    #[serde(default)]
    pub dropout: f64,
}

impl GruAttentionConfig {
    /// Checks that every size is usable, before anything is allocated by it.
    ///
    /// # Errors
    /// A sentence that names the first size that is not.
    pub fn validate(&self) -> Result<(), String> {
        check_sizes(&[
            ("vocabulary", self.vocabulary, 1_000_000),
            ("max_words", self.max_words, 4_096),
            ("image_channels", self.image_channels, 65_536),
            ("image_units", self.image_units, 16_384),
            ("embedding_units", self.embedding_units, 16_384),
            ("units", self.units, 16_384),
        ])?;
        check_rates(&[("dropout", self.dropout)])
    }
}

/// The decoder. Its parameters' names are the tensors' names in the model file.
#[derive(Module, Debug)]
pub struct GruAttentionDecoder {
    image_projection: Linear,
    attention: AdditiveAttention,
    token_embedding: Embedding,
    gru: Gru,
    hidden: Linear,
    dropout: Dropout,
    output: Dense,
    output_bias: Param<Tensor<1>>,
    max_words: usize,
}

/// Additive attention (Bahdanau et al., 2014, <https://arxiv.org/abs/1409.0473>):
/// `softmax(v · tanh(K·annotation + Q·state))` over the positions.
#[derive(Module, Debug)]
struct AdditiveAttention {
    key: Linear,
    query: Linear,
    score: Linear,
}

/// The image as the attention reads it.
#[derive(Clone, Debug)]
struct Annotations {
    /// `[photos, positions, image units]`
    values: Tensor<3>,
    /// `[photos, positions, units]`
    keys: Tensor<3>,
}

/// What incremental decoding keeps.
#[derive(Clone, Debug)]
pub(super) struct GruAttentionState {
    image: Annotations,
    /// The GRU's state `[rows, units]`, after the first word.
    recurrent: Option<Tensor<2>>,
}

impl GruAttentionDecoder {
    /// A decoder with random weights. `config` must have passed [`GruAttentionConfig::validate`].
    pub fn new(config: &GruAttentionConfig, device: &Device) -> Self {
        let units = config.units;
        Self {
            image_projection: LinearConfig::new(config.image_channels, config.image_units)
                .init(device),
            attention: AdditiveAttention {
                key: LinearConfig::new(config.image_units, units).init(device),
                query: LinearConfig::new(units, units).init(device),
                score: LinearConfig::new(units, 1).init(device),
            },
            token_embedding: embedding(config.vocabulary, config.embedding_units, device),
            gru: GruConfig::new(config.image_units + config.embedding_units, units, true)
                .with_initializer(Initializer::XavierUniform { gain: 1.0 })
                .init(device),
            hidden: LinearConfig::new(units, units).init(device),
            dropout: Dropout::new(config.dropout),
            output: output(units, config.vocabulary, device),
            output_bias: output_bias(config.vocabulary, device),
            max_words: config.max_words,
        }
    }

    fn annotations(&self, features: Tensor<3>) -> Annotations {
        let values = relu(self.image_projection.forward(features));
        Annotations {
            keys: self.attention.key.forward(values.clone()),
            values,
        }
    }

    /// Reads one embedded word per row `[rows, embedding units]`. Returns the GRU's new state
    /// `[rows, units]` and the attention weights `[rows, positions]`.
    fn advance(
        &self,
        word: Tensor<2>,
        image: &Annotations,
        recurrent: Option<Tensor<2>>,
    ) -> (Tensor<2>, Tensor<2>) {
        let [rows, _] = word.dims();
        let [photos, positions, _] = image.values.dims();
        let [units] = self
            .attention
            .query
            .bias
            .as_ref()
            .map_or([0], |bias| bias.dims());
        let recurrent = recurrent.unwrap_or_else(|| Tensor::zeros([rows, units], &word.device()));
        // Rows of a photo stand together and share its annotations.
        let group = rows / photos;
        let query = self
            .attention
            .query
            .forward(recurrent.clone())
            .reshape([photos, group, 1, units]);
        let keys = image.keys.clone().unsqueeze_dim::<4>(1);
        let scores = self.attention.score.forward((keys + query).tanh());
        let weights = softmax(scores.reshape([photos, group, positions]), 2);
        let context = weights.clone().matmul(image.values.clone());
        let [_, _, image_units] = context.dims();
        let input = Tensor::cat(vec![context.reshape([rows, image_units]), word], 1);
        let recurrent = self
            .gru
            .forward(input.unsqueeze_dim(1), Some(recurrent))
            .squeeze_dim(1);
        (recurrent, weights.reshape([rows, positions]))
    }

    /// What the output layer reads `[rows, words, units]` of the GRU's states.
    fn read_out(&self, recurrent: Tensor<3>) -> Tensor<3> {
        self.dropout.forward(self.hidden.forward(recurrent))
    }
}

impl CaptionDecoder for GruAttentionDecoder {
    type State = GruAttentionState;

    fn max_words(&self) -> usize {
        self.max_words
    }

    fn forward(&self, tokens: Tensor<2, Int>, features: Tensor<3>) -> DecoderOutput {
        let [_, words] = tokens.dims();
        let image = self.annotations(features);
        let embedded = self.token_embedding.forward(tokens);
        let mut recurrent: Option<Tensor<2>> = None;
        let mut states = Vec::with_capacity(words);
        let mut maps = Vec::with_capacity(words);
        for word in 0..words {
            let input = embedded.clone().slice_dim(1, word..word + 1).squeeze_dim(1);
            let (state, weights) = self.advance(input, &image, recurrent);
            states.push(state.clone().unsqueeze_dim(1));
            maps.push(weights.unsqueeze_dims(&[1, 2]));
            recurrent = Some(state);
        }
        DecoderOutput {
            hidden: self.read_out(Tensor::cat(states, 1)),
            attention: vec![Tensor::cat(maps, 2)],
            classes: None,
        }
    }

    fn start(&self, features: Tensor<3>) -> GruAttentionState {
        GruAttentionState {
            image: self.annotations(features),
            recurrent: None,
        }
    }

    fn step(
        &self,
        token: Tensor<2, Int>,
        _position: usize,
        state: &mut GruAttentionState,
    ) -> DecoderOutput {
        let word = self.token_embedding.forward(token).squeeze_dim(1);
        let (recurrent, weights) = self.advance(word, &state.image, state.recurrent.take());
        state.recurrent = Some(recurrent.clone());
        DecoderOutput {
            hidden: self.read_out(recurrent.unsqueeze_dim(1)),
            attention: vec![weights.unsqueeze_dims(&[1, 2])],
            classes: None,
        }
    }

    fn select(state: &mut GruAttentionState, photos: &Rows, rows: &Rows) {
        photos.of(&mut state.image.values);
        photos.of(&mut state.image.keys);
        if let Some(recurrent) = &mut state.recurrent {
            rows.of(recurrent);
        }
    }

    fn words(&self) -> WordLayers<&Embedding, &Dense, &Param<Tensor<1>>> {
        WordLayers {
            embedding: &self.token_embedding,
            output: Some(&self.output),
            bias: &self.output_bias,
        }
    }

    fn words_mut(&mut self) -> WordLayers<&mut Embedding, &mut Dense, &mut Param<Tensor<1>>> {
        WordLayers {
            embedding: &mut self.token_embedding,
            output: Some(&mut self.output),
            bias: &mut self.output_bias,
        }
    }
}
