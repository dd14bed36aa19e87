//! A model, as it captions, on a split of a data set.

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use model_export::{Caption, Captioner, GenerateOptions, photo};

use crate::data::{CaptionedPhoto, EvaluationSet, PhotoSource};
use crate::score::{Report, Scored, score, tokenize_all, tokenize_grouped};
use crate::train::input::{EncodedPhoto, encode};
use crate::train::validate::{Measured, measure};

/// What a model reaches.
pub struct Evaluation {
    /// Cross-entropy, accuracy, and scores of its captions.
    pub report: Report,
    /// The photos that could be read.
    pub photos: Vec<CaptionedPhoto>,
    /// The caption of each.
    pub captions: Vec<Caption>,
    /// The same tokenised, `[photo][word]`.
    pub candidates: Vec<Vec<String>>,
    /// What people said of each photo, tokenised: `[photo][reference][word]`.
    pub references: Vec<Vec<Vec<String>>>,
    /// How the captions score beside these.
    pub scored: Scored,
}

/// Measures a model on a split of a data set, and its captions.
///
/// # Errors
/// When no photo can be read, or the model gives no probabilities.
pub fn evaluate(
    captioner: &Captioner,
    set: &EvaluationSet,
    options: &GenerateOptions,
) -> Result<Evaluation> {
    let manifest = captioner.manifest();
    let dataset = set.dataset();
    let photos = readable(&dataset.photos, set.photos())?;
    let encoded: Vec<_> = encode(
        &photos,
        &manifest.vocabulary,
        options.start,
        manifest.text,
        manifest.decoder.max_words(),
    )
    .collect();

    let progress = crate::progress::photos(encoded.len());
    // Features come from the file's own encoder: what its precision costs is part of the figures.
    let features = |photos: &[&EncodedPhoto]| {
        let squashed = photos
            .iter()
            .map(|encoded| {
                captioner
                    .prepare(&dataset.photos.read(&encoded.name)?)
                    .with_context(|| encoded.name.clone())
            })
            .collect::<Result<Vec<_>>>()?;
        progress.inc(photos.len() as u64);
        Ok(captioner.features(&squashed))
    };
    let Measured { measures, captions } =
        measure(captioner.decoder(), &encoded, features, |features| {
            let captions = pollster::block_on(captioner.caption_features(features, options))?;
            Ok(captions)
        })?;
    progress.finish_and_clear();
    ensure!(
        measures.cross_entropy.is_finite(),
        "the model gives no probabilities: its cross-entropy is {}",
        measures.cross_entropy
    );

    let mut report = Report::default();
    report.add("photos", photos.len() as f64, 0, "");
    report.add("cross-entropy", measures.cross_entropy, 4, "nats per word");
    report.add("perplexity", measures.cross_entropy.exp(), 2, "");
    report.add("accuracy", measures.accuracy, 4, "");
    let texts: Vec<_> = captions.iter().map(|caption| &caption.text).collect();
    let candidates = tokenize_all(&texts);
    let references = tokenize_grouped(photos.iter().map(|photo| photo.captions.iter()));
    let scored = score(&candidates, &references);
    report.add_measures(&scored.corpus());
    add_variety(&mut report, &candidates, &dataset.train);
    Ok(Evaluation {
        report,
        photos,
        captions,
        candidates,
        references,
        scored,
    })
}

/// The photos that can be read; names the others.
///
/// # Errors
/// When none can.
fn readable(source: &PhotoSource, photos: &[CaptionedPhoto]) -> Result<Vec<CaptionedPhoto>> {
    let mut readable = photos.to_vec();
    readable.retain(|photo| {
        let decoded = source
            .read(&photo.name)
            .and_then(|bytes| Ok(photo::decode(&bytes)?));
        if let Err(error) = &decoded {
            eprintln!("left out {}: {error:#}", photo.name);
        }
        decoded.is_ok()
    });
    ensure!(
        !readable.is_empty(),
        "none of the {} photos can be read",
        photos.len()
    );
    Ok(readable)
}

/// How varied tokenised captions are.
fn add_variety(report: &mut Report, candidates: &[Vec<String>], train: &[CaptionedPhoto]) {
    let words: usize = candidates.iter().map(Vec::len).sum();
    let train = tokenize_grouped(train.iter().map(|photo| photo.captions.iter()));
    let known: HashSet<_> = train.iter().flatten().collect();
    let new = candidates.iter().filter(|caption| !known.contains(caption));
    let count = candidates.len().max(1) as f64;
    report.add("mean length", words as f64 / count, 2, "words");
    report.add_vocabulary(candidates);
    report.add_share(
        "new captions",
        new.count() as f64 / count,
        "% not among the training captions",
    );
}
