//! `glimpse caption`: photos to sentences, to descriptions of photos, and to pictures of where the model looked.

use std::path::PathBuf;

use anyhow::{Context, Error, Result, bail, ensure};
use clap::Args;
use model_export::{Captioner, photo};

use trainer::caption::{
    Described, Describing, Found, Outcome, Output, Speech, Work, draw_attention, each_once, find,
    ids_of_files,
};
use trainer::data::{EvaluationSet, FolderOptions, PhotoId};
use trainer::decoding::DecodingArguments;
use trainer::device::DeviceChoice;
use trainer::fetch::read_model;
use trainer::files;
use trainer::shipped_model::SHIPPED_MODEL;
use trainer::xmp::{SidecarName, Target};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Photos, or folders of photos: JPEG, PNG, WebP or TIFF.
    #[arg(required_unless_present = "data", value_name = "PHOTO|FOLDER")]
    photos: Vec<PathBuf>,
    /// The photos of a data set, in place of photos by their paths: those of --split.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["photos", "recursive"])]
    data: Option<PathBuf>,
    #[command(flatten)]
    folder: FolderOptions,
    /// Look into the folders of a folder too.
    #[arg(short, long)]
    recursive: bool,
    /// Leave out photos that have a description: in XMP, IPTC or EXIF data of their files, or in a file
    /// beside them. So a run that was ended goes on.
    #[arg(long, conflicts_with = "replace")]
    skip_described: bool,
    /// Write each caption as its photo's description where photo libraries look for it, unless it has one.
    #[arg(long, value_enum, value_name = "WHERE")]
    xmp: Option<Target>,
    /// What files beside photos are called.
    #[arg(
        long,
        value_enum,
        value_name = "NAME",
        default_value = "IMG.jpg.xmp",
        requires = "xmp"
    )]
    sidecar_name: SidecarName,
    /// Write each caption also as the text for those who do not see (AltTextAccessibility).
    #[arg(long, requires = "xmp")]
    alt_text: bool,
    /// Write captions in the place of descriptions that are there.
    #[arg(long, requires = "xmp")]
    replace: bool,
    /// Model file, or hf:OWNER/NAME for one on Hugging Face's Hub, which is fetched once; the model that comes along where
    /// not given.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Where the model runs.
    #[arg(long, default_value = "cpu")]
    device: DeviceChoice,
    /// Print one JSON object per photo and line, with each word's probability and map.
    #[arg(long)]
    json: bool,
    /// Leave out captions that are right with a probability below this: their photos are named on
    /// standard error instead. The model needs a calibration; see `glimpse calibrate`.
    #[arg(long, value_name = "P", value_parser = probability)]
    min_confidence: Option<f32>,
    /// Also write the captions as a COCO results file. Its ids are COCO's numbers of COCO's photos, of others
    /// their file names, or, where two have the same, their paths below the folder that all are in.
    #[arg(long, value_name = "JSON")]
    results: Option<PathBuf>,
    /// Write a picture of the photo with each word's map; for one photo.
    #[arg(long, value_name = "PNG")]
    attention: Option<PathBuf>,
    /// Read each caption aloud, through the system's speech service.
    #[arg(long)]
    speak: bool,
    #[command(flatten)]
    decoding: DecodingArguments,
}

impl Arguments {
    fn describing(&self) -> Option<Describing> {
        self.xmp.map(|target| Describing {
            target,
            sidecar_name: self.sidecar_name,
            alt_text: self.alt_text,
            replace: self.replace,
        })
    }

    /// The photos that are to be captioned.
    fn asked(&self) -> Result<Asked> {
        let Some(data) = &self.data else {
            ensure!(
                self.folder == FolderOptions::default(),
                "--format, --split, --hold-out and --strict choose photos of a data set, which --data names"
            );
            let Found { photos, failures } = find(&self.photos, self.recursive)?;
            return Ok(Asked {
                ids: ids_of_files(&photos),
                photos,
                failures,
            });
        };
        let set = EvaluationSet::open(data, &self.folder)?;
        Ok(Asked {
            photos: set
                .files()
                .context("`glimpse evaluate --results` captions photos in archives")?,
            ids: set.ids(),
            failures: Vec::new(),
        })
    }

    /// What the model is called.
    fn model_name(&self) -> String {
        match &self.model {
            Some(path) => path.display().to_string(),
            None => "the model that comes along".to_owned(),
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    // What can be refused is refused before the model is read.
    arguments.decoding.options()?;
    let Asked {
        photos,
        ids,
        failures,
    } = arguments.asked()?;
    ensure!(
        arguments.attention.is_none() || photos.len() == 1,
        "--attention draws one photo, but {} are given",
        photos.len()
    );
    if arguments.xmp.is_some() {
        each_once(&photos)?;
    }
    let has_folders = arguments.photos.iter().any(|path| path.is_dir());
    let mut output = Output::new(arguments.json, has_folders || photos.len() > 1);
    if arguments.results.is_some() {
        output.collect_results(&photos, ids)?;
    }
    for path in arguments.results.iter().chain(&arguments.attention) {
        files::check_writable(path)?;
    }
    let mut speech = arguments.speak.then(Speech::find).transpose()?;
    let read = arguments.model.as_deref().map(read_model).transpose()?;
    let bytes = read.as_deref().unwrap_or(SHIPPED_MODEL);
    let device = arguments.device.open()?.device;
    let captioner = Captioner::from_bytes(bytes, &device)
        .with_context(|| format!("cannot use {}", arguments.model_name()))?;
    let manifest = captioner.manifest();
    let options = arguments.decoding.options_for(&captioner)?;
    let decoder = &manifest.decoder;
    ensure!(
        arguments.attention.is_none() || decoder.has_attention(),
        "{}: a {} decoder has no attention, so there are no maps to draw",
        arguments.model_name(),
        decoder.kind()
    );
    ensure!(
        arguments.min_confidence.is_none() || captioner.calibration(&options).is_some(),
        "{}: --min-confidence needs a model with a calibration that was fitted with these decoding \
         options; see `glimpse calibrate`",
        arguments.model_name()
    );
    for failure in &failures {
        eprintln!("error: {failure:#}");
    }
    let work = Work {
        captioner: &captioner,
        options: &options,
        device: &device,
        min_confidence: arguments.min_confidence,
        skip_described: arguments.skip_described,
        describing: arguments.describing(),
    };
    let mut count = Count::default();
    work.run(&photos, &mut |path, outcome| {
        let (caption, described) = match outcome {
            Outcome::Captioned(caption, described) => (caption, described),
            Outcome::Skipped => {
                count.described += 1;
                return Ok(());
            }
            Outcome::Unsure(confidence) => {
                eprintln!(
                    "left out {}: its confidence is {confidence:.2}",
                    path.display()
                );
                return Ok(());
            }
            // One bad photo does not stop the others.
            Outcome::Failed(error) => {
                eprintln!("error: {error:#}");
                count.failed += 1;
                return Ok(());
            }
        };
        match described {
            Described::NotAsked => {}
            Described::Written => count.written += 1,
            Described::Already => count.described += 1,
            Described::Failed(error) => {
                eprintln!("error: {error:#}");
                count.not_written += 1;
            }
        }
        if let Some(picture) = &arguments.attention {
            let upright = photo::decode(&files::read(path)?)?;
            draw_attention(&upright, &caption, picture)?;
        }
        output.print(path, &caption)?;
        // A service that fails once is not asked again; the captions go on.
        let spoken = speech
            .as_ref()
            .map(|speech| speech.say(&caption.text, &manifest.language));
        if let Some(Err(error)) = spoken {
            eprintln!("error: {error:#}");
            speech = None;
        }
        Ok(())
    })?;
    if let Some(path) = &arguments.results {
        output.write_results(path)?;
    }
    if arguments.xmp.is_some() || arguments.skip_described {
        eprintln!(
            "{} descriptions written, {} photos had one already",
            count.written, count.described
        );
    }
    output.finish()?;
    ensure!(
        speech.is_some() == arguments.speak,
        "not every caption was read aloud"
    );
    count.check(photos.len(), failures.len())
}

/// Photos to caption.
struct Asked {
    photos: Vec<PathBuf>,
    /// What a results file calls each.
    ids: Vec<PhotoId>,
    /// Folders that cannot be read.
    failures: Vec<Error>,
}

/// What became of the photos.
#[derive(Default)]
struct Count {
    /// Got a description.
    written: usize,
    /// Had one.
    described: usize,
    /// Got no caption.
    failed: usize,
    /// Got a caption, which could not be written.
    not_written: usize,
}

impl Count {
    fn check(&self, photos: usize, folders: usize) -> Result<()> {
        let mut wrong = Vec::new();
        if self.failed > 0 {
            wrong.push(format!("{} of {photos} photos got no caption", self.failed));
        }
        if self.not_written > 0 {
            wrong.push(format!(
                "{} of {photos} captions could not be written",
                self.not_written
            ));
        }
        if folders > 0 {
            wrong.push(format!("{folders} folders could not be looked into"));
        }
        if !wrong.is_empty() {
            bail!("{}", wrong.join("; "));
        }
        Ok(())
    }
}

fn probability(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("not a probability in 0 to 1".to_owned()),
    }
}
