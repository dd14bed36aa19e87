//! What every architecture does in its own way.

use burn::module::Param;
use burn::nn::Embedding;
use burn::tensor::{Int, Tensor};

use super::dense::Dense;
use super::state::Rows;
use super::words::WordLayers;

/// One forward pass.
#[derive(Debug)]
pub struct DecoderOutput {
    /// What the output layer reads `[batch, words, units]`; see [`Decoder::logits`](super::Decoder::logits).
    pub hidden: Tensor<3>,
    /// Weights of the attention to the image, `[batch, heads, words, positions]` for each layer. Empty
    /// where the architecture has no attention.
    pub attention: Vec<Tensor<4>>,
    /// Logarithms of the probabilities of the image network's classes `[photos, classes]`, where the decoder
    /// reads these and has been given whole captions; see
    /// [`Decoder::class_log_probabilities`](super::Decoder::class_log_probabilities).
    pub classes: Option<Tensor<2>>,
}

/// What each architecture does in its own way; [`Decoder`](super::Decoder) says what.
pub(super) trait CaptionDecoder {
    type State;

    fn max_words(&self) -> usize;
    fn forward(&self, tokens: Tensor<2, Int>, features: Tensor<3>) -> DecoderOutput;
    fn start(&self, features: Tensor<3>) -> Self::State;
    fn step(
        &self,
        token: Tensor<2, Int>,
        position: usize,
        state: &mut Self::State,
    ) -> DecoderOutput;
    fn select(state: &mut Self::State, photos: &Rows, rows: &Rows);
    fn words(&self) -> WordLayers<&Embedding, &Dense, &Param<Tensor<1>>>;
    fn words_mut(&mut self) -> WordLayers<&mut Embedding, &mut Dense, &mut Param<Tensor<1>>>;
}
