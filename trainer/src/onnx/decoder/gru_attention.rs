//! The GRU with additive attention.

use anyhow::Result;
use model_export::decoder::GruAttentionConfig;

use super::recurrent::{gate, gated};
use super::{
    Features, Halves, give_attention, logits_of_own_layer, past_and_present, recurrent_memory,
};
use crate::onnx::graph::{Element, Graph, Size, Value};
use crate::onnx::weights::Weights;

/// The image's annotations, and what the attention compares them by.
pub(super) fn read_image(
    graph: &mut Graph,
    weights: &Weights,
    config: &GruAttentionConfig,
    features: &Features,
) -> Result<Halves> {
    let positions = features.positions(graph, features.map);
    let values = graph.linear(weights, "image_projection", &positions)?;
    let values = graph.unary("Relu", &values);
    let keys = graph.linear(weights, "attention.key", &values)?;
    let mut image = Vec::new();
    for (name, value, units) in [
        ("image.keys", keys, config.units),
        ("image.values", values, config.image_units),
    ] {
        let shape = [
            Size::Any("photos"),
            Size::Any("positions"),
            Size::Fixed(units),
        ];
        graph.output(&value, name, Element::F32, &shape);
        image.push((name.to_owned(), shape.to_vec()));
    }
    Ok(Halves {
        image,
        memory: vec![recurrent_memory("hidden", config.units)],
    })
}

/// One word.
pub(super) fn step(
    graph: &mut Graph,
    weights: &Weights,
    config: &GruAttentionConfig,
    token: &Value,
    image: &[Value],
) -> Result<()> {
    let [keys, values] = image else {
        anyhow::bail!("the attention needs keys and values");
    };
    let state = [Size::Any("rows"), Size::Fixed(config.units)];
    let [past, present] = past_and_present("hidden");
    let hidden = graph.input(&past, Element::F32, &state);

    let query = graph.linear(weights, "attention.query", &hidden)?;
    let query = graph.reshape(&query, &[-1, 1, config.units as i64]);
    let sum = graph.binary("Add", keys, &query);
    let sum = graph.unary("Tanh", &sum);
    let scores = graph.linear(weights, "attention.score", &sum)?;
    let scores = graph.reshape(&scores, &[0, 1, -1]);
    let shares = graph.softmax("Softmax", &scores);
    let context = graph.binary("MatMul", &shares, values);
    let context = graph.reshape(&context, &[-1, config.image_units as i64]);

    let tokens = weights.constant(graph, "token_embedding.weight")?;
    let word = graph.gather(&tokens, token);
    let word = graph.reshape(&word, &[-1, config.embedding_units as i64]);
    let input = graph.concat(&[&context, &word], 1);
    let hidden = gru(graph, weights, &input, &hidden)?;
    graph.output(&hidden, &present, Element::F32, &state);

    let read_out = graph.linear(weights, "hidden", &hidden)?;
    logits_of_own_layer(graph, weights, &read_out, config.vocabulary)?;
    let attention = graph.reshape(&shares, &[0, -1]);
    give_attention(graph, &attention);
    Ok(())
}

/// A GRU whose reset gate comes after the product with the state.
fn gru(graph: &mut Graph, weights: &Weights, input: &Value, hidden: &Value) -> Result<Value> {
    let update = gated(graph, weights, "gru.update_gate", "Sigmoid", input, hidden)?;
    let reset = gated(graph, weights, "gru.reset_gate", "Sigmoid", input, hidden)?;
    let [new, old] = gate(graph, weights, "gru.new_gate", input, hidden)?;
    let old = graph.binary("Mul", &reset, &old);
    let candidate = graph.binary("Add", &new, &old);
    let candidate = graph.unary("Tanh", &candidate);
    let one = graph.float(1.0);
    let rest = graph.binary("Sub", &one, &update);
    let new = graph.binary("Mul", &rest, &candidate);
    let kept = graph.binary("Mul", &update, hidden);
    Ok(graph.binary("Add", &new, &kept))
}
