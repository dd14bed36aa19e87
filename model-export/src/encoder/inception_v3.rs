//! InceptionV3 (Szegedy et al., 2015, <https://arxiv.org/abs/1512.00567>), laid out and padded as
//! torchvision's `inception_v3`, without the auxiliary classifier, or as Keras' `InceptionV3`: they differ in the means at
//! the edges.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::activation::relu;
use burn::tensor::module::{avg_pool2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor};

use super::convolution::{Padding, convolution};

/// Channels of the feature map.
pub(super) const CHANNELS: usize = 2048;
/// The smallest photo that leaves a position, in pixels.
pub(super) const SMALLEST_PHOTO: u32 = 75;

/// Positions along one side of the feature map, of a photo of `size` pixels: the layers that are not
/// padded, in their order.
pub(super) fn side(size: usize) -> usize {
    // Kernel and stride of the stem's convolutions 1a and 2a, its maximum, 4a and its maximum, and of the
    // blocks 6a and 7a.
    let shrinking = [(3, 2), (3, 1), (3, 2), (3, 1), (3, 2), (3, 2), (3, 2)];
    shrinking.into_iter().fold(size, |side, (kernel, stride)| {
        side.saturating_sub(kernel) / stride + 1
    })
}

/// The convolutional trunk: pixels `[batch, 3, size, size]` to a feature map
/// `[batch, 2048, side(size), side(size)]`, 8×8 at 299 px. Layers and blocks have the paper authors' names.
#[derive(Module, Debug)]
pub(super) struct InceptionV3 {
    conv_1a: Conv2d,
    conv_2a: Conv2d,
    conv_2b: Conv2d,
    conv_3b: Conv2d,
    conv_4a: Conv2d,
    mixed_5b: Mixed5,
    mixed_5c: Mixed5,
    mixed_5d: Mixed5,
    mixed_6a: Mixed6a,
    mixed_6b: Mixed6,
    mixed_6c: Mixed6,
    mixed_6d: Mixed6,
    mixed_6e: Mixed6,
    mixed_7a: Mixed7a,
    mixed_7b: Mixed7,
    mixed_7c: Mixed7,
    /// Whether means count the zeros beyond the edge.
    counts_zeros: bool,
}

/// Convolutions of 5×5 and of twice 3×3 (35×35 positions at 299 px).
#[derive(Module, Debug)]
struct Mixed5 {
    branch_1x1: Conv2d,
    branch_5x5: Vec<Conv2d>,
    branch_3x3_double: Vec<Conv2d>,
    branch_pool: Conv2d,
}

/// From 35×35 to 17×17 positions.
#[derive(Module, Debug)]
struct Mixed6a {
    branch_3x3: Conv2d,
    branch_3x3_double: Vec<Conv2d>,
}

/// Convolutions of 7×7 and of twice 7×7, each as 1×7 and 7×1.
#[derive(Module, Debug)]
struct Mixed6 {
    branch_1x1: Conv2d,
    branch_7x7: Vec<Conv2d>,
    branch_7x7_double: Vec<Conv2d>,
    branch_pool: Conv2d,
}

/// From 17×17 to 8×8 positions.
#[derive(Module, Debug)]
struct Mixed7a {
    branch_3x3: Vec<Conv2d>,
    branch_7x7_3x3: Vec<Conv2d>,
}

/// Convolutions of 3×3 and of twice 3×3, the last one as 1×3 beside 3×1.
#[derive(Module, Debug)]
struct Mixed7 {
    branch_1x1: Conv2d,
    branch_3x3: Fork,
    branch_3x3_double: Fork,
    branch_pool: Conv2d,
}

/// Layers of which a 1×3 and a 3×1 convolution both read the result.
#[derive(Module, Debug)]
struct Fork {
    layers: Vec<Conv2d>,
    wide: Conv2d,
    tall: Conv2d,
}

impl InceptionV3 {
    /// The network, weights not yet loaded. Means at the edges count zeros beyond in torchvision's network, and leave them
    /// out in TensorFlow's and Keras'.
    pub(super) fn new(counts_zeros: bool, device: &Device) -> Self {
        Self {
            conv_1a: valid([3, 32], 2, device),
            conv_2a: valid([32, 32], 1, device),
            conv_2b: same([32, 64], [3, 3], device),
            conv_3b: same([64, 80], [1, 1], device),
            conv_4a: valid([80, 192], 1, device),
            mixed_5b: Mixed5::new(192, 32, device),
            mixed_5c: Mixed5::new(256, 64, device),
            mixed_5d: Mixed5::new(288, 64, device),
            mixed_6a: Mixed6a::new(288, device),
            mixed_6b: Mixed6::new(128, device),
            mixed_6c: Mixed6::new(160, device),
            mixed_6d: Mixed6::new(160, device),
            mixed_6e: Mixed6::new(192, device),
            mixed_7a: Mixed7a::new(768, device),
            mixed_7b: Mixed7::new(1280, device),
            mixed_7c: Mixed7::new(2048, device),
            counts_zeros,
        }
    }

    /// The feature map after the last block.
    pub(super) fn forward(&self, pixels: Tensor<4>) -> Tensor<4> {
        let mut x = layer(&self.conv_1a, pixels);
        x = layer(&self.conv_2a, x);
        x = maximum(layer(&self.conv_2b, x));
        x = layer(&self.conv_3b, x);
        x = maximum(layer(&self.conv_4a, x));
        for block in [&self.mixed_5b, &self.mixed_5c, &self.mixed_5d] {
            x = block.forward(x, self.counts_zeros);
        }
        x = self.mixed_6a.forward(x);
        for block in [
            &self.mixed_6b,
            &self.mixed_6c,
            &self.mixed_6d,
            &self.mixed_6e,
        ] {
            x = block.forward(x, self.counts_zeros);
        }
        x = self.mixed_7a.forward(x);
        x = self.mixed_7b.forward(x, self.counts_zeros);
        self.mixed_7c.forward(x, self.counts_zeros)
    }
}

impl Mixed5 {
    fn new(input: usize, pool: usize, device: &Device) -> Self {
        Self {
            branch_1x1: same([input, 64], [1, 1], device),
            branch_5x5: chain(input, &[(48, [1, 1]), (64, [5, 5])], device),
            branch_3x3_double: chain(input, &[(64, [1, 1]), (96, [3, 3]), (96, [3, 3])], device),
            branch_pool: same([input, pool], [1, 1], device),
        }
    }

    fn forward(&self, x: Tensor<4>, counts_zeros: bool) -> Tensor<4> {
        concatenate([
            layer(&self.branch_1x1, x.clone()),
            layers(&self.branch_5x5, x.clone()),
            layers(&self.branch_3x3_double, x.clone()),
            layer(&self.branch_pool, mean(x, counts_zeros)),
        ])
    }
}

impl Mixed6a {
    fn new(input: usize, device: &Device) -> Self {
        let mut double = chain(input, &[(64, [1, 1]), (96, [3, 3])], device);
        double.push(valid([96, 96], 2, device));
        Self {
            branch_3x3: valid([input, 384], 2, device),
            branch_3x3_double: double,
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        concatenate([
            layer(&self.branch_3x3, x.clone()),
            layers(&self.branch_3x3_double, x.clone()),
            maximum(x),
        ])
    }
}

impl Mixed6 {
    /// With `inner` channels between the convolutions.
    fn new(inner: usize, device: &Device) -> Self {
        let input = 768;
        Self {
            branch_1x1: same([input, 192], [1, 1], device),
            branch_7x7: chain(
                input,
                &[(inner, [1, 1]), (inner, [1, 7]), (192, [7, 1])],
                device,
            ),
            branch_7x7_double: chain(
                input,
                &[
                    (inner, [1, 1]),
                    (inner, [7, 1]),
                    (inner, [1, 7]),
                    (inner, [7, 1]),
                    (192, [1, 7]),
                ],
                device,
            ),
            branch_pool: same([input, 192], [1, 1], device),
        }
    }

    fn forward(&self, x: Tensor<4>, counts_zeros: bool) -> Tensor<4> {
        concatenate([
            layer(&self.branch_1x1, x.clone()),
            layers(&self.branch_7x7, x.clone()),
            layers(&self.branch_7x7_double, x.clone()),
            layer(&self.branch_pool, mean(x, counts_zeros)),
        ])
    }
}

impl Mixed7a {
    fn new(input: usize, device: &Device) -> Self {
        let mut small = chain(input, &[(192, [1, 1])], device);
        small.push(valid([192, 320], 2, device));
        let mut large = chain(
            input,
            &[(192, [1, 1]), (192, [1, 7]), (192, [7, 1])],
            device,
        );
        large.push(valid([192, 192], 2, device));
        Self {
            branch_3x3: small,
            branch_7x7_3x3: large,
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        concatenate([
            layers(&self.branch_3x3, x.clone()),
            layers(&self.branch_7x7_3x3, x.clone()),
            maximum(x),
        ])
    }
}

impl Mixed7 {
    fn new(input: usize, device: &Device) -> Self {
        Self {
            branch_1x1: same([input, 320], [1, 1], device),
            branch_3x3: Fork::new(chain(input, &[(384, [1, 1])], device), device),
            branch_3x3_double: Fork::new(
                chain(input, &[(448, [1, 1]), (384, [3, 3])], device),
                device,
            ),
            branch_pool: same([input, 192], [1, 1], device),
        }
    }

    fn forward(&self, x: Tensor<4>, counts_zeros: bool) -> Tensor<4> {
        concatenate([
            layer(&self.branch_1x1, x.clone()),
            self.branch_3x3.forward(x.clone()),
            self.branch_3x3_double.forward(x.clone()),
            layer(&self.branch_pool, mean(x, counts_zeros)),
        ])
    }
}

impl Fork {
    /// After layers that end in 384 channels.
    fn new(layers: Vec<Conv2d>, device: &Device) -> Self {
        Self {
            layers,
            wide: same([384, 384], [1, 3], device),
            tall: same([384, 384], [3, 1], device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = layers(&self.layers, x);
        concatenate([layer(&self.wide, x.clone()), layer(&self.tall, x)])
    }
}

/// A convolution and ReLU.
fn layer(convolution: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    relu(convolution.forward(x))
}

/// One after the other.
fn layers(convolutions: &[Conv2d], x: Tensor<4>) -> Tensor<4> {
    convolutions
        .iter()
        .fold(x, |x, convolution| layer(convolution, x))
}

/// Branches `[batch, channels, rows, columns]` side by side: their channels one after the other.
fn concatenate<const N: usize>(branches: [Tensor<4>; N]) -> Tensor<4> {
    Tensor::cat(branches.into(), 1)
}

/// The mean of each position and its eight neighbours, as far as there are any or with zeros beyond the edge.
fn mean(x: Tensor<4>, counts_zeros: bool) -> Tensor<4> {
    let options = AvgPoolOptions::new([3, 3])
        .with_stride([1, 1])
        .with_padding([1, 1])
        .with_count_include_pad(counts_zeros);
    avg_pool2d(x, options)
}

/// The largest of 3×3 positions, at every second one: `[batch, channels, (rows − 3) / 2 + 1, …]`.
fn maximum(x: Tensor<4>) -> Tensor<4> {
    max_pool2d(x, MaxPoolOptions::new([3, 3]).with_stride([2, 2]))
}

/// Convolutions one after the other, each of the given output channels and kernel.
fn chain(input: usize, layers: &[(usize, [usize; 2])], device: &Device) -> Vec<Conv2d> {
    let mut channels = input;
    layers
        .iter()
        .map(|&(output, kernel)| {
            let convolution = same([channels, output], kernel, device);
            channels = output;
            convolution
        })
        .collect()
}

/// A convolution that keeps rows and columns.
fn same(channels: [usize; 2], kernel: [usize; 2], device: &Device) -> Conv2d {
    convolution(channels, kernel, 1, 1, Padding::Half, device)
}

/// A 3×3 convolution without padding.
fn valid(channels: [usize; 2], stride: usize, device: &Device) -> Conv2d {
    convolution(channels, [3, 3], stride, 1, Padding::Valid, device)
}
