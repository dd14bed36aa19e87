//! The image's half of the decoder: features become the memory that every layer's cross-attention reads.

use burn::nn::{Embedding, LayerNorm};
use burn::tensor::Tensor;
use burn::tensor::activation::relu6;

use super::class_memory::ClassMemory;
use super::image_encoder::ImageEncoder;
use crate::decoder::dense::Dense;
use crate::decoder::dropout::{Dropout, PositionDropout};
use crate::decoder::words::overwrite;
use crate::encoder::{InvertedResidual, Pointwise, Tail};

/// The layers that features pass, in this order. They are borrowed from the decoder, among whose parameters
/// they have their names in model files and checkpoints.
pub(super) struct ImageMemory<'a> {
    /// The last blocks of the image network.
    pub(super) blocks: &'a [InvertedResidual],
    /// Positions along one side of the feature map that the blocks read.
    pub(super) side: Option<usize>,
    pub(super) position_dropout: &'a PositionDropout,
    /// The image network's head convolution, with ReLU6.
    pub(super) head: Option<&'a Dense>,
    pub(super) dropout: &'a Dropout,
    pub(super) encoder: Option<&'a ImageEncoder>,
    pub(super) projection: Option<&'a Dense>,
    pub(super) norm: Option<&'a LayerNorm>,
    pub(super) position_embedding: Option<&'a Embedding>,
    /// Reads what the blocks give, and stands behind the positions.
    pub(super) classes: Option<&'a ClassMemory>,
}

impl ImageMemory<'_> {
    /// The memory `[photos, rows, units]` of image features `[photos, positions, channels]`: a row for each
    /// position, then one for each of the likeliest classes. `tokens` is the decoder's token embedding, which
    /// the classes' names are read with. Beside it the logarithms of the classes' probabilities
    /// `[photos, classes]`.
    pub(super) fn forward(
        &self,
        features: Tensor<3>,
        tokens: &Embedding,
    ) -> (Tensor<3>, Option<Tensor<2>>) {
        let features = self.after_blocks(features);
        let [_, positions, _] = features.dims();
        let classes = self.classes.map(|classes| {
            let log_probabilities = classes.log_probabilities(features.clone());
            let rows = classes.forward(log_probabilities.clone(), tokens);
            (rows, log_probabilities)
        });
        let kept = self.position_dropout.kept(positions, &features.device());
        let mut memory = match &kept {
            Some(kept) => features.select(1, kept.clone()),
            None => features,
        };
        if let Some(head) = self.head {
            memory = relu6(head.forward(memory));
        }
        memory = self.dropout.forward(memory);
        if let Some(encoder) = self.encoder {
            memory = encoder.forward(memory);
        }
        if let Some(projection) = self.projection {
            memory = projection.forward(memory);
        }
        if let Some(norm) = self.norm {
            memory = norm.forward(memory);
        }
        if let Some(embedding) = self.position_embedding {
            // Every view of the photo has the same positions.
            let embeddings = embedding.weight.val();
            let views = positions / embeddings.dims()[0];
            let mut embeddings = embeddings.repeat_dim(0, views);
            if let Some(kept) = kept {
                embeddings = embeddings.select(0, kept);
            }
            memory = memory + embeddings.unsqueeze();
        }
        match classes {
            Some((rows, log_probabilities)) => {
                (Tensor::cat(vec![memory, rows], 1), Some(log_probabilities))
            }
            None => (memory, None),
        }
    }

    /// Logarithms of the classes' probabilities `[photos, classes]`, where it reads classes.
    pub(super) fn class_log_probabilities(&self, features: Tensor<3>) -> Option<Tensor<2>> {
        let classes = self.classes?;
        Some(classes.log_probabilities(self.after_blocks(features)))
    }

    /// Features of each view `[photos, positions, channels]` after the blocks.
    fn after_blocks(&self, features: Tensor<3>) -> Tensor<3> {
        let Some(side) = self.side else {
            return features;
        };
        let [photos, positions, channels] = features.dims();
        let views = positions / (side * side);
        let mut x = features.reshape([photos * views, side * side, channels]);
        for block in self.blocks {
            x = block.forward_positions(x, side);
        }
        let [_, _, channels] = x.dims();
        x.reshape([photos, positions, channels])
    }
}

/// Starts the layers that a decoder takes over from the image network at the pretrained ones.
pub(super) fn take_over(
    tail: Tail,
    blocks: &mut [InvertedResidual],
    head: Option<&mut Dense>,
    classes: Option<&mut ClassMemory>,
) {
    for (block, mut pretrained) in blocks.iter_mut().zip(tail.blocks) {
        let layers = block.convolutions_mut().zip(pretrained.convolutions_mut());
        for (layer, pretrained) in layers {
            overwrite(&mut layer.weight, pretrained.weight.val().into_data());
            if let (Some(old), Some(bias)) = (&mut layer.bias, &pretrained.bias) {
                overwrite(old, bias.val().into_data());
            }
        }
    }
    if let (Some(classes), Some(head), Some(classifier)) = (classes, &tail.head, &tail.classifier) {
        classes.set_network(head, classifier);
    }
    let head = head.and_then(Dense::layer_mut);
    if let (Some(head), Some(Pointwise { weight, bias })) = (head, tail.head) {
        overwrite(&mut head.weight, weight.into_data());
        if let Some(old) = &mut head.bias {
            overwrite(old, bias.into_data());
        }
    }
}
