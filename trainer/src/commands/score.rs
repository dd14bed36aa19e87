//! `glimpse score`: a COCO results file against references.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use trainer::arguments::share;
use trainer::data::{Format, Journal, Split};
use trainer::files;
use trainer::score::{
    ContentCounts, FolderOptions, PerCaption, References, Report, read_results, score,
    supported_words, tokenize_all, tokenize_grouped,
};

#[derive(Args)]
#[command(
    after_help = "BLEU, METEOR, ROUGE-L and CIDEr are printed times 100, as papers do, and so are shares; CSV \
                  files hold the raw values. CIDEr-D is what pycocoevalcap and the COCO server print as CIDEr; \
                  CIDEr-plain is the paper's first definition, without clipped counts and without a \
                  penalty on the length."
)]
pub(crate) struct Arguments {
    /// COCO results: [{"image_id": …, "caption": "…"}, …], one caption per photo.
    results: PathBuf,
    /// A COCO captions file (JSON), or a data set's folder, where image_id is the photo's
    /// file name, with or without its ending.
    #[arg(long, value_name = "PATH")]
    references: PathBuf,
    /// The layout of a data set's folder; told by its files where not given.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Which photos of a data set's folder [default: dev].
    #[arg(long, value_enum)]
    split: Option<Split>,
    /// Share of a folder's photos that training held out, where the data set has no validation split
    /// [default: 0.05].
    #[arg(long, value_name = "SHARE", value_parser = share)]
    hold_out: Option<f64>,
    /// Score only the photos that the results hold. Document frequencies for CIDEr come from those
    /// photos, too.
    #[arg(long)]
    partial: bool,
    /// Refuse files of which anything would be left out.
    #[arg(long)]
    strict: bool,
    /// Write the table as CSV.
    #[arg(long, value_name = "CSV")]
    csv: Option<PathBuf>,
    /// Write each caption's scores as CSV, and its content words that no reference has.
    #[arg(long, value_name = "CSV")]
    per_caption: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    for path in arguments.csv.iter().chain(&arguments.per_caption) {
        files::check_writable(path)?;
    }
    let folder = FolderOptions {
        format: arguments.format,
        split: arguments.split,
        hold_out: arguments.hold_out,
        strict: arguments.strict,
    };
    let references = References::open(&arguments.references, &folder)?;
    let mut journal = Journal::default();
    let results = read_results(&arguments.results, &mut journal)?;
    journal.report();
    journal.refuse(arguments.strict)?;
    let photos = references.pair(&results, arguments.partial)?;

    let captions: Vec<_> = photos.iter().map(|photo| photo.caption).collect();
    let candidates = tokenize_all(&captions);
    let references = tokenize_grouped(photos.iter().map(|photo| photo.references));
    let scored = score(&candidates, &references);
    let content = ContentCounts::of_each(&candidates, &references);

    let mut report = Report::default();
    report.add("photos", photos.len() as f64, 0, "");
    report.add_scores(&scored.corpus);
    report.add_content(&content.iter().sum());
    report.add_vocabulary(&candidates);
    if let Some(path) = &arguments.csv {
        report.write_csv(path)?;
    }
    if let Some(path) = &arguments.per_caption {
        let mut table = PerCaption::new()?;
        for (place, photo) in photos.iter().enumerate() {
            let unsupported = unsupported_words(&candidates[place], &references[place]);
            table.add(photo, &scored.captions[place], &content[place], unsupported)?;
        }
        files::write_whole(path, &table.into_csv()?)?;
    }
    report.print()
}

/// A caption's content words that none of its references has.
fn unsupported_words(candidate: &[String], references: &[Vec<String>]) -> String {
    let support = supported_words(candidate, references);
    let words: Vec<_> = candidate
        .iter()
        .zip(support)
        .filter(|(_, supported)| *supported == Some(false))
        .map(|(word, _)| word.as_str())
        .collect();
    words.join(" ")
}
