//! EfficientNet-Lite: EfficientNet (Tan and Le, 2019, <https://arxiv.org/abs/1905.11946>) without
//! squeeze-and-excitation and with ReLU6 in place of swish, for mobile and integer hardware.

use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::activation::relu6;
use burn::tensor::{Device, Tensor};

/// One stage of blocks: kernel size, stride of its first block, expansion, output channels, blocks.
struct Stage(usize, usize, usize, usize, usize);

/// The stages of Lite0 (width 1.0, depth 1.0).
const LITE0: [Stage; 7] = [
    Stage(3, 1, 1, 16, 1),
    Stage(3, 2, 6, 24, 2),
    Stage(5, 2, 6, 40, 2),
    Stage(3, 2, 6, 80, 3),
    Stage(5, 1, 6, 112, 3),
    Stage(5, 2, 6, 192, 4),
    Stage(3, 1, 6, 320, 1),
];
const STEM_CHANNELS: usize = 32;
const HEAD_CHANNELS: usize = 1280;

/// The convolutional trunk: pixels `[batch, 3, size, size]` to a feature map
/// `[batch, 1280, size / 32, size / 32]`.
#[derive(Module, Debug)]
pub struct EfficientNetLite {
    stem: Conv2d,
    blocks: Vec<InvertedResidual>,
    head: Conv2d,
}

/// MobileNetV2's block (Sandler et al., 2018, <https://arxiv.org/abs/1801.04381>): 1×1 expansion,
/// depthwise convolution, 1×1 projection, and a residual where the shapes allow one.
#[derive(Module, Debug)]
pub struct InvertedResidual {
    expand: Option<Conv2d>,
    depthwise: Conv2d,
    project: Conv2d,
    residual: bool,
}

impl EfficientNetLite {
    /// EfficientNet-Lite0, weights not yet loaded.
    pub fn lite0(device: &Device) -> Self {
        let mut blocks = Vec::new();
        let mut channels = STEM_CHANNELS;
        for Stage(kernel, stride, expansion, output, count) in LITE0 {
            for index in 0..count {
                let stride = if index == 0 { stride } else { 1 };
                blocks.push(InvertedResidual::new(
                    kernel, stride, expansion, channels, output, device,
                ));
                channels = output;
            }
        }
        Self {
            stem: convolution([3, STEM_CHANNELS], 3, 2, 1, device),
            blocks,
            head: convolution([channels, HEAD_CHANNELS], 1, 1, 1, device),
        }
    }

    /// The feature map after the head convolution.
    pub fn forward(&self, pixels: Tensor<4>) -> Tensor<4> {
        let mut x = relu6(self.stem.forward(pixels));
        for block in &self.blocks {
            x = block.forward(x);
        }
        relu6(self.head.forward(x))
    }
}

impl InvertedResidual {
    fn new(
        kernel: usize,
        stride: usize,
        expansion: usize,
        input: usize,
        output: usize,
        device: &Device,
    ) -> Self {
        let hidden = input * expansion;
        Self {
            expand: (expansion > 1).then(|| convolution([input, hidden], 1, 1, 1, device)),
            depthwise: convolution([hidden, hidden], kernel, stride, hidden, device),
            project: convolution([hidden, output], 1, 1, 1, device),
            residual: stride == 1 && input == output,
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let mut x = input.clone();
        if let Some(expand) = &self.expand {
            x = relu6(expand.forward(x));
        }
        x = relu6(self.depthwise.forward(x));
        x = self.project.forward(x);
        if self.residual { x + input } else { x }
    }
}

/// A convolution that pads as TensorFlow's "SAME" does: for stride 2 and an even input, one pixel
/// more at the bottom and right.
fn convolution(
    channels: [usize; 2],
    kernel: usize,
    stride: usize,
    groups: usize,
    device: &Device,
) -> Conv2d {
    Conv2dConfig::new(channels, [kernel, kernel])
        .with_stride([stride, stride])
        .with_groups(groups)
        .with_padding(PaddingConfig2d::Same)
        .init(device)
}
