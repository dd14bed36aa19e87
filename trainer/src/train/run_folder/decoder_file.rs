//! Decoders as burn writes them, and as earlier versions wrote them.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use burn::module::{Module, ModuleVisitor, Param};
use burn::store::ModuleRecord;
use burn::tensor::{Bytes, Tensor};
use burn_pack::{Reader, Writer};
use model_export::decoder::Decoder;

use crate::files;

/// Writes a decoder's parameters, with the identifiers that an optimiser tells them apart by.
///
/// # Errors
/// When the disk refuses.
pub(super) fn save(decoder: Decoder, path: &Path) -> Result<()> {
    decoder
        .save_file(path)
        .map_err(|error| anyhow!("{}: {error}", path.display()))
}

/// Reads what [`save`] wrote, in this version or an earlier one, into a decoder of the same sizes.
///
/// # Errors
/// When the file is missing or damaged, or its decoder has other sizes.
pub(super) fn load(decoder: Decoder, path: &Path) -> Result<Decoder> {
    let mut names = Names::default();
    decoder.visit(&mut names);
    // Not by burn's reader of files, which reads when it is too late for an error.
    let bytes = Bytes::from_bytes_vec(files::read(path)?);
    let renamed = || -> Result<_> {
        let mut tensors = Reader::from_bytes(bytes)?.into_tensors()?;
        for tensor in &mut tensors {
            if let Some(name) = names.found.get(&without_variants(&tensor.name)) {
                tensor.name.clone_from(name);
            }
        }
        let record = ModuleRecord::from_bytes(Writer::new(tensors).into_bytes()?)?;
        Ok(decoder.try_load_record(record)?)
    };
    renamed().with_context(|| format!("{} cannot be read", path.display()))
}

/// A parameter's name without those of Rust's variants on its way. Which modules are enums is no matter of files: it
/// changes from version to version.
fn without_variants(name: &str) -> String {
    let fields = name
        .split('.')
        .filter(|part| !part.starts_with(char::is_uppercase));
    fields.collect::<Vec<_>>().join(".")
}

/// What burn calls each parameter, by its name without variants.
#[derive(Default)]
struct Names {
    found: HashMap<String, String>,
    path: Vec<String>,
}

impl ModuleVisitor for Names {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, _: &Param<Tensor<D>>) {
        let name = self.path.join(".");
        self.found.insert(without_variants(&name), name);
    }
}

#[cfg(test)]
mod tests {
    use burn::module::ParamId;
    use burn::tensor::Device;
    use temp_dir::TempDir;

    use super::*;
    use crate::train::recipe::Preset;

    /// Identifiers and values of all parameters.
    #[derive(Default, PartialEq, Debug)]
    struct Parameters(Vec<(ParamId, Vec<f32>)>);

    impl ModuleVisitor for Parameters {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let values = param.val().into_data().try_into_vec().unwrap();
            self.0.push((param.id, values));
        }
    }

    fn parameters(decoder: &Decoder) -> Parameters {
        let mut found = Parameters::default();
        decoder.visit(&mut found);
        found
    }

    #[test]
    fn checkpoints_of_versions_whose_layers_were_others_are_read() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("decoder.bpk");
        let earlier = folder.path().join("earlier.bpk");
        let new = |preset| {
            let mut recipe = Preset::open(preset).unwrap();
            recipe.fit(9).unwrap();
            Decoder::new(&recipe.decoder, &Device::flex())
        };
        for preset in ["tf-tutorial", "show-attend-tell", "merge-lstm"] {
            let decoder = || new(preset);
            let written = decoder();
            let expected = parameters(&written);
            save(written, &path).unwrap();
            assert_eq!(parameters(&load(decoder(), &path).unwrap()), expected);
            // Once dense layers were structs, as burn has them.
            let mut tensors = Reader::from_file(&path).unwrap().into_tensors().unwrap();
            let before: Vec<_> = tensors.iter().map(|tensor| tensor.name.clone()).collect();
            for tensor in &mut tensors {
                tensor.name = tensor.name.replace(".Layer.", ".");
            }
            assert!(
                tensors
                    .iter()
                    .zip(&before)
                    .any(|(tensor, name)| tensor.name != *name)
            );
            Writer::new(tensors).write_to_file(&earlier).unwrap();
            assert_eq!(parameters(&load(decoder(), &earlier).unwrap()), expected);
            std::fs::remove_file(&path).unwrap();
            std::fs::remove_file(&earlier).unwrap();
        }
        save(new("tf-tutorial"), &path).unwrap();
        let error = load(new("merge-lstm"), &path).unwrap_err();
        assert!(error.to_string().contains("decoder.bpk cannot be read"));
        let whole = std::fs::read(&path).unwrap();
        for length in [0, 3, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..length]).unwrap();
            let error = load(new("tf-tutorial"), &path).unwrap_err();
            assert!(error.to_string().contains("decoder.bpk cannot be read"));
        }
    }
}
