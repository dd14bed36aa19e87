//! A module's parameters by name, out of it and into it.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};

/// One parameter of a module.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its path in the module: `layers.0.feed_forward.inner.weight`.
    pub name: String,
    /// Its values.
    pub data: TensorData,
    /// The dimension that counts output channels, in matrices and convolution kernels.
    pub output_dimension: Option<usize>,
}

/// Every parameter of a module, in the order of its fields.
pub fn parameters(module: &impl Module) -> Vec<Parameter> {
    let mut collector = Collector::default();
    module.visit(&mut collector);
    collector.parameters
}

/// A module with every parameter replaced by what `load` returns for its name and shape.
///
/// # Errors
/// The first error of `load`.
pub fn load_parameters<M: Module, E>(
    module: M,
    prefix: &str,
    device: &Device,
    load: impl FnMut(&str, &[usize]) -> Result<TensorData, E>,
) -> Result<M, E> {
    let mut loader = Loader {
        path: vec![prefix.to_owned()],
        device,
        load,
        error: None,
    };
    let module = module.map(&mut loader);
    match loader.error {
        Some(error) => Err(error),
        None => Ok(module),
    }
}

/// Whether a container is a choice between architectures. Which one it is stands in the manifest, not in
/// the parameters' names.
fn is_enum(container: &str) -> bool {
    container.starts_with("Enum:")
}

#[derive(Default)]
struct Collector {
    path: Vec<String>,
    containers: Vec<String>,
    parameters: Vec<Parameter>,
}

impl ModuleVisitor for Collector {
    fn enter_module(&mut self, name: &str, container: &str) {
        if !is_enum(container) {
            self.path.push(name.to_owned());
            self.containers.push(container.to_owned());
        }
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        if !is_enum(container) {
            self.path.pop();
            self.containers.pop();
        }
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        // burn's Linear multiplies from the right: [input, output]. Embeddings (a row per token)
        // and convolutions have the output first.
        let linear = self
            .containers
            .last()
            .is_some_and(|container| container.ends_with("Linear"));
        self.parameters.push(Parameter {
            name: self.path.join("."),
            data: param.val().to_data(),
            output_dimension: (D >= 2).then_some(usize::from(linear)),
        });
    }
}

struct Loader<'a, F, E> {
    path: Vec<String>,
    device: &'a Device,
    load: F,
    error: Option<E>,
}

impl<F, E> ModuleMapper for Loader<'_, F, E>
where
    F: FnMut(&str, &[usize]) -> Result<TensorData, E>,
{
    fn enter_module(&mut self, name: &str, container: &str) {
        if !is_enum(container) {
            self.path.push(name.to_owned());
        }
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        if !is_enum(container) {
            self.path.pop();
        }
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if self.error.is_some() {
            return param;
        }
        // The lazy shape: random initial values would be thrown away.
        let shape = param.lazy_shape();
        match (self.load)(&self.path.join("."), &shape.to_vec()) {
            Ok(data) => Param::initialized(param.id, Tensor::from_data(data, self.device)),
            Err(error) => {
                self.error = Some(error);
                param
            }
        }
    }
}
