//! The whole decoder: the image's memory, token and position embeddings, layers, and the output layer.

use burn::module::{Module, Param};
use burn::nn::{Embedding, LayerNorm};
use burn::tensor::{Bool, Device, FloatDType, Int, Tensor};

use super::attention::KeyValue;
use super::class_memory::ClassMemory;
use super::config::{Normalization, TransformerConfig};
use super::decoder_layer::DecoderLayer;
use super::image_encoder::ImageEncoder;
use super::image_memory::{ImageMemory, take_over};
use crate::decoder::caption_decoder::{CaptionDecoder, DecoderOutput};
use crate::decoder::dense::Dense;
use crate::decoder::dropout::{Dropout, PositionDropout};
use crate::decoder::state::Rows;
use crate::decoder::words::{WordLayers, embedding, output, output_bias};
use crate::encoder::{InvertedResidual, Tail};

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
    image_head: Option<Dense>,
    image_dropout: Dropout,
    image_position_dropout: PositionDropout,
    image_encoder: Option<ImageEncoder>,
    image_projection: Option<Dense>,
    image_norm: Option<LayerNorm>,
    image_position_embedding: Option<Embedding>,
    image_classes: Option<ClassMemory>,
    token_embedding: Embedding,
    position_embedding: Embedding,
    embedding_dropout: Dropout,
    layers: Vec<DecoderLayer>,
    final_norm: Option<LayerNorm>,
    output_dropout: Dropout,
    output: Option<Dense>,
    output_bias: Param<Tensor<1>>,
    /// Positions along one side of the feature map that the image blocks read.
    image_side: Option<usize>,
}

/// What incremental decoding keeps: the image as every layer's cross-attention reads it, and each
/// layer's keys and values of the words so far.
#[derive(Clone, Debug)]
pub(in crate::decoder) struct TransformerState {
    image: Vec<KeyValue>,
    words: Vec<Option<KeyValue>>,
}

impl TransformerDecoder {
    /// A decoder with random weights.
    ///
    /// `config` must have passed [`TransformerConfig::validate`].
    pub fn new(config: &TransformerConfig, device: &Device) -> Self {
        let units = config.units;
        let norm = || config.norm(device);
        let embedding = |count| embedding(count, units, device);
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
                .map(|head| Dense::new(before_head, head, device)),
            image_dropout: Dropout::new(config.dropout.image),
            image_position_dropout: PositionDropout::new(config.dropout.image_positions),
            image_encoder: config.image_encoder_heads.map(|heads| {
                ImageEncoder::new(projected, units, heads, config.norm_epsilon, device)
            }),
            image_projection: config
                .image_projection
                .then(|| Dense::new(projected, units, device)),
            image_norm: config.image_projection.then(norm),
            image_position_embedding: config.image_positions.map(embedding),
            image_classes: config
                .image_classes
                .as_ref()
                .zip(config.image_head_units)
                .map(|(classes, head_units)| {
                    ClassMemory::new(
                        classes,
                        before_head,
                        head_units,
                        units,
                        config.norm_epsilon,
                        device,
                    )
                }),
            token_embedding: embedding(config.vocabulary),
            position_embedding: embedding(config.max_words),
            embedding_dropout: Dropout::new(config.dropout.embedding),
            layers: (0..config.layers)
                .map(|_| DecoderLayer::new(config, device))
                .collect(),
            final_norm: (config.normalization == Normalization::Pre).then(norm),
            output_dropout: Dropout::new(config.dropout.output),
            output: (!config.tied_output).then(|| output(units, config.vocabulary, device)),
            output_bias: output_bias(config.vocabulary, device),
            image_side: config.image_side(),
        }
    }

    /// Starts the layers that the decoder takes over from the image network at the pretrained ones.
    pub(in crate::decoder) fn with_image_tail(mut self, tail: Tail) -> Self {
        take_over(
            tail,
            &mut self.image_blocks,
            self.image_head.as_mut(),
            self.image_classes.as_mut(),
        );
        self
    }

    /// Takes the image network's blocks away: it reads what they give from then on.
    pub(in crate::decoder) fn without_image_blocks(mut self) -> (Self, Vec<InvertedResidual>) {
        let blocks = std::mem::take(&mut self.image_blocks);
        self.image_side = None;
        (self, blocks)
    }

    /// Gives a tied output layer weights of its own, laid out as burn-flex multiplies them: the embedding's transpose it
    /// would copy at every word.
    #[cfg(feature = "kernels")]
    pub(in crate::decoder) fn untied(mut self) -> Self {
        self.output.get_or_insert_with(|| {
            let words = self.token_embedding.weight.val().transpose();
            let device = words.device();
            Dense::from(burn::nn::Linear {
                weight: Param::from_tensor(Tensor::from_data(words.into_data(), &device)),
                bias: None,
            })
        });
        self
    }

    /// The same in integers, where its weights are int8's; a tied output layer gets its own.
    #[cfg(feature = "kernels")]
    pub(in crate::decoder) fn in_integers(self) -> Self {
        let words = self.token_embedding.weight.val();
        let output = match self.output {
            Some(output) => Some(output.in_integers()),
            None => Dense::of_rows(words, None),
        };
        let layers = self.layers.into_iter();
        Self {
            image_head: self.image_head.map(Dense::in_integers),
            image_encoder: self.image_encoder.map(ImageEncoder::in_integers),
            image_projection: self.image_projection.map(Dense::in_integers),
            image_classes: self.image_classes.map(ClassMemory::in_integers),
            layers: layers.map(DecoderLayer::in_integers).collect(),
            output,
            ..self
        }
    }

    /// Image features `[photos, positions, channels]` as each layer's cross-attention reads them, and the
    /// logarithms of the classes' probabilities where it reads classes.
    fn read_image(&self, features: Tensor<3>) -> (Vec<KeyValue>, Option<Tensor<2>>) {
        let (memory, classes) = self.image_memory().forward(features, &self.token_embedding);
        let layers = self.layers.iter();
        let image = layers.map(|layer| layer.read_image(memory.clone()));
        (image.collect(), classes)
    }

    /// [`Decoder::class_log_probabilities`](crate::decoder::Decoder::class_log_probabilities)
    pub(in crate::decoder) fn class_log_probabilities(
        &self,
        features: Tensor<3>,
    ) -> Option<Tensor<2>> {
        self.image_memory().class_log_probabilities(features)
    }

    fn image_memory(&self) -> ImageMemory<'_> {
        ImageMemory {
            blocks: &self.image_blocks,
            side: self.image_side,
            position_dropout: &self.image_position_dropout,
            head: self.image_head.as_ref(),
            dropout: &self.image_dropout,
            encoder: self.image_encoder.as_ref(),
            projection: self.image_projection.as_ref(),
            norm: self.image_norm.as_ref(),
            position_embedding: self.image_position_embedding.as_ref(),
            classes: self.image_classes.as_ref(),
        }
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
            .unsqueeze::<3>();
        let embedded = self.token_embedding.forward(tokens);
        // In training the words' vectors may be wider than all else.
        let embedded = embedded.cast(FloatDType::from(positions.dtype()));
        let mut x = self.embedding_dropout.forward(embedded + positions);
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
            classes: None,
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
        let (image, classes) = self.read_image(features);
        let [_, words] = tokens.dims();
        // The mask is true at later words, which must not be read.
        let mask = Tensor::<2, Bool>::tril_mask([words, words], 0, &tokens.device());
        let mut caches = vec![None; self.layers.len()];
        DecoderOutput {
            classes,
            ..self.run(tokens, 0, &image, &mut caches, Some(mask))
        }
    }

    fn start(&self, features: Tensor<3>) -> TransformerState {
        TransformerState {
            image: self.read_image(features).0,
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

    fn words(&self) -> WordLayers<&Embedding, &Dense, &Param<Tensor<1>>> {
        WordLayers {
            embedding: &self.token_embedding,
            output: self.output.as_ref(),
            bias: &self.output_bias,
        }
    }

    fn words_mut(&mut self) -> WordLayers<&mut Embedding, &mut Dense, &mut Param<Tensor<1>>> {
        WordLayers {
            embedding: &mut self.token_embedding,
            output: self.output.as_mut(),
            bias: &mut self.output_bias,
        }
    }
}
