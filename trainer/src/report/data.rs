//! What a report's page is told, as JSON. www/report/data.js reads it.

use std::path::Path;

use clap::ValueEnum;
use model_export::attention::{Grid, palette};
use model_export::{Caption, Captioner};
use serde::Serialize;

use crate::calibrate::{self, Bin, Judged};
use crate::data::{CaptionedPhoto, EvaluationSet};
use crate::evaluate::Evaluation;
use crate::score::{self, Tally, missed_words, supported_words, word_groups};

/// A character for each level of a map's weights, from nothing to the map's highest.
const LEVELS: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

/// All that the page shows.
#[derive(Serialize)]
pub(super) struct Data<'a> {
    /// The model file's name.
    model: String,
    /// The data set's.
    data: &'a str,
    split: String,
    language: &'a str,
    /// Of all captions, as they are printed: name, value, and what is said behind it.
    figures: Vec<[String; 3]>,
    /// What [`Photo::scores`] are.
    measures: Vec<String>,
    grid: Grid,
    levels: &'static str,
    /// A colour for each level: RGBA.
    palette: Vec<[u8; 4]>,
    reliability: Option<Reliability>,
    groups: Vec<Group>,
    photos: Vec<Photo<'a>>,
}

/// How far the confidences keep their word on these photos.
#[derive(Serialize)]
struct Reliability {
    bins: Vec<Bin>,
    /// Names and values.
    figures: Vec<(String, String)>,
}

/// Words that exclude one another.
#[derive(Serialize)]
struct Group {
    name: &'static str,
    words: Vec<&'static str>,
}

#[derive(Serialize)]
struct Photo<'a> {
    name: &'a str,
    caption: &'a str,
    confidence: Option<f32>,
    words: Vec<Word<'a>>,
    references: Vec<&'a str>,
    /// Words of the references that the caption lacks.
    missed: Vec<&'a str>,
    /// The caption's scores; none where there is nothing to count.
    scores: Vec<Option<f64>>,
    /// A group's place, and those of what the caption and the references name.
    confusions: Vec<[usize; 3]>,
}

#[derive(Serialize)]
struct Word<'a> {
    text: &'a str,
    probability: f64,
    confidence: Option<f64>,
    /// Whether a reference has it; none for function words.
    supported: Option<bool>,
    /// A level for each position of the grid; empty where the model has no attention.
    map: String,
}

impl<'a> Data<'a> {
    pub(super) fn new(
        model: &Path,
        captioner: &'a Captioner,
        set: &'a EvaluationSet,
        evaluation: &'a Evaluation,
    ) -> Self {
        let manifest = captioner.manifest();
        let supported: Vec<_> = evaluation
            .captions
            .iter()
            .zip(&evaluation.references)
            .map(|(caption, references)| supported(caption, references))
            .collect();
        let photos = supported.iter().enumerate();
        let split = set.split().to_possible_value();
        Self {
            model: model
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into(),
            data: &set.dataset().name,
            split: split.map_or_else(String::new, |split| split.get_name().to_owned()),
            language: &manifest.language,
            figures: evaluation.report.printed().collect(),
            measures: names(),
            grid: manifest.grid,
            levels: LEVELS,
            palette: palette(LEVELS.len() as u8),
            reliability: reliability(&evaluation.captions, &supported),
            groups: word_groups()
                .iter()
                .map(|group| Group {
                    name: group.name,
                    words: group.names(),
                })
                .collect(),
            photos: photos
                .map(|(place, supported)| Photo::new(evaluation, place, supported))
                .collect(),
        }
    }
}

impl<'a> Photo<'a> {
    fn new(evaluation: &'a Evaluation, place: usize, supported: &[Option<bool>]) -> Self {
        let CaptionedPhoto { name, captions, .. } = &evaluation.photos[place];
        let caption = &evaluation.captions[place];
        let candidate = &evaluation.candidates[place];
        let references = &evaluation.references[place];
        let measures = evaluation.scored.captions[place].measures().into_iter();
        let words = caption.words.iter().zip(supported);
        Self {
            name,
            caption: &caption.text,
            confidence: caption.confidence,
            words: words
                .map(|(word, &supported)| Word {
                    text: &word.text,
                    probability: rounded(word.probability.into(), 3),
                    confidence: word.confidence.map(|it| rounded(it.into(), 3)),
                    supported,
                    map: map(&word.map),
                })
                .collect(),
            references: captions.iter().collect(),
            missed: missed_words(candidate, references),
            scores: measures
                .map(|(_, value)| value.map(|value| rounded(value, 6)))
                .collect(),
            confusions: score::confusions(candidate, references)
                .into_iter()
                .map(|it| [it.group, it.said, it.meant])
                .collect(),
        }
    }
}

/// What a single caption's scores are called.
fn names() -> Vec<String> {
    let measures = Tally::default().measures().into_iter();
    measures.map(|(name, _)| name).collect()
}

/// Of each of a caption's words whether a reference has it. The words are the model's: each has its own map.
fn supported(caption: &Caption, references: &[Vec<String>]) -> Vec<Option<bool>> {
    let words: Vec<_> = caption.words.iter().map(|word| word.text.clone()).collect();
    supported_words(&words, references)
}

/// None where the model does not say how sure it is.
fn reliability(captions: &[Caption], supported: &[Vec<Option<bool>>]) -> Option<Reliability> {
    let judged: Vec<_> = captions
        .iter()
        .zip(supported)
        .filter(|(caption, _)| !caption.words.is_empty())
        .filter_map(|(caption, supported)| {
            Some(Judged {
                confidence: caption.confidence?.into(),
                right: calibrate::is_right(supported),
            })
        })
        .collect();
    let figures = calibrate::figures(&judged);
    let figures = figures.lines().filter_map(|line| {
        let (name, value) = line.trim().split_once("  ")?;
        Some((name.to_owned(), value.trim().to_owned()))
    });
    (!judged.is_empty()).then(|| Reliability {
        bins: calibrate::bins(&judged).to_vec(),
        figures: figures.collect(),
    })
}

/// A map's levels, each the share of the map's highest weight.
fn map(weights: &[f32]) -> String {
    let highest = weights.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let last = LEVELS.len() - 1;
    // What is no number is nothing.
    let level = |weight: &f32| (weight / highest * last as f32).round() as usize;
    let levels = weights.iter().map(|weight| level(weight).min(last));
    levels
        .map(|level| char::from(LEVELS.as_bytes()[level]))
        .collect()
}

fn rounded(value: f64, decimals: i32) -> f64 {
    let unit = 10f64.powi(decimals);
    (value * unit).round() / unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_has_a_character_for_each_weight() {
        assert_eq!(map(&[]), "");
        assert_eq!(map(&[0.0, 0.5, 0.25, 0.001]), "0_w0");
        assert_eq!(map(&[0.0, 0.0]), "00");
        assert_eq!(map(&[f32::NAN, 1.0]), "0_");
    }

    #[test]
    fn what_is_rounded_is_short() {
        assert_eq!(
            serde_json::to_string(&rounded(1.0 / 3.0, 3)).unwrap(),
            "0.333"
        );
        assert_eq!(serde_json::to_string(&rounded(0.999_96, 3)).unwrap(), "1.0");
    }
}
