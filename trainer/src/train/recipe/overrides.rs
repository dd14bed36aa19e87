//! Every value of a preset that the command line can change.

use anyhow::{Result, ensure};
use clap::Args;
use model_export::decoder::DecoderConfig;

use super::decoder_options::{self, DecoderOptions};
use super::given::{self, Given};
use super::parts::{DataRecipe, TextRecipe, TrainingRecipe, check};
use super::preset::Preset;
use crate::encoder_weights::EncoderOptions;

/// Options that take the place of a preset's values. Flattened into a command's arguments.
#[derive(Args)]
pub struct Overrides {
    /// Those of the image network.
    #[command(flatten)]
    pub encoder: EncoderOptions,
    #[command(flatten)]
    decoder: DecoderOptions,
    #[command(flatten)]
    text: Given<TextRecipe>,
    #[command(flatten)]
    data: Given<DataRecipe>,
    #[command(flatten)]
    training: Given<TrainingRecipe>,
}

impl Overrides {
    /// The preset with these values, every one of them checked.
    ///
    /// # Errors
    /// When a value is out of its range, or a part has no such value.
    pub fn apply(&self, mut preset: Preset) -> Result<Preset> {
        preset.image = self.encoder.config(preset.image)?;
        self.decoder.apply(&mut preset.decoder)?;
        if let Some(classes) = preset.decoder.image_classes_mut() {
            // A run's recipe has the tokens of its own vocabulary, which may be larger than `--vocabulary`.
            classes.words.clear();
        }
        self.text.apply(&mut preset.text)?;
        self.data.apply(&mut preset.data)?;
        self.training.apply(&mut preset.training)?;
        check(&preset.text, &preset.data, &preset.training)?;
        ensure!(
            preset.training.doubly_stochastic == 0.0 || preset.decoder.has_attention(),
            "--doubly-stochastic: a {} decoder has no attention",
            preset.decoder.kind()
        );
        ensure!(
            preset.training.hold_classes == 0.0 || preset.decoder.image_classes().is_some(),
            "--hold-classes: this decoder reads no classes; give --image-classes too"
        );
        preset.fit(preset.text.vocabulary)?;
        ensure!(
            preset.training.hold_classes == 0.0 || !preset.image.tail_blocks().is_empty(),
            "--hold-classes: no block of the image network is trained; give --feature-layer last-block or last-stages too"
        );
        Ok(preset)
    }
}

/// The options that give a preset's values, whatever the defaults of the named preset are.
///
/// # Errors
/// None that is known.
pub(super) fn recorded(preset: &Preset) -> Result<String> {
    let image = &preset.image;
    let untied =
        matches!(&preset.decoder, DecoderConfig::Transformer(config) if !config.tied_output);
    Ok([
        format!(
            " --encoder {} --feature-layer {}",
            image.architecture.name(),
            image.feature_layer.name()
        ),
        image
            .photo_size
            .map(|size| format!(" --photo-size {size}"))
            .unwrap_or_default(),
        decoder_options::recorded(&preset.decoder),
        given::recorded(&preset.text, &[])?,
        given::recorded(&preset.data, &[])?,
        given::recorded(&preset.training, &TrainingRecipe::WITHOUT_EFFECT)?,
        if untied { " --untied-output" } else { "" }.to_owned(),
    ]
    .concat())
}
