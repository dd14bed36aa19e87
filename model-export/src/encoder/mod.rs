//! Image encoders: pixels `[batch, 3, size, size]` to features `[batch, positions, channels]`.

mod efficientnet_lite;
mod mobilenet_v3;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use self::efficientnet_lite::{EfficientNetLite, Scaling};
use self::mobilenet_v3::{MobileNetV3, Size};
use crate::attention::Grid;
use crate::photo::Preparation;

/// The networks that this program knows, by the name in the model file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Architecture {
    /// EfficientNet-Lite0, 224 px: 7×7 positions.
    #[serde(rename = "efficientnet-lite0")]
    EfficientNetLite0,
    /// EfficientNet-Lite1, 240 px: 8×8 positions.
    #[serde(rename = "efficientnet-lite1")]
    EfficientNetLite1,
    /// EfficientNet-Lite2, 260 px: 9×9 positions.
    #[serde(rename = "efficientnet-lite2")]
    EfficientNetLite2,
    /// MobileNetV3-Small, 224 px: 7×7 positions.
    #[serde(rename = "mobilenet-v3-small")]
    MobileNetV3Small,
    /// MobileNetV3-Large, 224 px: 7×7 positions.
    #[serde(rename = "mobilenet-v3-large")]
    MobileNetV3Large,
}

impl Architecture {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::EfficientNetLite0,
        Self::EfficientNetLite1,
        Self::EfficientNetLite2,
        Self::MobileNetV3Small,
        Self::MobileNetV3Large,
    ];

    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::EfficientNetLite0 => "efficientnet-lite0",
            Self::EfficientNetLite1 => "efficientnet-lite1",
            Self::EfficientNetLite2 => "efficientnet-lite2",
            Self::MobileNetV3Small => "mobilenet-v3-small",
            Self::MobileNetV3Large => "mobilenet-v3-large",
        }
    }

    /// How photos are prepared for the published weights.
    pub fn preparation(self) -> Preparation {
        let efficientnet = |size| Preparation {
            size,
            mean: [127.0; 3],
            deviation: [128.0; 3],
        };
        match self {
            Self::EfficientNetLite0 => efficientnet(224),
            Self::EfficientNetLite1 => efficientnet(240),
            Self::EfficientNetLite2 => efficientnet(260),
            // torchvision's, times 255.
            Self::MobileNetV3Small | Self::MobileNetV3Large => Preparation {
                size: 224,
                mean: [123.675, 116.28, 103.53],
                deviation: [58.395, 57.12, 57.375],
            },
        }
    }

    /// Channels after the last block, and after the head convolution. Where the first are missing, the
    /// network has no head that a decoder could take over.
    fn channels(self) -> (Option<usize>, usize) {
        let efficientnet = |scaling: Scaling| {
            (
                Some(scaling.block_channels()),
                efficientnet_lite::HEAD_CHANNELS,
            )
        };
        match self {
            Self::EfficientNetLite0 => efficientnet(Scaling::LITE0),
            Self::EfficientNetLite1 => efficientnet(Scaling::LITE1),
            Self::EfficientNetLite2 => efficientnet(Scaling::LITE2),
            Self::MobileNetV3Small => (None, Size::Small.channels()),
            Self::MobileNetV3Large => (None, Size::Large.channels()),
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
    /// decoder can have a head of its own that is trained on captions. EfficientNet-Lite only.
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
    /// Checks that the network has the layer.
    ///
    /// # Errors
    /// A sentence that says why not.
    pub fn validate(self) -> Result<(), String> {
        let (blocks, _) = self.architecture.channels();
        if self.feature_layer == FeatureLayer::Blocks && blocks.is_none() {
            return Err(format!(
                "{} has no head convolution with ReLU6 that a decoder could take over, so its features \
                 are those after the head",
                self.architecture.name()
            ));
        }
        Ok(())
    }

    /// The grid of image positions, row by row, that the features lie on.
    pub fn grid(self) -> Grid {
        let side = self.architecture.preparation().size.div_ceil(32) as usize;
        Grid {
            rows: side,
            columns: side,
        }
    }

    /// Number of values per position, of a configuration that is valid.
    pub fn channels(self) -> usize {
        match (self.feature_layer, self.architecture.channels()) {
            (FeatureLayer::Blocks, (Some(blocks), _)) => blocks,
            (_, (_, head)) => head,
        }
    }

    /// The network, its weights not yet loaded.
    pub fn init(self, device: &Device) -> Encoder {
        let head = self.feature_layer == FeatureLayer::Head;
        let efficientnet =
            |scaling| Network::EfficientNetLite(EfficientNetLite::new(scaling, head, device));
        let network = match self.architecture {
            Architecture::EfficientNetLite0 => efficientnet(Scaling::LITE0),
            Architecture::EfficientNetLite1 => efficientnet(Scaling::LITE1),
            Architecture::EfficientNetLite2 => efficientnet(Scaling::LITE2),
            Architecture::MobileNetV3Small => {
                Network::MobileNetV3(MobileNetV3::new(Size::Small, device))
            }
            Architecture::MobileNetV3Large => {
                Network::MobileNetV3(MobileNetV3::new(Size::Large, device))
            }
        };
        Encoder { network }
    }
}

/// A pretrained image network without its classifier, batch norms folded into the convolutions.
#[derive(Module, Debug)]
pub struct Encoder {
    network: Network,
}

#[derive(Module, Debug)]
enum Network {
    EfficientNetLite(EfficientNetLite),
    MobileNetV3(MobileNetV3),
}

impl Encoder {
    /// Image features `[batch, positions, channels]` of pixels `[batch, 3, size, size]`.
    pub fn forward(&self, pixels: Tensor<4>) -> Tensor<3> {
        let feature_map = match &self.network {
            Network::EfficientNetLite(network) => network.forward(pixels),
            Network::MobileNetV3(network) => network.forward(pixels),
        };
        let [batch, channels, rows, columns] = feature_map.dims();
        feature_map
            .reshape([batch, channels, rows * columns])
            .swap_dims(1, 2)
    }

    /// The network up to its last block, and its head convolution, where it has one that a decoder could
    /// take over, as a matrix `[block channels, head channels]` and a bias `[head channels]`: a
    /// convolution of one pixel is a linear layer at every position.
    pub fn split_head(mut self) -> (Self, Option<(Tensor<2>, Tensor<1>)>) {
        let head = match &mut self.network {
            Network::EfficientNetLite(network) => network.head.take(),
            Network::MobileNetV3(_) => None,
        };
        let head = head.and_then(|head| {
            let weight = head.weight.val();
            let [output, input, _, _] = weight.dims();
            let weight = weight.reshape([output, input]).transpose();
            Some((weight, head.bias.as_ref()?.val()))
        });
        (self, head)
    }
}

/// Rounded to a multiple of 8, but never down by more than a tenth: the rule of both families of networks.
fn round_channels(channels: f64) -> usize {
    let rounded = ((channels + 4.0) / 8.0).floor() * 8.0;
    let rounded = if rounded < 0.9 * channels {
        rounded + 8.0
    } else {
        rounded
    };
    rounded as usize
}

/// ReLU6. Two steps, because burn-flex turns each into vector instructions, but not its `clamp`.
fn relu6(x: Tensor<4>) -> Tensor<4> {
    x.clamp_min(0.0).clamp_max(6.0)
}
