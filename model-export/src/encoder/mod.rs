//! Image encoders: pixels `[batch, 3, size, size]` to features `[batch, positions, channels]`.

mod efficientnet_lite;

pub use efficientnet_lite::{EfficientNetLite, InvertedResidual, Scaling};

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::attention::Grid;
use crate::photo::Preparation;

/// The networks that this program knows, by the name in the model file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Architecture {
    /// EfficientNet-Lite0, 224 px: 7×7 positions.
    #[serde(rename = "efficientnet-lite0")]
    EfficientNetLite0,
    /// EfficientNet-Lite2, 260 px: 9×9 positions.
    #[serde(rename = "efficientnet-lite2")]
    EfficientNetLite2,
}

impl Architecture {
    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::EfficientNetLite0 => "efficientnet-lite0",
            Self::EfficientNetLite2 => "efficientnet-lite2",
        }
    }

    /// How photos are prepared for the published weights.
    pub fn preparation(self) -> Preparation {
        let size = match self {
            Self::EfficientNetLite0 => 224,
            Self::EfficientNetLite2 => 260,
        };
        Preparation {
            size,
            mean: [127.0; 3],
            deviation: [128.0; 3],
        }
    }

    fn scaling(self) -> Scaling {
        match self {
            Self::EfficientNetLite0 => Scaling::LITE0,
            Self::EfficientNetLite2 => Scaling::LITE2,
        }
    }
}

/// Which of the network's layers the decoder reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeatureLayer {
    /// After the head convolution: more channels, closer to the classes of ImageNet.
    #[default]
    Head,
    /// After the last block, before the head convolution: a fourth of the channels, so that the
    /// decoder can have a head of its own that is trained on captions.
    Blocks,
}

/// A network and the layer of it that the decoder reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncoderConfig {
    /// The network.
    #[serde(rename = "encoder")]
    pub architecture: Architecture,
    /// The layer.
    #[serde(default)]
    pub feature_layer: FeatureLayer,
}

impl EncoderConfig {
    /// The grid of image positions, row by row, that the features lie on.
    pub fn grid(self) -> Grid {
        let side = self.architecture.preparation().size.div_ceil(32) as usize;
        Grid {
            rows: side,
            columns: side,
        }
    }

    /// Number of values per position.
    pub fn channels(self) -> usize {
        match self.feature_layer {
            FeatureLayer::Head => efficientnet_lite::HEAD_CHANNELS,
            FeatureLayer::Blocks => self.architecture.scaling().block_channels(),
        }
    }

    /// The network, its weights not yet loaded.
    pub fn init(self, device: &Device) -> Encoder {
        let head = self.feature_layer == FeatureLayer::Head;
        Encoder {
            network: EfficientNetLite::new(self.architecture.scaling(), head, device),
        }
    }
}

/// A pretrained image network without its classifier, batch norms folded into the convolutions.
#[derive(Module, Debug)]
pub struct Encoder {
    network: EfficientNetLite,
}

impl Encoder {
    /// Image features `[batch, positions, channels]` of pixels `[batch, 3, size, size]`.
    pub fn forward(&self, pixels: Tensor<4>) -> Tensor<3> {
        let feature_map = self.network.forward(pixels);
        let [batch, channels, rows, columns] = feature_map.dims();
        feature_map
            .reshape([batch, channels, rows * columns])
            .swap_dims(1, 2)
    }

    /// The network up to its last block, and its head convolution, where it has one, as a matrix
    /// `[block channels, head channels]` and a bias `[head channels]`: a convolution of one pixel is a
    /// linear layer at every position.
    pub fn split_head(mut self) -> (Self, Option<(Tensor<2>, Tensor<1>)>) {
        let head = self.network.head.take().and_then(|head| {
            let weight = head.weight.val();
            let [output, input, _, _] = weight.dims();
            let weight = weight.reshape([output, input]).transpose();
            Some((weight, head.bias.as_ref()?.val()))
        });
        (self, head)
    }
}
