//! The image networks' features against PyTorch's.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

#[allow(dead_code, reason = "each test file uses its part")]
mod common;

use burn::tensor::{Tensor, TensorData};
use common::{f32_tensor, fixture};
use image::RgbImage;
use model_export::encoder::{Architecture, EncoderConfig, FeatureLayer, Pointwise};
use model_export::model_file::read_encoder;
use model_export::photo::{self, Preparation};
use safetensors::SafeTensors;

#[test]
fn features_are_pytorchs() {
    let weights = include_bytes!("../weights/efficientnet-lite0.safetensors");
    let device = common::device();
    let config = EncoderConfig::whole(Architecture::EfficientNetLite0);
    let encoder = read_encoder(weights, config, &device).unwrap();
    let bytes = fixture("encoder_reference.safetensors");
    let reference = SafeTensors::deserialize(&bytes).unwrap();
    for index in 0..3 {
        let pixels = reference.tensor(&format!("input.{index}")).unwrap();
        let photo = RgbImage::from_raw(224, 224, pixels.data().to_vec()).unwrap();
        let input = photo::to_tensor(&[photo], &config.architecture.preparation(), &device);
        let features = encoder.forward(input);
        assert_eq!(features.dims(), [1, 49, 1280]);
        let features = features.into_data().try_into_vec::<f32>().unwrap();
        let error = |name: &str| {
            let expected = f32_tensor(&reference, &format!("{name}.{index}"));
            relative_error(&features, &expected.try_into_vec::<f32>().unwrap())
        };
        let (parity, rounding) = (error("rounded"), error("features"));
        println!("photo {index}: {parity:.1e} from PyTorch, {rounding:.1e} with unrounded weights");
        // The same half-float weights on both sides: what is left is the order of additions.
        assert!(parity <= 1e-4, "photo {index}: relative error {parity:.2e}");
        // The published f32 weights, batch norms not folded: what folding and rounding cost.
        assert!(
            rounding <= 1e-2,
            "photo {index}: relative error {rounding:.2e}"
        );
    }
}

#[test]
fn lite2_is_pytorchs_at_every_layer() {
    let weights = include_bytes!("../weights/efficientnet-lite2.safetensors");
    let device = common::device();
    let config = EncoderConfig::whole(Architecture::EfficientNetLite2);
    let encoder = read_encoder(weights, config, &device).unwrap();
    let bytes = fixture("encoder_lite2_reference.safetensors");
    let reference = SafeTensors::deserialize(&bytes).unwrap();
    let pixels = reference.tensor("input.0").unwrap();
    let photo = RgbImage::from_raw(260, 260, pixels.data().to_vec()).unwrap();
    let input = photo::to_tensor(&[photo], &config.architecture.preparation(), &device);
    let after = encoder.forward(input.clone());
    let whole = after.clone().into_data().try_into_vec::<f32>().unwrap();
    // What a decoder takes over gives what it gave as a part of the network.
    let layers = [
        FeatureLayer::LastStages,
        FeatureLayer::LastBlock,
        FeatureLayer::Blocks,
    ];
    let [_, _, before] = layers.map(|feature_layer| {
        let (trunk, tail) = encoder.clone().split(feature_layer);
        let features = trunk.forward(input.clone());
        let cut = EncoderConfig {
            feature_layer,
            ..config
        };
        assert_eq!(features.dims(), [1, 81, cut.channels()]);
        assert_eq!(tail.blocks.len(), cut.tail_blocks().len());
        let mut x = features
            .clone()
            .swap_dims(1, 2)
            .reshape([1, cut.channels(), 9, 9]);
        for block in tail.blocks {
            x = block.forward(x);
        }
        let [_, channels, _, _] = x.dims();
        let x: Tensor<2> = x.reshape([channels, 81]).transpose();
        let Pointwise { weight, bias } = tail.head.unwrap();
        let again = (x.matmul(weight) + bias.unsqueeze()).clamp(0.0, 6.0);
        let again = again.into_data().try_into_vec::<f32>().unwrap();
        assert!(relative_error(&again, &whole) < 1e-5);
        features
    });

    for (features, name) in [(after, "rounded.0"), (before, "rounded_blocks.0")] {
        // Every fifth position is in the reference.
        let [_, positions, channels] = features.dims();
        let values = features.into_data().try_into_vec::<f32>().unwrap();
        let found: Vec<f32> = (0..positions)
            .step_by(5)
            .flat_map(|position| values[position * channels..][..channels].to_vec())
            .collect();
        let expected = f32_tensor(&reference, name).try_into_vec::<f32>().unwrap();
        let error = relative_error(&found, &expected);
        println!("{name}: {error:.1e} from PyTorch");
        assert!(error <= 1e-4, "{name}: relative error {error:.2e}");
    }
}

/// Of a feature map, by a plain forward pass in numpy, f32 on the same half-float weights.
struct Figures {
    /// Rows and columns of the picture, whose value at a row, column and channel is
    /// (7 · column + 3 · row + 50 · channel) mod 256.
    size: [usize; 2],
    /// Rows and columns of the map.
    grid: [usize; 2],
    mean: f32,
    deviation: f32,
    /// The first channels at the first position.
    first: [f32; 8],
    /// Likewise in row 3 and column 3, counted from 0.
    inner: [f32; 8],
    /// The means of the first channels over all positions.
    pooled: [f32; 8],
}

#[test]
fn tensorflows_mobilenet_is_its_reference() {
    let weights = include_bytes!("../weights/tf-mobilenet-v3-small.safetensors");
    let device = common::device();
    let config = EncoderConfig::whole(Architecture::TfMobileNetV3Small);
    let encoder = read_encoder(weights, config, &device).unwrap();
    let references = [
        Figures {
            size: [224, 224],
            grid: [7, 7],
            mean: 0.2992013,
            deviation: 1.1333293,
            first: [0.0, 0.0, -0.1465575, 0.0, 4.8842897, 0.0, 0.0, 0.3766997],
            inner: [-0.2962562, 1.3466232, -0.3555343, 0.0, 0.0, 0.0, 0.0, 0.0],
            pooled: [
                -0.1439413, 0.4199768, 0.1975669, -0.0039538, 0.0572787, 0.172962, -0.0783554,
                -0.0073595,
            ],
        },
        Figures {
            size: [160, 200],
            grid: [5, 7],
            mean: 0.3694948,
            deviation: 1.2638996,
            first: [
                0.0, 0.0, -0.1853445, -0.3058887, 6.8711386, 0.0, 0.0, 0.0479116,
            ],
            inner: [
                -0.2873372, 1.3895744, -0.0715149, 0.0, -0.1776105, 0.0, 0.0, 0.0,
            ],
            pooled: [
                -0.0495939, 0.9466597, 0.6887768, -0.0289031, 0.262119, 0.0263773, -0.0778436,
                -0.0213595,
            ],
        },
    ];
    for reference in references {
        let [rows, columns] = reference.size;
        let Preparation {
            mean, deviation, ..
        } = config.preparation();
        let pixels: Vec<f32> = (0..3 * rows * columns)
            .map(|index| {
                let (channel, place) = (index / (rows * columns), index % (rows * columns));
                let (row, column) = (place / columns, place % columns);
                let value = (7 * column + 3 * row + 50 * channel) % 256;
                (value as f32 - mean[channel]) / deviation[channel]
            })
            .collect();
        let input = TensorData::new(pixels, [1, 3, rows, columns]);
        let input = Tensor::<4>::from_data(input, &device);
        let features = encoder.forward(input);
        let [grid_rows, grid_columns] = reference.grid;
        let positions = grid_rows * grid_columns;
        assert_eq!(features.dims(), [1, positions, 576]);
        let features = features.into_data().try_into_vec::<f32>().unwrap();
        let mean = features.iter().sum::<f32>() / features.len() as f32;
        let square = |value: &f32| (value - mean) * (value - mean);
        let deviation = (features.iter().map(square).sum::<f32>() / features.len() as f32).sqrt();
        let at = |position: usize| &features[position * 576..][..8];
        let pooled: Vec<f32> = (0..8)
            .map(|channel| {
                let values = features.iter().skip(channel).step_by(576);
                values.sum::<f32>() / positions as f32
            })
            .collect();
        let compared = [
            (
                &[mean, deviation][..],
                &[reference.mean, reference.deviation][..],
            ),
            (at(0), &reference.first),
            (at(3 * grid_columns + 3), &reference.inner),
            (&pooled, &reference.pooled),
        ];
        for (found, expected) in compared {
            for (found, expected) in found.iter().zip(expected) {
                let error = (found - expected).abs() / reference.deviation;
                assert!(error < 1e-3, "{found} instead of {expected}");
            }
        }
    }
}

#[test]
fn pooled_features_are_the_mean_of_pytorchs() {
    let weights = include_bytes!("../weights/efficientnet-lite0.safetensors");
    let device = common::device();
    let config = EncoderConfig {
        feature_layer: FeatureLayer::Pooled,
        ..EncoderConfig::whole(Architecture::EfficientNetLite0)
    };
    let bytes = fixture("encoder_reference.safetensors");
    let reference = SafeTensors::deserialize(&bytes).unwrap();
    let pixels = reference.tensor("input.0").unwrap();
    let photo = RgbImage::from_raw(224, 224, pixels.data().to_vec()).unwrap();
    let input = photo::to_tensor(&[photo], &config.preparation(), &device);
    let features = f32_tensor(&reference, "rounded.0");
    let features = features.try_into_vec::<f32>().unwrap();
    let expected: Vec<f32> = (0..1280)
        .map(|channel| features.iter().skip(channel).step_by(1280).sum::<f32>() / 49.0)
        .collect();

    // As a model file's reader makes it, and as the trainer does.
    let read = read_encoder(weights, config, &device).unwrap();
    let whole = EncoderConfig::whole(Architecture::EfficientNetLite0);
    let (split, tail) = read_encoder(weights, whole, &device)
        .unwrap()
        .split(FeatureLayer::Pooled);
    assert!(tail.blocks.is_empty() && tail.head.is_none());
    for encoder in [read, split] {
        let pooled = encoder.forward(input.clone());
        assert_eq!(pooled.dims(), [1, 1, 1280]);
        let pooled = pooled.into_data().try_into_vec::<f32>().unwrap();
        let error = relative_error(&pooled, &expected);
        println!("pooled: {error:.1e} from PyTorch");
        assert!(error <= 1e-4, "relative error {error:.2e}");
    }
}

#[test]
fn grids_are_those_of_the_features() {
    let device = common::device();
    for (architecture, sizes) in [
        (Architecture::EfficientNetLite0, [32, 33, 95]),
        (Architecture::MobileNetV3Small, [32, 65, 96]),
        // The smallest one, the largest that gives one position, and one with more.
        (Architecture::InceptionV3, [75, 106, 140]),
        (Architecture::TfInceptionV3, [75, 106, 140]),
    ] {
        for size in sizes {
            let config = EncoderConfig {
                photo_size: Some(size),
                ..EncoderConfig::whole(architecture)
            };
            assert_eq!(config.validate(), Ok(()));
            let side = size as usize;
            let features = config
                .init(&device)
                .forward(Tensor::zeros([1, 3, side, side], &device));
            let expected = [1, config.grid().positions(), config.channels()];
            assert_eq!(features.dims(), expected, "{architecture:?} at {size} px");
        }
    }
    let inception = EncoderConfig::whole(Architecture::InceptionV3);
    assert_eq!((inception.grid().rows, inception.grid().columns), (8, 8));
}

#[test]
fn what_a_network_cannot_read_or_give_is_refused() {
    let whole = EncoderConfig::whole(Architecture::InceptionV3);
    let refusal = |config: EncoderConfig| config.validate().unwrap_err();
    let small = refusal(EncoderConfig {
        photo_size: Some(74),
        ..whole
    });
    assert!(small.contains("75 to"), "{small}");
    let before = refusal(EncoderConfig {
        feature_layer: FeatureLayer::Blocks,
        ..whole
    });
    assert!(before.contains("inception-v3"), "{before}");
    for architecture in Architecture::ALL {
        let pooled = EncoderConfig {
            feature_layer: FeatureLayer::Pooled,
            ..EncoderConfig::whole(architecture)
        };
        assert_eq!(pooled.validate(), Ok(()));
        assert_eq!(pooled.grid().positions(), 1);
        let whole = EncoderConfig::whole(architecture);
        assert_eq!(pooled.channels(), whole.channels());
    }
}

fn relative_error(values: &[f32], expected: &[f32]) -> f32 {
    let norm = |values: &mut dyn Iterator<Item = f32>| values.map(|v| v * v).sum::<f32>().sqrt();
    norm(&mut values.iter().zip(expected).map(|(a, b)| a - b)) / norm(&mut expected.iter().copied())
}
