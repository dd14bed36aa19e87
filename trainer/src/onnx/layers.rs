//! Layers that several parts of a captioner are made of.

use anyhow::{Result, ensure};
use model_export::encoder::Padding;

use super::graph::{Graph, Value, integer, integers, number, word};
use super::proto::Attribute;
use super::weights::Weights;

impl Graph {
    /// `left + right`, `left · right` and so on, by ONNX's name of the operation.
    pub(super) fn binary(&mut self, operation: &str, left: &Value, right: &Value) -> Value {
        self.node(operation, &[left, right], Vec::new())
    }

    /// An operation of one value, by ONNX's name.
    pub(super) fn unary(&mut self, operation: &str, x: &Value) -> Value {
        self.node(operation, &[x], Vec::new())
    }

    /// `x · factor`
    pub(super) fn scaled(&mut self, x: &Value, factor: f32) -> Value {
        let factor = self.float(factor);
        self.binary("Mul", x, &factor)
    }

    /// ReLU6.
    pub(super) fn relu6(&mut self, x: &Value) -> Value {
        let (lowest, highest) = (self.float(0.0), self.float(6.0));
        self.node("Clip", &[x, &lowest, &highest], Vec::new())
    }

    /// x·Φ(x) with the exact normal distribution.
    pub(super) fn gelu(&mut self, x: &Value) -> Value {
        let scaled = self.scaled(x, std::f32::consts::FRAC_1_SQRT_2);
        let error_function = self.unary("Erf", &scaled);
        let one = self.float(1.0);
        let sum = self.binary("Add", &error_function, &one);
        let product = self.binary("Mul", x, &sum);
        self.scaled(&product, 0.5)
    }

    /// Another shape. 0 keeps the length of that place, −1 is what is left.
    pub(super) fn reshape(&mut self, x: &Value, shape: &[i64]) -> Value {
        let shape = self.integers(shape);
        self.node("Reshape", &[x, &shape], Vec::new())
    }

    /// Dimensions in another order.
    pub(super) fn transpose(&mut self, x: &Value, order: &[i64]) -> Value {
        self.node("Transpose", &[x], vec![integers("perm", order)])
    }

    /// Values one after the other along an axis.
    pub(super) fn concat(&mut self, values: &[&Value], axis: i64) -> Value {
        self.node("Concat", values, vec![integer("axis", axis)])
    }

    /// The mean along an axis, which stays with length 1 or goes.
    pub(super) fn mean(&mut self, x: &Value, axis: i64, stays: bool) -> Value {
        let attributes = vec![integers("axes", &[axis]), integer("keepdims", stays.into())];
        self.node("ReduceMean", &[x], attributes)
    }

    /// The probabilities, or their logarithms, along the last axis.
    pub(super) fn softmax(&mut self, operation: &str, x: &Value) -> Value {
        self.node(operation, &[x], vec![integer("axis", -1)])
    }

    /// Rows of a table by their numbers.
    pub(super) fn gather(&mut self, table: &Value, rows: &Value) -> Value {
        self.node("Gather", &[table, rows], vec![integer("axis", 0)])
    }

    /// From one place to another along an axis, with a step.
    pub(super) fn slice(&mut self, x: &Value, axis: i64, from: i64, to: i64, step: i64) -> Value {
        let places = [from, to, axis, step].map(|number| self.integers(&[number]));
        let [from, to, axis, step] = &places;
        self.node("Slice", &[x, from, to, axis, step], Vec::new())
    }

    /// A dense layer of the last axis; `[input, output]` weights, as burn has them.
    pub(super) fn linear(&mut self, weights: &Weights, name: &str, x: &Value) -> Result<Value> {
        let weight = weights.constant(self, &format!("{name}.weight"))?;
        let product = self.binary("MatMul", x, &weight);
        let bias = format!("{name}.bias");
        if !weights.has(&bias) {
            return Ok(product);
        }
        let bias = weights.constant(self, &bias)?;
        Ok(self.binary("Add", &product, &bias))
    }

    /// Layer normalisation of the last axis.
    pub(super) fn norm(
        &mut self,
        weights: &Weights,
        name: &str,
        epsilon: f64,
        x: &Value,
    ) -> Result<Value> {
        let gamma = weights.constant(self, &format!("{name}.gamma"))?;
        let beta = weights.constant(self, &format!("{name}.beta"))?;
        let attributes = vec![integer("axis", -1), number("epsilon", epsilon as f32)];
        Ok(self.node("LayerNormalization", &[x, &gamma, &beta], attributes))
    }

    /// A convolution of maps `[batch, channels, rows, columns]`. It reads each channel by itself where its kernels
    /// have one input channel and `x` has several.
    pub(super) fn convolution(
        &mut self,
        weights: &Weights,
        name: &str,
        stride: usize,
        padding: Padding,
        depthwise: bool,
        x: &Value,
    ) -> Result<Value> {
        let weight_name = format!("{name}.weight");
        let shape = &weights.get(&weight_name)?.shape;
        ensure!(
            shape.len() == 4,
            "the parameter {weight_name} is of shape {shape:?}, no kernels"
        );
        let (output, kernel) = (shape[0] as i64, [shape[2] as i64, shape[3] as i64]);
        let weight = weights.constant(self, &weight_name)?;
        let bias = weights.constant(self, &format!("{name}.bias"))?;
        let mut attributes = window(kernel, stride as i64, padding);
        attributes.push(integer("group", if depthwise { output } else { 1 }));
        Ok(self.node("Conv", &[x, &weight, &bias], attributes))
    }
}

/// The attributes of what looks through a window: convolutions, maxima, means.
pub(super) fn window(kernel: [i64; 2], stride: i64, padding: Padding) -> Vec<Attribute> {
    let mut attributes = vec![
        integers("kernel_shape", &kernel),
        integers("strides", &[stride, stride]),
    ];
    match padding {
        Padding::Same => attributes.push(word("auto_pad", "SAME_UPPER")),
        Padding::Half => {
            let [rows, columns] = kernel.map(|side| side / 2);
            attributes.push(integers("pads", &[rows, columns, rows, columns]));
        }
        Padding::Valid => {}
    }
    attributes
}
