//! A network of any of the families, up to the layer that the decoder reads.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;

use super::efficientnet_lite::EfficientNetLite;
use super::feature_layer::FeatureLayer;
use super::inception_v3::InceptionV3;
use super::inverted_residual::InvertedResidual;
use super::mobilenet_v3::MobileNetV3;
use super::tail::{Pointwise, Tail};

/// A pretrained image network without its classifier, batch norms folded into the convolutions.
#[derive(Module, Debug)]
pub struct Encoder {
    network: Network,
    /// Whether the features are the mean over all positions.
    pooled: bool,
}

/// A family of networks.
#[allow(
    clippy::large_enum_variant,
    reason = "a model has one encoder, and burn's modules cannot be boxed"
)]
#[derive(Module, Debug)]
pub(super) enum Network {
    EfficientNetLite(EfficientNetLite),
    MobileNetV3(MobileNetV3),
    InceptionV3(InceptionV3),
}

impl Encoder {
    /// A whole network up to a layer.
    pub(super) fn new(mut network: Network, layer: FeatureLayer) -> Self {
        network.cut(layer);
        Self {
            network,
            pooled: layer == FeatureLayer::Pooled,
        }
    }

    /// Image features `[batch, positions, channels]` of pixels `[batch, 3, size, size]`; pooled ones are
    /// `[batch, 1, channels]`.
    pub fn forward(&self, pixels: Tensor<4>) -> Tensor<3> {
        let feature_map = self.network.forward(pixels);
        let [batch, channels, rows, columns] = feature_map.dims();
        let features = feature_map
            .reshape([batch, channels, rows * columns])
            .swap_dims(1, 2);
        if self.pooled {
            features.mean_dim(1)
        } else {
            features
        }
    }

    /// The whole network up to a layer, and what follows it.
    pub fn split(mut self, layer: FeatureLayer) -> (Self, Tail) {
        let (blocks, head) = self.network.cut(layer);
        let tail = Tail {
            blocks,
            head: head.and_then(Pointwise::of),
            classifier: None,
        };
        self.pooled = layer == FeatureLayer::Pooled;
        (self, tail)
    }
}

impl Network {
    /// The feature map `[batch, channels, side, side]` after the network's last layer.
    fn forward(&self, pixels: Tensor<4>) -> Tensor<4> {
        match self {
            Self::EfficientNetLite(network) => network.forward(pixels),
            Self::MobileNetV3(network) => network.forward(pixels),
            Self::InceptionV3(network) => network.forward(pixels),
        }
    }

    /// Takes away what follows a layer: the last blocks, and the head.
    fn cut(&mut self, layer: FeatureLayer) -> (Vec<InvertedResidual>, Option<Conv2d>) {
        match self {
            Self::EfficientNetLite(network) => network.cut(layer),
            Self::MobileNetV3(_) | Self::InceptionV3(_) => (Vec::new(), None),
        }
    }
}
