//! Keras' names of InceptionV3, as `keras_to_safetensors.py` writes them. Layers have numbers, and only their order tells
//! which is which: that in which <https://github.com/keras-team/keras/blob/v3.15.1/keras/src/applications/inception_v3.py>
//! makes them, or that in which Keras 3 saves them.

use std::cmp::Reverse;

use anyhow::{Context, Result};

use super::layer::Layer;

/// A block's convolutions in the order in which Keras makes them, each with the number of steps that follow it in its
/// branch; the concatenation of a fork is one.
type Block = [(&'static str, usize)];

const STEM: &Block = &[
    ("conv_1a", 4),
    ("conv_2a", 3),
    ("conv_2b", 2),
    ("conv_3b", 1),
    ("conv_4a", 0),
];
const MIXED_5: &Block = &[
    ("branch_1x1", 0),
    ("branch_5x5.0", 1),
    ("branch_5x5.1", 0),
    ("branch_3x3_double.0", 2),
    ("branch_3x3_double.1", 1),
    ("branch_3x3_double.2", 0),
    ("branch_pool", 0),
];
const MIXED_6A: &Block = &[
    ("branch_3x3", 0),
    ("branch_3x3_double.0", 2),
    ("branch_3x3_double.1", 1),
    ("branch_3x3_double.2", 0),
];
const MIXED_6: &Block = &[
    ("branch_1x1", 0),
    ("branch_7x7.0", 2),
    ("branch_7x7.1", 1),
    ("branch_7x7.2", 0),
    ("branch_7x7_double.0", 4),
    ("branch_7x7_double.1", 3),
    ("branch_7x7_double.2", 2),
    ("branch_7x7_double.3", 1),
    ("branch_7x7_double.4", 0),
    ("branch_pool", 0),
];
const MIXED_7A: &Block = &[
    ("branch_3x3.0", 1),
    ("branch_3x3.1", 0),
    ("branch_7x7_3x3.0", 3),
    ("branch_7x7_3x3.1", 2),
    ("branch_7x7_3x3.2", 1),
    ("branch_7x7_3x3.3", 0),
];
const MIXED_7: &Block = &[
    ("branch_1x1", 0),
    ("branch_3x3.layers.0", 2),
    ("branch_3x3.wide", 1),
    ("branch_3x3.tall", 1),
    ("branch_3x3_double.layers.0", 3),
    ("branch_3x3_double.layers.1", 2),
    ("branch_3x3_double.wide", 1),
    ("branch_3x3_double.tall", 1),
    ("branch_pool", 0),
];

/// Keras calls them mixed0 to mixed10.
const BLOCKS: [(&str, &Block); 12] = [
    ("", STEM),
    ("mixed_5b", MIXED_5),
    ("mixed_5c", MIXED_5),
    ("mixed_5d", MIXED_5),
    ("mixed_6a", MIXED_6A),
    ("mixed_6b", MIXED_6),
    ("mixed_6c", MIXED_6),
    ("mixed_6d", MIXED_6),
    ("mixed_6e", MIXED_6),
    ("mixed_7a", MIXED_7A),
    ("mixed_7b", MIXED_7),
    ("mixed_7c", MIXED_7),
];

/// In Keras 3's .weights.h5. Within a block, layers are saved in the order of how far they are from its end.
///
/// # Errors
/// When the path is no layer of InceptionV3.
pub(super) fn inception(path: &str) -> Result<Layer> {
    let index = index(path, |block| {
        block.sort_by_key(|&(_, after)| Reverse(after))
    })?;
    let name = |class: &str| format!("layers/{}", numbered(class, index));
    Ok(Layer::new(name("conv2d"), name("batch_normalization")))
}

/// In Keras' other files, whose layers have been numbered since Keras was started, or from 1; `tensors` are the names of
/// all of the file's tensors.
///
/// # Errors
/// When the path is no layer of InceptionV3.
pub(super) fn legacy_inception(path: &str, tensors: &[String]) -> Result<Layer> {
    let index = index(path, |_| ())?;
    let name = |class: &str| {
        let name = numbered(class, first(class, tensors).saturating_add(index));
        format!("{name}/{name}")
    };
    Ok(Layer::new(name("conv2d"), name("batch_normalization")))
}

/// The place of a layer among all convolutions, each block's sorted first.
fn index(path: &str, sort: impl Fn(&mut [(&str, usize)])) -> Result<usize> {
    let (block, layer) = path.split_once('.').unwrap_or(("", path));
    let mut layers = BLOCKS.iter().flat_map(|&(name, layers)| {
        let mut layers = layers.to_vec();
        sort(&mut layers);
        layers.into_iter().map(move |(layer, _)| (name, layer))
    });
    layers
        .position(|found| found == (block, layer))
        .with_context(|| format!("unknown layer {path}"))
}

/// The smallest number of a class's layers.
fn first(class: &str, tensors: &[String]) -> usize {
    let number = |tensor: &String| match tensor.split('/').next()?.strip_prefix(class)? {
        "" => Some(0),
        number => number.strip_prefix('_')?.parse().ok(),
    };
    tensors.iter().filter_map(number).min().unwrap_or(0)
}

/// Keras gives no number to the first layer of a class.
fn numbered(class: &str, number: usize) -> String {
    match number {
        0 => class.to_owned(),
        _ => format!("{class}_{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_from_the_first_of_their_class() {
        let tensors = [
            "conv2d_100/conv2d_100/kernel",
            "conv2d_94/conv2d_94/kernel",
            "conv2d_transpose/conv2d_transpose/kernel",
            "batch_normalization/batch_normalization/beta",
            "batch_normalization_9/batch_normalization_9/beta",
        ]
        .map(str::to_owned);
        let layer = |path| legacy_inception(path, &tensors).unwrap();
        let expected =
            |convolution: &str, norm: &str| Layer::new(convolution.to_owned(), norm.to_owned());
        assert_eq!(
            layer("conv_1a"),
            expected(
                "conv2d_94/conv2d_94",
                "batch_normalization/batch_normalization"
            )
        );
        assert_eq!(
            layer("mixed_7c.branch_pool"),
            expected(
                "conv2d_187/conv2d_187",
                "batch_normalization_93/batch_normalization_93"
            )
        );
    }

    #[test]
    fn keras_3_saves_a_block_from_its_far_end() {
        let convolution = |path| inception(path).unwrap().convolution;
        assert_eq!(convolution("conv_1a"), "layers/conv2d");
        assert_eq!(
            convolution("mixed_5b.branch_3x3_double.0"),
            "layers/conv2d_5"
        );
        assert_eq!(convolution("mixed_5b.branch_1x1"), "layers/conv2d_8");
        assert_eq!(convolution("mixed_7c.branch_pool"), "layers/conv2d_93");
        assert!(inception("mixed_7c.branch_5x5").is_err());
    }
}
