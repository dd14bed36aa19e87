//! MobileNetV3.

use anyhow::Result;
use model_export::encoder::{MobileNetBlock, Padding};

use crate::onnx::graph::{Graph, Value};
use crate::onnx::weights::Weights;

/// The feature map after the head.
pub(super) fn feature_map(
    graph: &mut Graph,
    weights: &Weights,
    blocks: &[MobileNetBlock],
    padding: Padding,
    photos: &Value,
) -> Result<Value> {
    let stem = graph.convolution(weights, "network.stem", 2, padding, false, photos)?;
    let mut x = hard_swish(graph, &stem);
    for (index, block) in blocks.iter().enumerate() {
        x = inverted_residual(
            graph,
            weights,
            &format!("network.blocks.{index}"),
            block,
            padding,
            &x,
        )?;
    }
    let head = graph.convolution(weights, "network.head", 1, Padding::Valid, false, &x)?;
    Ok(hard_swish(graph, &head))
}

/// MobileNetV2's block with squeeze-and-excitation.
fn inverted_residual(
    graph: &mut Graph,
    weights: &Weights,
    name: &str,
    &MobileNetBlock(_, _, output, squeeze, with_hard_swish, stride): &MobileNetBlock,
    padding: Padding,
    input: &Value,
) -> Result<Value> {
    let activation = |graph: &mut Graph, x: &Value| {
        if with_hard_swish {
            hard_swish(graph, x)
        } else {
            graph.unary("Relu", x)
        }
    };
    let first = if weights.has(&format!("{name}.expand.weight")) {
        format!("{name}.expand")
    } else {
        format!("{name}.depthwise")
    };
    let mut x = input.clone();
    let input_channels = if first.ends_with("expand") {
        x = graph.convolution(weights, &first, 1, Padding::Valid, false, &x)?;
        x = activation(graph, &x);
        weights.get(&format!("{first}.weight"))?.shape[1]
    } else {
        weights.get(&format!("{first}.weight"))?.shape[0]
    };
    let depthwise = format!("{name}.depthwise");
    x = graph.convolution(weights, &depthwise, stride, padding, true, &x)?;
    x = activation(graph, &x);
    if squeeze {
        x = squeeze_excitation(graph, weights, &format!("{name}.squeeze"), &x)?;
    }
    let project = format!("{name}.project");
    x = graph.convolution(weights, &project, 1, Padding::Valid, false, &x)?;
    if stride == 1 && input_channels == output {
        x = graph.binary("Add", &x, input);
    }
    Ok(x)
}

fn squeeze_excitation(
    graph: &mut Graph,
    weights: &Weights,
    name: &str,
    x: &Value,
) -> Result<Value> {
    let mean = graph.unary("GlobalAveragePool", x);
    let reduce = format!("{name}.reduce");
    let reduced = graph.convolution(weights, &reduce, 1, Padding::Valid, false, &mean)?;
    let reduced = graph.unary("Relu", &reduced);
    let expand = format!("{name}.expand");
    let expanded = graph.convolution(weights, &expand, 1, Padding::Valid, false, &reduced)?;
    let shares = hard_sigmoid(graph, &expanded);
    Ok(graph.binary("Mul", x, &shares))
}

/// ReLU6(x + 3) / 6
fn hard_sigmoid(graph: &mut Graph, x: &Value) -> Value {
    let three = graph.float(3.0);
    let shifted = graph.binary("Add", x, &three);
    let clamped = graph.relu6(&shifted);
    let six = graph.float(6.0);
    graph.binary("Div", &clamped, &six)
}

/// x · ReLU6(x + 3) / 6
fn hard_swish(graph: &mut Graph, x: &Value) -> Value {
    let share = hard_sigmoid(graph, x);
    graph.binary("Mul", x, &share)
}
