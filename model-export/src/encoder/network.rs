//! A network of any of the families, up to the layer that the decoder reads.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};

#[cfg(feature = "kernels")]
use super::cpu::Trunk;
use super::efficientnet_lite::EfficientNetLite;
use super::feature_layer::FeatureLayer;
use super::inception_v3::InceptionV3;
use super::inverted_residual::InvertedResidual;
use super::mobilenet_v3::MobileNetV3;
use super::tail::{Pointwise, Tail};
#[cfg(feature = "kernels")]
use crate::kernels::Arithmetic;

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
    #[cfg(feature = "kernels")]
    OnCpu(OnCpu),
}

/// A network that [`Encoder::with_kernels`] laid out for the processor: it has no parameters any more.
#[cfg(feature = "kernels")]
#[derive(Module, Debug)]
pub(super) struct OnCpu {
    #[module(skip)]
    trunk: std::sync::Arc<Trunk>,
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
        let features = match &self.network {
            Network::EfficientNetLite(network) => positions(network.forward(pixels)),
            Network::MobileNetV3(network) => positions(network.forward(pixels)),
            Network::InceptionV3(network) => positions(network.forward(pixels)),
            #[cfg(feature = "kernels")]
            Network::OnCpu(network) => network.trunk.forward(pixels),
        };
        if self.pooled {
            features.mean_dim(1)
        } else {
            features
        }
    }

    /// The same with further blocks behind its last: those that a decoder has taken over and trained. Networks of other
    /// families have none that a decoder could take over.
    pub fn with_blocks(mut self, blocks: Vec<InvertedResidual>) -> Self {
        if let Network::EfficientNetLite(network) = &mut self.network {
            network.blocks.extend(blocks);
        }
        self
    }

    /// The same with faster kernels, where the device is the CPU and the network an EfficientNet-Lite. Its weights
    /// can neither be trained nor written any more.
    #[cfg(feature = "kernels")]
    pub fn with_kernels(self, device: &Device) -> Self {
        self.with_kernels_in(Arithmetic::FASTER, device)
    }

    /// The same with kernels that multiply so.
    #[cfg(feature = "kernels")]
    pub(super) fn with_kernels_in(mut self, arithmetic: Arithmetic, device: &Device) -> Self {
        if *device == Device::flex()
            && let Network::EfficientNetLite(network) = &self.network
            && let Some(trunk) = Trunk::new(network, arithmetic)
        {
            self.network = Network::OnCpu(OnCpu {
                trunk: std::sync::Arc::new(trunk),
            });
        }
        self
    }

    /// The same: this build has no such kernels.
    #[cfg(not(feature = "kernels"))]
    pub fn with_kernels(self, _: &Device) -> Self {
        self
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
    /// Takes away what follows a layer: the last blocks, and the head.
    fn cut(&mut self, layer: FeatureLayer) -> (Vec<InvertedResidual>, Option<Conv2d>) {
        match self {
            Self::EfficientNetLite(network) => network.cut(layer),
            Self::MobileNetV3(_) | Self::InceptionV3(_) => (Vec::new(), None),
            #[cfg(feature = "kernels")]
            Self::OnCpu(_) => (Vec::new(), None),
        }
    }
}

/// A feature map `[batch, channels, rows, columns]` as `[batch, positions, channels]`.
fn positions(feature_map: Tensor<4>) -> Tensor<3> {
    feature_map.flatten::<3>(2, 3).swap_dims(1, 2)
}
