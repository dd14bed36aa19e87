//! Presets: the parts of a captioner and how it is trained, as TOML. Encoders, decoders and text rules
//! combine freely.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use model_export::decoder::DecoderConfig;
use model_export::encoder::EncoderConfig;
use serde::{Deserialize, Serialize};
use toml::Table;

use super::keys;
use super::parts::{DataRecipe, TextRecipe, TrainingRecipe};
use crate::files;
use crate::shipped_model::SHIPPED;

/// The presets that the program carries: name and TOML.
pub const CARRIED: [(&str, &str); 6] = [
    ("glimpse", include_str!("../../../presets/glimpse.toml")),
    (SHIPPED, include_str!("../../../presets/shipped.toml")),
    (
        "tf-tutorial",
        include_str!("../../../presets/tf-tutorial.toml"),
    ),
    (
        "show-attend-tell",
        include_str!("../../../presets/show-attend-tell.toml"),
    ),
    (
        "merge-lstm",
        include_str!("../../../presets/merge-lstm.toml"),
    ),
    (
        "cnn-transformer",
        include_str!("../../../presets/cnn-transformer.toml"),
    ),
];

/// A captioner's parts and its training.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// What it is, in a line.
    pub title: String,
    /// Where it comes from.
    pub source: String,
    /// What a run begins with where it is told nothing else: as `--from` has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<PathBuf>,
    /// The image network.
    pub image: EncoderConfig,
    /// The decoder. Sizes that follow from data and encoder are filled in by [`Preset::fit`].
    pub decoder: DecoderConfig,
    /// How captions become tokens.
    pub text: TextRecipe,
    /// Which part of a data set is used for what.
    #[serde(default)]
    pub data: DataRecipe,
    /// How the decoder is trained.
    pub training: TrainingRecipe,
}

impl Preset {
    /// The preset of those who name none.
    pub const DEFAULT: &'static str = "glimpse";

    /// The preset that does best with so many training photos where nothing is said of the captioner: few teach few
    /// words, and are best spent on a model that knows words already (docs/fine-tuning.md).
    pub fn for_photos(count: usize) -> &'static str {
        const FEW: usize = 3000;
        match count {
            0..FEW => SHIPPED,
            _ => Self::DEFAULT,
        }
    }

    /// A preset that the program carries, or that of a TOML file.
    ///
    /// # Errors
    /// When there is no such preset, or the file cannot be understood.
    pub fn open(name: &str) -> Result<Self> {
        if let Some((_, text)) = CARRIED.iter().find(|(carried, _)| *carried == name) {
            return Self::parse(text).with_context(|| format!("the preset {name}"));
        }
        let path = Path::new(name);
        if path.extension().is_none_or(|extension| extension != "toml") {
            let names: Vec<_> = CARRIED.iter().map(|(name, _)| *name).collect();
            return Err(anyhow!(
                "there is no preset {name}: take one of {}, or a .toml file",
                names.join(", ")
            ));
        }
        let bytes = files::read(path)?;
        let text = std::str::from_utf8(&bytes)
            .with_context(|| format!("{} is no text", path.display()))?;
        Self::parse(text).with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> Result<Self> {
        let preset: Self = toml::from_str(text)?;
        // The image network and the decoder are read by the captioner's own types, which skip keys that
        // they do not know.
        let known = Table::try_from(&preset).context("the preset cannot be written as TOML")?;
        keys::check(&toml::from_str(text)?, &known)?;
        Ok(preset)
    }

    /// Sets the sizes that follow from a vocabulary of so many tokens and from the image network, and checks
    /// that the parts go together.
    ///
    /// # Errors
    /// A sentence that says what does not.
    pub fn fit(&mut self, vocabulary: usize) -> Result<()> {
        self.image
            .validate()
            .map_err(|sentence| anyhow!(sentence))?;
        let fitted = self.decoder.fit(vocabulary, self.image);
        fitted
            .and_then(|()| self.decoder.validate())
            .map_err(|sentence| anyhow!(sentence))
    }
}

#[cfg(test)]
mod tests {
    use burn::module::Module;
    use burn::tensor::Device;
    use model_export::decoder::Decoder;
    use model_export::encoder::FeatureLayer;

    use super::*;

    #[test]
    fn every_carried_preset_fits_itself() {
        for (name, _) in CARRIED {
            let mut preset = Preset::open(name).unwrap();
            preset.fit(preset.text.vocabulary).unwrap();
        }
    }

    #[test]
    fn adam_is_kerass_in_the_presets_that_follow_it() {
        for (name, _) in CARRIED {
            let training = Preset::open(name).unwrap().training;
            let expected = match name {
                "glimpse" | SHIPPED => (0.98, 1e-8),
                _ => (0.999, 1e-7),
            };
            assert_eq!((training.beta_2, training.epsilon), expected, "{name}");
        }
    }

    #[test]
    fn the_tutorials_decoder_has_the_tutorials_size() {
        let mut preset = Preset::open("tf-tutorial").unwrap();
        preset.fit(preset.text.vocabulary).unwrap();
        let decoder = Decoder::new(&preset.decoder, &Device::flex());
        let embeddings = 5000 * 256 + 50 * 256;
        // Keras counts: query, key, value to 2 heads · 256, and back.
        let self_attention = 3 * (256 * 512 + 512) + 512 * 256 + 256;
        let cross_attention = 256 * 512 + 512 + 2 * (576 * 512 + 512) + 512 * 256 + 256;
        let feed_forward = 256 * 512 + 512 + 512 * 256 + 256;
        let norms = 3 * 2 * 256;
        let output = 256 * 5000 + 5000;
        assert_eq!(
            decoder.num_params(),
            embeddings + 2 * (self_attention + cross_attention + feed_forward + norms) + output
        );
    }

    #[test]
    fn pooled_features_are_refused_for_attention() {
        for name in [
            "glimpse",
            "tf-tutorial",
            "show-attend-tell",
            "cnn-transformer",
        ] {
            let mut preset = Preset::open(name).unwrap();
            preset.image.feature_layer = FeatureLayer::Pooled;
            let error = preset.fit(preset.text.vocabulary).unwrap_err().to_string();
            assert!(error.contains("one vector for the whole photo"), "{error}");
        }
    }

    #[test]
    fn decoders_without_a_head_refuse_the_layers_before_it() {
        for name in ["show-attend-tell", "merge-lstm", "cnn-transformer"] {
            let mut preset = Preset::open(name).unwrap();
            preset.image = EncoderConfig {
                feature_layer: FeatureLayer::Blocks,
                ..Preset::open("glimpse").unwrap().image
            };
            let error = preset.fit(preset.text.vocabulary).unwrap_err().to_string();
            assert!(error.contains("take the layer head"), "{error}");
        }
    }

    #[test]
    fn an_unknown_name_or_key_is_named() {
        let error = Preset::open("nothing").unwrap_err().to_string();
        assert!(error.contains("tf-tutorial"), "{error}");
        let folder = temp_dir::TempDir::new().unwrap();
        let path = folder.path().join("own.toml");
        for (table, key, says) in [
            ("[training]", "speed", "unknown field `speed`"),
            (
                "[image]",
                "encoders",
                "the table [image] has no key `encoders`",
            ),
            ("[decoder]", "unit", "[decoder] has no key `unit`"),
            (
                "[decoder.dropout]",
                "images",
                "[decoder.dropout] has no key `images`",
            ),
        ] {
            let text = CARRIED[0].1.replace(table, &format!("{table}\n{key} = 1"));
            std::fs::write(&path, text).unwrap();
            let error = format!("{:#}", Preset::open(path.to_str().unwrap()).unwrap_err());
            assert!(
                error.contains("own.toml") && error.contains(says),
                "{error}"
            );
        }
    }
}
