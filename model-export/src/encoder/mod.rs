//! Image encoders: pixels `[batch, 3, size, size]` to features `[batch, positions, channels]`.
//!
//! A network is one file of layers and one row of `architecture.rs`.

mod architecture;
mod config;
mod convolution;
#[cfg(feature = "kernels")]
mod cpu;
mod efficientnet_lite;
mod feature_layer;
mod inception_v3;
mod inverted_residual;
mod mobilenet_v3;
mod network;
mod tail;

pub use self::architecture::{Architecture, Layout};
pub use self::config::EncoderConfig;
pub use self::convolution::Padding;
pub use self::feature_layer::FeatureLayer;
pub use self::inverted_residual::{BlockConfig, InvertedResidual};
pub use self::mobilenet_v3::Block as MobileNetBlock;
pub use self::network::Encoder;
pub use self::tail::{Pointwise, Tail};

/// Classes that the networks were trained to tell apart, those of ImageNet.
pub const IMAGENET_CLASSES: usize = 1000;
