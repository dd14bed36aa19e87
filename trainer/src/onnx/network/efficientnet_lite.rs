//! EfficientNet-Lite.

use anyhow::Result;
use model_export::encoder::{BlockConfig, Padding};

use crate::onnx::graph::{Graph, Value};
use crate::onnx::weights::Weights;

/// The feature map after the last layer that the encoder has: a decoder may have taken over others.
pub(super) fn feature_map(
    graph: &mut Graph,
    weights: &Weights,
    blocks: &[BlockConfig],
    photos: &Value,
) -> Result<Value> {
    let stem = graph.convolution(weights, "network.stem", 2, Padding::Same, false, photos)?;
    let mut x = graph.relu6(&stem);
    let own = weights.count("network.blocks");
    for (index, block) in blocks.iter().take(own).enumerate() {
        let name = format!("network.blocks.{index}");
        x = inverted_residual(graph, weights, &name, block, &x)?;
    }
    if weights.has("network.head.weight") {
        x = graph.convolution(weights, "network.head", 1, Padding::Valid, false, &x)?;
        x = graph.relu6(&x);
    }
    Ok(x)
}

/// MobileNetV2's block.
pub(in crate::onnx) fn inverted_residual(
    graph: &mut Graph,
    weights: &Weights,
    name: &str,
    block: &BlockConfig,
    input: &Value,
) -> Result<Value> {
    let mut x = input.clone();
    if block.hidden > block.input {
        let expand = format!("{name}.expand");
        x = graph.convolution(weights, &expand, 1, Padding::Valid, false, &x)?;
        x = graph.relu6(&x);
    }
    let depthwise = format!("{name}.depthwise");
    x = graph.convolution(weights, &depthwise, block.stride, Padding::Same, true, &x)?;
    x = graph.relu6(&x);
    let project = format!("{name}.project");
    x = graph.convolution(weights, &project, 1, Padding::Valid, false, &x)?;
    if block.stride == 1 && block.input == block.output {
        x = graph.binary("Add", &x, input);
    }
    Ok(x)
}
