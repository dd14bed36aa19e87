//! EfficientNet-Lite: EfficientNet (Tan and Le, 2019, <https://arxiv.org/abs/1905.11946>) without
//! squeeze-and-excitation and with ReLU6 in place of swish, for mobile and integer hardware.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};

use super::convolution::{Padding, convolution, pointwise, relu6, round_channels};
use super::feature_layer::FeatureLayer;
use super::inverted_residual::{BlockConfig, InvertedResidual};

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
/// Channels of the feature map, which are those of the head convolution, whatever the scaling.
pub(super) const CHANNELS: usize = 1280;

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
    fn stage_blocks(self, stage: usize, blocks: usize) -> usize {
        if stage == 0 || stage + 1 == STAGES.len() {
            blocks
        } else {
            (blocks as f64 * self.depth).ceil() as usize
        }
    }

    /// Every block, in order.
    pub(super) fn blocks(self) -> Vec<BlockConfig> {
        let mut blocks = Vec::new();
        let mut input = STEM_CHANNELS;
        for (stage, Stage(kernel, stride, expansion, output, count)) in
            STAGES.into_iter().enumerate()
        {
            let output = self.channels(output);
            for index in 0..self.stage_blocks(stage, count) {
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
}

/// The convolutional trunk: pixels `[batch, 3, size, size]` to a feature map
/// `[batch, channels, ⌈size / 32⌉, ⌈size / 32⌉]` after one of the [`FeatureLayer`]s.
#[derive(Module, Debug)]
pub(super) struct EfficientNetLite {
    pub(super) stem: Conv2d,
    pub(super) blocks: Vec<InvertedResidual>,
    pub(super) head: Option<Conv2d>,
}

impl EfficientNetLite {
    /// A variant, weights not yet loaded.
    pub(super) fn new(scaling: Scaling, device: &Device) -> Self {
        let blocks = scaling.blocks();
        let channels = blocks.last().map_or(STEM_CHANNELS, |last| last.output);
        Self {
            stem: convolution([3, STEM_CHANNELS], [3, 3], 2, 1, Padding::Same, device),
            blocks: blocks
                .iter()
                .map(|block| InvertedResidual::new(block, device))
                .collect(),
            head: Some(pointwise([channels, CHANNELS], device)),
        }
    }

    /// Takes away what follows a layer: the last blocks, and the head.
    pub(super) fn cut(&mut self, layer: FeatureLayer) -> (Vec<InvertedResidual>, Option<Conv2d>) {
        if !layer.leaves_a_tail() {
            return (Vec::new(), None);
        }
        let strides = self.blocks.iter().map(InvertedResidual::stride);
        let before = layer.blocks_before(strides);
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
