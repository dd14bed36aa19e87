//! Reading a model file: everything is checked against the manifest before it is used.

use std::collections::HashSet;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, TensorData};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use thiserror::Error;

use super::manifest::{FORMAT_VERSION, Manifest};
use super::parameters::load_parameters;
use super::quantize::{widen_f16, widen_f32, widen_int8};
use super::write::{
    CHECKSUM_KEY, CLASSIFIER, MANIFEST_KEY, SCALE_SUFFIX, WriteError, checksum, data_section,
    sealed,
};
use crate::confidence::Calibration;
use crate::decoder::Decoder;
use crate::encoder::{Encoder, EncoderConfig};

/// Why a model file was refused.
#[derive(Debug, Error)]
pub enum ModelError {
    /// Not a safetensors file, or one that is cut short.
    #[error("this is no whole model file ({bytes} bytes): {reason}")]
    Container {
        /// Length of what was read.
        bytes: usize,
        /// What the container's reader says.
        reason: String,
    },
    /// A safetensors file of some other program.
    #[error("the file has no Glimpse manifest: it was not written by `glimpse export`")]
    NoManifest,
    /// The manifest cannot be understood.
    #[error("the model file's manifest is damaged: {0}")]
    Manifest(String),
    /// Written by another version of the program.
    #[error(
        "the model file has format version {found}; this program reads version {FORMAT_VERSION}"
    )]
    Version {
        /// The file's version.
        found: u64,
    },
    /// The manifest contradicts itself.
    #[error("the model file's manifest is inconsistent: {0}")]
    Inconsistent(String),
    /// Some byte is not what was written.
    #[error(
        "the model file is damaged: its checksum is {found:08x} instead of {expected:08x}; fetch it again"
    )]
    Checksum {
        /// As the file says.
        expected: u32,
        /// As computed.
        found: u32,
    },
    /// A tensor that the architecture needs is not there.
    #[error("the model file lacks the tensor {0}")]
    Missing(String),
    /// A tensor that the architecture does not have.
    #[error("the model file holds a tensor that its architecture does not have: {0}")]
    Unexpected(String),
    /// A tensor of another shape or type than the architecture says.
    #[error("the model file's tensor {name} is {found}, expected {expected}")]
    Tensor {
        /// The tensor.
        name: String,
        /// Its type and shape.
        found: String,
        /// What it should be.
        expected: String,
    },
}

/// A model file whose container, manifest and checksum have been checked.
#[derive(Debug)]
pub struct ModelFile<'a> {
    manifest: Manifest,
    tensors: SafeTensors<'a>,
}

impl<'a> ModelFile<'a> {
    /// Reads the header and checks the whole file; no tensor is copied yet.
    ///
    /// # Errors
    /// [`ModelError`]
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ModelError> {
        let (_, metadata) =
            SafeTensors::read_metadata(bytes).map_err(|error| container(bytes, error))?;
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| container(bytes, error))?;
        let text = metadata.metadata().as_ref().ok_or(ModelError::NoManifest)?;
        let manifest = text.get(MANIFEST_KEY).ok_or(ModelError::NoManifest)?;
        check_version(manifest)?;

        let expected = text
            .get(CHECKSUM_KEY)
            .and_then(|value| u32::from_str_radix(value, 16).ok())
            .ok_or_else(|| ModelError::Manifest("its checksum is missing".to_owned()))?;
        let found = checksum(manifest, data_section(bytes).unwrap_or_default());
        if found != expected {
            return Err(ModelError::Checksum { expected, found });
        }
        let manifest: Manifest = serde_json::from_str(manifest)
            .map_err(|error| ModelError::Manifest(error.to_string()))?;
        check(&manifest)?;
        Ok(Self { manifest, tensors })
    }

    /// What the file says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The bytes of a file with another manifest and the very same tensors.
    ///
    /// # Errors
    /// [`WriteError`], also where the manifest would be refused on reading.
    pub fn with_manifest(&self, manifest: &Manifest) -> Result<Vec<u8>, WriteError> {
        check(manifest).map_err(|error| WriteError::Refused(error.to_string()))?;
        sealed(manifest, self.tensors.tensors())
    }

    /// The encoder and decoder with the file's weights, widened to f32.
    ///
    /// # Errors
    /// [`ModelError`] where a tensor is missing, left over, or of another shape or type.
    pub fn load(&self, device: &Device) -> Result<(Encoder, Decoder), ModelError> {
        let mut reader = TensorReader::new(&self.tensors);
        let encoder = self.manifest.encoder.init(device);
        let encoder = reader.fill(encoder, "encoder", device)?;
        let decoder = Decoder::new(&self.manifest.decoder, device);
        let decoder = reader.fill(decoder, "decoder", device)?;
        reader.finish(|_| false)?;
        Ok((encoder, decoder))
    }
}

/// Reads the encoder of a file of [`super::serialize_encoder`].
///
/// # Errors
/// [`ModelError`]
pub fn read_encoder(
    bytes: &[u8],
    config: EncoderConfig,
    device: &Device,
) -> Result<Encoder, ModelError> {
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| container(bytes, error))?;
    let mut reader = TensorReader::new(&tensors);
    let encoder = reader.fill(config.init(device), "encoder", device)?;
    reader.finish(|name| name.split('.').next() == Some(CLASSIFIER))?;
    Ok(encoder)
}

/// Reads the classifier of a file of [`super::serialize_encoder`], from `inputs` values to `classes`.
///
/// # Errors
/// [`ModelError`], where the file has none too.
pub fn read_classifier(
    bytes: &[u8],
    [inputs, classes]: [usize; 2],
    device: &Device,
) -> Result<Linear, ModelError> {
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| container(bytes, error))?;
    let classifier = LinearConfig::new(inputs, classes).init(device);
    TensorReader::new(&tensors).fill(classifier, CLASSIFIER, device)
}

/// Takes tensors out of a file by name, and knows which were taken.
struct TensorReader<'a> {
    tensors: &'a SafeTensors<'a>,
    taken: HashSet<String>,
}

impl<'a> TensorReader<'a> {
    fn new(tensors: &'a SafeTensors<'a>) -> Self {
        Self {
            tensors,
            taken: HashSet::new(),
        }
    }

    fn fill<M: Module>(
        &mut self,
        module: M,
        prefix: &str,
        device: &Device,
    ) -> Result<M, ModelError> {
        load_parameters(module, prefix, device, |name, shape| {
            let tensor = self.take(name)?;
            if tensor.shape() != shape {
                return Err(mismatch(name, &tensor, &format!("shape {shape:?}")));
            }
            let values = match tensor.dtype() {
                Dtype::F32 => widen_f32(tensor.data()),
                Dtype::F16 => widen_f16(tensor.data()),
                Dtype::I8 => self.widen_int8(name, &tensor)?,
                _ => return Err(mismatch(name, &tensor, "f32, f16 or int8")),
            };
            Ok(TensorData::new(values, shape.to_vec()))
        })
    }

    fn widen_int8(&mut self, name: &str, tensor: &TensorView) -> Result<Vec<f32>, ModelError> {
        let scale_name = format!("{name}{SCALE_SUFFIX}");
        let scale = self.take(&scale_name)?;
        let shape = tensor.shape();
        let output_dimension = (0..shape.len()).find(|&dimension| {
            let mut expected = vec![1; shape.len()];
            expected[dimension] = shape[dimension];
            scale.shape() == expected
        });
        match output_dimension {
            Some(dimension) if scale.dtype() == Dtype::F32 => Ok(widen_int8(
                tensor.data(),
                shape,
                &widen_f32(scale.data()),
                dimension,
            )),
            _ => Err(mismatch(
                &scale_name,
                &scale,
                &format!("f32, one value per output channel of {shape:?}"),
            )),
        }
    }

    fn take(&mut self, name: &str) -> Result<TensorView<'a>, ModelError> {
        self.taken.insert(name.to_owned());
        self.tensors
            .tensor(name)
            .map_err(|_| ModelError::Missing(name.to_owned()))
    }

    /// Whether nothing is left over but tensors that are read on their own.
    fn finish(self, expected: impl Fn(&str) -> bool) -> Result<(), ModelError> {
        let mut left_over = self.tensors.names().into_iter();
        match left_over.find(|name| !self.taken.contains(*name) && !expected(name)) {
            Some(name) => Err(ModelError::Unexpected(name.to_owned())),
            None => Ok(()),
        }
    }
}

fn container(bytes: &[u8], error: safetensors::SafeTensorError) -> ModelError {
    ModelError::Container {
        bytes: bytes.len(),
        reason: error.to_string(),
    }
}

fn mismatch(name: &str, tensor: &TensorView, expected: &str) -> ModelError {
    ModelError::Tensor {
        name: name.to_owned(),
        found: format!("{:?} of shape {:?}", tensor.dtype(), tensor.shape()),
        expected: expected.to_owned(),
    }
}

/// The version stands before all else: a later one may have another manifest.
fn check_version(manifest: &str) -> Result<(), ModelError> {
    #[derive(serde::Deserialize)]
    struct Version {
        format_version: u64,
    }
    let version: Version =
        serde_json::from_str(manifest).map_err(|error| ModelError::Manifest(error.to_string()))?;
    if version.format_version != u64::from(FORMAT_VERSION) {
        return Err(ModelError::Version {
            found: version.format_version,
        });
    }
    Ok(())
}

/// Whether the manifest's parts agree, before anything is allocated by its sizes.
fn check(manifest: &Manifest) -> Result<(), ModelError> {
    let fail = |sentence: String| Err(ModelError::Inconsistent(sentence));
    if let Err(sentence) = manifest.decoder.validate() {
        return fail(sentence);
    }
    if let Err(sentence) = manifest.encoder.validate() {
        return fail(sentence);
    }
    if manifest.vocabulary.len() != manifest.decoder.vocabulary() {
        return fail(format!(
            "{} words, but decoder.vocabulary is {}",
            manifest.vocabulary.len(),
            manifest.decoder.vocabulary()
        ));
    }
    if let Err(sentence) = manifest.decoder.check_features(manifest.encoder) {
        return fail(sentence);
    }
    if manifest.mirrored_view && !manifest.decoder.has_attention() {
        return fail(format!(
            "mirrored_view is for attention, which a {} decoder has not",
            manifest.decoder.kind()
        ));
    }
    let name = manifest.encoder.architecture.name();
    if manifest.grid != manifest.encoder.grid() {
        return fail(format!(
            "{} gives a grid of {:?}, not {:?}",
            name,
            manifest.encoder.grid(),
            manifest.grid
        ));
    }
    if manifest.preparation.size != manifest.encoder.preparation().size {
        return fail(format!(
            "{} reads photos of {} pixels, not {}",
            name,
            manifest.encoder.preparation().size,
            manifest.preparation.size
        ));
    }
    if let Some(Err(sentence)) = manifest.confidence.as_ref().map(Calibration::validate) {
        return fail(sentence);
    }
    Ok(())
}
