//! A module's parameters by name, as the model file names them.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use burn::module::Module;
use model_export::model_file::parameters;

use super::graph::{Graph, Value};

/// A tensor's shape and values.
pub(super) struct Weight {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
}

/// All parameters of an encoder or a decoder.
pub(super) struct Weights(BTreeMap<String, Weight>);

impl Weights {
    /// Those of a module.
    pub(super) fn of(module: &impl Module) -> Result<Self> {
        let mut weights = BTreeMap::new();
        for parameter in parameters(module) {
            let shape = parameter.data.shape().to_vec();
            let values = parameter
                .data
                .try_into_vec::<f32>()
                .map_err(|error| anyhow::anyhow!("{error:?}"))
                .with_context(|| format!("the parameter {} cannot be read", parameter.name))?;
            weights.insert(parameter.name, Weight { shape, values });
        }
        Ok(Self(weights))
    }

    /// The parameter of a name.
    pub(super) fn get(&self, name: &str) -> Result<&Weight> {
        self.0
            .get(name)
            .with_context(|| format!("the model has no parameter {name}"))
    }

    /// Whether there is a parameter of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// How many modules stand in a list: `blocks.0…`, `blocks.1…` and so on.
    pub(super) fn count(&self, list: &str) -> usize {
        let is_there = |index: &usize| {
            let prefix = format!("{list}.{index}.");
            self.0.keys().any(|name| name.starts_with(&prefix))
        };
        (0..).take_while(is_there).count()
    }

    /// The parameter as a constant of a graph.
    pub(super) fn constant(&self, graph: &mut Graph, name: &str) -> Result<Value> {
        let Weight { shape, values } = self.get(name)?;
        Ok(graph.floats(shape, values))
    }

    /// A matrix's rows and columns.
    pub(super) fn matrix(&self, name: &str) -> Result<[usize; 2]> {
        let shape = &self.get(name)?.shape;
        ensure!(
            shape.len() == 2,
            "the parameter {name} is of shape {shape:?}, not a matrix"
        );
        Ok([shape[0], shape[1]])
    }
}
