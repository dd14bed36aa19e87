//! AdamW, gradient clipping and the learning rate.

use burn::module::{Module, ModuleVisitor, Param, ParamGroup};
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::Tensor;
use model_export::decoder::TransformerDecoder;

use super::config::TrainConfig;

/// AdamW (Loshchilov and Hutter, 2019, <https://arxiv.org/abs/1711.05101>) whose weight decay spares
/// biases and norms.
pub(super) fn new(config: &TrainConfig, decoder: &TransformerDecoder) -> ModuleOptimizer {
    let adam = AdamWConfig::new()
        .with_beta_2(0.98)
        .with_epsilon(1e-8)
        .with_weight_decay(0.0);
    let mut matrices = Matrices::default();
    decoder.visit(&mut matrices);
    adam.init().with_group(
        ParamGroup::from_ids(matrices.0),
        adam.clone()
            .with_weight_decay(config.weight_decay as f32)
            .build(),
        None,
    )
}

/// Linear warm-up, then half a cosine to a hundredth of the largest rate (Loshchilov and Hutter,
/// 2017, <https://arxiv.org/abs/1608.03983>). Steps count from 1.
pub(super) fn learning_rate(config: &TrainConfig, step: u64, total: u64) -> f64 {
    let warm_up = config.warm_up.min(total / 2);
    if step <= warm_up {
        return config.learning_rate * step as f64 / warm_up as f64;
    }
    let share = (step - warm_up) as f64 / (total - warm_up).max(1) as f64;
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * share.min(1.0)).cos());
    config.learning_rate * (0.01 + 0.99 * cosine)
}

/// Scales all gradients together so that their common norm is at most `largest` (Pascanu et al.,
/// 2013, <https://arxiv.org/abs/1211.5063>). burn's own clipping looks at each parameter alone.
pub(super) fn clip(
    mut gradients: GradientsParams,
    decoder: &TransformerDecoder,
    largest: f64,
) -> GradientsParams {
    let mut squares = SumOfSquares {
        gradients: &gradients,
        sum: None,
    };
    decoder.visit(&mut squares);
    let Some(sum) = squares.sum else {
        return gradients;
    };
    // min(1, largest / norm), on the device: nothing waits for the GPU.
    let scale = sum
        .sqrt()
        .add_scalar(1e-12)
        .recip()
        .mul_scalar(largest)
        .clamp_max(1.0);
    decoder.visit(&mut Scale {
        gradients: &mut gradients,
        scale,
    });
    gradients
}

#[derive(Default)]
struct Matrices(Vec<burn::module::ParamId>);

impl ModuleVisitor for Matrices {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if D >= 2 {
            self.0.push(param.id);
        }
    }
}

struct SumOfSquares<'a> {
    gradients: &'a GradientsParams,
    sum: Option<Tensor<1>>,
}

impl ModuleVisitor for SumOfSquares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            let square = gradient.square().sum();
            self.sum = Some(match self.sum.take() {
                Some(sum) => sum + square,
                None => square,
            });
        }
    }
}

struct Scale<'a> {
    gradients: &'a mut GradientsParams,
    scale: Tensor<1>,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            let scaled = gradient * self.scale.clone().unsqueeze();
            self.gradients.register(param.id, scaled);
        }
    }
}
