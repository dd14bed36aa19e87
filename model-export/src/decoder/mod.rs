//! Caption decoders: image features and the words so far to logits of the next word.

mod caption_decoder;
mod checks;
mod config;
mod dense;
mod dropout;
mod gru_attention;
mod merge_lstm;
mod state;
mod transformer;
mod words;

use burn::module::{Module, Param};
use burn::nn::Embedding;
use burn::tensor::{Device, Int, Tensor, TensorData};

pub use self::caption_decoder::DecoderOutput;
pub use self::config::DecoderConfig;
pub use self::dropout::seed_dropout;
pub use self::gru_attention::{GruAttentionConfig, GruAttentionDecoder};
pub use self::merge_lstm::{MergeLstmConfig, MergeLstmDecoder};
pub use self::transformer::{
    Activation, ClassMemoryConfig, DropoutRates, FROZEN_CLASSIFIER, IMAGE_BLOCKS, IMAGE_CLASSES,
    Normalization, TransformerConfig, TransformerDecoder,
};
pub use self::words::{OUTPUT_BIAS, TOKEN_EMBEDDING};

use self::caption_decoder::CaptionDecoder;
use self::dense::Dense;
use self::gru_attention::GruAttentionState;
use self::merge_lstm::MergeLstmState;
use self::state::Rows;
use self::transformer::TransformerState;
use self::words::{WordLayers, overwrite};
use crate::encoder::{InvertedResidual, Tail};
#[cfg(feature = "kernels")]
use crate::kernels::Arithmetic;

/// A caption decoder of one of the architectures.
#[allow(
    clippy::large_enum_variant,
    reason = "a model has one decoder, and burn's modules cannot be boxed"
)]
#[derive(Module, Debug)]
pub enum Decoder {
    /// Self-attention, and cross-attention to the image.
    Transformer(TransformerDecoder),
    /// A GRU with additive attention to the image.
    GruAttention(GruAttentionDecoder),
    /// An LSTM, which the image joins at its end.
    MergeLstm(MergeLstmDecoder),
}

/// What incremental decoding keeps: the image, and what the decoder remembers of the words so far.
#[derive(Clone, Debug)]
pub struct DecoderState {
    position: usize,
    memory: Memory,
}

#[derive(Clone, Debug)]
enum Memory {
    Transformer(TransformerState),
    GruAttention(GruAttentionState),
    MergeLstm(MergeLstmState),
}

/// The same call for every architecture.
macro_rules! of_each {
    ($self:expr, $decoder:ident => $call:expr) => {
        match $self {
            Self::Transformer($decoder) => $call,
            Self::GruAttention($decoder) => $call,
            Self::MergeLstm($decoder) => $call,
        }
    };
}

impl Decoder {
    /// A decoder with random weights.
    ///
    /// `config` must have passed [`DecoderConfig::validate`].
    pub fn new(config: &DecoderConfig, device: &Device) -> Self {
        match config {
            DecoderConfig::Transformer(config) => {
                Self::Transformer(TransformerDecoder::new(config, device))
            }
            DecoderConfig::GruAttention(config) => {
                Self::GruAttention(GruAttentionDecoder::new(config, device))
            }
            DecoderConfig::MergeLstm(config) => {
                Self::MergeLstm(MergeLstmDecoder::new(config, device))
            }
        }
    }

    /// Starts the output bias at given values, one per token: the log-frequency of each word, so
    /// that training does not spend its first steps on learning how common words are, and a value
    /// that no logit outweighs for banned tokens. TensorFlow's tutorial does the same.
    pub fn with_output_bias(mut self, bias: Vec<f32>) -> Self {
        let count = bias.len();
        overwrite(self.words_mut().bias, TensorData::new(bias, [count]));
        self
    }

    /// Starts the token embedding `[vocabulary, units]` at given values.
    pub fn with_token_embedding(mut self, values: TensorData) -> Self {
        overwrite(&mut self.words_mut().embedding.weight, values);
        self
    }

    /// Starts the layers that the decoder takes over from the image network at the pretrained ones.
    pub fn with_image_tail(self, tail: Tail) -> Self {
        match self {
            Self::Transformer(decoder) => Self::Transformer(decoder.with_image_tail(tail)),
            // They have no such layers; see `DecoderConfig::fit`.
            Self::GruAttention(_) | Self::MergeLstm(_) => self,
        }
    }

    /// The same for captions on the CPU, where that is the device: it takes as much memory again as the words'
    /// embedding, and less time. It can neither be trained nor written as it was.
    #[cfg(feature = "kernels")]
    pub fn with_kernels(self, device: &Device) -> Self {
        match self {
            Self::Transformer(decoder) if *device == Device::flex() => {
                let decoder = match Arithmetic::FASTER {
                    Arithmetic::Integers => decoder.in_integers(),
                    Arithmetic::Floats => decoder,
                };
                Self::Transformer(decoder.untied())
            }
            other => other,
        }
    }

    /// The same: this build has no such kernels.
    #[cfg(not(feature = "kernels"))]
    pub fn with_kernels(self, _: &Device) -> Self {
        self
    }

    /// Most tokens that it can read.
    pub fn max_words(&self) -> usize {
        of_each!(self, decoder => decoder.max_words())
    }

    /// Gives the image network's blocks back, where it has taken any over: for an encoder that goes on with them
    /// ([`Encoder::with_blocks`](crate::encoder::Encoder::with_blocks)). It can neither be trained nor written as it was.
    pub fn without_image_blocks(self) -> (Self, Vec<InvertedResidual>) {
        match self {
            Self::Transformer(decoder) => {
                let (decoder, blocks) = decoder.without_image_blocks();
                (Self::Transformer(decoder), blocks)
            }
            Self::GruAttention(_) | Self::MergeLstm(_) => (self, Vec::new()),
        }
    }

    /// All words of known captions at once, as in training (teacher forcing).
    ///
    /// `tokens` is `[photos · captions, words]`: the captions of a photo stand together and share its
    /// row of `features` `[photos, positions, channels]`.
    pub fn forward(&self, tokens: Tensor<2, Int>, features: Tensor<3>) -> DecoderOutput {
        of_each!(self, decoder => decoder.forward(tokens, features))
    }

    /// Logarithms of the probabilities `[photos, classes]` that the image network's own classifier gives its
    /// classes after the decoder's blocks, for image features `[photos, positions, channels]`; none where the
    /// decoder does not read classes. They have a gradient by the blocks, the classifier gets none.
    pub fn class_log_probabilities(&self, features: Tensor<3>) -> Option<Tensor<2>> {
        match self {
            Self::Transformer(decoder) => decoder.class_log_probabilities(features),
            Self::GruAttention(_) | Self::MergeLstm(_) => None,
        }
    }

    /// Begins incremental decoding for image features `[photos, positions, channels]`.
    pub fn start(&self, features: Tensor<3>) -> DecoderState {
        let memory = match self {
            Self::Transformer(decoder) => Memory::Transformer(decoder.start(features)),
            Self::GruAttention(decoder) => Memory::GruAttention(decoder.start(features)),
            Self::MergeLstm(decoder) => Memory::MergeLstm(decoder.start(features)),
        };
        DecoderState {
            position: 0,
            memory,
        }
    }

    /// Reads one more token per row, `[batch, 1]`; what is known of earlier words is reused.
    ///
    /// The caller stops before [`DecoderState::position`] reaches [`Decoder::max_words`].
    ///
    /// # Panics
    /// If the state is another architecture's.
    pub fn step(&self, token: Tensor<2, Int>, state: &mut DecoderState) -> DecoderOutput {
        let position = state.position;
        state.position += 1;
        match (self, &mut state.memory) {
            (Self::Transformer(decoder), Memory::Transformer(state)) => {
                decoder.step(token, position, state)
            }
            (Self::GruAttention(decoder), Memory::GruAttention(state)) => {
                decoder.step(token, position, state)
            }
            (Self::MergeLstm(decoder), Memory::MergeLstm(state)) => {
                decoder.step(token, position, state)
            }
            (Self::Transformer(_) | Self::GruAttention(_) | Self::MergeLstm(_), _) => {
                unreachable!("a decoder reads its own state only")
            }
        }
    }

    /// The token embedding `[vocabulary, units]`.
    pub fn token_embedding(&self) -> Tensor<2> {
        self.words().embedding.weight.val()
    }

    /// Logits of hidden states `[rows, units]`: `[rows, vocabulary]`.
    pub fn logits(&self, hidden: Tensor<2>) -> Tensor<2> {
        let layers = self.words();
        let logits = match layers.output {
            Some(output) => output.forward(hidden),
            None => hidden.matmul(layers.embedding.weight.val().transpose()),
        };
        logits + layers.bias.val().unsqueeze()
    }

    /// The output layer: a row for each word `[vocabulary, units]`, and the bias `[vocabulary]`.
    pub fn output_layer(&self) -> (Tensor<2>, Tensor<1>) {
        let layers = self.words();
        let words = match layers.output.and_then(Dense::layer) {
            Some(output) => output.weight.val().transpose(),
            None => layers.embedding.weight.val(),
        };
        (words, layers.bias.val())
    }

    fn words(&self) -> WordLayers<&Embedding, &Dense, &Param<Tensor<1>>> {
        of_each!(self, decoder => decoder.words())
    }

    fn words_mut(&mut self) -> WordLayers<&mut Embedding, &mut Dense, &mut Param<Tensor<1>>> {
        of_each!(self, decoder => decoder.words_mut())
    }
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
        let (photos, rows) = (Rows::new(photos, device), Rows::new(rows, device));
        match &mut self.memory {
            Memory::Transformer(state) => TransformerDecoder::select(state, &photos, &rows),
            Memory::GruAttention(state) => GruAttentionDecoder::select(state, &photos, &rows),
            Memory::MergeLstm(state) => MergeLstmDecoder::select(state, &photos, &rows),
        }
    }
}
