//! MobileNetV2's block, of which EfficientNet-Lite is made.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::convolution::{Padding, depthwise, pointwise, relu6};

/// The sizes of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockConfig {
    /// Side of the depthwise convolution's kernel.
    pub kernel: usize,
    /// Its stride.
    pub stride: usize,
    /// Channels of what the block reads.
    pub input: usize,
    /// Channels of the depthwise convolution.
    pub hidden: usize,
    /// Channels of what the block gives.
    pub output: usize,
}

/// MobileNetV2's block (Sandler et al., 2018, <https://arxiv.org/abs/1801.04381>) with the batch norms
/// folded into its convolutions: 1×1 expansion, depthwise convolution, 1×1 projection, and a residual
/// where the shapes allow one.
#[derive(Module, Debug)]
pub struct InvertedResidual {
    expand: Option<Conv2d>,
    depthwise: Conv2d,
    project: Conv2d,
    residual: bool,
}

impl InvertedResidual {
    /// A block with random weights.
    pub fn new(config: &BlockConfig, device: &Device) -> Self {
        let &BlockConfig {
            kernel,
            stride,
            input,
            hidden,
            output,
        } = config;
        Self {
            expand: (hidden > input).then(|| pointwise([input, hidden], device)),
            depthwise: depthwise(hidden, kernel, stride, Padding::Same, device),
            project: pointwise([hidden, output], device),
            residual: stride == 1 && input == output,
        }
    }

    /// Feature maps `[batch, input, rows, columns]` to `[batch, output, ⌈rows / stride⌉, ⌈columns / stride⌉]`.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let mut x = input.clone();
        if let Some(expand) = &self.expand {
            x = relu6(expand.forward(x));
        }
        x = relu6(self.depthwise.forward(x));
        x = self.project.forward(x);
        if self.residual { x + input } else { x }
    }

    /// Its convolutions, in order.
    pub(crate) fn convolutions_mut(&mut self) -> impl Iterator<Item = &mut Conv2d> {
        let others = [&mut self.depthwise, &mut self.project];
        self.expand.iter_mut().chain(others)
    }

    /// The stride of its depthwise convolution.
    pub(super) fn stride(&self) -> usize {
        let [rows, _] = self.depthwise.stride;
        rows
    }
}
