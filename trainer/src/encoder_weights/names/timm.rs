//! timm's names: those of its MobileNetV3 and EfficientNet-Lite, which it builds from the same blocks.

use anyhow::{Context, Result, bail};

use super::layer::Layer;

/// `head` is the stage that holds the last convolution; `tensors` are the names of all of the file's tensors.
///
/// # Errors
/// When the path is no layer of MobileNetV3, or the file has fewer blocks.
pub(super) fn mobilenet(path: &str, head: usize, tensors: &[String]) -> Result<Layer> {
    if path == "head" {
        let block = format!("blocks.{head}.0");
        return Ok(Layer::new(format!("{block}.conv"), format!("{block}.bn1")));
    }
    trunk(path, tensors)
}

/// # Errors
/// When the path is no layer of EfficientNet-Lite, or the file has fewer blocks.
pub(super) fn efficientnet(path: &str, tensors: &[String]) -> Result<Layer> {
    if path == "head" {
        return Ok(Layer::new("conv_head".to_owned(), "bn2".to_owned()));
    }
    trunk(path, tensors)
}

fn trunk(path: &str, tensors: &[String]) -> Result<Layer> {
    let parts: Vec<_> = path.split('.').collect();
    let (index, layer) = match parts[..] {
        ["stem"] => return Ok(Layer::new("conv_stem".to_owned(), "bn1".to_owned())),
        ["blocks", index, ref layer @ ..] => (index.parse::<usize>()?, layer),
        _ => bail!("unknown layer {path}"),
    };
    let block = block(index, tensors).with_context(|| {
        format!("the file has no block {index}, counted from 0 over all stages")
    })?;
    let with_norm = |convolution: &str, norm: &str| {
        Layer::new(format!("{block}.{convolution}"), format!("{block}.{norm}"))
    };
    // The first block of these networks, and no other, has no expansion; its projection is then the
    // pointwise convolution, and its norms are counted from there.
    Ok(match (layer, index == 0) {
        (["expand"], false) => with_norm("conv_pw", "bn1"),
        (["depthwise"], true) => with_norm("conv_dw", "bn1"),
        (["depthwise"], false) => with_norm("conv_dw", "bn2"),
        (["project"], true) => with_norm("conv_pw", "bn2"),
        (["project"], false) => with_norm("conv_pwl", "bn3"),
        (["squeeze", "reduce"], _) => Layer::without_norm(format!("{block}.se.conv_reduce")),
        (["squeeze", "expand"], _) => Layer::without_norm(format!("{block}.se.conv_expand")),
        _ => bail!("unknown layer {path}"),
    })
}

/// The name of the block of this number: timm counts blocks anew in each stage.
fn block(index: usize, tensors: &[String]) -> Option<String> {
    let mut before = 0;
    for stage in 0.. {
        let blocks = (0..)
            .take_while(|block| {
                let prefix = format!("blocks.{stage}.{block}.");
                tensors.iter().any(|name| name.starts_with(&prefix))
            })
            .count();
        if blocks == 0 {
            return None;
        }
        if index < before + blocks {
            return Some(format!("blocks.{stage}.{}", index - before));
        }
        before += blocks;
    }
    None
}
