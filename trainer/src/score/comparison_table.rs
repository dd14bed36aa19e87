//! Two models' scores side by side: as text, CSV, Markdown and LaTeX.

use anyhow::Result;

use super::bootstrap::{Bootstrap, Compared};
use crate::columns::columns;

/// The columns behind the measures' names.
const COLUMNS: [&str; 7] = [
    "A",
    "B",
    "B - A",
    "95 % interval",
    "B wins",
    "A wins",
    "ties",
];

/// What is shown of a comparison.
pub struct ComparisonTable<'a> {
    /// A row for each measure.
    pub rows: &'a [Compared],
    /// How many photos were captioned by both.
    pub photos: usize,
    /// How the intervals were found.
    pub bootstrap: Bootstrap,
}

impl ComparisonTable<'_> {
    /// As papers print it, times a hundred, for a terminal.
    pub fn text(&self) -> String {
        let mut lines = vec![
            std::iter::once("")
                .chain(COLUMNS)
                .map(str::to_owned)
                .collect(),
        ];
        lines.extend(self.cells());
        format!("{}\n{}", self.caption(), columns(&lines))
    }

    /// The raw values in full precision.
    ///
    /// # Errors
    /// When memory is short.
    pub fn csv(&self) -> Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record([
            "measure",
            "A",
            "B",
            "difference",
            "low",
            "high",
            "B wins",
            "A wins",
            "ties",
        ])?;
        for row in self.rows {
            let values = [
                row.a,
                row.b,
                row.b - row.a,
                row.interval.low,
                row.interval.high,
            ];
            let counts = [row.wins, row.losses, row.ties];
            writer.write_record(
                std::iter::once(row.name.clone())
                    .chain(values.map(|value| value.to_string()))
                    .chain(counts.map(|count| count.to_string())),
            )?;
        }
        Ok(writer.into_inner()?)
    }

    /// A table of Markdown, below what it is of.
    pub fn markdown(&self) -> String {
        let mut text = format!("{}\n\n| | {} |\n", self.caption(), COLUMNS.join(" | "));
        text += &format!("|---|{}\n", "---:|".repeat(COLUMNS.len()));
        for line in self.cells() {
            text += &format!("| {} |\n", line.join(" | "));
        }
        text
    }

    /// A `tabular` of LaTeX that needs no package, below a comment that says what it is of.
    pub fn latex(&self) -> String {
        let head = COLUMNS.map(|column| column.replace("B - A", "$B - A$").replace('%', "\\%"));
        let mut text = format!("% {}\n", self.caption());
        text += &format!(
            "\\begin{{tabular}}{{l{}}}\n\\hline\n",
            "r".repeat(COLUMNS.len())
        );
        text += &format!(" & {} \\\\\n\\hline\n", head.join(" & "));
        for line in self.cells() {
            // A hyphen is no minus.
            let numbers = line[1..].iter().map(|cell| format!("${cell}$"));
            let numbers: Vec<_> = numbers.collect();
            text += &format!("{} & {} \\\\\n", line[0], numbers.join(" & "));
        }
        text + "\\hline\n\\end{tabular}\n"
    }

    fn caption(&self) -> String {
        let Bootstrap { resamples, seed } = self.bootstrap;
        format!("{} photos, {resamples} resamples, seed {seed}", self.photos)
    }

    /// The cells of each measure's row, its name first.
    fn cells(&self) -> Vec<Vec<String>> {
        let percent = |value: f64| {
            let text = format!("{:.2}", 100.0 * value);
            // Nothing has no sign.
            if text == "-0.00" {
                "0.00".to_owned()
            } else {
                text
            }
        };
        let cells = |row: &Compared| {
            let interval = row.interval;
            vec![
                row.name.clone(),
                percent(row.a),
                percent(row.b),
                percent(row.b - row.a),
                format!("[{}, {}]", percent(interval.low), percent(interval.high)),
                row.wins.to_string(),
                row.losses.to_string(),
                row.ties.to_string(),
            ]
        };
        self.rows.iter().map(cells).collect()
    }
}
