//! A table of measures: printed as papers do, written as CSV in full.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context, Result};

use super::{ContentCounts, Hallucinations, Imported, Interval, Scores, Tally};
use crate::{files, output};

/// How a measure is printed.
#[derive(Clone, Copy)]
enum Print {
    /// Times a hundred, with two decimals.
    Percent,
    /// As it is, with so many decimals.
    Plain(usize),
}

/// How sure a value is.
#[derive(Clone, Copy)]
enum Spread {
    /// Other photos would hardly lead out of it.
    Interval(Interval),
    /// The standard deviation of several models.
    Deviation(f64),
}

impl Print {
    fn text(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{:.2}", 100.0 * value),
            Self::Plain(decimals) => format!("{value:.decimals$}"),
        }
    }
}

#[derive(Clone)]
struct Row {
    name: String,
    value: f64,
    spread: Option<Spread>,
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
            spread: None,
            print: Print::Plain(decimals),
            unit,
        });
    }

    /// Adds a share, printed times a hundred with a unit.
    pub fn add_share(&mut self, name: &str, value: f64, unit: &'static str) {
        self.rows.push(Row {
            name: name.to_owned(),
            value,
            spread: None,
            print: Print::Percent,
            unit,
        });
    }

    /// Adds scores and the content words' shares, printed times a hundred. A share of no word has no row.
    pub fn add_measures(&mut self, tally: &Tally) {
        for (name, value) in tally.measures() {
            if let Some(value) = value {
                self.add_share(&name, value, "");
            }
        }
    }

    /// Adds what other programs have measured, printed times 100.
    pub fn add_imported(&mut self, imported: &[Imported]) {
        for measure in imported {
            if let Some(value) = measure.of_all() {
                self.add_share(&measure.name, value, "");
            }
        }
    }

    /// Adds CHAIR's shares, printed times 100: the lower, the better.
    pub fn add_hallucinations(&mut self, hallucinations: &Hallucinations) {
        for (name, value) in hallucinations.named() {
            if let Some(value) = value {
                self.add_share(name, value, "% invented");
            }
        }
    }

    /// Adds how many different words tokenised captions have, `captions[photo][word]`.
    pub fn add_vocabulary(&mut self, captions: &[Vec<String>]) {
        let distinct: HashSet<_> = captions.iter().flatten().collect();
        self.add("vocabulary", distinct.len() as f64, 0, "distinct words");
    }

    /// Adds the rows of another one.
    pub fn append(&mut self, other: Self) {
        self.rows.extend(other.rows);
    }

    /// Adds the means of several models' measures, each with its standard deviation, of all that have a value of each
    /// model.
    pub fn add_means(&mut self, models: &[Self]) {
        let Some((first, others)) = models.split_first() else {
            return;
        };
        let value = |report: &Self, name: &str| {
            let row = report.rows.iter().find(|row| row.name == name);
            row.map(|row| row.value)
        };
        for row in &first.rows {
            let others = others.iter().map(|report| value(report, &row.name));
            let values: Option<Vec<_>> = std::iter::once(Some(row.value)).chain(others).collect();
            if let Some((mean, deviation)) = values.as_deref().and_then(mean_and_deviation) {
                self.rows.push(Row {
                    value: mean,
                    spread: Some(Spread::Deviation(deviation)),
                    ..row.clone()
                });
            }
        }
    }

    /// Says of measures in which interval they are.
    pub fn set_intervals(&mut self, intervals: &[(String, Interval)]) {
        for row in &mut self.rows {
            let found = intervals.iter().find(|(name, _)| *name == row.name);
            row.spread = found.map(|&(_, interval)| Spread::Interval(interval));
        }
    }

    /// Prints a line per measure.
    ///
    /// # Errors
    /// [`output::print`]
    pub fn print(&self) -> Result<()> {
        let mut text = String::new();
        for [name, value, note] in self.printed() {
            text += format!("{name:<14} {value} {note}").trim_end();
            text.push('\n');
        }
        output::print(&text)
    }

    /// Each measure as it is printed: its name, its value, and what is said behind the value.
    pub fn printed(&self) -> impl Iterator<Item = [String; 3]> {
        self.rows.iter().map(|row| {
            let shown = |value| row.print.text(value);
            let value = shown(row.value)
                + &match row.spread {
                    None => String::new(),
                    Some(Spread::Interval(Interval { low, high })) => {
                        format!(" [{}, {}]", shown(low), shown(high))
                    }
                    Some(Spread::Deviation(deviation)) => format!(" ± {}", shown(deviation)),
                };
            // What a name has in brackets is said behind the value.
            let (name, note) = row
                .name
                .split_once(' ')
                .filter(|(_, note)| note.starts_with('('))
                .unwrap_or((&row.name, row.unit));
            [name.to_owned(), value, note.to_owned()]
        })
    }

    /// Writes `measure,value` rows with raw values in full precision, and, where values have them, the ends of their
    /// intervals (`low,high`) or their `standard deviation` behind.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_csv(&self, path: &Path) -> Result<()> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let spread = self.rows.iter().find_map(|row| row.spread);
        let columns: &[&str] = match spread {
            None => &[],
            Some(Spread::Interval(_)) => &["low", "high"],
            Some(Spread::Deviation(_)) => &["standard deviation"],
        };
        writer.write_record(["measure", "value"].iter().chain(columns))?;
        for row in &self.rows {
            let values = match row.spread {
                None => Vec::new(),
                Some(Spread::Interval(Interval { low, high })) => vec![low, high],
                Some(Spread::Deviation(deviation)) => vec![deviation],
            };
            let mut cells = vec![row.name.clone(), row.value.to_string()];
            cells.extend(values.iter().map(f64::to_string));
            cells.resize(2 + columns.len(), String::new());
            writer.write_record(cells)?;
        }
        let bytes = writer
            .into_inner()
            .with_context(|| format!("cannot write {}", path.display()))?;
        files::write_whole(path, &bytes)
    }
}

/// The mean of two values or more, and their standard deviation as a sample's.
fn mean_and_deviation(values: &[f64]) -> Option<(f64, f64)> {
    let others = values.len().checked_sub(1).filter(|&others| others > 0)?;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares = values.iter().map(|value| (value - mean).powi(2));
    Some((mean, (squares.sum::<f64>() / others as f64).sqrt()))
}

impl Scores {
    /// Each score with its name.
    pub fn named(&self) -> Vec<(String, f64)> {
        let meteor = match self.synonyms {
            true => "METEOR (exact, stem, synonym)",
            false => "METEOR (exact, stem)",
        };
        let mut named: Vec<_> = (1..)
            .zip(self.bleu)
            .map(|(order, bleu)| (format!("BLEU-{order}"), bleu))
            .collect();
        named.extend([
            (meteor.to_owned(), self.meteor),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standard_deviation_is_a_samples() {
        // numpy.std([2, 4, 9], ddof=1)
        let (mean, deviation) = mean_and_deviation(&[2.0, 4.0, 9.0]).unwrap();
        assert_eq!(mean, 5.0);
        assert!((deviation - 3.605_551_275_463_989).abs() < 1e-12);
        assert_eq!(mean_and_deviation(&[2.0]), None);
    }
}
