//! The "merge" captioner (Tanti et al., 2017, <https://arxiv.org/abs/1703.09137>) as Keras tutorials
//! build it: the image joins the LSTM's output, so the LSTM sees words alone. It has no attention.

use burn::module::{Module, Param};
use burn::nn::{Embedding, Linear, LinearConfig, Lstm, LstmConfig, LstmState};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Int, Tensor};
use serde::{Deserialize, Serialize};

use super::caption_decoder::{CaptionDecoder, DecoderOutput};
use super::checks::{check_rates, check_sizes};
use super::dense::Dense;
use super::dropout::Dropout;
use super::state::Rows;
use super::words::{WordLayers, embedding, output, output_bias};

/// Sizes of the merge captioner's decoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MergeLstmConfig {
    /// Number of tokens, special ones included.
    #[serde(default)]
    pub vocabulary: usize,
    /// Most tokens in a caption, `[START]` and `[END]` included.
    pub max_words: usize,
    /// Values per image position.
    #[serde(default)]
    pub image_channels: usize,
    /// Width of the token embedding: that of the word vectors.
    pub embedding_units: usize,
    /// Whether the token embedding keeps its first values, those of word vectors.
    #[serde(default)]
    pub frozen_embedding: bool,
    /// Width of the image's and the words' vectors, which are added, and of the layer after the sum.
    pub units: usize,
    /// Dropout of the image features. Training only.
    #[serde(default)]
    pub image_dropout: f64,
    /// Dropout of the embedded words. Training only.
    #[serde(default)]
    pub embedding_dropout: f64,
}

impl MergeLstmConfig {
    /// Checks that every size is usable, before anything is allocated by it.
    ///
    /// # Errors
    /// A sentence that names the first size that is not.
    pub fn validate(&self) -> Result<(), String> {
        check_sizes(&[
            ("vocabulary", self.vocabulary, 1_000_000),
            ("max_words", self.max_words, 4_096),
            ("image_channels", self.image_channels, 65_536),
            ("embedding_units", self.embedding_units, 16_384),
            ("units", self.units, 16_384),
        ])?;
        check_rates(&[
            ("image_dropout", self.image_dropout),
            ("embedding_dropout", self.embedding_dropout),
        ])
    }
}

/// The decoder. Its parameters' names are the tensors' names in the model file.
#[derive(Module, Debug)]
pub struct MergeLstmDecoder {
    image_dropout: Dropout,
    image_projection: Linear,
    token_embedding: Embedding,
    frozen_embedding: bool,
    embedding_dropout: Dropout,
    lstm: Lstm,
    hidden: Linear,
    output: Dense,
    output_bias: Param<Tensor<1>>,
    max_words: usize,
}

/// What incremental decoding keeps.
#[derive(Clone, Debug)]
pub(super) struct MergeLstmState {
    /// `[photos, units]`
    image: Tensor<2>,
    /// The LSTM's state, each part `[rows, units]`, after the first word.
    recurrent: Option<LstmState<2>>,
}

impl MergeLstmDecoder {
    /// A decoder with random weights. `config` must have passed [`MergeLstmConfig::validate`].
    pub fn new(config: &MergeLstmConfig, device: &Device) -> Self {
        let units = config.units;
        Self {
            image_dropout: Dropout::new(config.image_dropout),
            image_projection: LinearConfig::new(config.image_channels, units).init(device),
            token_embedding: embedding(config.vocabulary, config.embedding_units, device),
            frozen_embedding: config.frozen_embedding,
            embedding_dropout: Dropout::new(config.embedding_dropout),
            lstm: LstmConfig::new(config.embedding_units, units, true).init(device),
            hidden: LinearConfig::new(units, units).init(device),
            output: output(units, config.vocabulary, device),
            output_bias: output_bias(config.vocabulary, device),
            max_words: config.max_words,
        }
    }

    /// The image as a vector `[photos, units]`: the mean over its positions, projected.
    fn image(&self, features: Tensor<3>) -> Tensor<2> {
        let pooled = features.mean_dim(1).squeeze_dim(1);
        relu(
            self.image_projection
                .forward(self.image_dropout.forward(pooled)),
        )
    }

    /// What the output layer reads `[rows, words, units]`, and the LSTM's new state.
    fn read(
        &self,
        tokens: Tensor<2, Int>,
        image: &Tensor<2>,
        recurrent: Option<LstmState<2>>,
    ) -> (Tensor<3>, LstmState<2>) {
        let [rows, words] = tokens.dims();
        let [photos, units] = image.dims();
        let mut embedded = self.token_embedding.forward(tokens);
        if self.frozen_embedding {
            // Nothing before it learns, so no gradient is lost but the embedding's own.
            embedded = embedded.detach();
        }
        let embedded = self.embedding_dropout.forward(embedded);
        let (outputs, recurrent) = self.lstm.forward(embedded, recurrent);
        // Rows of a photo stand together and share its vector.
        let sum = outputs.reshape([photos, rows / photos, words, units])
            + image.clone().reshape([photos, 1, 1, units]);
        let hidden = relu(self.hidden.forward(sum.reshape([rows, words, units])));
        (hidden, recurrent)
    }
}

impl CaptionDecoder for MergeLstmDecoder {
    type State = MergeLstmState;

    fn max_words(&self) -> usize {
        self.max_words
    }

    fn forward(&self, tokens: Tensor<2, Int>, features: Tensor<3>) -> DecoderOutput {
        let (hidden, _) = self.read(tokens, &self.image(features), None);
        DecoderOutput {
            hidden,
            attention: Vec::new(),
            classes: None,
        }
    }

    fn start(&self, features: Tensor<3>) -> MergeLstmState {
        MergeLstmState {
            image: self.image(features),
            recurrent: None,
        }
    }

    fn step(
        &self,
        token: Tensor<2, Int>,
        _position: usize,
        state: &mut MergeLstmState,
    ) -> DecoderOutput {
        let (hidden, recurrent) = self.read(token, &state.image, state.recurrent.take());
        state.recurrent = Some(recurrent);
        DecoderOutput {
            hidden,
            attention: Vec::new(),
            classes: None,
        }
    }

    fn select(state: &mut MergeLstmState, photos: &Rows, rows: &Rows) {
        photos.of(&mut state.image);
        if let Some(recurrent) = &mut state.recurrent {
            rows.of(&mut recurrent.cell);
            rows.of(&mut recurrent.hidden);
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
