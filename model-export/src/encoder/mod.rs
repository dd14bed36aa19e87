//! Image encoders: pixels `[batch, 3, size, size]` to features `[batch, positions, channels]`.

mod efficientnet_lite;

pub use efficientnet_lite::{EfficientNetLite, InvertedResidual};

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::attention::Grid;
use crate::photo::Preparation;

/// The encoders that this program knows, by the name in the model file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Architecture {
    /// EfficientNet-Lite0, 224 px, features after the head convolution: 7×7×1280.
    #[serde(rename = "efficientnet-lite0")]
    EfficientNetLite0,
}

impl Architecture {
    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::EfficientNetLite0 => "efficientnet-lite0",
        }
    }

    /// How photos are prepared for the published weights.
    pub fn preparation(self) -> Preparation {
        match self {
            Self::EfficientNetLite0 => Preparation {
                size: 224,
                mean: [127.0; 3],
                deviation: [128.0; 3],
            },
        }
    }

    /// The grid of image positions, row by row, that the features lie on.
    pub fn grid(self) -> Grid {
        match self {
            Self::EfficientNetLite0 => Grid {
                rows: 7,
                columns: 7,
            },
        }
    }

    /// Number of values per position.
    pub fn channels(self) -> usize {
        match self {
            Self::EfficientNetLite0 => 1280,
        }
    }

    /// The network, its weights not yet loaded.
    pub fn init(self, device: &Device) -> Encoder {
        match self {
            Self::EfficientNetLite0 => Encoder {
                network: EfficientNetLite::lite0(device),
            },
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
}
