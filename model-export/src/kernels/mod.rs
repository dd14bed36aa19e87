//! Products for CPUs that encoders and decoders share.

mod int8_product;
mod rows;
mod vectors;

use burn::tensor::Tensor;

pub(crate) use self::int8_product::Int8Weights;
pub(crate) use self::rows::{After, Rows};
pub(crate) use self::vectors::LANES;

/// What multiplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    /// Integers, where the weights are int8's.
    Integers,
    Floats,
}

impl Arithmetic {
    /// The faster one: other processors multiply at least as many f32 at a time as pairs of integers.
    pub(crate) const FASTER: Self = if cfg!(target_arch = "wasm32") {
        Self::Integers
    } else {
        Self::Floats
    };
}

/// A tensor's values, row by row.
pub(crate) fn to_vec<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let data = tensor.into_data().convert::<f32>();
    // They are f32 now.
    data.try_into_vec().unwrap_or_default()
}
