//! The network from pixels to features.

use burn::tensor::{Tensor, TensorData};
use pulp::Arch;

use super::block::{Block, Map};
use super::pointwise::Pointwise;
use super::stem::Stem;
use crate::encoder::efficientnet_lite::EfficientNetLite;
use crate::kernels::{After, Arithmetic, Rows, to_vec};

/// An [`EfficientNetLite`], its weights laid out for this computer's processor.
#[derive(Clone, Debug)]
pub(in crate::encoder) struct Trunk {
    arch: Arch,
    stem: Stem,
    blocks: Vec<Block>,
    head: Option<Pointwise>,
    channels: usize,
}

impl Trunk {
    /// `None` of a network with a layer that there is no kernel for.
    pub(in crate::encoder) fn new(
        network: &EfficientNetLite,
        arithmetic: Arithmetic,
    ) -> Option<Self> {
        let arch = Arch::new();
        let stem = Stem::new(&network.stem, arch, arithmetic);
        let mut inputs = stem.outputs();
        let mut blocks = Vec::new();
        for block in &network.blocks {
            let block = Block::new(block, inputs, arch, arithmetic)?;
            inputs = block.outputs();
            blocks.push(block);
        }
        let head = network.head.as_ref();
        let last = head.or(network.blocks.last().map(|block| &block.project));
        let [channels, ..] = last.unwrap_or(&network.stem).weight.dims();
        Some(Self {
            head: head.map(|head| Pointwise::new(head, inputs, arch, arithmetic)),
            channels,
            arch,
            stem,
            blocks,
        })
    }

    /// Features `[batch, positions, channels]` of pixels `[batch, 3, size, size]`.
    pub(in crate::encoder) fn forward(&self, pixels: Tensor<4>) -> Tensor<3> {
        let [batch, planes, size, _] = pixels.dims();
        let device = pixels.device();
        let pixels = to_vec(pixels);
        let mut features = Vec::new();
        let mut positions = 0;
        for photo in pixels.chunks_exact(planes * size * size) {
            let map = self.map(photo, size);
            positions = map.side * map.side;
            // Without the channels that were added.
            let width = map.values.len() / positions;
            for position in map.values.chunks_exact(width) {
                features.extend_from_slice(&position[..self.channels]);
            }
        }
        Tensor::from_data(
            TensorData::new(features, [batch, positions, self.channels]),
            &device,
        )
    }

    /// The last map of one photo.
    fn map(&self, pixels: &[f32], size: usize) -> Map {
        let mut map = self.stem.forward(self.arch, pixels, size);
        for block in &self.blocks {
            map = block.forward(self.arch, &map);
        }
        let Some(head) = &self.head else {
            return map;
        };
        let positions = map.side * map.side;
        let mut values = vec![0.0; positions * head.outputs()];
        let rows = Rows {
            values: &mut values,
            columns: positions,
            stride: 0,
        };
        head.forward(self.arch, &map.values, After::Relu6, rows);
        Map { values, ..map }
    }
}

#[cfg(test)]
mod tests {
    use burn::module::{Module, ModuleMapper, Param};
    use burn::tensor::{Device, Distribution};

    use super::*;
    use crate::encoder::{Architecture, Encoder, EncoderConfig, FeatureLayer};

    /// Sizes that leave odd maps too, whose strided convolutions read beyond both edges.
    const CASES: [(Architecture, FeatureLayer, usize); 4] = [
        (Architecture::EfficientNetLite0, FeatureLayer::Blocks, 75),
        (Architecture::EfficientNetLite1, FeatureLayer::Head, 96),
        (
            Architecture::EfficientNetLite2,
            FeatureLayer::LastStages,
            320,
        ),
        (Architecture::EfficientNetLite2, FeatureLayer::Pooled, 170),
    ];

    /// Weights as an int8 file holds them.
    struct ToInt8;

    impl ModuleMapper for ToInt8 {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            param.map(|weights| {
                if D < 4 {
                    return weights;
                }
                let outputs = weights.dims()[0] as i32;
                let rows = weights.clone().reshape([outputs, -1]);
                let scale = rows.clone().abs().max_dim(1) / 127.0;
                let rows = (rows / scale.clone()).round() * scale;
                rows.reshape(weights.dims())
            })
        }
    }

    fn assert_kernels_give_what_burns_layers_give(
        prepare: impl Fn(Encoder) -> Encoder,
        arithmetic: Arithmetic,
        tolerance: f32,
    ) {
        let device = Device::flex();
        device.seed(1);
        for (architecture, layer, size) in CASES {
            let config = EncoderConfig {
                feature_layer: layer,
                ..EncoderConfig::whole(architecture)
            };
            let (encoder, _) = config.init(&device).split(layer);
            let encoder = prepare(encoder);
            let pixels =
                Tensor::random([2, 3, size, size], Distribution::Normal(0.0, 1.0), &device);
            let expected = encoder.forward(pixels.clone());
            let encoder = encoder.with_kernels_in(arithmetic, &device);
            assert_eq!(encoder.num_params(), 0, "{architecture:?} has no kernels");
            let found = encoder.forward(pixels);
            assert_eq!(found.dims(), expected.dims());
            let error: f32 = (found - expected.clone()).abs().max().into_scalar();
            let scale: f32 = expected.abs().max().into_scalar();
            assert!(
                scale > 1e-3 && error < tolerance * scale,
                "{architecture:?}: {error} of {scale}"
            );
        }
    }

    #[test]
    fn the_kernels_give_what_burns_layers_give() {
        assert_kernels_give_what_burns_layers_give(|encoder| encoder, Arithmetic::Floats, 1e-4);
    }

    #[test]
    fn integers_give_what_burns_layers_give() {
        let to_int8 = |encoder: Encoder| encoder.map(&mut ToInt8);
        assert_kernels_give_what_burns_layers_give(to_int8, Arithmetic::Integers, 1e-3);
    }
}
