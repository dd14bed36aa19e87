//! The last layers of a network, which a decoder takes over and trains.

use burn::nn::Linear;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;

use super::inverted_residual::InvertedResidual;

/// The last layers of a network, which a decoder takes over and trains.
#[derive(Clone, Debug, Default)]
pub struct Tail {
    /// The last blocks, in order.
    pub blocks: Vec<InvertedResidual>,
    /// The head convolution, with ReLU6.
    pub head: Option<Pointwise>,
    /// The classifier of the head's mean over all positions, which an encoder lacks: where it is set, a
    /// decoder that reads the network's classes takes it over too.
    pub classifier: Option<Linear>,
}

/// A convolution of one pixel: a linear layer at every position.
#[derive(Clone, Debug)]
pub struct Pointwise {
    /// `[input channels, output channels]`
    pub weight: Tensor<2>,
    /// `[output channels]`
    pub bias: Tensor<1>,
}

impl Pointwise {
    /// Of a convolution that has a bias.
    pub(super) fn of(convolution: Conv2d) -> Option<Self> {
        let weight = convolution.weight.val();
        let [output, input, _, _] = weight.dims();
        Some(Self {
            weight: weight.reshape([output, input]).transpose(),
            bias: convolution.bias.as_ref()?.val(),
        })
    }
}
