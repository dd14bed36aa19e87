//! Writing a model file.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;

use burn::module::Module;
use burn::nn::Linear;
use safetensors::tensor::TensorView;
use thiserror::Error;

use super::manifest::Manifest;
use super::parameters::{Parameter, parameters};
use super::quantize::{Precision, Stored, f16_tensor, f32_tensor, int8_tensor};
use crate::decoder::Decoder;
use crate::encoder::Encoder;

/// Key of the metadata in the container's header.
const METADATA_KEY: &str = "__metadata__";
/// Key of the manifest in the file's metadata.
pub(super) const MANIFEST_KEY: &str = "glimpse";
/// Key of the checksum in the file's metadata.
pub(super) const CHECKSUM_KEY: &str = "crc32";
/// Ending of the name of an int8 tensor's scales.
pub(super) const SCALE_SUFFIX: &str = ".scale";

/// What the names of a classifier's tensors begin with, beside an encoder.
pub(super) const CLASSIFIER: &str = "classifier";

/// Why a model could not be turned into a file.
#[derive(Debug, Error)]
pub enum WriteError {
    /// A parameter could not be read from the device.
    #[error("parameter {name} cannot be read: {reason}")]
    Parameter {
        /// The parameter.
        name: String,
        /// What the device says.
        reason: String,
    },
    /// The manifest, or the header that it is in, is no JSON.
    #[error("the manifest cannot be written: {0}")]
    Manifest(#[from] serde_json::Error),
    /// The manifest contradicts itself.
    #[error("the model file would not be read again: {0}")]
    Refused(String),
    /// The container refused a tensor.
    #[error("the tensors cannot be written: {0}")]
    Container(#[from] safetensors::SafeTensorError),
}

/// The bytes of a model file.
///
/// # Errors
/// [`WriteError`]
pub fn serialize(
    manifest: &Manifest,
    encoder: &Encoder,
    decoder: &Decoder,
    precision: Precision,
) -> Result<Vec<u8>, WriteError> {
    let mut tensors = stored(encoder, "encoder", precision)?;
    tensors.extend(stored(decoder, "decoder", precision)?);
    sealed(manifest, views(&tensors)?)
}

/// The bytes of a file of these tensors, with its checksum.
pub(super) fn sealed<Name: AsRef<str> + Ord + Display>(
    manifest: &Manifest,
    views: Vec<(Name, TensorView<'_>)>,
) -> Result<Vec<u8>, WriteError> {
    let manifest = serde_json::to_string(manifest)?;

    // The container decides the order of the tensors, so the checksum is taken of its bytes.
    container(views, |data| {
        let checksum = checksum(&manifest, data);
        BTreeMap::from([
            (MANIFEST_KEY.to_owned(), manifest.clone()),
            (CHECKSUM_KEY.to_owned(), format!("{checksum:08x}")),
        ])
    })
}

/// The bytes of a file that holds an encoder, and its network's classifier where that is known: what the
/// trainer keeps of a pretrained network. The classifier is int8 whatever the precision, as in a model file.
///
/// # Errors
/// [`WriteError`]
pub fn serialize_encoder(
    encoder: &Encoder,
    classifier: Option<&Linear>,
    precision: Precision,
    notes: HashMap<String, String>,
) -> Result<Vec<u8>, WriteError> {
    let mut tensors = stored(encoder, "encoder", precision)?;
    if let Some(classifier) = classifier {
        tensors.extend(stored(classifier, CLASSIFIER, Precision::Int8)?);
    }
    container(views(&tensors)?, |_| notes.into_iter().collect())
}

/// The container's bytes, the same for the same content, with the metadata of these tensors' bytes: the library would
/// write metadata in the random order of a hash map, so its header gets them here, with all keys sorted.
fn container<Name: AsRef<str> + Ord + Display>(
    views: Vec<(Name, TensorView<'_>)>,
    metadata: impl FnOnce(&[u8]) -> BTreeMap<String, String>,
) -> Result<Vec<u8>, WriteError> {
    let file = safetensors::serialize(views, None)?;
    let (header, data) = sections(&file).unwrap_or_default();
    let mut header: BTreeMap<String, serde_json::Value> = serde_json::from_slice(header)?;
    header.insert(
        METADATA_KEY.to_owned(),
        serde_json::to_value(metadata(data))?,
    );
    let mut header = serde_json::to_vec(&header)?;
    // Spaces bring the tensors' bytes to a multiple of eight, as the container's specification asks.
    header.resize(header.len().next_multiple_of(8), b' ');
    let length = (header.len() as u64).to_le_bytes();
    Ok([&length, header.as_slice(), data].concat())
}

fn views(tensors: &[(String, Stored)]) -> Result<Vec<(&str, TensorView<'_>)>, WriteError> {
    tensors
        .iter()
        .map(|(name, stored)| {
            let view = TensorView::new(stored.dtype, stored.shape.clone(), &stored.bytes)?;
            Ok((name.as_str(), view))
        })
        .collect()
}

/// The container's header, and the tensors' bytes: all that follows it.
fn sections(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = file.split_first_chunk::<8>()?;
    rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)
}

/// The tensors' bytes.
pub(super) fn data_section(file: &[u8]) -> Option<&[u8]> {
    sections(file).map(|(_, data)| data)
}

/// CRC-32 (IEEE 802.3) of the manifest's text followed by the tensors' bytes.
pub(super) fn checksum(manifest: &str, data: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(manifest.as_bytes());
    hasher.update(data);
    hasher.finalize()
}

fn stored(
    module: &impl Module,
    prefix: &str,
    precision: Precision,
) -> Result<Vec<(String, Stored)>, WriteError> {
    let mut tensors = Vec::new();
    for parameter in parameters(module) {
        let Parameter {
            name,
            data,
            output_dimension,
        } = parameter;
        let shape = data.shape().to_vec();
        let values = data
            .try_into_vec::<f32>()
            .map_err(|error| WriteError::Parameter {
                name: name.clone(),
                reason: format!("{error:?}"),
            })?;
        let name = format!("{prefix}.{name}");
        match (precision, output_dimension) {
            (Precision::Int8, Some(output_dimension)) => {
                let (stored, scale) = int8_tensor(&values, &shape, output_dimension);
                tensors.push((format!("{name}{SCALE_SUFFIX}"), scale));
                tensors.push((name, stored));
            }
            (Precision::F16, Some(_)) => tensors.push((name, f16_tensor(&values, &shape))),
            _ => tensors.push((name, f32_tensor(&values, &shape))),
        }
    }
    Ok(tensors)
}
