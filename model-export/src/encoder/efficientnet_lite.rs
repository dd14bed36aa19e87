//! EfficientNet-Lite: EfficientNet (Tan and Le, 2019, <https://arxiv.org/abs/1905.11946>) without
//! squeeze-and-excitation and with ReLU6 in place of swish, for mobile and integer hardware.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};

use super::inverted_residual::{BlockConfig, InvertedResidual, convolution};
use super::{FeatureLayer, relu6, round_channels};

/// One stage of blocks: kernel size, stride of its first block, expansion, output channels, blocks.
struct Stage(usize, usize, usize, usize, usize);

/// The stages before scaling, those of Lite0.
const STAGES: [Stage; 7] = [
    Stage(3, 1, 1, 16, 1),
    Stage(3, 2, 6, 24, 2),
    Stage(5, 2, 6, 40, 2),
    Stage(3, 2, 6, 80, 3),
    Stage(5, 1, 6, 112, 3),
    Stage(5, 2, 6, 192, 4),
    Stage(3, 1, 6, 320, 1),
];
const STEM_CHANNELS: usize = 32;
/// Channels after the head convolution, whatever the scaling.
const HEAD_CHANNELS: usize = 1280;

/// How a variant is scaled from Lite0 (the paper's compound scaling).
#[derive(Clone, Copy, Debug)]
pub(super) struct Scaling {
    /// Factor of every stage's channels.
    pub width: f64,
    /// Factor of every stage's number of blocks.
    pub depth: f64,
}

impl Scaling {
    /// EfficientNet-Lite0.
    pub(super) const LITE0: Self = Self::new(1.0, 1.0);
    /// EfficientNet-Lite1.
    pub(super) const LITE1: Self = Self::new(1.0, 1.1);
    /// EfficientNet-Lite2.
    pub(super) const LITE2: Self = Self::new(1.1, 1.2);

    const fn new(width: f64, depth: f64) -> Self {
        Self { width, depth }
    }

    fn channels(self, channels: usize) -> usize {
        round_channels(channels as f64 * self.width)
    }

    /// Rounded up; the Lite variants leave the first and the last stage at one block.
    fn blocks(self, stage: usize, blocks: usize) -> usize {
        if stage == 0 || stage + 1 == STAGES.len() {
            blocks
        } else {
            (blocks as f64 * self.depth).ceil() as usize
        }
    }

    /// Every block, in order.
    fn all_blocks(self) -> Vec<BlockConfig> {
        let mut blocks = Vec::new();
        let mut input = STEM_CHANNELS;
        for (stage, Stage(kernel, stride, expansion, output, count)) in
            STAGES.into_iter().enumerate()
        {
            let output = self.channels(output);
            for index in 0..self.blocks(stage, count) {
                blocks.push(BlockConfig {
                    kernel,
                    stride: if index == 0 { stride } else { 1 },
                    input,
                    hidden: input * expansion,
                    output,
                });
                input = output;
            }
        }
        blocks
    }

    /// The blocks that follow a layer.
    pub(super) fn tail(self, layer: FeatureLayer) -> Vec<BlockConfig> {
        let mut blocks = self.all_blocks();
        let strides = blocks.iter().map(|block| block.stride);
        blocks.split_off(blocks_before(layer, strides))
    }

    /// Channels after a layer.
    pub(super) fn feature_channels(self, layer: FeatureLayer) -> usize {
        let [.., last] = STAGES;
        match layer {
            FeatureLayer::Head | FeatureLayer::Pooled => HEAD_CHANNELS,
            FeatureLayer::Blocks | FeatureLayer::LastBlock | FeatureLayer::LastStages => self
                .tail(layer)
                .first()
                .map_or(self.channels(last.3), |block| block.input),
        }
    }
}

/// The convolutional trunk: pixels `[batch, 3, size, size]` to a feature map
/// `[batch, channels, ⌈size / 32⌉, ⌈size / 32⌉]` after one of the [`FeatureLayer`]s.
#[derive(Module, Debug)]
pub(super) struct EfficientNetLite {
    stem: Conv2d,
    blocks: Vec<InvertedResidual>,
    head: Option<Conv2d>,
}

impl EfficientNetLite {
    /// A variant up to a layer, weights not yet loaded.
    pub(super) fn new(scaling: Scaling, layer: FeatureLayer, device: &Device) -> Self {
        let blocks = scaling.all_blocks();
        let channels = scaling.feature_channels(FeatureLayer::Blocks);
        let mut network = Self {
            stem: convolution([3, STEM_CHANNELS], 3, 2, 1, device),
            blocks: blocks
                .iter()
                .map(|block| InvertedResidual::new(block, device))
                .collect(),
            head: Some(convolution([channels, HEAD_CHANNELS], 1, 1, 1, device)),
        };
        network.cut(layer);
        network
    }

    /// Takes away what follows a layer: the last blocks, and the head.
    pub(super) fn cut(&mut self, layer: FeatureLayer) -> (Vec<InvertedResidual>, Option<Conv2d>) {
        if !layer.leaves_a_tail() {
            return (Vec::new(), None);
        }
        let strides = self.blocks.iter().map(InvertedResidual::stride);
        let before = blocks_before(layer, strides);
        (self.blocks.split_off(before), self.head.take())
    }

    /// The feature map after the network's last layer.
    pub(super) fn forward(&self, pixels: Tensor<4>) -> Tensor<4> {
        let mut x = relu6(self.stem.forward(pixels));
        for block in &self.blocks {
            x = block.forward(x);
        }
        match &self.head {
            Some(head) => relu6(head.forward(x)),
            None => x,
        }
    }
}

/// How many of the blocks, told by their strides, come before a layer.
fn blocks_before(
    layer: FeatureLayer,
    mut strides: impl DoubleEndedIterator<Item = usize> + ExactSizeIterator,
) -> usize {
    let count = strides.len();
    match layer {
        FeatureLayer::Head | FeatureLayer::Pooled | FeatureLayer::Blocks => count,
        FeatureLayer::LastBlock => count - 1,
        FeatureLayer::LastStages => strides
            .rposition(|stride| stride > 1)
            .map_or(0, |last| last + 1),
    }
}
