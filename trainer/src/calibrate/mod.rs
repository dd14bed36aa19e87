//! `glimpse calibrate`: fits how sure a model's captions are, and stores it in the model file.

mod fit;
mod plot;
mod reliability;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use model_export::confidence::{Calibration, CaptionFeature, Decoding, Logistic, WordFeature};
use model_export::generate::{GeneratedCaption, generate};
use model_export::model_file::ModelFile;
use model_export::{Captioner, GenerateOptions};

use self::fit::{Example, fit};
use self::reliability::{Judged, table};
use crate::data::{Dataset, HOLD_OUT};
use crate::device::DeviceChoice;
use crate::score::{content_stems, supported_words};
use crate::score_command::tokenize_grouped;
use crate::{files, output};
use model_export::vocabulary::Vocabulary;

/// A caption counts as right where at least this share of its content words is in some reference of its photo.
/// Of 30 photos that a person judged (docs/confidence.md) it finds as many captions right as the person did.
const RIGHT_SHARE: f64 = 0.6;

/// Parts that the photos are divided into: each gets its confidences from a fit to the others.
const FOLDS: usize = 5;

/// Photos captioned together.
const PHOTOS_PER_BATCH: usize = 16;

#[derive(Args)]
#[command(
    after_help = "A caption counts as right where at least three fifths of its content words are in some reference of \
                  its photo, a word where a reference has it. All figures are for photos that the fit has not seen: \
                  those of each fifth come from a fit to the other four. What is stored is a fit to all."
)]
pub(crate) struct Arguments {
    /// Model file.
    model: PathBuf,
    /// Data set whose validation photos are captioned; may be given more than once.
    #[arg(long, required = true)]
    data: Vec<PathBuf>,
    /// The model file to write: the same with the calibration in it.
    #[arg(long)]
    output: PathBuf,
    /// Draw the reliability diagram and the risk–coverage curve.
    #[arg(long, value_name = "PNG")]
    plot: Option<PathBuf>,
    /// Caption no more than this many photos of each data set: the first.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Share of the photos that training held out, where a data set has no validation split.
    #[arg(long, value_name = "SHARE", default_value_t = HOLD_OUT)]
    hold_out: f64,
    /// Where the model runs.
    #[arg(long, value_enum, default_value = "cpu")]
    device: DeviceChoice,
}

/// A photo's caption and its words, as far as they are content words.
struct Photo {
    caption: Example,
    words: Vec<Example>,
}

/// The photos of a data set.
struct Group {
    name: String,
    photos: Vec<Photo>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    files::check_writable(&arguments.output)?;
    arguments
        .plot
        .iter()
        .try_for_each(|path| files::check_writable(path))?;
    let bytes = files::read(&arguments.model)?;
    let in_model = || format!("cannot use {}", arguments.model.display());
    let file = ModelFile::parse(&bytes).with_context(in_model)?;
    let mut manifest = file.manifest().clone();
    ensure!(
        manifest.language.split('-').next() == Some("en"),
        "{}: its captions are in {}, but content words are known of English only",
        arguments.model.display(),
        manifest.language
    );
    let decoding = Decoding::of(&GenerateOptions::default())
        .context("words drawn at random cannot be calibrated")?;
    let groups = caption_all(arguments, &bytes, &decoding).with_context(in_model)?;

    let photos: Vec<_> = groups.iter().flat_map(|group| &group.photos).collect();
    let captions: Vec<_> = photos.iter().map(|photo| &photo.caption).collect();
    let folds = folds(&captions);
    let (words, word_folds): (Vec<_>, Vec<_>) = photos
        .iter()
        .zip(&folds)
        .flat_map(|(photo, &fold)| photo.words.iter().map(move |word| (word, fold)))
        .unzip();
    let judged = cross_fit(&CaptionFeature::ALL, &captions, &folds).context("captions")?;
    let judged_words = cross_fit(&WordFeature::ALL, &words, &word_folds).context("words")?;
    let calibration = Calibration {
        decoding,
        caption: fit(&CaptionFeature::ALL, captions.iter().copied())?,
        word: fit(&WordFeature::ALL, words.iter().copied())?,
        function_words: function_words(&manifest.vocabulary),
    };

    let reports = by_group(&groups, &judged);
    let mut text = String::new();
    for (name, judged) in &reports {
        text += &format!("{}\n", table(name, judged, "photos"));
    }
    text += &format!("{}\n", table("content words", &judged_words, "words"));
    text += &weights("caption", &calibration.caption);
    text += &weights("word", &calibration.word);

    manifest.confidence = Some(calibration);
    files::write_whole(&arguments.output, &file.with_manifest(&manifest)?)?;
    if let Some(path) = &arguments.plot {
        plot::write(path, &reports)?;
    }
    output::print(&text)
}

/// The words of a vocabulary that nothing was fitted to.
fn function_words(vocabulary: &Vocabulary) -> Vec<String> {
    (0..vocabulary.len() as u32)
        .filter_map(|id| vocabulary.word(id))
        .filter(|word| content_stems(word).is_empty())
        .map(str::to_owned)
        .collect()
}

/// Captions the validation photos of each data set.
fn caption_all(arguments: &Arguments, model: &[u8], decoding: &Decoding) -> Result<Vec<Group>> {
    let device = arguments.device.open()?;
    let captioner = Captioner::from_bytes(model, &device)
        .with_context(|| format!("cannot use {}", arguments.model.display()))?;
    let mut groups = Vec::new();
    for folder in &arguments.data {
        let mut dataset = Dataset::open(folder, None)?;
        dataset.hold_out(arguments.hold_out);
        if let Some(limit) = arguments.limit {
            dataset.dev.truncate(limit);
        }
        dataset.report();
        let photos = caption_photos(&captioner, &dataset, &decoding.options())?;
        ensure!(
            !photos.is_empty(),
            "{}: none of its {} validation photos has a caption to judge",
            folder.display(),
            dataset.dev.len()
        );
        groups.push(Group {
            name: dataset.name,
            photos,
        });
    }
    Ok(groups)
}

/// Captions the validation photos of a data set that can be read, and names the others.
fn caption_photos(
    captioner: &Captioner,
    dataset: &Dataset,
    options: &GenerateOptions,
) -> Result<Vec<Photo>> {
    let references = tokenize_grouped(dataset.dev.iter().map(|photo| photo.captions.as_slice()));
    let progress = crate::progress::photos(dataset.dev.len());
    let mut photos = Vec::new();
    let pairs: Vec<_> = dataset.dev.iter().zip(&references).collect();
    for pairs in pairs.chunks(PHOTOS_PER_BATCH) {
        let mut readable = Vec::new();
        let mut prepared = Vec::new();
        for (photo, references) in pairs {
            let read = dataset.photos.read(&photo.name);
            match read.and_then(|bytes| Ok(captioner.prepare(&bytes)?)) {
                Ok(squashed) => {
                    readable.push(references);
                    prepared.push(squashed);
                }
                Err(error) => eprintln!("left out {}: {error:#}", photo.name),
            }
        }
        if !prepared.is_empty() {
            let features = captioner.features(&prepared);
            let decoder = captioner.decoder();
            let found = pollster::block_on(generate(decoder, features, options, &mut |_, _| {}))?;
            let judged = found.iter().zip(readable);
            photos.extend(
                judged.filter_map(|(captions, references)| judge(captioner, captions, references)),
            );
        }
        progress.inc(pairs.len() as u64);
    }
    progress.finish_and_clear();
    Ok(photos)
}

/// The best of a photo's captions beside its references; none where it has no words.
fn judge(
    captioner: &Captioner,
    captions: &[GeneratedCaption],
    references: &[Vec<String>],
) -> Option<Photo> {
    let (caption, runners_up) = captions.split_first()?;
    let vocabulary = &captioner.manifest().vocabulary;
    // As the model has them, not as the tokeniser would split them: each has its own probability.
    let words: Vec<_> = caption
        .tokens
        .iter()
        .map(|token| vocabulary.word(token.id).unwrap_or_default().to_owned())
        .collect();
    if words.is_empty() {
        return None;
    }
    let supported = supported_words(&words, references);
    let examples = caption.tokens.iter().zip(&supported);
    let examples = examples.filter_map(|(token, &supported)| {
        Some(Example {
            values: WordFeature::ALL.map(|feature| feature.of(token)).to_vec(),
            right: supported?,
        })
    });
    Some(Photo {
        caption: Example {
            values: CaptionFeature::ALL
                .map(|feature| feature.of(caption, runners_up))
                .to_vec(),
            right: is_right(&supported),
        },
        words: examples.collect(),
    })
}

/// Whether enough of a caption's content words are supported, and at least one; see [`supported_words`].
fn is_right(supported: &[Option<bool>]) -> bool {
    let content = supported.iter().flatten().count() as f64;
    let right = supported.iter().flatten().filter(|&&right| right).count() as f64;
    right > 0.0 && right >= RIGHT_SHARE * content
}

/// The part of each caption: those that are right and those that are not are dealt out in turn, so that every part
/// has its share of both.
fn folds(captions: &[&Example]) -> Vec<usize> {
    let mut dealt = [0, 0];
    captions
        .iter()
        .map(|caption| {
            let count = &mut dealt[usize::from(caption.right)];
            *count += 1;
            (*count - 1) % FOLDS
        })
        .collect()
}

/// Each example's confidence by a fit to the other parts.
fn cross_fit<Feature: Copy + PartialEq>(
    features: &[Feature],
    examples: &[&Example],
    folds: &[usize],
) -> Result<Vec<Judged>> {
    let fits = (0..FOLDS)
        .map(|fold| {
            let others = examples.iter().zip(folds);
            let others = others.filter(|&(_, other)| *other != fold);
            fit(features, others.map(|(&example, _)| example))
        })
        .collect::<Result<Vec<_>>>()?;
    let judged = examples.iter().zip(folds).map(|(example, &fold)| {
        let value = |wanted| {
            let mut pairs = features.iter().zip(&example.values);
            let found = pairs.find(|&(&feature, _)| feature == wanted);
            found.map_or(0.0, |(_, &value)| value)
        };
        Judged {
            confidence: fits[fold].probability(value),
            right: example.right,
        }
    });
    Ok(judged.collect())
}

/// Confidences of all photos, and where there are several data sets of those of each.
fn by_group(groups: &[Group], judged: &[Judged]) -> Vec<(String, Vec<Judged>)> {
    let mut reports = Vec::new();
    if groups.len() > 1 {
        reports.push(("all".to_owned(), judged.to_vec()));
    }
    let mut rest = judged;
    for group in groups {
        let (own, others) = rest.split_at(group.photos.len());
        reports.push((group.name.clone(), own.to_vec()));
        rest = others;
    }
    reports
}

/// What each feature counts for, in log-odds per standard deviation.
fn weights<Feature: std::fmt::Debug>(what: &str, fitted: &Logistic<Feature>) -> String {
    let mut text = format!("{what}: bias {:.3}\n", fitted.bias);
    for input in &fitted.inputs {
        text += &format!("  {:+.3}  {:?}\n", input.weight, input.feature);
    }
    text
}

#[cfg(test)]
mod tests {
    use model_export::text::TextRules;

    use super::*;

    #[test]
    fn function_words_are_those_that_no_reference_can_support() {
        let captions = ["a man in the photo of two dogs"];
        let vocabulary = Vocabulary::from_captions(captions, TextRules::TfTutorial, 100, 1);
        let mut found = function_words(&vocabulary);
        found.sort();
        assert_eq!(found, ["a", "in", "of", "photo", "the"]);
    }

    #[test]
    fn three_fifths_of_the_content_words_must_be_supported() {
        let (yes, no) = (Some(true), Some(false));
        for (supported, right) in [
            (&[None, yes, None, yes, no][..], true),
            (&[yes, no], false),
            (&[yes, yes, yes, yes, no, no], true),
            (&[yes, yes, yes, no, no], true),
            (&[yes, yes, yes, yes, no, no, no], false),
            (&[yes], true),
            (&[no], false),
            (&[None, None], false),
            (&[], false),
        ] {
            assert_eq!(is_right(supported), right, "{supported:?}");
        }
    }

    #[test]
    fn every_part_has_its_share_of_right_and_wrong() {
        let examples: Vec<_> = (0..50)
            .map(|index| Example {
                values: Vec::new(),
                right: index < 40,
            })
            .collect();
        let folds = folds(&examples.iter().collect::<Vec<_>>());
        for fold in 0..FOLDS {
            let own = examples.iter().zip(&folds).filter(|&(_, own)| *own == fold);
            let right = own.clone().filter(|(example, _)| example.right).count();
            assert_eq!((right, own.count()), (8, 10));
        }
    }

    #[test]
    fn a_photo_is_judged_by_a_fit_to_others() {
        // One feature that tells all, but for one example, which no other is like.
        let examples: Vec<_> = (0..20)
            .map(|index| Example {
                values: vec![if index == 7 {
                    1.0
                } else {
                    f64::from(index % 2)
                }],
                right: index % 2 == 1 && index != 7,
            })
            .collect();
        let examples: Vec<_> = examples.iter().collect();
        let folds = folds(&examples);
        let judged = cross_fit(&["only"], &examples, &folds).unwrap();
        let without: Vec<_> = (0..20).filter(|&index| folds[index] != folds[7]).collect();
        let fitted = fit(&["only"], without.iter().map(|&index| examples[index])).unwrap();
        assert_eq!(judged[7].confidence, fitted.probability(|_| 1.0));
        let seen = fit(&["only"], examples.iter().copied()).unwrap();
        assert!(judged[7].confidence > seen.probability(|_| 1.0));
    }
}
