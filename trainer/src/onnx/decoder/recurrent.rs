//! Gates of recurrent layers.

use anyhow::Result;

use crate::onnx::graph::{Graph, Value};
use crate::onnx::weights::Weights;

/// What a gate reads of the input and of the state before.
pub(super) fn gate(
    graph: &mut Graph,
    weights: &Weights,
    name: &str,
    input: &Value,
    hidden: &Value,
) -> Result<[Value; 2]> {
    Ok([
        graph.linear(weights, &format!("{name}.input_transform"), input)?,
        graph.linear(weights, &format!("{name}.hidden_transform"), hidden)?,
    ])
}

/// A gate's value: an activation of the sum of both.
pub(super) fn gated(
    graph: &mut Graph,
    weights: &Weights,
    name: &str,
    activation: &str,
    input: &Value,
    hidden: &Value,
) -> Result<Value> {
    let [input, hidden] = gate(graph, weights, name, input, hidden)?;
    let sum = graph.binary("Add", &input, &hidden);
    Ok(graph.unary(activation, &sum))
}
