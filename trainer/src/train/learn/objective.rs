//! The loss over real words: padding is left out.

use burn::tensor::activation::softmax;
use burn::tensor::{FloatDType, IndexingUpdateOp, Int, Tensor, TensorData};
use model_export::attention::mean_over_layers_and_heads;
use model_export::decoder::Decoder;
use model_export::vocabulary::BANNED_LOGIT;

use super::held_classes::HeldClasses;
use crate::train::input::Batch;

/// What each word to predict weighs in the loss.
pub(crate) struct Weights {
    /// Of −log p of the label.
    pub(crate) label: Vec<f32>,
    /// Of the mean over all words of −log p. Banned tokens take no part in it.
    pub(crate) uniform: Vec<f32>,
    /// Of doubly stochastic attention; see [`coverage`].
    pub(crate) coverage: f64,
    /// What the image network's classes are held to.
    pub(crate) held_classes: Option<HeldClasses>,
}

impl Weights {
    /// Mean cross-entropy of `count` words with smoothed labels (Szegedy et al., 2016,
    /// <https://arxiv.org/abs/1512.00567>).
    pub(crate) fn cross_entropy(count: usize, smoothing: f64) -> Self {
        let share = 1.0 / count as f64;
        Self {
            label: vec![((1.0 - smoothing) * share) as f32; count],
            uniform: vec![(smoothing * share) as f32; count],
            coverage: 0.0,
            held_classes: None,
        }
    }

    /// The same, and the image network's classes held to these.
    pub(crate) fn with_held_classes(self, held_classes: Option<HeldClasses>) -> Self {
        Self {
            held_classes,
            ..self
        }
    }

    /// The same, and doubly stochastic attention.
    pub(crate) fn with_coverage(self, coverage: f64) -> Self {
        Self { coverage, ..self }
    }

    /// All of them times `factor`.
    pub(crate) fn scaled(mut self, factor: f32) -> Self {
        for weight in self.label.iter_mut().chain(&mut self.uniform) {
            *weight *= factor;
        }
        self.coverage *= f64::from(factor);
        if let Some(held) = &mut self.held_classes {
            held.weight *= f64::from(factor);
        }
        self
    }
}

/// The loss of a batch `[1]`, without a gradient, and a value whose gradient is that of the loss.
///
/// The gradient by the logits is known: `(label + uniform) · p − label · one-hot − uniform / words`.
/// So are, by it, the gradients by what the output layer reads and by its parameters. Written down
/// instead of left to automatic differentiation, they cost one softmax and three products; no other
/// operation goes over `[labels, vocabulary]`, the largest tensors of a step.
///
/// Where the decoder computes in 16 bits, the three products are computed in these numbers, everything else of the loss
/// in f32. A probability alone may be too small for them; times its weight, which has the loss scale, it is not.
pub(crate) fn loss(decoder: &Decoder, batch: Batch, weights: Weights) -> (Tensor<1>, Tensor<1>) {
    let labels = batch.labels.clone().inner();
    let label_places = batch.places.clone();
    let Read {
        hidden,
        attention,
        classes,
    } = read(decoder, batch);
    let (words, bias) = decoder.output_layer();
    let dtype = FloatDType::from(hidden.dtype());
    let narrow_x = hidden.clone().inner();
    let narrow_rows = words.clone().inner().cast(dtype);
    let (x, rows, offset) = (
        wide(narrow_x.clone()),
        wide(words.clone().inner()),
        bias.clone().inner(),
    );
    let device = x.device();
    let count = labels.dims()[0];
    let column =
        |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [count, 1]), &device);
    let (label, uniform) = (column(weights.label), column(weights.uniform));
    let both = label.clone() + uniform.clone();

    let logits =
        wide(narrow_x.clone().matmul(narrow_rows.clone().transpose())) + offset.clone().unsqueeze();
    let probabilities = softmax(logits.clone(), 1);
    let [_, vocabulary] = logits.dims();
    let places = labels.clone().reshape([count, 1]);
    // log Σ exp, by way of the label. Where the label's probability underflows, the reported loss is
    // off by a little; the gradient is not.
    let log_probability = probabilities
        .clone()
        .gather(1, places.clone())
        .clamp_min(f32::MIN_POSITIVE)
        .log();
    let normalizer = logits.gather(1, places) - log_probability.clone();
    // The mean over all words that are allowed, as a row of weights.
    let share = mean_of_allowed(offset.clone());
    let mean_row = share.clone().matmul(rows.clone());
    let mean_offset = (share.clone() * offset.unsqueeze()).sum().unsqueeze();
    let mean = x.clone().matmul(mean_row.clone().transpose()) + mean_offset - normalizer;
    let loss = (log_probability * label.clone() + mean * uniform.clone())
        .sum()
        .neg();

    let add = IndexingUpdateOp::Add;
    let (of_rows, of_x) = if dtype == FloatDType::F32 {
        let transposed = probabilities.clone().transpose();
        (
            probabilities.clone().matmul(narrow_rows) * both.clone(),
            transposed.matmul(x.clone() * both.clone()),
        )
    } else {
        let weighted = (probabilities.clone() * both.clone()).cast(dtype);
        (
            wide(weighted.clone().matmul(narrow_rows)),
            wide(weighted.transpose().matmul(narrow_x)),
        )
    };
    let by_hidden =
        of_rows - rows.select(0, labels.clone()) * label.clone() - uniform.clone().matmul(mean_row);
    let by_words = of_x.select_assign(0, labels.clone(), (x.clone() * label.clone()).neg(), add)
        - share
            .clone()
            .transpose()
            .matmul(uniform.clone().transpose().matmul(x));
    let by_bias = both.transpose().matmul(probabilities).select_assign(
        1,
        labels,
        label.transpose().neg(),
        add,
    ) - share * uniform.sum().unsqueeze();
    let product = (wide(hidden) * Tensor::from_inner(by_hidden)).sum()
        + (wide(words) * Tensor::from_inner(by_words)).sum()
        + (bias * Tensor::from_inner(by_bias).reshape([vocabulary])).sum();
    let coverage = (weights.coverage != 0.0)
        .then(|| coverage(&attention, label_places).mul_scalar(weights.coverage));
    let held = weights.held_classes.zip(classes);
    let held = held.map(|(held, classes)| held.divergence(wide(classes)).mul_scalar(held.weight));
    let terms = coverage.into_iter().chain(held);
    terms.fold((loss, product), |(loss, product), term| {
        (loss + term.clone().inner(), product + term)
    })
}

/// In f32, with a gradient in the numbers that it comes in.
fn wide<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    x.cast(FloatDType::F32)
}

/// Doubly stochastic attention (Xu et al., 2015, <https://arxiv.org/abs/1502.03044>, equation 14): in the
/// words of a caption together every position should be looked at once. The sum over positions of
/// (1 − Σ over words of the weight)², its mean over the captions, `[1]`.
///
/// `attention` is `[captions, heads, words, positions]` for each layer, and `places` are those of words in
/// the flattened `[captions · words]`.
fn coverage(attention: &[Tensor<4>], places: Tensor<1, Int>) -> Tensor<1> {
    let weights = wide(mean_over_layers_and_heads(attention));
    let [captions, words, positions] = weights.dims();
    let device = weights.device();
    let ones = Tensor::ones([places.dims()[0]], &device);
    let real = Tensor::<1>::zeros([captions * words], &device)
        .select_assign(0, places, ones, IndexingUpdateOp::Add)
        .reshape([captions, words, 1]);
    // A photo with fewer captions than another has rows of padding, which look at nothing.
    let written = real
        .clone()
        .sum_dim(1)
        .clamp_max(1.0)
        .reshape([captions, 1]);
    let looked = (weights * real).sum_dim(1).reshape([captions, positions]);
    let missed = looked.neg().add_scalar(1.0).square() * written.clone();
    missed.sum() / written.sum()
}

/// Weights `[1, vocabulary]` whose product with logits is the mean over the words that the output bias
/// `[vocabulary]` does not ban.
fn mean_of_allowed(bias: Tensor<1>) -> Tensor<2> {
    let allowed = bias.greater_elem(BANNED_LOGIT / 2.0).float();
    (allowed.clone() / allowed.sum()).unsqueeze()
}

/// One pass over a batch.
struct Read {
    /// What the output layer reads `[labels, units]` at the places of the batch's labels. That layer, the
    /// largest part of the work, is spared the padding.
    hidden: Tensor<2>,
    /// `[captions, heads, words, positions]` for each layer.
    attention: Vec<Tensor<4>>,
    /// `[photos, classes]`
    classes: Option<Tensor<2>>,
}

fn read(decoder: &Decoder, batch: Batch) -> Read {
    let output = decoder.forward(batch.tokens, batch.features);
    let [rows, words, units] = output.hidden.dims();
    let places: Tensor<1, Int> = batch.places;
    Read {
        hidden: output
            .hidden
            .reshape([rows * words, units])
            .select(0, places),
        attention: output.attention,
        classes: output.classes,
    }
}

/// Logits `[labels, vocabulary]` at the places of the batch's labels.
pub(crate) fn logits(decoder: &Decoder, batch: Batch) -> Tensor<2> {
    decoder.logits(read(decoder, batch).hidden)
}

#[cfg(test)]
pub(super) mod tests {
    use burn::tensor::Device;
    use burn::tensor::activation::log_softmax;
    use model_export::decoder::{DecoderConfig, DropoutRates};
    use model_export::vocabulary::END;

    use super::*;
    use crate::features::RowKey;
    use crate::train::input::EncodedPhoto;
    use crate::train::recipe::Preset;

    #[test]
    fn coverage_is_what_positions_lack_or_have_too_much_of() {
        let device = Device::flex();
        // Two captions of two words over two positions; the second has one word, and then padding.
        let attention = Tensor::<4>::from_data(
            TensorData::new(
                vec![1.0f32, 0.0, 0.5, 0.5, 0.25, 0.75, 1.0, 0.0],
                [2, 1, 2, 2],
            ),
            &device,
        );
        let places = Tensor::from_data(TensorData::new(vec![0i32, 1, 2], [3]), &device);
        let coverage: f32 = coverage(&[attention], places).try_into_scalar().unwrap();
        let first = 0.5f32.powi(2) + 0.5f32.powi(2);
        let second = 0.75f32.powi(2) + 0.25f32.powi(2);
        assert!(
            (coverage - (first + second) / 2.0).abs() < 1e-6,
            "{coverage}"
        );
    }

    /// A decoder of 12 words and 4 positions of 6 channels, without dropout: tests in other threads draw from the same
    /// generator.
    pub(in crate::train::learn) fn small_decoder(device: &Device) -> Decoder {
        decoder_of(12, device)
    }

    /// The same of so many words.
    pub(in crate::train::learn) fn decoder_of(vocabulary: usize, device: &Device) -> Decoder {
        let mut config = Preset::open("glimpse").unwrap().decoder;
        if let DecoderConfig::Transformer(config) = &mut config {
            config.vocabulary = vocabulary;
            config.image_channels = 6;
            config.image_positions = Some(4);
            config.units = 16;
            config.head_size = 4;
            config.feed_forward_units = 32;
            config.dropout = DropoutRates::NONE;
        }
        Decoder::new(&config, device)
    }

    /// A photo with these captions.
    pub(in crate::train::learn) fn photo(captions: &[&[u32]]) -> EncodedPhoto {
        EncodedPhoto {
            name: "a".to_owned(),
            row: RowKey::default(),
            captions: captions.iter().map(|ids| ids.to_vec()).collect(),
        }
    }

    /// The written-down gradient against automatic differentiation of the formula in the paper.
    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let device = Device::flex().autodiff();
        device.seed(1);
        let decoder = small_decoder(&device).with_output_bias(
            (0..12)
                .map(|id| {
                    if id < END {
                        BANNED_LOGIT
                    } else {
                        0.1 * id as f32
                    }
                })
                .collect(),
        );
        let photo = photo(&[&[2, 5, 7, 3], &[2, 11, 3]]);
        let features = || Tensor::ones([1, 4, 6], &device);
        let batch = || Batch::new(&[&photo], features()).unwrap();
        let count = 5;
        let weights = Weights {
            label: (0..count).map(|index| 0.3 - 0.1 * index as f32).collect(),
            uniform: (0..count).map(|index| 0.05 * index as f32).collect(),
            coverage: 0.0,
            held_classes: None,
        };
        let column = |values: &[f32]| {
            Tensor::<2>::from_data(TensorData::new(values.to_vec(), [count, 1]), &device)
        };
        let expected = {
            let batch = batch();
            let labels = batch.labels.clone().reshape([count, 1]);
            let log = log_softmax(logits(&decoder, batch), 1);
            let mean = log.clone().slice([0..count, END as usize..12]).mean_dim(1);
            (log.gather(1, labels) * column(&weights.label) + mean * column(&weights.uniform))
                .sum()
                .neg()
        };
        let gradient = |value: Tensor<1>| {
            let mut gradients = value.backward();
            let parameter = decoder.token_embedding().clone();
            parameter
                .grad_remove(&mut gradients)
                .unwrap()
                .into_data()
                .try_into_vec::<f32>()
                .unwrap()
        };
        let (value, product) = loss(&decoder, batch(), weights);
        let expected_value: f32 = expected.clone().try_into_scalar().unwrap();
        let value: f32 = value.try_into_scalar().unwrap();
        assert!(
            (value - expected_value).abs() < 1e-5,
            "{value} {expected_value}"
        );
        let (found, expected) = (gradient(product), gradient(expected));
        let norm = expected
            .iter()
            .map(|value| value * value)
            .sum::<f32>()
            .sqrt();
        let error = found
            .iter()
            .zip(&expected)
            .map(|(a, b)| (a - b).powi(2))
            .sum::<f32>()
            .sqrt();
        assert!(
            norm > 1e-3 && error < 1e-5 * norm.max(1.0),
            "{error} of {norm}"
        );
    }
}
