//! Runs beside one another as a page of one file: tables, and curves as pictures.

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Comparison, TrainedRun};
use crate::report::page::{BASE_STYLE, fill, sum};
use crate::train::run_folder::{Curve, curves};

const TEMPLATE: &str = include_str!("../../../www/report/runs.html");
const STYLE: &str = include_str!("../../../www/report/runs.css");

impl Comparison {
    /// A page that loads nothing.
    ///
    /// # Errors
    /// When the curves cannot be drawn.
    pub fn page(&self) -> Result<String> {
        let style = [BASE_STYLE, STYLE].concat();
        let policy = format!(
            "default-src 'none'; style-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
            sum(&style)
        );
        let tables = [self.results(), self.differences()].map(|lines| table(&lines));
        let pictures = [
            self.picture("Training loss, in nats per word", |run| {
                let rows = run.steps.iter();
                rows.map(|row| (row.step, row.loss)).collect()
            })?,
            self.picture(
                "Cross-entropy of the validation photos, in nats per word",
                |run| {
                    let rows = run.validations.iter();
                    rows.map(|row| (row.step, row.cross_entropy)).collect()
                },
            )?,
            self.picture(
                "CIDEr-D of greedy captions of the validation photos, times 100",
                |run| {
                    let rows = run.validations.iter();
                    rows.map(|row| (row.step, 100.0 * row.cider)).collect()
                },
            )?,
        ]
        .concat();
        Ok(fill(
            TEMPLATE,
            &[&policy, &style, &tables[0], &tables[1], &pictures],
        ))
    }

    /// A curve of each run over one another; nothing where none has a point.
    fn picture(
        &self,
        what: &str,
        points: impl Fn(&TrainedRun) -> Vec<(u64, f64)>,
    ) -> Result<String> {
        let of_runs: Vec<Curve> = self
            .runs
            .iter()
            .map(|run| (run.name.as_str(), points(run)))
            .collect();
        Ok(curves(what, &of_runs)?.map_or_else(String::new, |png| {
            let png = STANDARD.encode(png);
            format!("<img src=\"data:image/png;base64,{png}\" alt=\"{what}, by step, a curve for each run\">\n")
        }))
    }
}

/// Lines as a table, the first of them and the first cell of each as its heads.
fn table(lines: &[Vec<String>]) -> String {
    let mut text = "<table>\n".to_owned();
    for (place, line) in lines.iter().enumerate() {
        text += "<tr>";
        for (column, cell) in line.iter().enumerate() {
            let cell = escaped(cell);
            text += &match (place, column) {
                (0, 0) => format!("<td>{cell}</td>"),
                (0, _) => format!("<th scope=\"col\">{cell}</th>"),
                (_, 0) => format!("<th scope=\"row\">{cell}</th>"),
                _ => format!("<td>{cell}</td>"),
            };
        }
        text += "</tr>\n";
    }
    text + "</table>\n"
}

/// Text as HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
