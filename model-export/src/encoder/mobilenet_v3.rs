//! MobileNetV3 (Howard et al., 2019, <https://arxiv.org/abs/1905.02244>), laid out as torchvision's
//! `mobilenet_v3_small` and `mobilenet_v3_large`, and as TensorFlow's, which differ in what they read beyond
//! the edge.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::convolution::{Padding, convolution, depthwise, pointwise, relu6, round_channels};

/// A block: kernel size, expanded channels, output channels, squeeze-and-excitation, hard swish (or
/// ReLU), stride.
#[derive(Clone, Copy, Debug)]
pub struct Block(
    pub usize,
    pub usize,
    pub usize,
    pub bool,
    pub bool,
    pub usize,
);

/// MobileNetV3-Small.
pub(super) const SMALL: &[Block] = &[
    Block(3, 16, 16, true, false, 2),
    Block(3, 72, 24, false, false, 2),
    Block(3, 88, 24, false, false, 1),
    Block(5, 96, 40, true, true, 2),
    Block(5, 240, 40, true, true, 1),
    Block(5, 240, 40, true, true, 1),
    Block(5, 120, 48, true, true, 1),
    Block(5, 144, 48, true, true, 1),
    Block(5, 288, 96, true, true, 2),
    Block(5, 576, 96, true, true, 1),
    Block(5, 576, 96, true, true, 1),
];
/// MobileNetV3-Large.
pub(super) const LARGE: &[Block] = &[
    Block(3, 16, 16, false, false, 1),
    Block(3, 64, 24, false, false, 2),
    Block(3, 72, 24, false, false, 1),
    Block(5, 72, 40, true, false, 2),
    Block(5, 120, 40, true, false, 1),
    Block(5, 120, 40, true, false, 1),
    Block(3, 240, 80, false, true, 2),
    Block(3, 200, 80, false, true, 1),
    Block(3, 184, 80, false, true, 1),
    Block(3, 184, 80, false, true, 1),
    Block(3, 480, 112, true, true, 1),
    Block(3, 672, 112, true, true, 1),
    Block(5, 672, 160, true, true, 2),
    Block(5, 960, 160, true, true, 1),
    Block(5, 960, 160, true, true, 1),
];
const STEM_CHANNELS: usize = 16;

/// Channels of the feature map: six times those of the last block.
pub(super) const fn channels(blocks: &[Block]) -> usize {
    let Block(_, _, output, ..) = blocks[blocks.len() - 1];
    6 * output
}

/// The convolutional trunk: pixels `[batch, 3, size, size]` to a feature map
/// `[batch, channels, ⌈size / 32⌉, ⌈size / 32⌉]`.
#[derive(Module, Debug)]
pub(super) struct MobileNetV3 {
    stem: Conv2d,
    blocks: Vec<InvertedResidual>,
    head: Conv2d,
}

/// MobileNetV2's block with squeeze-and-excitation.
#[derive(Module, Debug)]
struct InvertedResidual {
    expand: Option<Conv2d>,
    depthwise: Conv2d,
    squeeze: Option<SqueezeExcitation>,
    project: Conv2d,
    hard_swish: bool,
    residual: bool,
}

/// Weighs each channel by what all positions together say (Hu et al., 2018,
/// <https://arxiv.org/abs/1709.01507>).
#[derive(Module, Debug)]
struct SqueezeExcitation {
    reduce: Conv2d,
    expand: Conv2d,
}

impl MobileNetV3 {
    /// The network of these blocks, weights not yet loaded.
    pub(super) fn new(blocks: &[Block], padding: Padding, device: &Device) -> Self {
        let mut input = STEM_CHANNELS;
        let residuals = blocks.iter().map(|block| {
            let residual = InvertedResidual::new(input, block, padding, device);
            input = block.2;
            residual
        });
        Self {
            stem: convolution([3, STEM_CHANNELS], [3, 3], 2, 1, padding, device),
            blocks: residuals.collect(),
            head: pointwise([input, channels(blocks)], device),
        }
    }

    /// The feature map after the last convolution.
    pub(super) fn forward(&self, pixels: Tensor<4>) -> Tensor<4> {
        let mut x = hard_swish(self.stem.forward(pixels));
        for block in &self.blocks {
            x = block.forward(x);
        }
        hard_swish(self.head.forward(x))
    }
}

impl InvertedResidual {
    fn new(
        input: usize,
        &Block(kernel, hidden, output, squeeze, hard_swish, stride): &Block,
        padding: Padding,
        device: &Device,
    ) -> Self {
        Self {
            expand: (hidden != input).then(|| pointwise([input, hidden], device)),
            depthwise: depthwise(hidden, kernel, stride, padding, device),
            squeeze: squeeze.then(|| {
                let reduced = round_channels((hidden / 4) as f64);
                SqueezeExcitation {
                    reduce: pointwise([hidden, reduced], device),
                    expand: pointwise([reduced, hidden], device),
                }
            }),
            project: pointwise([hidden, output], device),
            hard_swish,
            residual: stride == 1 && input == output,
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let activation = if self.hard_swish { hard_swish } else { relu };
        let mut x = input.clone();
        if let Some(expand) = &self.expand {
            x = activation(expand.forward(x));
        }
        x = activation(self.depthwise.forward(x));
        if let Some(squeeze) = &self.squeeze {
            x = squeeze.forward(x);
        }
        x = self.project.forward(x);
        if self.residual { x + input } else { x }
    }
}

impl SqueezeExcitation {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let mean = x.clone().mean_dim(3).mean_dim(2);
        let weights = self.expand.forward(relu(self.reduce.forward(mean)));
        x * hard_sigmoid(weights)
    }
}

/// ReLU6(x + 3) / 6
fn hard_sigmoid(x: Tensor<4>) -> Tensor<4> {
    relu6(x.add_scalar(3.0)).div_scalar(6.0)
}

/// x · ReLU6(x + 3) / 6
fn hard_swish(x: Tensor<4>) -> Tensor<4> {
    x.clone() * hard_sigmoid(x)
}
