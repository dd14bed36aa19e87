//! torchvision's names.

use anyhow::{Result, bail};

use super::layer::Layer;

/// torchvision numbers a block's layers in their order, whichever of them there are. `head` is the number of
/// the last convolution; `exists` tells whether the file has a tensor.
///
/// # Errors
/// When the path is no layer of MobileNetV3.
pub(super) fn mobilenet(path: &str, head: usize, exists: impl Fn(&str) -> bool) -> Result<Layer> {
    let with_norm = |name: String| Layer::new(format!("{name}.0"), format!("{name}.1"));
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
        ["squeeze", "reduce"] => Layer::without_norm(format!("{}.fc1", place(depthwise + 1))),
        ["squeeze", "expand"] => Layer::without_norm(format!("{}.fc2", place(depthwise + 1))),
        ["project"] => with_norm(place(depthwise + 1 + usize::from(has_squeeze))),
        _ => bail!("unknown layer {path}"),
    })
}

/// A branch's layers are numbered from one; the two that end a fork share a number: `mixed_7b.branch_3x3.wide`
/// is `Mixed_7b.branch3x3_2a`.
///
/// # Errors
/// When the path is no layer of InceptionV3.
pub(super) fn inception(path: &str) -> Result<Layer> {
    let parts: Vec<_> = path.split('.').collect();
    let (block, branch, number) = match parts[..] {
        [stem] => {
            let name = match stem {
                "conv_1a" => "Conv2d_1a_3x3",
                "conv_2a" => "Conv2d_2a_3x3",
                "conv_2b" => "Conv2d_2b_3x3",
                "conv_3b" => "Conv2d_3b_1x1",
                "conv_4a" => "Conv2d_4a_3x3",
                _ => bail!("unknown layer {path}"),
            };
            return Ok(Layer::new(format!("{name}.conv"), format!("{name}.bn")));
        }
        [block, branch] => (block, branch, String::new()),
        [block, branch, "wide"] => (block, branch, format!("_{}a", fork(branch))),
        [block, branch, "tall"] => (block, branch, format!("_{}b", fork(branch))),
        [block, branch, index] | [block, branch, "layers", index] => {
            (block, branch, format!("_{}", index.parse::<usize>()? + 1))
        }
        _ => bail!("unknown layer {path}"),
    };
    let Some(block) = block.strip_prefix("mixed_") else {
        bail!("unknown layer {path}");
    };
    let branch = match branch {
        "branch_1x1" => "branch1x1",
        "branch_3x3" => "branch3x3",
        "branch_3x3_double" => "branch3x3dbl",
        "branch_5x5" => "branch5x5",
        "branch_7x7" => "branch7x7",
        "branch_7x7_double" => "branch7x7dbl",
        "branch_7x7_3x3" => "branch7x7x3",
        "branch_pool" => "branch_pool",
        _ => bail!("unknown layer {path}"),
    };
    let name = format!("Mixed_{block}.{branch}{number}");
    Ok(Layer::new(format!("{name}.conv"), format!("{name}.bn")))
}

/// The number of the layers that end a fork.
fn fork(branch: &str) -> usize {
    if branch == "branch_3x3" { 2 } else { 3 }
}
