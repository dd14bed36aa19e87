//! Training runs beside one another: what differs in their recipes, how far they came, and their curves.

mod page;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result};
use toml::{Table, Value};

use crate::columns::columns;
use crate::train::run_folder::{RunFolder, StepRow, ValidationRow};

/// What stands where there is no value.
const NOTHING: &str = "-";

/// A run as its folder has it.
struct TrainedRun {
    name: String,
    recipe: Table,
    steps: Vec<StepRow>,
    validations: Vec<ValidationRow>,
}

/// Several runs.
pub struct Comparison {
    runs: Vec<TrainedRun>,
}

impl Comparison {
    /// Reads the folders of runs.
    ///
    /// # Errors
    /// When one holds no run, or it cannot be read.
    pub fn open(folders: &[PathBuf]) -> Result<Self> {
        let runs = folders.iter().map(|path| {
            let folder = RunFolder::new(path);
            let recipe = Table::try_from(folder.config()?);
            let (steps, validations) = folder.rows()?;
            Ok(TrainedRun {
                name: path.display().to_string(),
                recipe: recipe.with_context(|| format!("{}'s recipe", path.display()))?,
                steps,
                validations,
            })
        });
        Ok(Self {
            runs: runs.collect::<Result<_>>()?,
        })
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let differences = self.differences();
        // Both tables as one, so that a run's column is as wide in both.
        let mut lines = self.results();
        let results = lines.len();
        lines.extend(differences);
        let text = columns(&lines);
        let lines: Vec<_> = text.lines().map(str::trim_end).collect();
        let (results, differences) = lines.split_at(results);
        let differences = match differences {
            [_] => "the recipes are the same".to_owned(),
            lines => lines.join("\n"),
        };
        format!("{}\n\n{differences}\n", results.join("\n"))
    }

    /// The runs' names, and what came of them.
    fn results(&self) -> Vec<Vec<String>> {
        let measure = |name: &str, value: &dyn Fn(&ValidationRow) -> String| {
            self.line(name, |run| run.best().map(value))
        };
        vec![
            self.line("", |run| Some(run.name.clone())),
            self.line("epochs", |run| {
                Some(run.validations.last()?.epoch.to_string())
            }),
            measure("best epoch", &|best| best.epoch.to_string()),
            measure("at step", &|best| best.step.to_string()),
            measure("CIDEr-D", &|best| format!("{:.2}", 100.0 * best.cider)),
            measure("cross-entropy", &|best| {
                format!("{:.4}", best.cross_entropy)
            }),
            measure("accuracy", &|best| format!("{:.4}", best.accuracy)),
        ]
    }

    /// The runs' names, and each key of the recipes that they do not all have the same value of.
    fn differences(&self) -> Vec<Vec<String>> {
        let recipes: Vec<_> = self.runs.iter().map(|run| flat(&run.recipe)).collect();
        let keys: BTreeSet<_> = recipes.iter().flatten().map(|(key, _)| key).collect();
        let mut lines = vec![self.line("recipe", |run| Some(run.name.clone()))];
        for key in keys {
            let values: Vec<_> = recipes
                .iter()
                .map(|recipe| recipe.iter().find(|(own, _)| own == key))
                .map(|found| found.map_or(NOTHING, |(_, value)| value.as_str()))
                .collect();
            if values.iter().any(|value| *value != values[0]) {
                let cells = std::iter::once(key.as_str()).chain(values);
                lines.push(cells.map(str::to_owned).collect());
            }
        }
        lines
    }

    /// A name, and what each run has of it.
    fn line(&self, name: &str, value: impl Fn(&TrainedRun) -> Option<String>) -> Vec<String> {
        let values = self.runs.iter().map(value);
        let values = values.map(|value| value.unwrap_or_else(|| NOTHING.to_owned()));
        std::iter::once(name.to_owned()).chain(values).collect()
    }
}

impl TrainedRun {
    /// The epoch of the highest CIDEr-D, the first of several; none where none has been validated.
    fn best(&self) -> Option<&ValidationRow> {
        let rows = self.validations.iter().rev();
        rows.max_by(|a, b| a.cider.total_cmp(&b.cider))
    }
}

/// Each key of a table with those of the tables above it, and its value as text.
fn flat(table: &Table) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (key, value) in table {
        match value {
            Value::Table(below) => {
                let below = flat(below).into_iter();
                all.extend(below.map(|(rest, value)| (format!("{key}.{rest}"), value)));
            }
            Value::String(text) => all.push((key.clone(), text.clone())),
            other => all.push((key.clone(), other.to_string())),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, recipe: &str, ciders: &[f64]) -> TrainedRun {
        let rows = (1..).zip(ciders).map(|(epoch, &cider)| ValidationRow {
            epoch,
            step: 10 * epoch as u64,
            cross_entropy: 2.0,
            accuracy: 0.5,
            cider,
            seconds: 1.0,
        });
        TrainedRun {
            name: name.to_owned(),
            recipe: toml::from_str(recipe).unwrap(),
            steps: Vec::new(),
            validations: rows.collect(),
        }
    }

    #[test]
    fn runs_differ_in_what_is_not_the_same_in_all() {
        let runs = vec![
            run(
                "a",
                "seed = 1\n[recipe.text]\nrules = 'tf'",
                &[0.5, 0.9, 0.9],
            ),
            run(
                "b/c",
                "seed = 2\nmore = []\n[recipe.text]\nrules = 'tf'",
                &[],
            ),
        ];
        let text = Comparison { runs }.text();
        let (results, recipe) = text.split_once("\n\n").unwrap();
        let cells = |text: &str| -> Vec<String> {
            let lines = text.lines();
            let words = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
            words.map(|words| words.join(" ")).collect()
        };
        assert_eq!(
            cells(results),
            [
                "a b/c",
                "epochs 3 -",
                "best epoch 2 -",
                "at step 20 -",
                "CIDEr-D 90.00 -",
                "cross-entropy 2.0000 -",
                "accuracy 0.5000 -",
            ]
        );
        assert_eq!(cells(recipe), ["recipe a b/c", "more - []", "seed 1 2"]);
    }

    #[test]
    fn one_recipe_has_no_differences() {
        let runs = vec![run("a", "seed = 1", &[0.5]), run("b", "seed = 1", &[0.6])];
        let text = Comparison { runs }.text();
        assert!(text.ends_with("\n\nthe recipes are the same\n"), "{text}");
    }

    #[test]
    fn names_stay_text_in_the_page() {
        let runs = vec![
            run("<img src=x>&", "seed = 1", &[0.5, 0.7]),
            run("b", "seed = 2", &[0.6]),
        ];
        let page = Comparison { runs }.page().unwrap();
        assert!(
            page.contains("&lt;img src=x&gt;&amp;") && !page.contains("<img src=x"),
            "{page}"
        );
        // Of these two curves are drawn: nothing was logged of steps.
        assert_eq!(page.matches("<img src=\"data:image/png;base64,").count(), 2);
        assert!(!page.contains("{{}}") && !page.contains("http:"));
    }
}
