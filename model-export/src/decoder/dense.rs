//! A dense layer, which captioners may lay out for the processor.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

/// `x · W + b` for every row of `x`.
#[derive(Module, Debug)]
pub(super) enum Dense {
    /// As it is trained and stored.
    Layer(Linear),
    /// As [`Dense::in_integers`] laid it out: it has no parameters any more.
    #[cfg(feature = "kernels")]
    Int8(Int8Layer),
}

#[cfg(feature = "kernels")]
#[derive(Module, Debug)]
pub(super) struct Int8Layer {
    #[module(skip)]
    kernel: std::sync::Arc<kernel::Int8Kernel>,
}

impl Dense {
    /// A layer with random weights.
    pub(super) fn new(inputs: usize, outputs: usize, device: &Device) -> Self {
        LinearConfig::new(inputs, outputs).init(device).into()
    }

    /// From `[…, inputs]` to `[…, outputs]`.
    pub(super) fn forward<const D: usize>(&self, input: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Layer(layer) => layer.forward(input),
            #[cfg(feature = "kernels")]
            Self::Int8(layer) => layer.kernel.forward(input),
        }
    }

    /// The layer, where it is as it is trained.
    pub(super) fn layer(&self) -> Option<&Linear> {
        match self {
            Self::Layer(layer) => Some(layer),
            #[cfg(feature = "kernels")]
            Self::Int8(_) => None,
        }
    }

    /// The same, to be changed.
    pub(super) fn layer_mut(&mut self) -> Option<&mut Linear> {
        match self {
            Self::Layer(layer) => Some(layer),
            #[cfg(feature = "kernels")]
            Self::Int8(_) => None,
        }
    }

    /// The same in integers, where its weights are int8's.
    #[cfg(feature = "kernels")]
    pub(super) fn in_integers(self) -> Self {
        let in_integers = self.layer().and_then(|layer| {
            let bias = layer.bias.as_ref().map(|bias| bias.val());
            Self::of_rows(layer.weight.val().transpose(), bias)
        });
        in_integers.unwrap_or(self)
    }

    /// The layer of weights `[outputs, inputs]` in integers. `None` where they are not int8's.
    #[cfg(feature = "kernels")]
    pub(super) fn of_rows(weights: Tensor<2>, bias: Option<Tensor<1>>) -> Option<Self> {
        let kernel = std::sync::Arc::new(kernel::Int8Kernel::new(weights, bias)?);
        Some(Self::Int8(Int8Layer { kernel }))
    }
}

impl From<Linear> for Dense {
    fn from(layer: Linear) -> Self {
        Self::Layer(layer)
    }
}

#[cfg(feature = "kernels")]
mod kernel {
    use burn::tensor::{Tensor, TensorData};

    use crate::kernels::{After, Int8Weights, LANES, Rows, to_vec};

    #[derive(Debug)]
    pub(super) struct Int8Kernel {
        inputs: usize,
        outputs: usize,
        weights: Int8Weights,
        /// With zeros up to a whole vector.
        bias: Vec<f32>,
    }

    impl Int8Kernel {
        /// Of weights `[outputs, inputs]`. `None` where they are not int8's.
        pub(super) fn new(weights: Tensor<2>, bias: Option<Tensor<1>>) -> Option<Self> {
            let [outputs, inputs] = weights.dims();
            let weights = to_vec(weights);
            let mut bias = bias.map_or_else(Vec::new, to_vec);
            bias.resize(outputs.next_multiple_of(LANES), 0.0);
            Some(Self {
                inputs,
                outputs,
                weights: Int8Weights::of(&weights, inputs, inputs)?,
                bias,
            })
        }

        pub(super) fn forward<const D: usize>(&self, input: Tensor<D>) -> Tensor<D> {
            let (mut shape, device) = (input.dims(), input.device());
            let input = to_vec(input);
            let rows = input.len() / self.inputs;
            let width = self.bias.len();
            let mut output = vec![0.0; rows * width];
            let place = Rows {
                values: &mut output,
                columns: rows,
                stride: 0,
            };
            let widths = [self.inputs, width];
            self.weights
                .multiply(&input, widths, &self.bias, After::Nothing, place);
            // Without the outputs that fill the last vector.
            for row in 1..rows {
                output.copy_within(row * width..row * width + self.outputs, row * self.outputs);
            }
            output.truncate(rows * self.outputs);
            shape[D - 1] = self.outputs;
            Tensor::from_data(TensorData::new(output, shape), &device)
        }
    }
}

#[cfg(all(test, feature = "kernels"))]
mod tests {
    use burn::tensor::Distribution;

    use super::*;

    /// A layer as an int8 file holds it; its outputs are no whole number of vectors.
    fn int8_layer(device: &Device) -> Linear {
        let mut layer = LinearConfig::new(20, 13).init(device);
        layer.weight = layer.weight.map(|weights| {
            let scale = weights.clone().abs().max_dim(0) / 127.0;
            (weights / scale.clone()).round() * scale
        });
        layer
    }

    #[test]
    fn integers_give_what_burns_layer_gives() {
        let device = Device::flex();
        device.seed(1);
        let layer = int8_layer(&device);
        let dense = Dense::from(layer.clone()).in_integers();
        assert!(dense.layer().is_none());
        for rows in [1, 5, 67] {
            let input = Tensor::random([2, rows, 20], Distribution::Normal(0.0, 1.0), &device);
            let expected = layer.forward::<3>(input.clone());
            let found = dense.forward(input);
            assert_eq!(found.dims(), expected.dims());
            let error: f32 = (found - expected).abs().max().into_scalar();
            assert!(error < 1e-3, "{error}");
        }
    }

    #[test]
    fn weights_that_are_not_int8s_stay_as_they_are() {
        let device = Device::flex();
        device.seed(1);
        let dense = Dense::new(20, 13, &device).in_integers();
        assert!(dense.layer().is_some());
    }
}
