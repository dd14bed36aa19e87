//! The decoders against PyTorch: same weights, same tokens, same logits and attention; and cached decoding
//! against the full forward pass.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

#[allow(dead_code, reason = "each test file uses its part")]
mod common;

use std::collections::HashSet;

#[cfg(feature = "kernels")]
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use common::{f32_tensor, fixture, largest_difference};
use model_export::decoder::{
    Activation, ClassMemoryConfig, Decoder, DecoderConfig, DropoutRates, Normalization,
    TransformerConfig,
};
use model_export::model_file::load_parameters;
use safetensors::SafeTensors;
use serde::Deserialize;

/// Sizes as make_decoder_reference.py records them.
#[derive(Deserialize)]
struct Configuration {
    vocabulary: usize,
    units: usize,
    layers: usize,
    max_words: usize,
    channels: usize,
    heads: usize,
    head_size: usize,
    hidden: usize,
    norm: String,
    norm_epsilon: f64,
    activation: String,
    image_projection: bool,
    tied_output: bool,
    #[serde(default)]
    image_head_units: Option<usize>,
    #[serde(default)]
    image_classes: Option<ClassMemoryConfig>,
}

struct Reference {
    decoder: Decoder,
    features: Tensor<3>,
    tokens: Vec<i32>,
    logits: Vec<f32>,
    attention: Vec<f32>,
    device: Device,
}

const IMAGES: usize = 2;
const WORDS: usize = 12;
const POSITIONS: usize = 9;

fn transformer(sizes: &Configuration) -> DecoderConfig {
    DecoderConfig::Transformer(TransformerConfig {
        vocabulary: sizes.vocabulary,
        max_words: sizes.max_words,
        layers: sizes.layers,
        units: sizes.units,
        heads: sizes.heads,
        head_size: sizes.head_size,
        feed_forward_units: sizes.hidden,
        activation: match sizes.activation.as_str() {
            "gelu" => Activation::Gelu,
            "relu" => Activation::Relu,
            other => panic!("unknown activation {other}"),
        },
        normalization: match sizes.norm.as_str() {
            "pre" => Normalization::Pre,
            "post" => Normalization::Post,
            other => panic!("unknown norm {other}"),
        },
        norm_epsilon: sizes.norm_epsilon,
        image_channels: sizes.channels,
        image_blocks: Vec::new(),
        image_head_units: sizes.image_head_units,
        image_encoder_heads: None,
        image_classes: sizes.image_classes.clone(),
        image_positions: None,
        image_projection: sizes.image_projection,
        tied_output: sizes.tied_output,
        dropout: DropoutRates::NONE,
    })
}

fn reference(name: &str) -> Reference {
    let device = common::device();
    let bytes = fixture(name);
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let text = &metadata.metadata().as_ref().unwrap()["configuration"];
    let config = match serde_json::from_str(text) {
        Ok(config) => config,
        Err(_) => transformer(&serde_json::from_str(text).unwrap()),
    };
    config.validate().unwrap();

    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut loaded = HashSet::new();
    let decoder = load_parameters(
        Decoder::new(&config, &device),
        "decoder",
        &device,
        |name, shape| {
            let name = name.strip_prefix("decoder.").unwrap();
            let data = f32_tensor(&tensors, name);
            assert_eq!(data.shape().to_vec(), shape, "{name}");
            loaded.insert(name.to_owned());
            Ok::<TensorData, std::convert::Infallible>(data)
        },
    )
    .unwrap();
    // Every weight of the reference has its place in ours.
    for name in tensors.names() {
        let input_or_output = ["features", "tokens", "logits", "cross_attention"].contains(&name);
        assert!(
            input_or_output || loaded.contains(name),
            "{name} is not used"
        );
    }
    let tokens = tensors.tensor("tokens").unwrap();
    assert_eq!(tokens.shape(), [IMAGES, WORDS]);
    let (tokens, _) = tokens.data().as_chunks::<8>();
    let values = |name| f32_tensor(&tensors, name).try_into_vec::<f32>().unwrap();
    Reference {
        decoder,
        features: Tensor::from_data(f32_tensor(&tensors, "features"), &device),
        tokens: tokens
            .iter()
            .map(|&token| i64::from_le_bytes(token) as i32)
            .collect(),
        logits: values("logits"),
        attention: match tensors.tensor("cross_attention") {
            Ok(_) => values("cross_attention"),
            Err(_) => Vec::new(),
        },
        device,
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec::<f32>().unwrap()
}

impl Reference {
    fn tokens(&self) -> Tensor<2, Int> {
        Tensor::from_data(
            TensorData::new(self.tokens.clone(), [IMAGES, WORDS]),
            &self.device,
        )
    }

    fn full(&self) -> (Vec<f32>, Vec<f32>) {
        let output = self.decoder.forward(self.tokens(), self.features.clone());
        let [rows, words, units] = output.hidden.dims();
        let logits = self
            .decoder
            .logits(output.hidden.reshape([rows * words, units]));
        let attention = match output.attention.as_slice() {
            [] => Vec::new(),
            _ => values(Tensor::stack::<5>(output.attention, 0)),
        };
        (values(logits), attention)
    }

    fn assert_is_pytorchs(&self) {
        let (logits, attention) = self.full();
        let difference = largest_difference(&logits, &self.logits);
        println!("logits differ by {difference:.1e}");
        assert!(difference <= 1e-4, "logits differ by {difference}");
        assert_eq!(attention.len(), self.attention.len());
        let difference = largest_difference(&attention, &self.attention);
        println!("attention differs by {difference:.1e}");
        assert!(difference <= 1e-4, "attention differs by {difference}");
        for weights in attention.chunks(POSITIONS) {
            assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }

    fn assert_steps_give_the_full_pass(&self) {
        let (full, full_attention) = self.full();
        let vocabulary = full.len() / (IMAGES * WORDS);
        let mut state = self.decoder.start(self.features.clone());
        for word in 0..WORDS {
            assert_eq!(state.position(), word);
            let token = self.tokens().slice([0..IMAGES, word..word + 1]);
            let output = self.decoder.step(token, &mut state);
            let [rows, _, units] = output.hidden.dims();
            let logits = values(self.decoder.logits(output.hidden.reshape([rows, units])));
            for (image, logits) in logits.chunks(vocabulary).enumerate() {
                let place = (image * WORDS + word) * vocabulary;
                let difference = largest_difference(logits, &full[place..place + vocabulary]);
                assert!(
                    difference <= 1e-4,
                    "word {word}: logits differ by {difference}"
                );
            }
            for (layer, weights) in output.attention.into_iter().enumerate() {
                let [_, heads, _, _] = weights.dims();
                for (row, weights) in values(weights).chunks(POSITIONS).enumerate() {
                    let place = ((layer * IMAGES * heads + row) * WORDS + word) * POSITIONS;
                    let expected = &full_attention[place..place + POSITIONS];
                    assert!(largest_difference(weights, expected) <= 1e-4);
                }
            }
        }
    }
}

#[test]
fn post_norm_decoder_is_pytorchs() {
    reference("decoder_post_norm.safetensors").assert_is_pytorchs();
}

#[test]
fn pre_norm_decoder_is_pytorchs() {
    reference("decoder_pre_norm.safetensors").assert_is_pytorchs();
}

#[test]
fn decoder_that_reads_the_networks_classes_is_pytorchs() {
    reference("decoder_image_classes.safetensors").assert_is_pytorchs();
}

#[test]
fn gru_with_additive_attention_is_pytorchs() {
    reference("decoder_gru_attention.safetensors").assert_is_pytorchs();
}

#[test]
fn merge_lstm_is_pytorchs() {
    reference("decoder_merge_lstm.safetensors").assert_is_pytorchs();
}

#[test]
fn decoder_with_an_image_encoder_is_pytorchs() {
    reference("decoder_image_encoder.safetensors").assert_is_pytorchs();
}

/// As captioners lay it out.
#[cfg(feature = "kernels")]
#[test]
fn a_decoder_laid_out_for_captions_gives_the_logits_that_it_gave() {
    for name in ALL {
        let mut reference = reference(name);
        let parameters = reference.decoder.num_params();
        let device = reference.device.clone();
        reference.decoder = reference.decoder.with_kernels(&device);
        reference.assert_is_pytorchs();
        let tied = [
            "decoder_pre_norm.safetensors",
            "decoder_image_classes.safetensors",
        ];
        let has_grown = reference.decoder.num_params() > parameters;
        assert_eq!(
            has_grown,
            tied.contains(&name) && device == Device::flex(),
            "{name}"
        );
    }
}

const ALL: [&str; 6] = [
    "decoder_post_norm.safetensors",
    "decoder_pre_norm.safetensors",
    "decoder_image_classes.safetensors",
    "decoder_gru_attention.safetensors",
    "decoder_merge_lstm.safetensors",
    "decoder_image_encoder.safetensors",
];

#[test]
fn steps_that_remember_earlier_words_give_the_full_pass() {
    for name in ALL {
        reference(name).assert_steps_give_the_full_pass();
    }
}

#[test]
fn captions_that_share_an_image_read_it_as_if_each_had_its_own() {
    for name in ALL {
        let reference = reference(name);
        let one = reference.features.clone().slice(0..1);
        let tokens = reference.tokens();
        let shared = reference.decoder.forward(tokens.clone(), one.clone());
        let repeated = reference.decoder.forward(tokens, one.repeat_dim(0, IMAGES));
        let difference = largest_difference(&values(shared.hidden), &values(repeated.hidden));
        assert!(difference <= 1e-5, "{name}: {difference}");
        for (shared, repeated) in shared.attention.into_iter().zip(repeated.attention) {
            assert!(largest_difference(&values(shared), &values(repeated)) <= 1e-5);
        }
    }
}

#[test]
fn selected_rows_go_on_as_they_would_have_alone() {
    for name in ALL {
        let reference = reference(name);
        let (full, _) = reference.full();
        let vocabulary = full.len() / (IMAGES * WORDS);
        let mut state = reference.decoder.start(reference.features.clone());
        let token = |word| reference.tokens().slice([0..IMAGES, word..word + 1]);
        let step = |token, state: &mut _| {
            let hidden = reference.decoder.step(token, state).hidden;
            let [rows, _, units] = hidden.dims();
            values(reference.decoder.logits(hidden.reshape([rows, units])))
        };
        step(token(0), &mut state);
        // The second image alone, and twice.
        state.select(&[1], &[1, 1], &reference.device);
        let second = token(1).slice(1..2).repeat_dim(0, 2);
        let logits = step(second, &mut state);
        let place = (WORDS + 1) * vocabulary;
        for row in logits.chunks(vocabulary) {
            let difference = largest_difference(row, &full[place..place + vocabulary]);
            assert!(difference <= 1e-4, "{name}: {difference}");
        }
    }
}
