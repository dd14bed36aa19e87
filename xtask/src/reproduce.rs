//! The four captioners that this project grew out of, each trained as its source says, and what they reach: the table
//! of docs/reproductions.md.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::compress::write_whole;
use crate::training::{Trainer, Training};
use crate::workspace::Workspace;

/// A preset on an image network.
struct Reproduction {
    preset: &'static str,
    encoder: &'static str,
    /// What the page offers beside its own model: the name of the model, which goes into its file.
    in_page: Option<&'static str>,
}

const fn on(preset: &'static str, encoder: &'static str) -> Reproduction {
    Reproduction {
        preset,
        encoder,
        in_page: None,
    }
}

impl Reproduction {
    fn row_begins(&self) -> String {
        format!("| `{}` | {} |", self.preset, self.encoder)
    }
}

/// The quickest first. Those on InceptionV3 need its weights, which cannot be carried.
const REPRODUCTIONS: [Reproduction; 9] = [
    Reproduction {
        in_page: Some("TensorFlow's tutorial, reproduced"),
        ..on("tf-tutorial", "tf-mobilenet-v3-small")
    },
    Reproduction {
        in_page: Some("Keras' merge captioner, reproduced"),
        ..on("merge-lstm", "efficientnet-lite0")
    },
    on("merge-lstm", "efficientnet-lite2"),
    on("merge-lstm", INCEPTION),
    on("tf-tutorial", "efficientnet-lite2"),
    on("cnn-transformer", "efficientnet-lite0"),
    on("cnn-transformer", "efficientnet-lite2"),
    on("show-attend-tell", "efficientnet-lite2"),
    on("show-attend-tell", INCEPTION),
];

const INCEPTION: &str = "tf-inception-v3";

/// What the table's columns are called in the scores' file, and how they are printed.
const SCORES: [(&str, f64, usize); 7] = [
    ("cross-entropy", 1.0, 2),
    ("accuracy", 1.0, 3),
    ("BLEU-1", 100.0, 1),
    ("BLEU-4", 100.0, 1),
    ("METEOR", 100.0, 1),
    ("ROUGE-L", 100.0, 1),
    ("CIDEr-D", 100.0, 1),
];

/// Where the table begins and ends on its page.
const MARKS: [&str; 2] = [
    "<!-- Written by `cargo xtask reproduce`. -->\n",
    "<!-- End of what it writes. -->\n",
];

/// What is reproduced, and from what.
pub(crate) struct Wanted<'a> {
    pub(crate) data: &'a Path,
    pub(crate) word_vectors: Option<&'a Path>,
    /// InceptionV3's weights, imported.
    pub(crate) inception: Option<&'a Path>,
    /// These presets alone, where there are some.
    pub(crate) presets: &'a [String],
    /// On these image networks alone, likewise.
    pub(crate) encoders: &'a [String],
}

impl Wanted<'_> {
    fn includes(&self, reproduction: &Reproduction) -> bool {
        let named =
            |names: &[String], name: &str| names.is_empty() || names.iter().any(|it| it == name);
        let is_at_hand = reproduction.encoder != INCEPTION || self.inception.is_some();
        is_at_hand
            && named(self.presets, reproduction.preset)
            && named(self.encoders, reproduction.encoder)
    }
}

/// Trains and measures what is wanted, one after the other, and writes after each what all of them reach. Runs and
/// features are kept in `work`, and what is there already is not made again: an interrupted run goes on.
pub(crate) fn reproduce(workspace: &Workspace, wanted: &Wanted, work: &Path) -> Result<()> {
    for preset in wanted.presets {
        ensure!(
            REPRODUCTIONS.iter().any(|it| it.preset == preset),
            "{preset} is none of the presets that are reproduced"
        );
    }
    for encoder in wanted.encoders {
        ensure!(
            REPRODUCTIONS.iter().any(|it| it.encoder == encoder),
            "{encoder} is none of the image networks that they are reproduced on"
        );
    }
    ensure!(
        REPRODUCTIONS.iter().any(|it| wanted.includes(it)),
        "nothing is reproduced of these presets on these image networks (InceptionV3's weights have to be given)"
    );
    let trainer = Trainer::build(workspace, wanted.data, wanted.word_vectors, work)?;
    for reproduction in REPRODUCTIONS.iter().filter(|it| wanted.includes(it)) {
        let Reproduction {
            preset,
            encoder,
            in_page,
        } = *reproduction;
        let made = Made::new(work, reproduction);
        let name = format!("{preset} on {encoder}");
        let training = Training {
            preset,
            encoder,
            encoder_weights: wanted.inception.filter(|_| encoder == INCEPTION),
            options: &[],
            run: &made.run,
            name: in_page.unwrap_or(&name),
        };
        // Written last: where it is, all else is.
        if !made.scores.is_file() {
            trainer.train(&training, &made.model)?;
            trainer.evaluate(&made.model, &made.scores)?;
        }
        if in_page.is_some() {
            let page = workspace.page_models();
            let copy = page.join(preset).with_extension("safetensors");
            write_whole(&copy, &read(&made.model)?)?;
        }
        write_table(&workspace.root.join("docs/reproductions.md"), work)?;
    }
    Ok(())
}

/// The files of a reproduction.
struct Made {
    run: PathBuf,
    model: PathBuf,
    scores: PathBuf,
}

impl Made {
    fn new(work: &Path, reproduction: &Reproduction) -> Self {
        let run = work.join(format!("{}-{}", reproduction.preset, reproduction.encoder));
        Self {
            model: run.with_added_extension("safetensors"),
            scores: run.with_added_extension("csv"),
            run,
        }
    }

    /// The row of the table.
    fn row(&self, reproduction: &Reproduction) -> Result<String> {
        let text = read_text(&self.scores)?;
        let scores: HashMap<_, f64> = text
            .lines()
            .filter_map(|line| line.rsplit_once(','))
            .filter_map(|(measure, value)| Some((short(measure), value.parse().ok()?)))
            .collect();
        let mut row = reproduction.row_begins();
        for (measure, unit, digits) in SCORES {
            let value = scores
                .get(measure)
                .with_context(|| format!("{} has no {measure}", self.scores.display()))?;
            // Writing to a string cannot fail.
            let _ = write!(row, " {:.digits$} |", value * unit);
        }
        let bytes = fs::metadata(&self.model)
            .with_context(|| format!("cannot read {}", self.model.display()))?
            .len();
        let (epochs, hours) = self.training()?;
        let _ = write!(
            row,
            " {epochs} | {hours:.1} | {:.1} MB |",
            bytes as f64 / 1e6
        );
        Ok(row)
    }

    /// Epochs of training, and hours.
    fn training(&self) -> Result<(usize, f64)> {
        let log = self.run.join("validation.csv");
        let text = read_text(&log)?;
        let seconds = text
            .lines()
            .skip(1)
            .map(|line| line.rsplit_once(',')?.1.parse::<f64>().ok())
            .collect::<Option<Vec<_>>>()
            .with_context(|| format!("{} is damaged", log.display()))?;
        Ok((seconds.len(), seconds.iter().sum::<f64>() / 3600.0))
    }
}

/// Writes into the page what there is in `work`; other rows stay as they are.
fn write_table(page: &Path, work: &Path) -> Result<()> {
    let text = read_text(page)?;
    let mut rows = Vec::new();
    for reproduction in &REPRODUCTIONS {
        let made = Made::new(work, reproduction);
        if made.scores.is_file() {
            rows.push(made.row(reproduction)?);
        } else {
            rows.extend(row_of(&text, reproduction).map(str::to_owned));
        }
    }
    let written = with_table(&text, &rows).with_context(|| {
        format!(
            "{} has lost the marks around its table: {MARKS:?}",
            page.display()
        )
    })?;
    write_whole(page, written.as_bytes())
}

/// The row that a page has of it.
fn row_of<'a>(page: &'a str, reproduction: &Reproduction) -> Option<&'a str> {
    let begins = reproduction.row_begins();
    page.lines().find(|line| line.starts_with(&begins))
}

/// A measure without what stands behind it in brackets, such as METEOR's matchers.
fn short(measure: &str) -> &str {
    let measure = measure.trim_matches('"');
    measure.split(" (").next().unwrap_or(measure)
}

/// A page with these rows as its table; `None` where the table's place is not marked.
fn with_table(page: &str, rows: &[String]) -> Option<String> {
    let (before, rest) = page.split_once(MARKS[0])?;
    let (_, after) = rest.split_once(MARKS[1])?;
    let measures: Vec<_> = SCORES.iter().map(|(measure, ..)| *measure).collect();
    let head = format!(
        "| preset | image network | {} | epochs | hours | model |",
        measures.join(" | ")
    );
    let line = "|---".repeat(head.matches('|').count() - 1);
    Some(format!(
        "{before}{}\n{head}\n{line}|\n{}\n\n{}{after}",
        MARKS[0],
        rows.join("\n"),
        MARKS[1]
    ))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use temp_dir::TempDir;

    use super::*;

    #[test]
    fn a_row_is_what_scores_log_and_model_say() {
        let folder = TempDir::new().unwrap();
        let reproduction = on("tf-tutorial", "tf-mobilenet-v3-small");
        let made = Made::new(folder.path(), &reproduction);
        fs::create_dir(&made.run).unwrap();
        let log = "epoch,step,cross_entropy,accuracy,cider,seconds\n\
                   1,100,3.1,0.3,0.2,1800\n2,200,2.9,0.4,0.3,900\n";
        fs::write(made.run.join("validation.csv"), log).unwrap();
        fs::write(&made.model, vec![0; 1_250_000]).unwrap();
        let scores = "measure,value\nphotos,1000\ncross-entropy,2.904\naccuracy,0.4004\n\
                      BLEU-1,0.61\nBLEU-4,0.2\n\"METEOR (exact, stem)\",0.18\nROUGE-L,0.45\nCIDEr-D,0.456\n";
        fs::write(&made.scores, scores).unwrap();
        assert_eq!(
            made.row(&reproduction).unwrap(),
            "| `tf-tutorial` | tf-mobilenet-v3-small | 2.90 | 0.400 | 61.0 | 20.0 | 18.0 | 45.0 | \
             45.6 | 2 | 0.8 | 1.2 MB |"
        );
    }

    #[test]
    fn what_is_named_is_reproduced_and_all_where_nothing_is() {
        let count = |presets: &[&str], encoders: &[&str], inception: Option<&Path>| {
            let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
            let (presets, encoders): (Vec<_>, Vec<_>) = (owned(presets), owned(encoders));
            let wanted = Wanted {
                data: Path::new("data"),
                word_vectors: None,
                inception,
                presets: &presets,
                encoders: &encoders,
            };
            REPRODUCTIONS
                .iter()
                .filter(|it| wanted.includes(it))
                .count()
        };
        let weights = Some(Path::new("weights"));
        assert_eq!(count(&[], &[], weights), REPRODUCTIONS.len());
        assert_eq!(count(&[], &[], None), REPRODUCTIONS.len() - 2);
        assert_eq!(count(&["merge-lstm"], &[], None), 2);
        assert_eq!(count(&["merge-lstm"], &["efficientnet-lite2"], None), 1);
        assert_eq!(count(&["merge-lstm"], &[INCEPTION], None), 0);
    }

    #[test]
    fn a_row_of_what_is_not_at_hand_stays() {
        let folder = TempDir::new().unwrap();
        let page = folder.path().join("page.md");
        let rows = [
            "| `merge-lstm` | efficientnet-lite2 | 1 |".to_owned(),
            "| `tf-tutorial` | efficientnet-lite2 | 2 |".to_owned(),
        ];
        let begun = format!("before\n{}{}after\n", MARKS[0], MARKS[1]);
        fs::write(&page, with_table(&begun, &rows).unwrap()).unwrap();
        let before = fs::read_to_string(&page).unwrap();
        write_table(&page, folder.path()).unwrap();
        assert_eq!(fs::read_to_string(&page).unwrap(), before);
    }

    #[test]
    fn the_page_of_reproductions_has_a_place_for_its_table() {
        let page = fs::read_to_string("../docs/reproductions.md").unwrap();
        let other = with_table(&page, &["| other |".to_owned()]).unwrap();
        assert!(other.contains("\n| other |\n"));
        let prose = |text: &str| text.split_once(MARKS[0]).unwrap().0.to_owned();
        assert_eq!(prose(&other), prose(&page));
        assert!(with_table("no marks", &[]).is_none());
    }
}
