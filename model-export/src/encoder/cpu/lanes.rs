//! What the kernels share: how wide the processor's vectors are, and ReLU6 on them.

use burn::nn::conv::Conv2d;
use pulp::{Arch, Simd, WithSimd};

use crate::kernels::to_vec;

/// ReLU6 of each value.
#[inline(always)]
pub(super) fn relu6<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let positive = simd.max_f32s(x, simd.splat_f32s(0.0));
    simd.min_f32s(positive, simd.splat_f32s(6.0))
}

/// Channels as the kernels count them: a multiple of the vectors' length. Those that are added are 0.
pub(super) fn round_up(channels: usize, arch: Arch) -> usize {
    channels.next_multiple_of(lanes(arch))
}

/// Values in one of the processor's vectors.
pub(super) fn lanes(arch: Arch) -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    arch.dispatch(Lanes)
}

/// A convolution's weights `[output, input, rows, columns]`, their shape, and its bias.
pub(super) fn values(convolution: &Conv2d) -> (Vec<f32>, [usize; 4], Vec<f32>) {
    let weight = convolution.weight.val();
    let shape = weight.dims();
    let bias = match &convolution.bias {
        Some(bias) => to_vec(bias.val()),
        None => vec![0.0; shape[0]],
    };
    (to_vec(weight), shape, bias)
}
