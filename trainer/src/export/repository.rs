//! A run as a repository of Hugging Face's Hub: the model file, what it is, and a card with the metadata that the Hub
//! reads. <https://huggingface.co/docs/hub/model-cards>

use std::fmt::Display;
use std::path::Path;

use anyhow::{Context, Result};
use model_export::model_file::Manifest;
use serde_json::Value;

use super::{Export, MODEL_FILE};
use crate::data::terms;
use crate::train::run_folder::{RunFolder, SetRow};

/// What the Hub calls licences that it knows; each is the SPDX identifier in small letters.
const LICENCES: [&str; 15] = [
    "apache-2.0",
    "bsd-2-clause",
    "bsd-3-clause",
    "cc-by-4.0",
    "cc-by-nc-4.0",
    "cc-by-nc-nd-4.0",
    "cc-by-nc-sa-4.0",
    "cc-by-nd-4.0",
    "cc-by-sa-4.0",
    "cc0-1.0",
    "isc",
    "mit",
    "mpl-2.0",
    "unlicense",
    "wtfpl",
];

/// The files of a run's repository, by their names.
///
/// # Errors
/// When the run's validation cannot be read.
pub fn repository(run: &Path, export: Export) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let rows = RunFolder::new(run).validation_of(export.manifest.training.steps)?;
    let card = card(&export.manifest, &rows);
    let config = config(&export.manifest)?;
    Ok(vec![
        ("README.md", card.into_bytes()),
        ("config.json", config),
        (MODEL_FILE, export.bytes),
    ])
}

/// What the model file says of itself, but for its words.
fn config(manifest: &Manifest) -> Result<Vec<u8>> {
    let mut config = serde_json::to_value(manifest)?;
    let fields = config.as_object_mut().context("a manifest is no object")?;
    fields.remove("vocabulary");
    fields.insert("model_type".to_owned(), Value::from("glimpse"));
    Ok(serde_json::to_vec_pretty(&config)?)
}

/// The card: metadata as YAML, and the same for people.
fn card(manifest: &Manifest, rows: &[SetRow]) -> String {
    let name = &manifest.name;
    let record = &manifest.training;
    let mut results = String::new();
    let mut figures = String::new();
    for row in rows {
        results.push_str(&result(row));
        let [cider, accuracy, cross_entropy] = [row.cider, row.accuracy, row.cross_entropy];
        let set = cell(&row.set);
        figures.push_str(&format!(
            "| {set} | {cider} | {accuracy} | {cross_entropy} |\n"
        ));
    }
    let terms: String = rows
        .iter()
        .map(|row| format!("- {}: {}\n", row.set, terms(&row.set)))
        .collect();
    let attribution: String = manifest
        .attribution
        .iter()
        .map(|line| format!("- {line}\n"))
        .collect();
    format!(
        "---\n\
         language: {language}\n\
         {licence}\
         library_name: glimpse\n\
         pipeline_tag: image-to-text\n\
         tags:\n\
         - image-captioning\n\
         - glimpse\n\
         model-index:\n\
         - name: {quoted_name}\n  results:\n{results}\
         ---\n\n\
         # {name}\n\n\
         An image captioner: it says in a sentence what a photo shows. Its captions are often wrong, and are no \
         replacement for a description that a person has checked.\n\n\
         ```sh\n\
         glimpse caption --model {MODEL_FILE} photo.jpg\n\
         ```\n\n\
         `{MODEL_FILE}` has everything: image network, decoder and words. `config.json` is what it says of itself.\n\n\
         ## Training\n\n\
         On {photos} photos with {captions} captions of {data}:\n\n\
         ```sh\n{command}\n```\n\n\
         ## Validation\n\n\
         On {validation_photos} photos held for validation, by which its epoch was chosen. Greedy captions; CIDEr-D from \
         0 to 10, cross-entropy in nats per word.\n\n\
         | data set | CIDEr-D | share of words predicted right | cross-entropy |\n\
         |---|---|---|---|\n\
         {figures}\n\
         ## Licence\n\n\
         {licence_name}. The terms of the data sets that it was trained on, which may bear on what the model may be used \
         for:\n\n\
         {terms}\n\
         The image network:\n\n\
         {attribution}",
        language = quoted(&manifest.language),
        licence = licence(&manifest.licence),
        quoted_name = quoted(name),
        photos = record.photos,
        captions = record.captions,
        data = record.data,
        command = record.command,
        validation_photos = record.validation_photos,
        licence_name = manifest.licence,
    )
}

/// A data set's entry of `model-index`.
fn result(row: &SetRow) -> String {
    let set = quoted(&row.set);
    let mut text = format!(
        "  - task:\n      type: image-to-text\n    dataset:\n      name: {set}\n      type: {set}\n      split: \
         validation\n    metrics:\n"
    );
    for (kind, name, value) in [
        ("cider", "CIDEr-D of greedy captions (0 to 10)", row.cider),
        ("accuracy", "share of words predicted right", row.accuracy),
        (
            "cross_entropy",
            "cross-entropy, nats per word",
            row.cross_entropy,
        ),
    ] {
        // YAML writes what is no number otherwise.
        if value.is_finite() {
            let name = quoted(name);
            text.push_str(&format!(
                "    - type: {kind}\n      name: {name}\n      value: {value}\n"
            ));
        }
    }
    text
}

/// The metadata on a licence: the Hub knows few identifiers, and no expression of several.
fn licence(expression: &str) -> String {
    let identifier = expression.to_lowercase();
    if LICENCES.contains(&identifier.as_str()) {
        return format!("license: {identifier}\n");
    }
    let name: Vec<_> = identifier
        .split(|character: char| !(character.is_ascii_alphanumeric() || "-.+".contains(character)))
        .filter(|word| !word.is_empty())
        .collect();
    format!("license: other\nlicense_name: {}\n", quoted(name.join("-")))
}

/// A text as YAML: a string of JSON is one.
fn quoted(text: impl Display) -> Value {
    Value::from(text.to_string())
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_as_the_hub_calls_them() {
        assert_eq!(licence("CC-BY-4.0"), "license: cc-by-4.0\n");
        assert_eq!(
            licence("MIT OR (Apache-2.0 WITH X)"),
            "license: other\nlicense_name: \"mit-or-apache-2.0-with-x\"\n"
        );
    }
}
