//! Tensors of a file that another program wrote: PyTorch's `.pth`, or safetensors. Keras' `.h5` is told of.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use pytorch_reader::PytorchReader;
use safetensors::{Dtype, SafeTensors};

use crate::files;

/// What an HDF5 file begins with.
const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";

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
    /// When the file is neither; of Keras' own files, how they are converted.
    pub(super) fn open(path: &Path) -> Result<Self> {
        ensure!(
            !begins_with(path, HDF5)?,
            "{path} is an HDF5 file, as Keras writes them. Convert it first, with trainer/scripts/keras_to_safetensors.py \
             of this program's sources, and import what comes out:\n\
             \x20   python keras_to_safetensors.py {path} {converted}",
            path = path.display(),
            converted = path.with_extension("safetensors").display()
        );
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

    /// The shape of a tensor, where there is one of that name.
    pub(super) fn shape(&self, name: &str) -> Option<Vec<usize>> {
        match &self.source {
            Source::Pytorch(reader) => reader.get(name).map(|tensor| tensor.shape().to_vec()),
            Source::Safetensors(bytes) => SafeTensors::deserialize(bytes)
                .ok()?
                .tensor(name)
                .ok()
                .map(|tensor| tensor.shape().to_vec()),
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

fn begins_with(path: &Path, signature: &[u8]) -> Result<bool> {
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(signature.len() as u64).read_to_end(&mut start))
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(start == signature)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use temp_dir::TempDir;

    use super::*;

    fn open(name: &str) -> Checkpoint {
        let folder = Path::new("tests/fixtures/checkpoints");
        Checkpoint::open(&folder.join(name)).unwrap()
    }

    #[test]
    fn what_torch_saves_is_read_in_both_of_its_layouts() {
        for name in ["zip.pth", "legacy.pth"] {
            let mut checkpoint = open(name);
            let values = checkpoint.values("conv.weight", &[2, 3]).unwrap();
            assert_eq!(values, [0.0, 0.25, 0.5, 0.75, 1.0, 1.25], "{name}");
            for (tensor, shape, says) in [
                ("conv.weight", [3, 2].as_slice(), "F32 of shape [2, 3]"),
                ("half", &[1], "F16 of shape [1]"),
                ("bias", &[2], "lacks the tensor bias"),
            ] {
                let error = checkpoint.values(tensor, shape).unwrap_err().to_string();
                assert!(error.contains(says) && error.contains(name), "{error}");
            }
            let left = checkpoint.left_over(|name| name == "num_batches_tracked");
            assert_eq!(left, ["half", "transposed"], "{name}");
        }
    }

    #[test]
    fn a_view_is_read_in_its_own_order_or_refused() {
        for name in ["zip.pth", "legacy.pth"] {
            let values = open(name).values("transposed", &[3, 2]);
            assert_eq!(values.unwrap(), [-3.0, 0.0, -2.0, 1.0, -1.0, 2.0], "{name}");
        }
    }

    #[test]
    fn files_that_are_no_weights_are_named() {
        let folder = TempDir::new().unwrap();
        for name in ["page.pth", "page.safetensors"] {
            let path = folder.child(name);
            fs::write(&path, "<html>not found</html>").unwrap();
            let error = format!("{:#}", Checkpoint::open(&path).err().unwrap());
            assert!(
                error.contains("cannot read") && error.contains(name),
                "{error}"
            );
        }
        let cut = folder.child("cut.pth");
        let whole = fs::read("tests/fixtures/checkpoints/zip.pth").unwrap();
        fs::write(&cut, &whole[..600]).unwrap();
        assert!(Checkpoint::open(&cut).is_err());
    }
}
