//! `glimpse compare`: two models' captions of the same photos.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use trainer::data::FolderOptions;
use trainer::score::{
    Bootstrap, ComparisonTable, Pair, References, Scored, WordNet, check_same_photos,
    read_imported, read_results, score_with, tokenized,
};
use trainer::{files, output};

#[derive(Args)]
#[command(
    after_help = "Scores, differences and intervals are printed times 100, as papers do; the CSV file holds the raw \
                  values. An interval that does not hold 0 says that other photos of the same kind would hardly turn \
                  the difference round; it says nothing of another training run (see docs/scores.md)."
)]
pub(crate) struct Arguments {
    /// The COCO results of the first model: [{"image_id": …, "caption": "…"}, …], one caption per photo.
    #[arg(value_name = "A")]
    first: PathBuf,
    /// Those of the second, of the same photos.
    #[arg(value_name = "B")]
    second: PathBuf,
    /// A COCO captions file (JSON), or a data set's folder, where image_id is the photo's
    /// file name, with or without its ending.
    #[arg(long, value_name = "PATH")]
    references: PathBuf,
    #[command(flatten)]
    folder: FolderOptions,
    /// What another program has measured of each caption of A, as SPICE or CLIPScore write it; may be given several times.
    #[arg(long, value_name = "JSON")]
    scores_a: Vec<PathBuf>,
    /// The same of B.
    #[arg(long, value_name = "JSON")]
    scores_b: Vec<PathBuf>,
    /// WordNet's folder `dict`: METEOR matches synonyms too.
    #[arg(long, value_name = "FOLDER")]
    wordnet: Option<PathBuf>,
    /// Compare only the photos that the results hold. Document frequencies for CIDEr come from those
    /// photos, too.
    #[arg(long)]
    partial: bool,
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// Write the table as CSV.
    #[arg(long, value_name = "CSV")]
    csv: Option<PathBuf>,
    /// Write the table as Markdown.
    #[arg(long, value_name = "MD")]
    markdown: Option<PathBuf>,
    /// Write the table as LaTeX.
    #[arg(long, value_name = "TEX")]
    latex: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let outputs = [&arguments.csv, &arguments.markdown, &arguments.latex];
    for path in outputs.into_iter().flatten() {
        files::check_writable(path)?;
    }
    let references = References::open(&arguments.references, &arguments.folder)?;
    let files = [arguments.first.as_path(), &arguments.second];
    let read = |path| read_results(path, arguments.folder.strict);
    let results = [read(files[0])?, read(files[1])?];
    let pair = |place: usize| {
        let pairs = references.pair(&results[place], arguments.partial);
        pairs.with_context(|| files[place].display().to_string())
    };
    let [a, b] = [pair(0)?, pair(1)?];
    check_same_photos(files, [&a, &b])?;
    let wordnet = arguments
        .wordnet
        .as_deref()
        .map(WordNet::open)
        .transpose()?;
    let scored = |photos: &[Pair], files: &[PathBuf]| -> Result<Scored> {
        let (captions, own) = tokenized(photos);
        let mut scored = score_with(&captions, &own, wordnet.as_ref());
        for path in files {
            scored
                .imported
                .extend(read_imported(path, &references, photos)?);
        }
        Ok(scored)
    };
    let first = scored(&a, &arguments.scores_a)?;
    let second = scored(&b, &arguments.scores_b)?;
    let rows = arguments.bootstrap.compare(&first, &second);
    let table = ComparisonTable {
        rows: &rows,
        photos: a.len(),
        bootstrap: arguments.bootstrap,
    };
    if let Some(path) = &arguments.csv {
        files::write_whole(path, &table.csv()?)?;
    }
    if let Some(path) = &arguments.markdown {
        files::write_whole(path, table.markdown().as_bytes())?;
    }
    if let Some(path) = &arguments.latex {
        files::write_whole(path, table.latex().as_bytes())?;
    }
    output::print(&table.text())
}
