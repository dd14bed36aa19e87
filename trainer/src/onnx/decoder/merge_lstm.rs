//! The LSTM that the image joins at its end.

use anyhow::Result;
use model_export::decoder::MergeLstmConfig;

use super::recurrent::gated;
use super::{Features, Halves, logits_of_own_layer, past_and_present, recurrent_memory};
use crate::onnx::graph::{Element, Graph, Size, Value};
use crate::onnx::weights::Weights;

/// The image's vector.
pub(super) fn read_image(
    graph: &mut Graph,
    weights: &Weights,
    config: &MergeLstmConfig,
    features: &Features,
) -> Result<Halves> {
    let positions = features.positions(graph, features.map);
    let pooled = graph.mean(&positions, 1, false);
    let vector = graph.linear(weights, "image_projection", &pooled)?;
    let vector = graph.unary("Relu", &vector);
    let shape = [Size::Any("photos"), Size::Fixed(config.units)];
    graph.output(&vector, "image.vector", Element::F32, &shape);
    Ok(Halves {
        image: vec![("image.vector".to_owned(), shape.to_vec())],
        memory: vec![
            recurrent_memory("cell", config.units),
            recurrent_memory("hidden", config.units),
        ],
    })
}

/// One word.
pub(super) fn step(
    graph: &mut Graph,
    weights: &Weights,
    config: &MergeLstmConfig,
    token: &Value,
    image: &[Value],
) -> Result<()> {
    let [vector] = image else {
        anyhow::bail!("the decoder needs the image's vector");
    };
    let state = [Size::Any("rows"), Size::Fixed(config.units)];
    let [past_cell, present_cell] = past_and_present("cell");
    let [past_hidden, present_hidden] = past_and_present("hidden");
    let cell = graph.input(&past_cell, Element::F32, &state);
    let hidden = graph.input(&past_hidden, Element::F32, &state);

    let tokens = weights.constant(graph, "token_embedding.weight")?;
    let word = graph.gather(&tokens, token);
    let word = graph.reshape(&word, &[-1, config.embedding_units as i64]);
    let mut gate = |name: &str, activation: &str| {
        gated(
            graph,
            weights,
            &format!("lstm.{name}"),
            activation,
            &word,
            &hidden,
        )
    };
    let input = gate("input_gate", "Sigmoid")?;
    let forget = gate("forget_gate", "Sigmoid")?;
    let output = gate("output_gate", "Sigmoid")?;
    let candidate = gate("cell_gate", "Tanh")?;
    let kept = graph.binary("Mul", &forget, &cell);
    let new = graph.binary("Mul", &input, &candidate);
    let cell = graph.binary("Add", &kept, &new);
    let shown = graph.unary("Tanh", &cell);
    let hidden = graph.binary("Mul", &output, &shown);
    graph.output(&cell, &present_cell, Element::F32, &state);
    graph.output(&hidden, &present_hidden, Element::F32, &state);

    let sum = graph.binary("Add", &hidden, vector);
    let read_out = graph.linear(weights, "hidden", &sum)?;
    let read_out = graph.unary("Relu", &read_out);
    logits_of_own_layer(graph, weights, &read_out, config.vocabulary)
}
