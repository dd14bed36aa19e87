//! Caption decoders, each in two halves: what is done once for a photo stands at the end of the encoder's graph, what is
//! done for each word is the decoder's graph.

mod gru_attention;
mod merge_lstm;
mod recurrent;
mod transformer;

use anyhow::Result;
use model_export::decoder::DecoderConfig;
use serde::Serialize;

use super::graph::{Element, Graph, Size, Value};
use super::weights::Weights;

/// What the first half of a decoder reads.
pub(super) struct Features<'a> {
    /// The feature map `[photos · views, channels, rows, columns]`.
    pub(super) map: &'a Value,
    /// Views of a photo: it, and perhaps its mirror image.
    pub(super) views: usize,
    /// Whether the decoder reads the mean of the map alone.
    pub(super) pooled: bool,
}

/// What a step of the decoder remembers for the next one.
#[derive(Debug, Serialize)]
pub struct Memory {
    /// The decoder's input.
    pub past: String,
    /// The output that is the next step's input.
    pub present: String,
    /// The input's shape before the first word; the first length is that of the batch, which stands here as 0. Its values are
    /// zeros, if it has any.
    pub begins: Vec<usize>,
}

/// What stands in the way of the two halves: names and shapes that both have.
pub(super) struct Halves {
    /// What the encoder gives and the decoder reads, with all lengths but that of the batch.
    pub(super) image: Vec<(String, Vec<Size>)>,
    pub(super) memory: Vec<Memory>,
}

impl Features<'_> {
    /// Image features `[photos, positions of all views, channels]` of a map.
    pub(super) fn positions(&self, graph: &mut Graph, map: &Value) -> Value {
        let flat = graph.reshape(map, &[0, 0, -1]);
        let positions = graph.transpose(&flat, &[0, 2, 1]);
        let positions = if self.pooled {
            graph.mean(&positions, 1, true)
        } else {
            positions
        };
        self.side_by_side(graph, &positions)
    }

    /// The views of each photo one after the other: `[photos, positions of all views, channels]`.
    fn side_by_side(&self, graph: &mut Graph, positions: &Value) -> Value {
        if self.views == 1 {
            return positions.clone();
        }
        // All photos come first, then all mirror images.
        let views = graph.node_of::<2>("Split", &[positions], Vec::new());
        let [upright, mirrored] = &views;
        graph.concat(&[upright, mirrored], 1)
    }
}

/// The first half: outputs of the encoder's graph.
pub(super) fn read_image(
    graph: &mut Graph,
    weights: &Weights,
    config: &DecoderConfig,
    features: &Features,
) -> Result<Halves> {
    match config {
        DecoderConfig::Transformer(config) => {
            transformer::read_image(graph, weights, config, features)
        }
        DecoderConfig::GruAttention(config) => {
            gru_attention::read_image(graph, weights, config, features)
        }
        DecoderConfig::MergeLstm(config) => {
            merge_lstm::read_image(graph, weights, config, features)
        }
    }
}

/// The second half: the decoder's graph.
pub(super) fn step(
    graph: &mut Graph,
    weights: &Weights,
    config: &DecoderConfig,
    halves: &Halves,
) -> Result<()> {
    let token = graph.input("token", Element::I64, &[Size::Any("rows"), Size::Fixed(1)]);
    let image: Vec<_> = halves
        .image
        .iter()
        .map(|(name, shape)| graph.input(name, Element::F32, shape))
        .collect();
    match config {
        DecoderConfig::Transformer(config) => {
            transformer::step(graph, weights, config, &token, &image)
        }
        DecoderConfig::GruAttention(config) => {
            gru_attention::step(graph, weights, config, &token, &image)
        }
        DecoderConfig::MergeLstm(config) => {
            merge_lstm::step(graph, weights, config, &token, &image)
        }
    }
}

/// The names of a memory before and after a step.
pub(super) fn past_and_present(name: &str) -> [String; 2] {
    [format!("past.{name}"), format!("present.{name}")]
}

/// A memory that keeps its shape `[rows, units]`.
fn recurrent_memory(name: &str, units: usize) -> Memory {
    let [past, present] = past_and_present(name);
    Memory {
        past,
        present,
        begins: vec![0, units],
    }
}

/// The output `logits` `[rows, vocabulary]` of hidden states `[rows, units]`, by an output layer of its own.
fn logits_of_own_layer(
    graph: &mut Graph,
    weights: &Weights,
    hidden: &Value,
    vocabulary: usize,
) -> Result<()> {
    let output = weights.constant(graph, "output.weight")?;
    let bias = weights.constant(graph, "output_bias")?;
    let product = graph.binary("MatMul", hidden, &output);
    let logits = graph.binary("Add", &product, &bias);
    give_logits(graph, &logits, vocabulary);
    Ok(())
}

fn give_logits(graph: &mut Graph, logits: &Value, vocabulary: usize) {
    let shape = [Size::Any("rows"), Size::Fixed(vocabulary)];
    graph.output(logits, "logits", Element::F32, &shape);
}

/// The output `attention` `[rows, positions]`.
fn give_attention(graph: &mut Graph, attention: &Value) {
    let shape = [Size::Any("rows"), Size::Any("positions")];
    graph.output(attention, "attention", Element::F32, &shape);
}
