//! EfficientNet-Lite on the CPU: bias and activation within the convolution that they follow, weights laid out once,
//! the channels of a position side by side, and no block's widened maps whole in memory. The same network through
//! burn's tensors reads and writes each map five times more; docs/architecture.md has the ratios.

mod block;
mod depthwise;
mod lanes;
mod pointwise;
mod stem;
mod trunk;

pub(super) use trunk::Trunk;
