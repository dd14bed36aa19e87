//! What the image network itself takes a photo for, as memory beside the image's positions: its likeliest
//! ImageNet classes, each by the words of its everyday name ("Image Captioning with Semantic Attention", You
//! et al., 2016, <https://arxiv.org/abs/1603.03925>, attends to words of attributes likewise).

use burn::module::{Module, Param};
use burn::nn::{Embedding, EmbeddingConfig, Initializer, LayerNorm, LayerNormConfig};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::log_softmax;
use burn::tensor::module::linear;
use burn::tensor::{Device, FloatDType, Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::decoder::checks::check_sizes;
use crate::decoder::dense::Dense;
use crate::decoder::words::overwrite;
use crate::encoder::Pointwise;

/// Which classes a decoder reads, and what they are called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassMemoryConfig {
    /// How many of the likeliest classes become rows of the memory.
    pub likeliest: usize,
    /// The tokens of each class's name, two; a name of one word has it twice.
    #[serde(default)]
    pub words: Vec<[u32; 2]>,
}

impl ClassMemoryConfig {
    /// Checks that every size is usable, and every token in the vocabulary.
    ///
    /// # Errors
    /// A sentence that names the first that is not.
    pub(super) fn validate(&self, vocabulary: usize) -> Result<(), String> {
        let classes = self.words.len();
        check_sizes(&[
            ("image_classes.words", classes, 65_536),
            ("image_classes.likeliest", self.likeliest, classes),
        ])?;
        let mut tokens = self.words.iter().flatten();
        match tokens.find(|&&token| token as usize >= vocabulary) {
            Some(token) => Err(format!(
                "decoder.image_classes.words names the token {token}, but the vocabulary has {vocabulary}"
            )),
            None => Ok(()),
        }
    }
}

/// The likeliest classes as rows of memory. The classifier stays as it is; how its classes are read is
/// learned.
#[derive(Module, Debug)]
pub(super) struct ClassMemory {
    classifier: Classifier,
    embedding: Embedding,
    strength: Linear,
    norm: LayerNorm,
    kind: Param<Tensor<1>>,
    likeliest: usize,
    #[module(skip)]
    words: Vec<[u32; 2]>,
}

/// The image network's head and classifier, which nothing trains.
#[derive(Module, Debug)]
struct Classifier {
    head: Dense,
    output: Dense,
}

impl ClassMemory {
    /// For features of `channels` values and a head `head_units` wide, rows of `units` values. The network's
    /// weights are to be set by [`Self::set_network`] or loaded.
    pub(super) fn new(
        config: &ClassMemoryConfig,
        channels: usize,
        head_units: usize,
        units: usize,
        norm_epsilon: f64,
        device: &Device,
    ) -> Self {
        let classes = config.words.len();
        Self {
            classifier: Classifier {
                head: Dense::new(channels, head_units, device),
                output: Dense::new(head_units, classes, device),
            },
            // A class is at first no more than its name.
            embedding: EmbeddingConfig::new(classes, units)
                .with_initializer(Initializer::Zeros)
                .init(device),
            strength: LinearConfig::new(1, units).init(device),
            norm: LayerNormConfig::new(units)
                .with_epsilon(norm_epsilon)
                .init(device),
            kind: Initializer::Normal {
                mean: 0.0,
                std: 0.02,
            }
            .init([units], device),
            likeliest: config.likeliest,
            words: config.words.clone(),
        }
    }

    /// The same in integers, where its weights are int8's.
    #[cfg(feature = "kernels")]
    pub(super) fn in_integers(self) -> Self {
        let Classifier { head, output } = self.classifier;
        Self {
            classifier: Classifier {
                head: head.in_integers(),
                output: output.in_integers(),
            },
            ..self
        }
    }

    /// Gives it the pretrained network's head and classifier.
    pub(super) fn set_network(&mut self, head: &Pointwise, classifier: &Linear) {
        let own = &mut self.classifier;
        if let Some(own) = own.head.layer_mut() {
            overwrite(&mut own.weight, head.weight.to_data());
            if let Some(bias) = &mut own.bias {
                overwrite(bias, head.bias.to_data());
            }
        }
        if let Some(own) = own.output.layer_mut() {
            overwrite(&mut own.weight, classifier.weight.val().into_data());
            if let (Some(bias), Some(pretrained)) = (&mut own.bias, &classifier.bias) {
                overwrite(bias, pretrained.val().into_data());
            }
        }
    }

    /// The rows `[photos, likeliest, units]` for the logarithms of the classes' probabilities
    /// `[photos, classes]`: the norm of name + embedding of the class + a linear layer of its log-probability,
    /// and one vector added to all, which tells classes from positions. `tokens` is the decoder's token
    /// embedding.
    ///
    /// Captions do not teach the image network what classes there are: no gradient goes back from here.
    pub(super) fn forward(&self, log_probabilities: Tensor<2>, tokens: &Embedding) -> Tensor<3> {
        let (classes, log_probabilities) = likeliest(log_probabilities.detach(), self.likeliest);
        let [photos, count] = classes.dims();
        let [_, units] = tokens.weight.dims();
        let names = self
            .names(&classes.device())
            .select(0, classes.clone().reshape([photos * count]));
        // A token's embedding has length 1 or so, and the norm's input should have variance 1.
        let names = tokens
            .forward(names)
            .mean_dim(1)
            .mul_scalar((units as f64).sqrt())
            .reshape([photos, count, units])
            .cast(FloatDType::from(log_probabilities.dtype()));
        let strength = log_probabilities
            .div_scalar(4.0)
            .reshape([photos, count, 1]);
        let rows = names + self.embedding.forward(classes) + self.strength.forward(strength);
        self.norm.forward(rows) + self.kind.val().unsqueeze()
    }

    /// Logarithms of the classes' probabilities `[photos, classes]` for image features
    /// `[photos, positions, channels]`, with a gradient by these.
    pub(super) fn log_probabilities(&self, features: Tensor<3>) -> Tensor<2> {
        let Classifier { head, output } = &self.classifier;
        // ReLU6 in two steps, as the image network has it.
        let head = frozen(head, features).clamp_min(0.0).clamp_max(6.0);
        log_softmax(frozen(output, head.mean_dim(1)).squeeze_dim(1), 1)
    }

    /// What attention weights `[rows, heads, words, positions + likeliest]` say of the image alone: those of
    /// its positions, scaled so that they sum to 1.
    pub(super) fn image_share(&self, weights: Tensor<4>) -> Tensor<4> {
        let [_, _, _, memory] = weights.dims();
        // f16 has no number as small as the one below.
        let weights = weights.cast(FloatDType::F32);
        let positions = weights.slice_dim(3, 0..memory - self.likeliest);
        // Where a word reads nothing but classes, its map is 0 instead of undefined.
        let sum = positions.clone().sum_dim(3).clamp_min(1e-20);
        positions / sum
    }

    /// `[classes, 2]`
    fn names(&self, device: &Device) -> Tensor<2, Int> {
        let tokens: Vec<i32> = self.words.iter().flatten().map(|&id| id as i32).collect();
        Tensor::from_data(TensorData::new(tokens, [self.words.len(), 2]), device)
    }
}

/// A linear layer whose parameters get no gradient.
fn frozen(layer: &Dense, input: Tensor<3>) -> Tensor<3> {
    let Some(layer) = layer.layer() else {
        return layer.forward(input);
    };
    let bias = layer.bias.as_ref().map(|bias| bias.val().detach());
    linear(input, layer.weight.val().detach(), bias)
}

/// The places and values `[rows, count]` of the `count` largest of each row of `[rows, classes]`, the largest
/// first. One round for each, because burn's own top-k reads the values to sort them, and a browser's GPU
/// cannot be read while one waits.
fn likeliest(mut values: Tensor<2>, count: usize) -> (Tensor<2, Int>, Tensor<2>) {
    /// Less than any logarithm of a probability that f32 can hold, and a number in f16.
    const TAKEN: f32 = -6e4;
    let [rows, classes] = values.dims();
    let all = Tensor::<1, Int>::arange(0..classes as i64, &values.device())
        .reshape([1, classes])
        .expand([rows, classes]);
    let (mut places, mut largest) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let (value, place) = values.clone().max_dim_with_indices(1);
        let taken = all.clone().equal(place.clone().expand([rows, classes]));
        values = values.mask_fill(taken, TAKEN);
        largest.push(value);
        places.push(place);
    }
    (Tensor::cat(places, 1), Tensor::cat(largest, 1))
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;

    #[test]
    fn the_likeliest_are_those_that_sorting_finds() {
        let device = Device::flex();
        device.seed(1);
        let [rows, classes, count] = [5, 300, 8];
        let values = Tensor::random([rows, classes], Distribution::Normal(-9.0, 3.0), &device);
        let (places, largest) = likeliest(values.clone(), count);
        let values: Vec<f32> = values.into_data().try_into_vec().unwrap();
        let places: Vec<i64> = places.into_data().convert::<i64>().try_into_vec().unwrap();
        let largest: Vec<f32> = largest.into_data().try_into_vec().unwrap();
        for (row, values) in values.chunks(classes).enumerate() {
            let mut order: Vec<_> = (0..classes).collect();
            order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
            let found = row * count..(row + 1) * count;
            assert!(
                order
                    .iter()
                    .zip(&places[found.clone()])
                    .all(|(&a, &b)| a as i64 == b)
            );
            assert!(
                order
                    .iter()
                    .zip(&largest[found])
                    .all(|(&a, &b)| values[a] == b)
            );
        }
    }

    #[test]
    fn the_classifier_gets_no_gradient_and_all_else_does() {
        let device = Device::flex().autodiff();
        device.seed(1);
        let config = ClassMemoryConfig {
            likeliest: 3,
            words: (0..10).map(|class| [class, class + 1]).collect(),
        };
        let memory = ClassMemory::new(&config, 6, 12, 8, 1e-5, &device);
        let tokens = EmbeddingConfig::new(11, 8).init(&device);
        let features = Tensor::random([2, 4, 6], Distribution::Normal(0.0, 1.0), &device);
        let rows = memory.forward(memory.log_probabilities(features.clone()), &tokens);
        assert_eq!(rows.dims(), [2, 3, 8]);
        let weights = Tensor::random([2, 3, 8], Distribution::Normal(0.0, 1.0), &device);
        let gradients = (rows * weights).sum().backward();
        let Classifier { head, output } = &memory.classifier;
        for frozen in [head, output].map(|frozen| frozen.layer().unwrap()) {
            assert!(frozen.weight.val().grad(&gradients).is_none());
            let bias = frozen.bias.as_ref().unwrap();
            assert!(bias.val().grad(&gradients).is_none());
        }
        for learned in [&tokens, &memory.embedding] {
            assert!(learned.weight.val().grad(&gradients).is_some());
        }
        assert!(memory.strength.weight.val().grad(&gradients).is_some());
        assert!(memory.kind.val().grad(&gradients).is_some());
    }

    #[test]
    fn a_map_of_the_image_alone_sums_to_1() {
        let device = Device::flex();
        let config = ClassMemoryConfig {
            likeliest: 2,
            words: vec![[0, 0]; 3],
        };
        let memory = ClassMemory::new(&config, 6, 12, 8, 1e-5, &device);
        let weights = [[0.1, 0.3, 0.5, 0.1], [0.0, 0.0, 0.5, 0.5]];
        let share =
            memory.image_share(Tensor::<2>::from_floats(weights, &device).reshape([1, 1, 2, 4]));
        let share: Vec<f32> = share.into_data().try_into_vec().unwrap();
        for (found, expected) in share.iter().zip([0.25, 0.75, 0.0, 0.0]) {
            assert!((found - expected).abs() < 1e-6, "{share:?}");
        }
    }

    #[test]
    fn what_does_not_go_together_is_named() {
        let config = |likeliest, words: &[[u32; 2]]| ClassMemoryConfig {
            likeliest,
            words: words.to_vec(),
        };
        assert!(config(2, &[[1, 2], [3, 3]]).validate(4).is_ok());
        for (config, says) in [
            (
                config(3, &[[1, 2], [3, 3]]),
                "likeliest is 3, not in 1 to 2",
            ),
            (config(0, &[[1, 2]]), "likeliest is 0"),
            (config(1, &[]), "words is 0"),
            (config(1, &[[1, 4]]), "names the token 4"),
        ] {
            let error = config.validate(4).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
