//! Tensors of a file that another program wrote: PyTorch's `.pth`, or safetensors.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use pytorch_reader::PytorchReader;
use safetensors::{Dtype, SafeTensors};

use crate::files;

/// An opened file, and which of its tensors were used.
pub(super) struct Checkpoint {
    path: PathBuf,
    source: Source,
    used: HashSet<String>,
}

enum Source {
    Pytorch(PytorchReader),
    Safetensors(Vec<u8>),
}

impl Checkpoint {
    /// # Errors
    /// When the file is neither.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let source = if path
            .extension()
            .is_some_and(|ending| ending == "safetensors")
        {
            let bytes = files::read(path)?;
            SafeTensors::deserialize(&bytes)
                .with_context(|| format!("cannot read {} as safetensors", path.display()))?;
            Source::Safetensors(bytes)
        } else {
            let reader = PytorchReader::new(path).map_err(|error| {
                anyhow!("cannot read {} as PyTorch weights: {error}", path.display())
            })?;
            Source::Pytorch(reader)
        };
        Ok(Self {
            path: path.to_owned(),
            source,
            used: HashSet::new(),
        })
    }

    /// The names of all tensors.
    pub(super) fn names(&self) -> Vec<String> {
        match &self.source {
            Source::Pytorch(reader) => reader.keys(),
            Source::Safetensors(bytes) => SafeTensors::deserialize(bytes)
                .map(|tensors| tensors.names().into_iter().map(str::to_owned).collect())
                .unwrap_or_default(),
        }
    }

    /// The values of a tensor of this shape.
    ///
    /// # Errors
    /// When it is missing, or of another shape or type.
    pub(super) fn values(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let missing = || {
            format!(
                "{} lacks the tensor {name} of shape {shape:?}",
                self.path.display()
            )
        };
        let check = |found: &[usize], dtype: String| {
            ensure!(
                found == shape && dtype == "F32",
                "{}: tensor {name} is {dtype} of shape {found:?}, expected F32 of shape {shape:?}",
                self.path.display()
            );
            Ok(())
        };
        let bytes = match &self.source {
            Source::Pytorch(reader) => {
                let tensor = reader.get(name).with_context(missing)?;
                check(tensor.shape(), format!("{:?}", tensor.dtype()))?;
                tensor
                    .read()
                    .with_context(|| format!("cannot read the tensor {name}"))?
                    .to_vec()
            }
            Source::Safetensors(bytes) => {
                let tensors = SafeTensors::deserialize(bytes)?;
                let tensor = tensors.tensor(name).ok().with_context(missing)?;
                let dtype = match tensor.dtype() {
                    Dtype::F32 => "F32".to_owned(),
                    other => format!("{other:?}"),
                };
                check(tensor.shape(), dtype)?;
                tensor.data().to_vec()
            }
        };
        self.used.insert(name.to_owned());
        let (values, _) = bytes.as_chunks::<4>();
        Ok(values
            .iter()
            .map(|&value| f32::from_le_bytes(value))
            .collect())
    }

    /// The tensors that nobody asked for, but for those that `expected` tells.
    pub(super) fn left_over(&self, expected: impl Fn(&str) -> bool) -> Vec<String> {
        let mut names = self.names();
        names.retain(|name| !self.used.contains(name) && !expected(name));
        names.sort();
        names
    }
}
