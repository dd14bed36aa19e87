//! The words that a decoder learns.

use anyhow::{Error, Result};
use model_export::vocabulary::Vocabulary;

use crate::data::Diet;
use crate::image_classes;
use crate::train::recipe::Preset;

/// The vocabulary of the captions to train on, with the styles of their data sets.
///
/// # Errors
/// When a style cannot be one.
pub(crate) fn vocabulary(diet: &Diet, recipe: &Preset) -> Result<Vocabulary> {
    let rules = recipe.text.rules;
    let frequent = Vocabulary::from_captions(
        diet.captions(),
        rules,
        recipe.text.vocabulary,
        recipe.text.least_count,
    );
    let words = match recipe.decoder.image_classes() {
        // Those that no caption has may be written too.
        Some(_) => {
            let names: Vec<_> = image_classes::words(rules).flatten().collect();
            frequent.with_words(names.iter().map(String::as_str))
        }
        None => frequent,
    };
    words.with_styles(diet.styles()).map_err(Error::msg)
}
