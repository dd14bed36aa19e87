//! Image networks: prepared photos to a feature map.

mod efficientnet_lite;
mod inception_v3;
mod mobilenet_v3;

use anyhow::Result;
use model_export::encoder::{EncoderConfig, Layout};

pub(super) use self::efficientnet_lite::inverted_residual;

use super::graph::{Graph, Value};
use super::weights::Weights;

/// The feature map `[views, channels, rows, columns]` of prepared photos `[views, 3, size, size]`.
pub(super) fn feature_map(
    graph: &mut Graph,
    weights: &Weights,
    encoder: EncoderConfig,
    photos: &Value,
) -> Result<Value> {
    match encoder.architecture.layout() {
        Layout::EfficientNetLite(blocks) => {
            efficientnet_lite::feature_map(graph, weights, &blocks, photos)
        }
        Layout::MobileNetV3 { blocks, padding } => {
            mobilenet_v3::feature_map(graph, weights, blocks, padding, photos)
        }
        Layout::InceptionV3 { counts_zeros } => {
            inception_v3::feature_map(graph, weights, counts_zeros, photos)
        }
    }
}
