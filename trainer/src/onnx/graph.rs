//! A graph of ONNX operations as it grows, one call for each.

use prost::Message;

use super::proto::{
    Attribute, Dimension, Graph as GraphMessage, Length, Model, Node, OperatorSet, Tensor,
    TensorShape, TensorType, ValueInfo, ValueType,
};

/// The version of ONNX's operators: the first with LayerNormalization.
const OPERATORS: i64 = 17;
/// The version of the file format that came with it.
const FORMAT: i64 = 8;

/// The types of values that are used here, numbered as in ONNX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    F32 = 1,
    U8 = 2,
    I64 = 7,
}

/// A value within a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value(String);

/// One length of an input's or output's shape.
#[derive(Clone, Copy, Debug)]
pub(super) enum Size {
    /// Always this.
    Fixed(usize),
    /// Any; what it counts.
    Any(&'static str),
}

/// A graph under construction.
#[derive(Default)]
pub(super) struct Graph {
    message: GraphMessage,
    values: usize,
}

impl Graph {
    /// An empty graph.
    pub(super) fn new(name: &str) -> Self {
        Self {
            message: GraphMessage {
                name: name.to_owned(),
                ..GraphMessage::default()
            },
            values: 0,
        }
    }

    /// What the graph is given.
    pub(super) fn input(&mut self, name: &str, element: Element, shape: &[Size]) -> Value {
        self.message.input.push(described(name, element, shape));
        Value(name.to_owned())
    }

    /// Gives a value out under a name.
    pub(super) fn output(&mut self, value: &Value, name: &str, element: Element, shape: &[Size]) {
        self.message.output.push(described(name, element, shape));
        self.message.node.push(Node {
            input: vec![value.0.clone()],
            output: vec![name.to_owned()],
            op_type: "Identity".to_owned(),
            attribute: Vec::new(),
        });
    }

    /// A constant of the given shape.
    pub(super) fn floats(&mut self, shape: &[usize], values: &[f32]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        self.constant(shape, Element::F32, bytes.collect())
    }

    /// A constant without dimensions.
    pub(super) fn float(&mut self, value: f32) -> Value {
        self.floats(&[], &[value])
    }

    /// A constant row of integers: shapes, axes, places.
    pub(super) fn integers(&mut self, values: &[i64]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        self.constant(&[values.len()], Element::I64, bytes.collect())
    }

    fn constant(&mut self, shape: &[usize], element: Element, raw_data: Vec<u8>) -> Value {
        let value = self.value();
        self.message.initializer.push(Tensor {
            dims: shape.iter().map(|&length| length as i64).collect(),
            data_type: element as i32,
            name: value.0.clone(),
            raw_data,
        });
        value
    }

    /// An operation with one output.
    pub(super) fn node(
        &mut self,
        operation: &str,
        inputs: &[&Value],
        attributes: Vec<Attribute>,
    ) -> Value {
        let [output] = self.node_of(operation, inputs, attributes);
        output
    }

    /// An operation with several outputs.
    pub(super) fn node_of<const OUTPUTS: usize>(
        &mut self,
        operation: &str,
        inputs: &[&Value],
        attributes: Vec<Attribute>,
    ) -> [Value; OUTPUTS] {
        let outputs = std::array::from_fn(|_| self.value());
        self.message.node.push(Node {
            input: inputs.iter().map(|value| value.0.clone()).collect(),
            output: outputs.iter().map(|value| value.0.clone()).collect(),
            op_type: operation.to_owned(),
            attribute: attributes,
        });
        outputs
    }

    /// The bytes of a file of this graph.
    pub(super) fn into_file(self, description: &str) -> Vec<u8> {
        Model {
            ir_version: FORMAT,
            producer_name: "glimpse".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            doc_string: description.to_owned(),
            graph: Some(self.message),
            opset_import: vec![OperatorSet {
                domain: String::new(),
                version: OPERATORS,
            }],
        }
        .encode_to_vec()
    }

    fn value(&mut self) -> Value {
        self.values += 1;
        Value(format!("v{}", self.values))
    }
}

/// An attribute that is an integer.
pub(super) fn integer(name: &str, i: i64) -> Attribute {
    Attribute {
        name: name.to_owned(),
        i,
        kind: 2,
        ..Attribute::default()
    }
}

/// An attribute that is a row of integers.
pub(super) fn integers(name: &str, ints: &[i64]) -> Attribute {
    Attribute {
        name: name.to_owned(),
        ints: ints.to_vec(),
        kind: 7,
        ..Attribute::default()
    }
}

/// An attribute that is a number.
pub(super) fn number(name: &str, f: f32) -> Attribute {
    Attribute {
        name: name.to_owned(),
        f,
        kind: 1,
        ..Attribute::default()
    }
}

/// An attribute that is a word.
pub(super) fn word(name: &str, text: &str) -> Attribute {
    Attribute {
        name: name.to_owned(),
        s: text.as_bytes().to_vec(),
        kind: 3,
        ..Attribute::default()
    }
}

fn described(name: &str, element: Element, shape: &[Size]) -> ValueInfo {
    let dimensions = shape
        .iter()
        .map(|size| Dimension {
            length: Some(match size {
                Size::Fixed(length) => Length::Fixed(*length as i64),
                Size::Any(what) => Length::Named((*what).to_owned()),
            }),
        })
        .collect();
    ValueInfo {
        name: name.to_owned(),
        kind: Some(ValueType {
            tensor: Some(TensorType {
                element: element as i32,
                shape: Some(TensorShape { dimensions }),
            }),
        }),
    }
}
