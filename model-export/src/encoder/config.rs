//! A network and the layer of it that the decoder reads, as the model file's manifest records them.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::architecture::Architecture;
use super::feature_layer::FeatureLayer;
use super::inverted_residual::BlockConfig;
use super::network::Encoder;
use crate::attention::Grid;
use crate::photo::Preparation;

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
        Encoder::new(self.architecture.init(device), self.feature_layer)
    }
}
