//! How sure a model's captions are, fitted to photos and stored in the model file.

mod cross_fit;
mod fit;
mod judge;
mod plot;
mod reliability;

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use model_export::confidence::{Calibration, CaptionFeature, Decoding, WordFeature};
use model_export::content_words::are_known_in;
use model_export::model_file::ModelFile;
use model_export::vocabulary::Vocabulary;
use model_export::{Captioner, GenerateOptions};

pub(crate) use judge::is_right;
pub use plot::write as plot;
pub(crate) use reliability::{Bin, bins, figures};
pub use reliability::{Judged, table};

use crate::data::Dataset;
use crate::score::content_stems;
use cross_fit::{cross_fit, folds};
use fit::fit;
use judge::{Photo, caption_photos};

/// A model whose captions say how sure they are, and how far that can be relied on.
pub struct Calibrated {
    /// The model file, with the calibration in it: a fit to all photos.
    pub model: Vec<u8>,
    /// That calibration.
    pub calibration: Calibration,
    /// The captions of all photos and, where there are several data sets, those of each by its name. The
    /// confidences are for photos that the fit has not seen.
    pub captions: Vec<(String, Vec<Judged>)>,
    /// The same of content words, those of all captions.
    pub words: Vec<Judged>,
}

/// The photos of a data set.
struct Group {
    name: String,
    photos: Vec<Photo>,
}

/// Captions the validation photos of data sets with a model, and fits how sure its captions are.
///
/// # Errors
/// When the model cannot be used or its captions are not English; when a data set has no photo that can be
/// judged, or all captions or none are right.
pub fn calibrate(model: &[u8], datasets: &[Dataset], device: &Device) -> Result<Calibrated> {
    let file = ModelFile::parse(model)?;
    let mut manifest = file.manifest().clone();
    ensure!(
        are_known_in(&manifest.language),
        "its captions are in {}, but content words are known of English only",
        manifest.language
    );
    let captioner = Captioner::from_bytes(model, device)?;
    let options = GenerateOptions {
        said_once: captioner.content_words().clone(),
        ..GenerateOptions::default()
    };
    let decoding = Decoding::of(&options).context("words drawn at random cannot be calibrated")?;
    let search = decoding.options(captioner.content_words());
    let groups = datasets
        .iter()
        .map(|dataset| {
            let photos = caption_photos(&captioner, dataset, &search)?;
            ensure!(
                !photos.is_empty(),
                "{}: none of its {} validation photos has a caption to judge",
                dataset.name,
                dataset.dev.len()
            );
            Ok(Group {
                name: dataset.name.clone(),
                photos,
            })
        })
        .collect::<Result<Vec<_>>>()?;

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
    manifest.confidence = Some(calibration.clone());
    Ok(Calibrated {
        model: file.with_manifest(&manifest)?,
        calibration,
        captions: by_group(&groups, &judged),
        words: judged_words,
    })
}

/// The words of a vocabulary that nothing was fitted to.
fn function_words(vocabulary: &Vocabulary) -> Vec<String> {
    (0..vocabulary.len() as u32)
        .filter_map(|id| vocabulary.word(id))
        .filter(|word| content_stems(word).is_empty())
        .map(str::to_owned)
        .collect()
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
}
