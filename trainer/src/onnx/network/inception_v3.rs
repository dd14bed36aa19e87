//! InceptionV3.

use anyhow::Result;
use model_export::encoder::Padding;

use crate::onnx::graph::{Graph, Value, integer};
use crate::onnx::layers::window;
use crate::onnx::weights::Weights;

/// The feature map after the last block.
pub(super) fn feature_map(
    graph: &mut Graph,
    weights: &Weights,
    counts_zeros: bool,
    photos: &Value,
) -> Result<Value> {
    let mut network = Network {
        graph,
        weights,
        counts_zeros,
    };
    let valid = |network: &mut Network, name: &str, stride, x: &Value| {
        network.layer(&format!("network.{name}"), stride, Padding::Valid, x)
    };
    let mut x = valid(&mut network, "conv_1a", 2, photos)?;
    x = valid(&mut network, "conv_2a", 1, &x)?;
    x = network.layer("network.conv_2b", 1, Padding::Half, &x)?;
    x = network.maximum(&x);
    x = network.layer("network.conv_3b", 1, Padding::Half, &x)?;
    x = valid(&mut network, "conv_4a", 1, &x)?;
    x = network.maximum(&x);
    for block in ["mixed_5b", "mixed_5c", "mixed_5d"] {
        x = network.keeps_size(block, &["branch_5x5", "branch_3x3_double"], &x)?;
    }
    x = {
        let large = network.layer("network.mixed_6a.branch_3x3", 2, Padding::Valid, &x)?;
        let double = network.shrinking_chain("network.mixed_6a.branch_3x3_double", &x)?;
        let maximum = network.maximum(&x);
        network.graph.concat(&[&large, &double, &maximum], 1)
    };
    for block in ["mixed_6b", "mixed_6c", "mixed_6d", "mixed_6e"] {
        x = network.keeps_size(block, &["branch_7x7", "branch_7x7_double"], &x)?;
    }
    x = {
        let small = network.shrinking_chain("network.mixed_7a.branch_3x3", &x)?;
        let large = network.shrinking_chain("network.mixed_7a.branch_7x7_3x3", &x)?;
        let maximum = network.maximum(&x);
        network.graph.concat(&[&small, &large, &maximum], 1)
    };
    for block in ["mixed_7b", "mixed_7c"] {
        x = network.keeps_size(block, &["branch_3x3", "branch_3x3_double"], &x)?;
    }
    Ok(x)
}

struct Network<'a> {
    graph: &'a mut Graph,
    weights: &'a Weights,
    counts_zeros: bool,
}

impl Network<'_> {
    /// A block that keeps rows and columns: a 1×1 convolution, two chains or forks, and a convolution of the mean.
    fn keeps_size(&mut self, block: &str, branches: &[&str; 2], x: &Value) -> Result<Value> {
        let name = |branch: &str| format!("network.{block}.{branch}");
        let narrow = self.layer(&name("branch_1x1"), 1, Padding::Half, x)?;
        let [first, second] = branches.map(|branch| self.chain_or_fork(&name(branch), x));
        let mean = self.mean(x);
        let pool = self.layer(&name("branch_pool"), 1, Padding::Half, &mean)?;
        Ok(self.graph.concat(&[&narrow, &first?, &second?, &pool], 1))
    }

    fn chain_or_fork(&mut self, name: &str, x: &Value) -> Result<Value> {
        let layers = format!("{name}.layers");
        if self.weights.count(&layers) == 0 {
            return self.chain(name, x);
        }
        let x = self.chain(&layers, x)?;
        let wide = self.layer(&format!("{name}.wide"), 1, Padding::Half, &x)?;
        let tall = self.layer(&format!("{name}.tall"), 1, Padding::Half, &x)?;
        Ok(self.graph.concat(&[&wide, &tall], 1))
    }

    fn chain(&mut self, name: &str, x: &Value) -> Result<Value> {
        (0..self.weights.count(name)).try_fold(x.clone(), |x, index| {
            self.layer(&format!("{name}.{index}"), 1, Padding::Half, &x)
        })
    }

    /// Layers of which the last has stride 2 and no padding.
    fn shrinking_chain(&mut self, name: &str, x: &Value) -> Result<Value> {
        let count = self.weights.count(name);
        (0..count).try_fold(x.clone(), |x, index| {
            let (stride, padding) = if index + 1 == count {
                (2, Padding::Valid)
            } else {
                (1, Padding::Half)
            };
            self.layer(&format!("{name}.{index}"), stride, padding, &x)
        })
    }

    /// A convolution and ReLU.
    fn layer(&mut self, name: &str, stride: usize, padding: Padding, x: &Value) -> Result<Value> {
        let convolved = self
            .graph
            .convolution(self.weights, name, stride, padding, false, x)?;
        Ok(self.graph.unary("Relu", &convolved))
    }

    /// The mean of each position and its eight neighbours, as far as there are any or with zeros beyond the edge.
    fn mean(&mut self, x: &Value) -> Value {
        let mut attributes = window([3, 3], 1, Padding::Half);
        attributes.push(integer("count_include_pad", i64::from(self.counts_zeros)));
        self.graph.node("AveragePool", &[x], attributes)
    }

    /// The largest of 3×3 positions, at every second one.
    fn maximum(&mut self, x: &Value) -> Value {
        self.graph
            .node("MaxPool", &[x], window([3, 3], 2, Padding::Valid))
    }
}
