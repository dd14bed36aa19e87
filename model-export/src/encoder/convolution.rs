//! What the image networks are made of: convolutions, and their rules for rounding and clamping.

use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::{Device, Tensor};

/// What a convolution reads beyond the edge: so many rows and columns of zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Half of the kernel on all sides, as PyTorch's networks have it.
    Half,
    /// As TensorFlow's "SAME": for stride 2 and an even input, one pixel more at the bottom and right than at
    /// the top and left.
    Same,
    /// None.
    Valid,
}

/// A convolution `[input, output]` channels wide of a kernel `[rows, columns]`, its weights not yet loaded.
pub(super) fn convolution(
    channels: [usize; 2],
    kernel: [usize; 2],
    stride: usize,
    groups: usize,
    padding: Padding,
    device: &Device,
) -> Conv2d {
    let padding = match padding {
        Padding::Half => {
            let [rows, columns] = kernel.map(|side| side / 2);
            PaddingConfig2d::Explicit(rows, columns, rows, columns)
        }
        Padding::Same => PaddingConfig2d::Same,
        Padding::Valid => PaddingConfig2d::Valid,
    };
    Conv2dConfig::new(channels, kernel)
        .with_stride([stride, stride])
        .with_groups(groups)
        .with_padding(padding)
        .init(device)
}

/// A convolution of one pixel.
pub(super) fn pointwise(channels: [usize; 2], device: &Device) -> Conv2d {
    convolution(channels, [1, 1], 1, 1, Padding::Valid, device)
}

/// A convolution that reads each channel by itself.
pub(super) fn depthwise(
    channels: usize,
    kernel: usize,
    stride: usize,
    padding: Padding,
    device: &Device,
) -> Conv2d {
    let kernel = [kernel, kernel];
    convolution(
        [channels, channels],
        kernel,
        stride,
        channels,
        padding,
        device,
    )
}

/// Rounded to a multiple of 8, but never down by more than a tenth: how MobileNet and EfficientNet are scaled.
pub(super) fn round_channels(channels: f64) -> usize {
    let rounded = ((channels + 4.0) / 8.0).floor() * 8.0;
    let rounded = if rounded < 0.9 * channels {
        rounded + 8.0
    } else {
        rounded
    };
    rounded as usize
}

/// ReLU6. Two steps, because burn-flex turns each into vector instructions, but not its `clamp`.
pub(super) fn relu6<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    x.clamp_min(0.0).clamp_max(6.0)
}
