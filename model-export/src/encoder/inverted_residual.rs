//! MobileNetV2's block, of which EfficientNet-Lite is made.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::module::linear;
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
    pub(super) expand: Option<Conv2d>,
    pub(super) depthwise: Conv2d,
    pub(super) project: Conv2d,
    pub(super) residual: bool,
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

    /// The same for maps `[batch, side · side, input]` in a block of stride 1: `[batch, side · side, output]`. Its
    /// 1×1 convolutions are dense layers here, which train faster on the CPU.
    pub(crate) fn forward_positions(&self, input: Tensor<3>, side: usize) -> Tensor<3> {
        let mut x = input.clone();
        if let Some(expand) = &self.expand {
            x = relu6(dense(expand, x));
        }
        let [batch, positions, channels] = x.dims();
        let map = x.swap_dims(1, 2).reshape([batch, channels, side, side]);
        let map = relu6(self.depthwise.forward(map));
        let x = map.reshape([batch, channels, positions]).swap_dims(1, 2);
        let x = dense(&self.project, x);
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

/// A 1×1 convolution of `[batch, positions, channels]`.
fn dense(convolution: &Conv2d, input: Tensor<3>) -> Tensor<3> {
    let weight = convolution.weight.val();
    let [output, channels, _, _] = weight.dims();
    let weight = weight.reshape([output, channels]).transpose();
    let bias = convolution.bias.as_ref().map(|bias| bias.val());
    linear(input, weight, bias)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;

    #[test]
    fn positions_and_maps_give_the_same() {
        let device = Device::flex();
        device.seed(1);
        let side = 5;
        for (input, hidden, output) in [(6, 24, 6), (6, 24, 10), (6, 6, 6)] {
            let config = BlockConfig {
                kernel: 3,
                stride: 1,
                input,
                hidden,
                output,
            };
            let block = InvertedResidual::new(&config, &device);
            let map = Tensor::random(
                [2, input, side, side],
                Distribution::Normal(0.0, 2.0),
                &device,
            );
            let positions = |map: Tensor<4>| map.flatten::<3>(2, 3).swap_dims(1, 2);
            let expected = positions(block.forward(map.clone()));
            let found = block.forward_positions(positions(map), side);
            assert_eq!(found.dims(), [2, side * side, output]);
            let error: f32 = (found - expected).abs().max().try_into_scalar().unwrap();
            assert!(error < 1e-5, "{error}");
        }
    }
}
