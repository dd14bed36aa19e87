//! Measures that other programs have computed of the same captions: SPICE (Anderson et al., 2016,
//! <https://arxiv.org/abs/1607.08822>) parses sentences, CLIPScore (Hessel et al., 2021, <https://arxiv.org/abs/2104.08718>)
//! asks a network that sees the photo. Neither is computed here; a value of each caption is read.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::{Map, Value};

use super::references::{Pair, References};
use crate::data::{Journal, PhotoId, json, text};

const WHAT: &str = "file of scores: a list of {\"image_id\": …, \"scores\": {\"All\": {\"f\": …}}} as SPICE writes it, or \
    {\"PHOTO\": {\"CLIPScore\": …}, …} as CLIPScore's --save_per_instance does";

/// What is computed here from the counts of all captions, and is no mean of single captions' values.
const OWN: [&str; 7] = [
    "Bleu_1", "Bleu_2", "Bleu_3", "Bleu_4", "METEOR", "ROUGE_L", "CIDEr",
];

/// A measure of captions; that of many is the mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// Its name.
    pub name: String,
    /// That of each caption, in the order of the photos.
    pub(super) values: Vec<f64>,
}

impl Imported {
    /// The mean over a choice of captions.
    pub(super) fn mean(&self, places: impl ExactSizeIterator<Item = usize>) -> Option<f64> {
        let count = places.len();
        let sum: f64 = places.map(|place| self.values[place]).sum();
        (count > 0).then(|| sum / count as f64)
    }

    /// The mean over all.
    pub(super) fn of_all(&self) -> Option<f64> {
        self.mean(0..self.values.len())
    }
}

/// Reads the measures of photos' captions that a file has.
///
/// # Errors
/// When it cannot be read, is something else, or lacks a photo.
pub fn read_imported(
    path: &Path,
    references: &References,
    photos: &[Pair],
) -> Result<Vec<Imported>> {
    let text = text::read(path, &mut Journal::default())?;
    let file: Value = json::parse(&text, path, WHAT)?;
    let rows = photos.iter().enumerate();
    let rows: HashMap<_, _> = rows.map(|(row, photo)| (photo.place, row)).collect();
    let mut found: Vec<(String, Vec<Option<f64>>)> = Vec::new();
    for (id, record) in records(&file) {
        let place = references.place(&id);
        let Some(&row) = place.and_then(|place| rows.get(&place)) else {
            continue;
        };
        for (name, value) in measures(record) {
            let column = match found.iter().position(|(known, _)| *known == name) {
                Some(column) => column,
                None => {
                    found.push((name, vec![None; photos.len()]));
                    found.len() - 1
                }
            };
            found[column].1[row] = Some(value);
        }
    }
    ensure!(
        !found.is_empty(),
        "{} is no {WHAT}, of these photos",
        path.display()
    );
    let columns = found.into_iter().map(|(name, values)| {
        let lacking = values.iter().filter(|value| value.is_none()).count();
        let first = values.iter().position(Option::is_none);
        ensure!(
            lacking == 0,
            "{}: {name} is lacking for {lacking} of {} photos, the first is {}",
            path.display(),
            photos.len(),
            first.map_or("", |row| photos[row].id.as_str())
        );
        let values = values.into_iter().flatten().collect();
        Ok(Imported { name, values })
    });
    columns.collect()
}

/// What a file says of each photo.
fn records(file: &Value) -> Vec<(String, &Map<String, Value>)> {
    let listed = file.as_array().into_iter().flatten().filter_map(|record| {
        let record = record.as_object()?;
        Some((PhotoId::of(record.get("image_id")?)?.as_text(), record))
    });
    let named = file.as_object().into_iter().flatten();
    let named = named.filter_map(|(id, record)| Some((id.clone(), record.as_object()?)));
    listed.chain(named).collect()
}

/// The measures of one caption.
fn measures(record: &Map<String, Value>) -> Vec<(String, f64)> {
    // SPICE has an F1 of all that a sentence says, and of parts of it.
    let all = |value: &Value| value.get("All")?.get("f")?.as_f64();
    let named = record
        .iter()
        .filter_map(|(name, value)| match name.as_str() {
            "image_id" => None,
            "scores" => Some(("SPICE".to_owned(), all(value)?)),
            name if OWN.contains(&name) => None,
            name => Some((name.to_owned(), value.as_f64().or_else(|| all(value))?)),
        });
    named.collect()
}
