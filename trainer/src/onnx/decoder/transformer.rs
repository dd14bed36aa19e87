//! The Transformer decoder.

use anyhow::{Result, ensure};
use model_export::decoder::{
    Activation, IMAGE_BLOCKS, IMAGE_CLASSES, Normalization, TransformerConfig,
};

use super::{Features, Halves, Memory, give_attention, give_logits, past_and_present};
use crate::onnx::graph::{Element, Graph, Size, Value, integer};
use crate::onnx::network::inverted_residual;
use crate::onnx::weights::Weights;

/// What divides the sum of a map whose word reads nothing but classes, as in the decoder itself.
const SMALLEST_SHARE: f32 = 1e-20;

/// The image's memory, as every layer's cross-attention reads it.
pub(super) fn read_image(
    graph: &mut Graph,
    weights: &Weights,
    config: &TransformerConfig,
    features: &Features,
) -> Result<Halves> {
    let mut map = features.map.clone();
    for (index, block) in config.image_blocks.iter().enumerate() {
        let name = format!("{IMAGE_BLOCKS}.{index}");
        map = inverted_residual(graph, weights, &name, block, &map)?;
    }
    let positions = features.positions(graph, &map);
    let mut memory = positions.clone();
    if config.image_head_units.is_some() {
        memory = graph.linear(weights, "image_head", &memory)?;
        memory = graph.relu6(&memory);
    }
    if let Some(heads) = config.image_encoder_heads {
        memory = image_encoder(graph, weights, config, heads, &memory)?;
    }
    if config.image_projection {
        memory = graph.linear(weights, "image_projection", &memory)?;
        memory = graph.norm(weights, "image_norm", config.norm_epsilon, &memory)?;
    }
    if config.image_positions.is_some() {
        let weight = weights.get("image_position_embedding.weight")?;
        let [rows, units] = weights.matrix("image_position_embedding.weight")?;
        let embeddings = weight.values.repeat(features.views);
        let embeddings = graph.floats(&[rows * features.views, units], &embeddings);
        memory = graph.binary("Add", &memory, &embeddings);
    }
    if let Some(classes) = &config.image_classes {
        let rows = class_rows(graph, weights, config, classes.likeliest, &positions)?;
        memory = graph.concat(&[&memory, &rows], 1);
    }

    let mut image = Vec::new();
    let mut words = Vec::new();
    for layer in 0..config.layers {
        let name = format!("layers.{layer}.cross_attention");
        for kind in ["key", "value"] {
            let value = graph.linear(weights, &format!("{name}.{kind}"), &memory)?;
            let value = split_heads(graph, &value, config.heads, config.head_size);
            let output = format!("image.{layer}.{kind}s");
            let shape = [
                Size::Any("photos"),
                Size::Fixed(config.heads),
                Size::Any("image rows"),
                Size::Fixed(config.head_size),
            ];
            graph.output(&value, &output, Element::F32, &shape);
            image.push((output, shape.to_vec()));

            let [past, present] = past_and_present(&format!("{layer}.{kind}s"));
            words.push(Memory {
                past,
                present,
                begins: vec![0, config.heads, 0, config.head_size],
            });
        }
    }
    Ok(Halves {
        image,
        memory: words,
    })
}

/// One word.
pub(super) fn step(
    graph: &mut Graph,
    weights: &Weights,
    config: &TransformerConfig,
    token: &Value,
    image: &[Value],
) -> Result<()> {
    let past: Vec<[Value; 2]> = (0..config.layers)
        .map(|layer| {
            let shape = [
                Size::Any("rows"),
                Size::Fixed(config.heads),
                Size::Any("words before"),
                Size::Fixed(config.head_size),
            ];
            ["keys", "values"].map(|kind| {
                let [past, _] = past_and_present(&format!("{layer}.{kind}"));
                graph.input(&past, Element::F32, &shape)
            })
        })
        .collect();
    ensure!(!past.is_empty(), "the decoder has no layers");

    // How many words there are already is the position of this one.
    let lengths = graph.unary("Shape", &past[0][0]);
    let position = graph.slice(&lengths, 0, 2, 3, 1);
    let positions = weights.constant(graph, "position_embedding.weight")?;
    let position = graph.gather(&positions, &position);
    let tokens = weights.constant(graph, "token_embedding.weight")?;
    let embedded = graph.gather(&tokens, token);
    let mut x = graph.binary("Add", &embedded, &position);

    let mut maps = Vec::new();
    for ((layer, past), image) in (0..config.layers).zip(&past).zip(image.chunks_exact(2)) {
        let (next, map) = decoder_layer(graph, weights, config, layer, &x, past, image)?;
        x = next;
        maps.push(match &config.image_classes {
            Some(classes) => image_share(graph, &map, classes.likeliest),
            None => map,
        });
    }
    if config.normalization == Normalization::Pre {
        x = graph.norm(weights, "final_norm", config.norm_epsilon, &x)?;
    }
    let hidden = graph.reshape(&x, &[-1, config.units as i64]);
    if config.tied_output {
        let bias = weights.constant(graph, "output_bias")?;
        let transposed = vec![integer("transB", 1)];
        let logits = graph.node("Gemm", &[&hidden, &tokens, &bias], transposed);
        give_logits(graph, &logits, config.vocabulary);
    } else {
        super::logits_of_own_layer(graph, weights, &hidden, config.vocabulary)?;
    }

    let maps: Vec<_> = maps.iter().collect();
    let heads = graph.concat(&maps, 1);
    let mean = graph.mean(&heads, 1, false);
    let attention = graph.reshape(&mean, &[0, -1]);
    give_attention(graph, &attention);
    Ok(())
}

/// One layer: its output, and the weights `[rows, heads, 1, image rows]` of its cross-attention.
fn decoder_layer(
    graph: &mut Graph,
    weights: &Weights,
    config: &TransformerConfig,
    layer: usize,
    x: &Value,
    past: &[Value; 2],
    image: &[Value],
) -> Result<(Value, Value)> {
    let name = format!("layers.{layer}");
    let pre_norm = config.normalization == Normalization::Pre;
    let epsilon = config.norm_epsilon;
    let before = |graph: &mut Graph, norm: &str, x: &Value| {
        if pre_norm {
            graph.norm(weights, &format!("{name}.{norm}"), epsilon, x)
        } else {
            Ok(x.clone())
        }
    };
    let after = |graph: &mut Graph, norm: &str, x: Value| {
        if pre_norm {
            Ok(x)
        } else {
            graph.norm(weights, &format!("{name}.{norm}"), epsilon, &x)
        }
    };
    let sizes = [config.heads, config.head_size];

    let input = before(graph, "self_attention_norm", x)?;
    let attention = format!("{name}.self_attention");
    let mut words = Vec::new();
    for (kind, past) in ["key", "value"].into_iter().zip(past) {
        let new = graph.linear(weights, &format!("{attention}.{kind}"), &input)?;
        let new = split_heads(graph, &new, config.heads, config.head_size);
        let all = graph.concat(&[past, &new], 2);
        let [_, present] = past_and_present(&format!("{layer}.{kind}s"));
        let shape = [
            Size::Any("rows"),
            Size::Fixed(config.heads),
            Size::Any("words"),
            Size::Fixed(config.head_size),
        ];
        graph.output(&all, &present, Element::F32, &shape);
        words.push(all);
    }
    let (added, _) = attend(graph, weights, &attention, sizes, &input, &words)?;
    let sum = graph.binary("Add", x, &added);
    let x = after(graph, "self_attention_norm", sum)?;

    let input = before(graph, "cross_attention_norm", &x)?;
    let attention = format!("{name}.cross_attention");
    let (added, map) = attend(graph, weights, &attention, sizes, &input, image)?;
    let sum = graph.binary("Add", &x, &added);
    let x = after(graph, "cross_attention_norm", sum)?;

    let input = before(graph, "feed_forward_norm", &x)?;
    let inner = graph.linear(weights, &format!("{name}.feed_forward.inner"), &input)?;
    let inner = match config.activation {
        Activation::Relu => graph.unary("Relu", &inner),
        Activation::Gelu => graph.gelu(&inner),
    };
    let added = graph.linear(weights, &format!("{name}.feed_forward.outer"), &inner)?;
    let sum = graph.binary("Add", &x, &added);
    Ok((after(graph, "feed_forward_norm", sum)?, map))
}

/// Attention from `x` `[rows, words, units]` to keys and values `[rows, heads, positions, head_size]`, where one row of
/// these may stand for all: what to add to the residual stream, and the weights.
fn attend(
    graph: &mut Graph,
    weights: &Weights,
    name: &str,
    [heads, head_size]: [usize; 2],
    x: &Value,
    key_value: &[Value],
) -> Result<(Value, Value)> {
    let [keys, values] = key_value else {
        anyhow::bail!("{name} needs keys and values");
    };
    let query = graph.linear(weights, &format!("{name}.query"), x)?;
    let query = split_heads(graph, &query, heads, head_size);
    let turned = graph.transpose(keys, &[0, 1, 3, 2]);
    let scores = graph.binary("MatMul", &query, &turned);
    let scores = graph.scaled(&scores, 1.0 / (head_size as f32).sqrt());
    let shares = graph.softmax("Softmax", &scores);
    let context = graph.binary("MatMul", &shares, values);
    let context = graph.transpose(&context, &[0, 2, 1, 3]);
    let context = graph.reshape(&context, &[0, 0, (heads * head_size) as i64]);
    let added = graph.linear(weights, &format!("{name}.output"), &context)?;
    Ok((added, shares))
}

/// `[rows, positions, heads · head_size]` to `[rows, heads, positions, head_size]`.
fn split_heads(graph: &mut Graph, x: &Value, heads: usize, head_size: usize) -> Value {
    let parts = graph.reshape(x, &[0, 0, heads as i64, head_size as i64]);
    graph.transpose(&parts, &[0, 2, 1, 3])
}

/// A Transformer encoder layer for the image's positions.
fn image_encoder(
    graph: &mut Graph,
    weights: &Weights,
    config: &TransformerConfig,
    heads: usize,
    features: &Value,
) -> Result<Value> {
    let epsilon = config.norm_epsilon;
    let x = graph.norm(weights, "image_encoder.input_norm", epsilon, features)?;
    let x = graph.linear(weights, "image_encoder.projection", &x)?;
    let x = graph.unary("Relu", &x);
    let name = "image_encoder.attention";
    let mut key_value = Vec::new();
    for kind in ["key", "value"] {
        let value = graph.linear(weights, &format!("{name}.{kind}"), &x)?;
        key_value.push(split_heads(graph, &value, heads, config.units));
    }
    let sizes = [heads, config.units];
    let (added, _) = attend(graph, weights, name, sizes, &x, &key_value)?;
    let sum = graph.binary("Add", &x, &added);
    graph.norm(weights, "image_encoder.output_norm", epsilon, &sum)
}

/// The image network's likeliest classes as rows `[photos, likeliest, units]` of the memory.
fn class_rows(
    graph: &mut Graph,
    weights: &Weights,
    config: &TransformerConfig,
    likeliest: usize,
    positions: &Value,
) -> Result<Value> {
    let named = |part: &str| format!("{IMAGE_CLASSES}.{part}");
    let head = graph.linear(weights, &named("classifier.head"), positions)?;
    let head = graph.relu6(&head);
    let pooled = graph.mean(&head, 1, false);
    let scores = graph.linear(weights, &named("classifier.output"), &pooled)?;
    let log_probabilities = graph.softmax("LogSoftmax", &scores);
    let count = graph.integers(&[likeliest as i64]);
    let [largest, classes] = graph.node_of("TopK", &[&log_probabilities, &count], Vec::new());

    let table = class_table(weights, config)?;
    let classes_and_units = weights.matrix(&named("embedding.weight"))?;
    let table = graph.floats(&classes_and_units, &table);
    let rows = graph.gather(&table, &classes);
    let strength = graph.scaled(&largest, 0.25);
    let last = graph.integers(&[-1]);
    let strength = graph.binary("Unsqueeze", &strength, &last);
    let strength = graph.linear(weights, &named("strength"), &strength)?;
    let rows = graph.binary("Add", &rows, &strength);
    let rows = graph.norm(weights, &named("norm"), config.norm_epsilon, &rows)?;
    let kind = weights.constant(graph, &named("kind"))?;
    Ok(graph.binary("Add", &rows, &kind))
}

/// A row for each class: the mean of its name's two tokens, scaled, and its own embedding.
fn class_table(weights: &Weights, config: &TransformerConfig) -> Result<Vec<f32>> {
    let tokens = &weights.get("token_embedding.weight")?.values;
    let own = &weights
        .get(&format!("{IMAGE_CLASSES}.embedding.weight"))?
        .values;
    let words = config
        .image_classes
        .iter()
        .flat_map(|classes| &classes.words);
    let units = config.units;
    let scale = (units as f32).sqrt();
    let embedding = |token: u32| &tokens[token as usize * units..][..units];
    Ok(words
        .zip(own.chunks(units))
        .flat_map(|(&[first, second], own)| {
            let name = embedding(first).iter().zip(embedding(second));
            name.zip(own)
                .map(|((first, second), own)| (first + second) / 2.0 * scale + own)
                .collect::<Vec<_>>()
        })
        .collect())
}

/// Attention weights of the image's positions alone, scaled so that they sum to 1.
fn image_share(graph: &mut Graph, weights: &Value, likeliest: usize) -> Value {
    let positions = graph.slice(weights, 3, 0, -(likeliest as i64), 1);
    let axes = graph.integers(&[3]);
    let sum = graph.binary("ReduceSum", &positions, &axes);
    let smallest = graph.float(SMALLEST_SHARE);
    let sum = graph.binary("Max", &sum, &smallest);
    graph.binary("Div", &positions, &sum)
}
