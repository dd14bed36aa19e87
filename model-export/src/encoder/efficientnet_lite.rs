//! EfficientNet-Lite: EfficientNet (Tan and Le, 2019, <https://arxiv.org/abs/1905.11946>) without
//! squeeze-and-excitation and with ReLU6 in place of swish, for mobile and integer hardware.

use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::{Device, Tensor};

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

    /// Channels after a layer.
    pub(super) fn feature_channels(self, layer: FeatureLayer) -> usize {
        let [.., before, last] = STAGES;
        match layer {
            FeatureLayer::Head | FeatureLayer::Pooled => HEAD_CHANNELS,
            FeatureLayer::Blocks => self.channels(last.3),
            FeatureLayer::Depthwise => self.channels(before.3) * last.2,
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

/// MobileNetV2's block (Sandler et al., 2018, <https://arxiv.org/abs/1801.04381>): 1×1 expansion,
/// depthwise convolution, 1×1 projection, and a residual where the shapes allow one.
#[derive(Module, Debug)]
struct InvertedResidual {
    expand: Option<Conv2d>,
    depthwise: Conv2d,
    /// Missing in the last block where a decoder took it over.
    project: Option<Conv2d>,
    residual: bool,
}

impl EfficientNetLite {
    /// A variant up to a layer, weights not yet loaded.
    pub(super) fn new(scaling: Scaling, layer: FeatureLayer, device: &Device) -> Self {
        let mut blocks = Vec::new();
        let mut channels = STEM_CHANNELS;
        for (stage, Stage(kernel, stride, expansion, output, count)) in
            STAGES.into_iter().enumerate()
        {
            let output = scaling.channels(output);
            for index in 0..scaling.blocks(stage, count) {
                let stride = if index == 0 { stride } else { 1 };
                blocks.push(InvertedResidual::new(
                    kernel, stride, expansion, channels, output, device,
                ));
                channels = output;
            }
        }
        let mut network = Self {
            stem: convolution([3, STEM_CHANNELS], 3, 2, 1, device),
            blocks,
            head: Some(convolution([channels, HEAD_CHANNELS], 1, 1, 1, device)),
        };
        network.cut(layer);
        network
    }

    /// Takes away what follows a layer: the last block's projection, and the head.
    pub(super) fn cut(&mut self, layer: FeatureLayer) -> [Option<Conv2d>; 2] {
        match layer {
            FeatureLayer::Head | FeatureLayer::Pooled => [None, None],
            FeatureLayer::Blocks => [None, self.head.take()],
            FeatureLayer::Depthwise => {
                let last = self.blocks.last_mut();
                [
                    last.and_then(|block| block.project.take()),
                    self.head.take(),
                ]
            }
        }
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
            project: Some(convolution([hidden, output], 1, 1, 1, device)),
            residual: stride == 1 && input == output,
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let mut x = input.clone();
        if let Some(expand) = &self.expand {
            x = relu6(expand.forward(x));
        }
        x = relu6(self.depthwise.forward(x));
        if let Some(project) = &self.project {
            x = project.forward(x);
        }
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
