//! Image encoders: pixels `[batch, 3, size, size]` to features `[batch, positions, channels]`.

mod efficientnet_lite;
mod inception_v3;
mod inverted_residual;
mod mobilenet_v3;

use burn::module::Module;
use burn::nn::Linear;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use self::efficientnet_lite::{EfficientNetLite, Scaling};
use self::inception_v3::InceptionV3;
pub use self::inverted_residual::{BlockConfig, InvertedResidual};
use self::mobilenet_v3::{MobileNetV3, Size};
use crate::attention::Grid;
use crate::photo::Preparation;

/// Classes that the networks were trained to tell apart, those of ImageNet.
pub const IMAGENET_CLASSES: usize = 1000;

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
    /// InceptionV3, 299 px: 8×8 positions.
    #[serde(rename = "inception-v3")]
    InceptionV3,
}

impl Architecture {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::EfficientNetLite0,
        Self::EfficientNetLite1,
        Self::EfficientNetLite2,
        Self::MobileNetV3Small,
        Self::MobileNetV3Large,
        Self::InceptionV3,
    ];

    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::EfficientNetLite0 => "efficientnet-lite0",
            Self::EfficientNetLite1 => "efficientnet-lite1",
            Self::EfficientNetLite2 => "efficientnet-lite2",
            Self::MobileNetV3Small => "mobilenet-v3-small",
            Self::MobileNetV3Large => "mobilenet-v3-large",
            Self::InceptionV3 => "inception-v3",
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
            // −1 to 1, as TensorFlow prepares them: what torchvision's `transform_input` turns its own
            // preparation into.
            Self::InceptionV3 => Preparation {
                size: 299,
                mean: [127.5; 3],
                deviation: [127.5; 3],
            },
        }
    }

    /// Channels of the features after a layer; none where the network has no such layer that a decoder
    /// could go on from.
    fn channels(self, layer: FeatureLayer) -> Option<usize> {
        let whole = matches!(layer, FeatureLayer::Head | FeatureLayer::Pooled);
        match self {
            Self::EfficientNetLite0 => Some(Scaling::LITE0.feature_channels(layer)),
            Self::EfficientNetLite1 => Some(Scaling::LITE1.feature_channels(layer)),
            Self::EfficientNetLite2 => Some(Scaling::LITE2.feature_channels(layer)),
            Self::MobileNetV3Small => whole.then_some(Size::Small.channels()),
            Self::MobileNetV3Large => whole.then_some(Size::Large.channels()),
            Self::InceptionV3 => whole.then_some(inception_v3::CHANNELS),
        }
    }

    /// The blocks after a layer, which a decoder takes over.
    fn tail_blocks(self, layer: FeatureLayer) -> Vec<BlockConfig> {
        match self {
            Self::EfficientNetLite0 => Scaling::LITE0.tail(layer),
            Self::EfficientNetLite1 => Scaling::LITE1.tail(layer),
            Self::EfficientNetLite2 => Scaling::LITE2.tail(layer),
            Self::MobileNetV3Small | Self::MobileNetV3Large | Self::InceptionV3 => Vec::new(),
        }
    }

    /// The smallest photo that the network can read, in pixels.
    fn smallest_photo(self) -> u32 {
        match self {
            Self::EfficientNetLite0
            | Self::EfficientNetLite1
            | Self::EfficientNetLite2
            | Self::MobileNetV3Small
            | Self::MobileNetV3Large => 32,
            Self::InceptionV3 => inception_v3::SMALLEST_PHOTO,
        }
    }

    /// Positions along one side of the feature map of a photo of `size` pixels.
    fn side(self, size: usize) -> usize {
        match self {
            // Five padded layers of stride 2, each rounding up.
            Self::EfficientNetLite0
            | Self::EfficientNetLite1
            | Self::EfficientNetLite2
            | Self::MobileNetV3Small
            | Self::MobileNetV3Large => size.div_ceil(32),
            Self::InceptionV3 => inception_v3::side(size),
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
    /// Before the last block: the decoder trains that block and the head. EfficientNet-Lite only.
    LastBlock,
    /// After the last layer of stride 2: the decoder trains all blocks that follow, which are most of the
    /// last two stages, and the head. EfficientNet-Lite only.
    LastStages,
    /// The mean over all positions of what the head gives: one vector per photo, for decoders without
    /// attention. Every network has it.
    Pooled,
}

impl FeatureLayer {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Head,
        Self::Blocks,
        Self::LastBlock,
        Self::LastStages,
        Self::Pooled,
    ];

    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Blocks => "blocks",
            Self::LastBlock => "last-block",
            Self::LastStages => "last-stages",
            Self::Pooled => "pooled",
        }
    }

    /// Whether layers of the network follow, which a decoder takes over as [`Tail`].
    pub fn leaves_a_tail(self) -> bool {
        match self {
            Self::Blocks | Self::LastBlock | Self::LastStages => true,
            Self::Head | Self::Pooled => false,
        }
    }
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
    /// Side of the prepared photo in pixels, where it is not that of the published weights: a larger
    /// photo gives more positions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo_size: Option<u32>,
}

impl EncoderConfig {
    /// The largest photo that a network may be asked to read.
    pub const LARGEST_PHOTO: u32 = 1024;

    /// The whole network, its photos of the published size.
    pub const fn whole(architecture: Architecture) -> Self {
        Self {
            architecture,
            feature_layer: FeatureLayer::Head,
            photo_size: None,
        }
    }

    /// Checks that the network has the layer and can read photos of the size.
    ///
    /// # Errors
    /// A sentence that says why not.
    pub fn validate(self) -> Result<(), String> {
        if self.architecture.channels(self.feature_layer).is_none() {
            return Err(format!(
                "{} has no head convolution with ReLU6 that a decoder could take over, so its features \
                 are those after the head, or their mean: feature layer head or pooled, not {}",
                self.architecture.name(),
                self.feature_layer.name()
            ));
        }
        let size = self.preparation().size;
        let smallest = self.architecture.smallest_photo();
        if !(smallest..=Self::LARGEST_PHOTO).contains(&size) {
            return Err(format!(
                "photos of {size} pixels are not within {smallest} to {} pixels, which {} reads",
                Self::LARGEST_PHOTO,
                self.architecture.name()
            ));
        }
        Ok(())
    }

    /// How photos are prepared.
    pub fn preparation(self) -> Preparation {
        let published = self.architecture.preparation();
        Preparation {
            size: self.photo_size.unwrap_or(published.size),
            ..published
        }
    }

    /// The grid of image positions, row by row, that the features lie on: 1×1 of pooled features.
    pub fn grid(self) -> Grid {
        let side = match self.feature_layer {
            FeatureLayer::Pooled => 1,
            FeatureLayer::Head
            | FeatureLayer::Blocks
            | FeatureLayer::LastBlock
            | FeatureLayer::LastStages => self.architecture.side(self.preparation().size as usize),
        };
        Grid {
            rows: side,
            columns: side,
        }
    }

    /// Number of values per position, of a configuration that is valid.
    pub fn channels(self) -> usize {
        self.channels_after(self.feature_layer).unwrap_or_default()
    }

    /// Number of values per position after a layer; none where the network has no such layer.
    pub fn channels_after(self, layer: FeatureLayer) -> Option<usize> {
        self.architecture.channels(layer)
    }

    /// The blocks that a decoder takes over.
    pub fn tail_blocks(self) -> Vec<BlockConfig> {
        self.architecture.tail_blocks(self.feature_layer)
    }

    /// The network, its weights not yet loaded.
    pub fn init(self, device: &Device) -> Encoder {
        let efficientnet = |scaling| {
            Network::EfficientNetLite(EfficientNetLite::new(scaling, self.feature_layer, device))
        };
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
            Architecture::InceptionV3 => Network::InceptionV3(InceptionV3::new(device)),
        };
        Encoder {
            network,
            pooled: self.feature_layer == FeatureLayer::Pooled,
        }
    }
}

/// A pretrained image network without its classifier, batch norms folded into the convolutions.
#[derive(Module, Debug)]
pub struct Encoder {
    network: Network,
    /// Whether the features are the mean over all positions.
    pooled: bool,
}

#[allow(
    clippy::large_enum_variant,
    reason = "a model has one encoder, and burn's modules cannot be boxed"
)]
#[derive(Module, Debug)]
enum Network {
    EfficientNetLite(EfficientNetLite),
    MobileNetV3(MobileNetV3),
    InceptionV3(InceptionV3),
}

impl Encoder {
    /// Image features `[batch, positions, channels]` of pixels `[batch, 3, size, size]`; pooled ones are
    /// `[batch, 1, channels]`.
    pub fn forward(&self, pixels: Tensor<4>) -> Tensor<3> {
        let feature_map = match &self.network {
            Network::EfficientNetLite(network) => network.forward(pixels),
            Network::MobileNetV3(network) => network.forward(pixels),
            Network::InceptionV3(network) => network.forward(pixels),
        };
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
        let tail = match &mut self.network {
            Network::EfficientNetLite(network) => {
                let (blocks, head) = network.cut(layer);
                Tail {
                    blocks,
                    head: head.and_then(Pointwise::of),
                    classifier: None,
                }
            }
            Network::MobileNetV3(_) | Network::InceptionV3(_) => Tail::default(),
        };
        self.pooled = layer == FeatureLayer::Pooled;
        (self, tail)
    }
}

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
    fn of(convolution: Conv2d) -> Option<Self> {
        let weight = convolution.weight.val();
        let [output, input, _, _] = weight.dims();
        Some(Self {
            weight: weight.reshape([output, input]).transpose(),
            bias: convolution.bias.as_ref()?.val(),
        })
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
