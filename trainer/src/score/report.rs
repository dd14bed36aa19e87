//! A table of measures: printed as papers do, written as CSV in full.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context, Result};

use super::{ContentCounts, Scores};
use crate::{files, output};

/// How a measure is printed.
#[derive(Clone, Copy)]
enum Print {
    /// Times a hundred, with two decimals.
    Percent,
    /// As it is, with so many decimals.
    Plain(usize),
}

struct Row {
    name: String,
    value: f64,
    print: Print,
    unit: &'static str,
}

/// Measures in the order in which they are shown.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// Adds a measure, printed with so many decimals and a unit.
    pub fn add(&mut self, name: &str, value: f64, decimals: usize, unit: &'static str) {
        self.rows.push(Row {
            name: name.to_owned(),
            value,
            print: Print::Plain(decimals),
            unit,
        });
    }

    /// Adds a share, printed times a hundred with a unit.
    pub fn add_share(&mut self, name: &str, value: f64, unit: &'static str) {
        self.rows.push(Row {
            name: name.to_owned(),
            value,
            print: Print::Percent,
            unit,
        });
    }

    /// Adds scores, printed times a hundred.
    pub fn add_scores(&mut self, scores: &Scores) {
        for (name, value) in scores.named() {
            self.rows.push(Row {
                name,
                value,
                print: Print::Percent,
                unit: "",
            });
        }
    }

    /// Adds the content words' measures of a corpus, printed times a hundred. A measure without a word to
    /// count has no row.
    pub fn add_content(&mut self, counts: &ContentCounts) {
        for (name, value) in counts.named() {
            if let Some(value) = value {
                self.add_share(name, value, "");
            }
        }
    }

    /// Adds how many different words tokenised captions have, `captions[photo][word]`.
    pub fn add_vocabulary(&mut self, captions: &[Vec<String>]) {
        let distinct: HashSet<_> = captions.iter().flatten().collect();
        self.add("vocabulary", distinct.len() as f64, 0, "distinct words");
    }

    /// Prints a line per measure.
    ///
    /// # Errors
    /// [`output::print`]
    pub fn print(&self) -> Result<()> {
        let mut text = String::new();
        for row in &self.rows {
            let value = match row.print {
                Print::Percent => format!("{:.2}", 100.0 * row.value),
                Print::Plain(decimals) => format!("{:.decimals$}", row.value),
            };
            // What a name has in brackets is said behind the value.
            let (name, note) = row
                .name
                .split_once(' ')
                .filter(|(_, note)| note.starts_with('('))
                .unwrap_or((&row.name, row.unit));
            text += format!("{name:<14} {value} {note}").trim_end();
            text.push('\n');
        }
        output::print(&text)
    }

    /// Writes `measure,value` rows with raw values in full precision.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_csv(&self, path: &Path) -> Result<()> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["measure", "value"])?;
        for row in &self.rows {
            writer.write_record([row.name.as_str(), &row.value.to_string()])?;
        }
        let bytes = writer
            .into_inner()
            .with_context(|| format!("cannot write {}", path.display()))?;
        files::write_whole(path, &bytes)
    }
}

impl Scores {
    /// Each score with its name.
    pub fn named(&self) -> Vec<(String, f64)> {
        let mut named: Vec<_> = (1..)
            .zip(self.bleu)
            .map(|(order, bleu)| (format!("BLEU-{order}"), bleu))
            .collect();
        named.extend([
            ("METEOR (exact, stem)".to_owned(), self.meteor),
            ("ROUGE-L".to_owned(), self.rouge),
            ("CIDEr-D".to_owned(), self.cider_d),
            ("CIDEr-plain".to_owned(), self.cider_plain),
        ]);
        named
    }
}

impl ContentCounts {
    /// Precision and recall with their names.
    pub fn named(&self) -> [(&'static str, Option<f64>); 2] {
        [
            ("precision (content words)", self.precision()),
            ("recall (common content words)", self.recall()),
        ]
    }
}
