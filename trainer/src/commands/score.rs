//! `glimpse score`: COCO results files against references.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use trainer::data::FolderOptions;
use trainer::files;
use trainer::score::{
    Bootstrap, Chair, Pair, PerCaption, References, Report, Scored, WordNet, check_same_photos,
    read_imported, read_results, score_with, supported_words, tokenized,
};

#[derive(Args)]
#[command(
    mut_args(|argument| match argument.get_id().as_str() {
        "resamples" | "seed" => argument.requires("intervals"),
        _ => argument,
    }),
    after_help = "BLEU, METEOR, ROUGE-L and CIDEr are printed times 100, as papers do, and so are shares; CSV \
                  files hold the raw values. CIDEr-D is what pycocoevalcap and the COCO server print as CIDEr; \
                  CIDEr-plain is the paper's first definition, without clipped counts and without a \
                  penalty on the length."
)]
pub(crate) struct Arguments {
    /// COCO results: [{"image_id": …, "caption": "…"}, …], one caption per photo. Of several models' results for the
    /// same photos, such as those of several seeds, means and standard deviations are given.
    #[arg(required = true)]
    results: Vec<PathBuf>,
    /// A COCO captions file (JSON), or a data set's folder, where image_id is the photo's
    /// file name, with or without its ending.
    #[arg(long, value_name = "PATH")]
    references: PathBuf,
    #[command(flatten)]
    folder: FolderOptions,
    /// What another program has measured of each caption, as SPICE or CLIPScore write it; may be given several times.
    #[arg(long, value_name = "JSON")]
    scores: Vec<PathBuf>,
    /// WordNet's folder `dict`: METEOR matches synonyms too.
    #[arg(long, value_name = "FOLDER")]
    wordnet: Option<PathBuf>,
    /// COCO's instances (JSON): which objects are in the photos, for CHAIR.
    #[arg(long, value_name = "JSON", requires = "coco_synonyms")]
    coco_instances: Option<PathBuf>,
    /// What COCO's objects are called: CHAIR's published list, a line for each.
    #[arg(long, value_name = "FILE", requires = "coco_instances")]
    coco_synonyms: Option<PathBuf>,
    /// Score only the photos that the results hold. Document frequencies for CIDEr come from those
    /// photos, too.
    #[arg(long)]
    partial: bool,
    /// Give each score an interval that holds 95 % of resamples (the bootstrap).
    #[arg(long)]
    intervals: bool,
    #[command(flatten)]
    bootstrap: Bootstrap,
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
    let several = arguments.results.len() > 1;
    ensure!(
        !several
            || !arguments.intervals
                && arguments.per_caption.is_none()
                && arguments.scores.is_empty()
                && arguments.coco_instances.is_none(),
        "--intervals, --per-caption, --scores and --coco-instances are of one results file, but {} are given",
        arguments.results.len()
    );
    let references = References::open(&arguments.references, &arguments.folder)?;
    let results = arguments
        .results
        .iter()
        .map(|path| read_results(path, arguments.folder.strict))
        .collect::<Result<Vec<_>>>()?;
    let mut models = Vec::new();
    for (path, results) in arguments.results.iter().zip(&results) {
        let photos = references.pair(results, arguments.partial);
        models.push(photos.with_context(|| path.display().to_string())?);
    }
    let Some(photos) = models.first() else {
        bail!("there is no results file");
    };
    for (path, others) in arguments.results.iter().zip(&models) {
        check_same_photos([&arguments.results[0], path], [photos, others])?;
    }

    let wordnet = arguments.wordnet.as_deref();
    let wordnet = wordnet.map(WordNet::open).transpose()?;
    let mut report = Report::default();
    report.add("photos", photos.len() as f64, 0, "");
    if several {
        report.add("models", models.len() as f64, 0, "");
        let reports: Vec<_> = models
            .iter()
            .map(|photos| Measured::of(photos, wordnet.as_ref()).report())
            .collect();
        report.add_means(&reports);
    } else {
        let mut measured = Measured::of(photos, wordnet.as_ref());
        for path in &arguments.scores {
            let imported = read_imported(path, &references, photos)?;
            measured.scored.imported.extend(imported);
        }
        report.append(measured.report());
        if let (Some(instances), Some(synonyms)) =
            (&arguments.coco_instances, &arguments.coco_synonyms)
        {
            let chair = Chair::open(synonyms, instances, &references)?;
            report.add_hallucinations(&chair.count(photos));
        }
        if arguments.intervals {
            report.set_intervals(&arguments.bootstrap.intervals(&measured.scored));
        }
        if let Some(path) = &arguments.per_caption {
            files::write_whole(path, &measured.per_caption(photos)?)?;
        }
    }
    if let Some(path) = &arguments.csv {
        report.write_csv(path)?;
    }
    report.print()
}

/// A model's captions, scored.
struct Measured {
    candidates: Vec<Vec<String>>,
    references: Vec<Vec<Vec<String>>>,
    scored: Scored,
}

impl Measured {
    fn of(photos: &[Pair], wordnet: Option<&WordNet>) -> Self {
        let (candidates, references) = tokenized(photos);
        Self {
            scored: score_with(&candidates, &references, wordnet),
            candidates,
            references,
        }
    }

    fn report(&self) -> Report {
        let mut report = Report::default();
        report.add_measures(&self.scored.corpus());
        report.add_imported(&self.scored.imported);
        report.add_vocabulary(&self.candidates);
        report
    }

    /// A table of each caption's measures.
    fn per_caption(&self, photos: &[Pair]) -> Result<Vec<u8>> {
        let mut table = PerCaption::new(&self.scored.corpus())?;
        for (place, photo) in photos.iter().enumerate() {
            let unsupported = unsupported_words(&self.candidates[place], &self.references[place]);
            table.add(photo, &self.scored.captions[place], unsupported)?;
        }
        table.into_csv()
    }
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
