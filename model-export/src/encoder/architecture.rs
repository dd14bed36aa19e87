//! The networks that this program knows: a row of [`SPECIFICATIONS`] for each.

use std::borrow::Cow;

use burn::tensor::Device;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::convolution::Padding;
use super::efficientnet_lite::{self, EfficientNetLite, Scaling};
use super::feature_layer::FeatureLayer;
use super::inception_v3::{self, InceptionV3};
use super::inverted_residual::BlockConfig;
use super::mobilenet_v3::{self, MobileNetV3};
use super::network::Network;
use crate::photo::Preparation;

/// The networks that this program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// EfficientNet-Lite0, 224 px: 7×7 positions.
    EfficientNetLite0,
    /// EfficientNet-Lite1, 240 px: 8×8 positions.
    EfficientNetLite1,
    /// EfficientNet-Lite2, 260 px: 9×9 positions.
    EfficientNetLite2,
    /// MobileNetV3-Small, 224 px: 7×7 positions.
    MobileNetV3Small,
    /// MobileNetV3-Large, 224 px: 7×7 positions.
    MobileNetV3Large,
    /// InceptionV3, 299 px: 8×8 positions.
    InceptionV3,
    /// MobileNetV3-Small as TensorFlow and Keras have it, 224 px: 7×7 positions.
    TfMobileNetV3Small,
    /// InceptionV3 as TensorFlow and Keras have it, 299 px: 8×8 positions.
    TfInceptionV3,
}

/// What a network is made of, as far as its parameters' shapes do not say it.
#[derive(Clone, Debug)]
pub enum Layout {
    /// A stem of stride 2, these blocks, and a head, all with ReLU6 and padded as TensorFlow's "SAME". A decoder may take
    /// over the last blocks and the head.
    EfficientNetLite(Vec<BlockConfig>),
    /// A stem of stride 2, these blocks, and a head.
    MobileNetV3 {
        /// The blocks.
        blocks: &'static [mobilenet_v3::Block],
        /// What the stem and the depthwise convolutions read beyond the edge.
        padding: Padding,
    },
    /// The paper's stem and blocks.
    InceptionV3 {
        /// Whether means count the zeros beyond the edge.
        counts_zeros: bool,
    },
}

impl Layout {
    /// The blocks before the head, where a decoder may take over the last of them and the head.
    fn into_blocks(self) -> Vec<BlockConfig> {
        match self {
            Self::EfficientNetLite(blocks) => blocks,
            Self::MobileNetV3 { .. } | Self::InceptionV3 { .. } => Vec::new(),
        }
    }
}

/// All that tells one network from the others.
struct Specification {
    architecture: Architecture,
    /// The name in files and on the command line.
    name: &'static str,
    /// How photos are prepared for the published weights.
    preparation: Preparation,
    /// The smallest photo that the network can read, in pixels.
    smallest_photo: u32,
    /// Positions along one side of the feature map, of a photo of so many pixels.
    side: fn(usize) -> usize,
    /// Channels of the feature map.
    channels: usize,
    /// What it is made of.
    layout: fn() -> Layout,
    /// The network, its weights not yet loaded.
    init: fn(&Device) -> Network,
}

/// In the order of [`Architecture`].
static SPECIFICATIONS: [Specification; 8] = [
    Specification {
        architecture: Architecture::EfficientNetLite0,
        name: "efficientnet-lite0",
        preparation: efficientnet(224),
        smallest_photo: 32,
        side: thirty_second,
        channels: efficientnet_lite::CHANNELS,
        layout: || Layout::EfficientNetLite(Scaling::LITE0.blocks()),
        init: |device| Network::EfficientNetLite(EfficientNetLite::new(Scaling::LITE0, device)),
    },
    Specification {
        architecture: Architecture::EfficientNetLite1,
        name: "efficientnet-lite1",
        preparation: efficientnet(240),
        smallest_photo: 32,
        side: thirty_second,
        channels: efficientnet_lite::CHANNELS,
        layout: || Layout::EfficientNetLite(Scaling::LITE1.blocks()),
        init: |device| Network::EfficientNetLite(EfficientNetLite::new(Scaling::LITE1, device)),
    },
    Specification {
        architecture: Architecture::EfficientNetLite2,
        name: "efficientnet-lite2",
        preparation: efficientnet(260),
        smallest_photo: 32,
        side: thirty_second,
        channels: efficientnet_lite::CHANNELS,
        layout: || Layout::EfficientNetLite(Scaling::LITE2.blocks()),
        init: |device| Network::EfficientNetLite(EfficientNetLite::new(Scaling::LITE2, device)),
    },
    Specification {
        architecture: Architecture::MobileNetV3Small,
        name: "mobilenet-v3-small",
        preparation: IMAGENET,
        smallest_photo: 32,
        side: thirty_second,
        channels: mobilenet_v3::channels(mobilenet_v3::SMALL),
        layout: || Layout::MobileNetV3 {
            blocks: mobilenet_v3::SMALL,
            padding: Padding::Half,
        },
        init: |device| mobilenet(mobilenet_v3::SMALL, Padding::Half, device),
    },
    Specification {
        architecture: Architecture::MobileNetV3Large,
        name: "mobilenet-v3-large",
        preparation: IMAGENET,
        smallest_photo: 32,
        side: thirty_second,
        channels: mobilenet_v3::channels(mobilenet_v3::LARGE),
        layout: || Layout::MobileNetV3 {
            blocks: mobilenet_v3::LARGE,
            padding: Padding::Half,
        },
        init: |device| mobilenet(mobilenet_v3::LARGE, Padding::Half, device),
    },
    Specification {
        architecture: Architecture::InceptionV3,
        name: "inception-v3",
        // What torchvision's `transform_input` turns its own preparation into.
        preparation: tensorflow(299),
        smallest_photo: inception_v3::SMALLEST_PHOTO,
        side: inception_v3::side,
        channels: inception_v3::CHANNELS,
        layout: || Layout::InceptionV3 { counts_zeros: true },
        init: |device| Network::InceptionV3(InceptionV3::new(true, device)),
    },
    Specification {
        architecture: Architecture::TfMobileNetV3Small,
        name: "tf-mobilenet-v3-small",
        preparation: tensorflow(224),
        smallest_photo: 32,
        side: thirty_second,
        channels: mobilenet_v3::channels(mobilenet_v3::SMALL),
        layout: || Layout::MobileNetV3 {
            blocks: mobilenet_v3::SMALL,
            padding: Padding::Same,
        },
        init: |device| mobilenet(mobilenet_v3::SMALL, Padding::Same, device),
    },
    Specification {
        architecture: Architecture::TfInceptionV3,
        name: "tf-inception-v3",
        preparation: tensorflow(299),
        smallest_photo: inception_v3::SMALLEST_PHOTO,
        side: inception_v3::side,
        channels: inception_v3::CHANNELS,
        layout: || Layout::InceptionV3 {
            counts_zeros: false,
        },
        init: |device| Network::InceptionV3(InceptionV3::new(false, device)),
    },
];

/// torchvision's, times 255.
const IMAGENET: Preparation = Preparation {
    size: 224,
    mean: [123.675, 116.28, 103.53],
    deviation: [58.395, 57.12, 57.375],
};

const fn efficientnet(size: u32) -> Preparation {
    Preparation {
        size,
        mean: [127.0; 3],
        deviation: [128.0; 3],
    }
}

/// −1 to 1, as TensorFlow prepares photos.
const fn tensorflow(size: u32) -> Preparation {
    Preparation {
        size,
        mean: [127.5; 3],
        deviation: [127.5; 3],
    }
}

fn mobilenet(blocks: &[mobilenet_v3::Block], padding: Padding, device: &Device) -> Network {
    Network::MobileNetV3(MobileNetV3::new(blocks, padding, device))
}

/// Positions after five padded layers of stride 2, each rounding up.
fn thirty_second(size: usize) -> usize {
    size.div_ceil(32)
}

impl Architecture {
    /// All of them.
    pub const ALL: [Self; SPECIFICATIONS.len()] = {
        let mut all = [Self::EfficientNetLite0; SPECIFICATIONS.len()];
        let mut index = 0;
        while index < all.len() {
            all[index] = SPECIFICATIONS[index].architecture;
            assert!(all[index] as usize == index, "a row is out of its place");
            index += 1;
        }
        all
    };

    fn specification(self) -> &'static Specification {
        &SPECIFICATIONS[self as usize]
    }

    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        self.specification().name
    }

    /// How photos are prepared for the published weights.
    pub fn preparation(self) -> Preparation {
        self.specification().preparation.clone()
    }

    /// The smallest photo that the network can read, in pixels.
    pub(super) fn smallest_photo(self) -> u32 {
        self.specification().smallest_photo
    }

    /// Positions along one side of the feature map of a photo of `size` pixels.
    pub(super) fn side(self, size: usize) -> usize {
        (self.specification().side)(size)
    }

    /// Channels of the features after a layer; none where the network has no such layer that a decoder
    /// could go on from.
    pub(super) fn channels(self, layer: FeatureLayer) -> Option<usize> {
        if !layer.leaves_a_tail() {
            return Some(self.specification().channels);
        }
        let blocks = self.layout().into_blocks();
        let before = layer.blocks_before(blocks.iter().map(|block| block.stride));
        let (before, after) = blocks.split_at(before);
        after
            .first()
            .map(|next| next.input)
            .or(before.last().map(|last| last.output))
    }

    /// What it is made of, up to its head.
    pub fn layout(self) -> Layout {
        (self.specification().layout)()
    }

    /// The blocks after a layer, which a decoder takes over.
    pub(super) fn tail_blocks(self, layer: FeatureLayer) -> Vec<BlockConfig> {
        let mut blocks = self.layout().into_blocks();
        let strides = blocks.iter().map(|block| block.stride);
        blocks.split_off(layer.blocks_before(strides))
    }

    /// The network, its weights not yet loaded.
    pub(super) fn init(self, device: &Device) -> Network {
        (self.specification().init)(device)
    }
}

impl Serialize for Architecture {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Architecture {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        let mut all = Self::ALL.into_iter();
        all.find(|architecture| architecture.name() == name)
            .ok_or_else(|| {
                let known = Self::ALL.map(|architecture| format!("`{}`", architecture.name()));
                D::Error::custom(format!(
                    "unknown variant `{name}`, expected one of {}",
                    known.join(", ")
                ))
            })
    }
}
