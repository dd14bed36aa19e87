//! Presets: the parts of a captioner and how it is trained, as TOML. Encoders, decoders and text rules
//! combine freely.

mod keys;
mod overrides;

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use model_export::decoder::DecoderConfig;
use model_export::encoder::EncoderConfig;
use model_export::text::TextRules;
use serde::{Deserialize, Serialize};
use toml::Table;

pub use overrides::Overrides;

use crate::data::HOLD_OUT;
use crate::files;

/// The presets that the program carries: name and TOML.
pub const CARRIED: [(&str, &str); 5] = [
    ("glimpse", include_str!("../../presets/glimpse.toml")),
    (
        "tf-tutorial",
        include_str!("../../presets/tf-tutorial.toml"),
    ),
    (
        "show-attend-tell",
        include_str!("../../presets/show-attend-tell.toml"),
    ),
    ("merge-lstm", include_str!("../../presets/merge-lstm.toml")),
    (
        "cnn-transformer",
        include_str!("../../presets/cnn-transformer.toml"),
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

/// How captions become tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextRecipe {
    /// How captions become words.
    pub rules: TextRules,
    /// Most words in the vocabulary, special tokens included; once a run has begun, as many as there are.
    pub vocabulary: usize,
    /// Words seen less often are unknown.
    #[serde(default = "once")]
    pub least_count: u64,
    /// Most words of a caption in training; longer ones are cut.
    pub caption_words: usize,
}

fn once() -> u64 {
    1
}

/// Which part of a data set is used for what.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataRecipe {
    /// Photos are drawn until they have this many captions; none means all.
    pub captions: Option<usize>,
    /// Share of the photos that is held out for validation where the data set has no such split.
    pub hold_out: f64,
}

impl Default for DataRecipe {
    fn default() -> Self {
        Self {
            captions: None,
            hold_out: HOLD_OUT,
        }
    }
}

/// How the learning rate goes on after the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Half a cosine to a hundredth of the largest rate.
    Cosine,
    /// The same to the end.
    Constant,
    /// A tenth of it in the last third.
    Drop,
}

impl Schedule {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Cosine, Self::Constant, Self::Drop];

    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::Constant => "constant",
            Self::Drop => "drop",
        }
    }
}

/// How the decoder is trained.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingRecipe {
    /// Reporting epochs.
    pub epochs: usize,
    /// Steps of a reporting epoch; none means one pass over the photos.
    #[serde(default)]
    pub epoch_steps: Option<u64>,
    /// All captions of a photo share one pass over its features.
    pub photos_per_step: usize,
    /// The largest learning rate.
    pub learning_rate: f64,
    /// What share of it the image network's blocks get, where the decoder trains some.
    #[serde(default = "whole")]
    pub block_learning_rate: f64,
    /// Steps over which it rises from 0.
    pub warm_up: u64,
    /// How the learning rate goes on after that.
    pub schedule: Schedule,
    /// AdamW's weight decay of matrices; 0 makes it Adam.
    pub weight_decay: f64,
    /// Decay of AdamW's mean of squared gradients.
    #[serde(default = "beta_2")]
    pub beta_2: f64,
    /// What AdamW adds to the root of that mean.
    #[serde(default = "epsilon")]
    pub epsilon: f64,
    /// Share of a label's probability spread over the whole vocabulary.
    pub label_smoothing: f64,
    /// What doubly stochastic attention weighs in the loss.
    #[serde(default)]
    pub doubly_stochastic: f64,
    /// The largest norm of all gradients together; none means no limit.
    #[serde(default)]
    pub gradient_norm: Option<f64>,
    /// Decay of the average of the weights; 0 keeps none.
    pub weight_average: f64,
    /// Reporting epochs without improvement after which training stops.
    pub patience: usize,
}

fn whole() -> f64 {
    1.0
}

/// Vaswani et al., 2017, <https://arxiv.org/abs/1706.03762>.
fn beta_2() -> f64 {
    0.98
}

/// Kingma and Ba, 2015, <https://arxiv.org/abs/1412.6980>.
fn epsilon() -> f64 {
    1e-8
}

impl Preset {
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
                "glimpse" => (0.98, 1e-8),
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
