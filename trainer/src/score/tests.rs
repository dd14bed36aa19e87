//! Against pycocoevalcap 1.2: tests/fixtures/make_score_reference.py made the figures.

use serde::Deserialize;

use super::{Scores, score, tokenize_all};

const FIXTURE: &str = include_str!("../../tests/fixtures/score_reference.json");
const TOLERANCE: f64 = 1e-4;

#[derive(Deserialize)]
struct Fixture {
    real: Set,
    odd: Set,
}

#[derive(Deserialize)]
struct Set {
    measures: Vec<String>,
    corpus: Vec<f64>,
    photos: Vec<Photo>,
}

/// Captions (the candidate, then its references), the same tokenised, and the candidate's scores.
#[derive(Deserialize)]
struct Photo(Vec<String>, Vec<String>, Vec<f64>);

fn fixture() -> Fixture {
    serde_json::from_str(FIXTURE).unwrap()
}

/// The tokens of the first real photos' captions, `[photo][caption][word]`, the candidate's first.
pub(super) fn real_tokens(photos: usize) -> Vec<Vec<Vec<String>>> {
    let words = |text: &String| text.split(' ').map(str::to_owned).collect();
    let photos = fixture().real.photos.into_iter().take(photos);
    photos
        .map(|photo| photo.1.iter().map(words).collect())
        .collect()
}

/// Tokens of the candidates and of the references, tokenised in the order of the script.
fn tokens(set: &Set) -> (Vec<Vec<String>>, Vec<Vec<Vec<String>>>) {
    let candidates: Vec<_> = set.photos.iter().map(|photo| &photo.0[0]).collect();
    let references: Vec<_> = set.photos.iter().flat_map(|photo| &photo.0[1..]).collect();
    let mut references = tokenize_all(&references).into_iter();
    let grouped = set
        .photos
        .iter()
        .map(|photo| references.by_ref().take(photo.0.len() - 1).collect())
        .collect();
    (tokenize_all(&candidates), grouped)
}

fn tokens_are_the_same(set: &Set) {
    let (candidates, references) = tokens(set);
    for (photo, (candidate, references)) in
        set.photos.iter().zip(candidates.iter().zip(&references))
    {
        let ours = std::iter::once(candidate).chain(references);
        for ((caption, theirs), ours) in photo.0.iter().zip(&photo.1).zip(ours) {
            assert_eq!(&ours.join(" "), theirs, "{caption:?}");
        }
    }
}

fn scores_are_the_same(set: &Set) {
    let (candidates, references) = tokens(set);
    let scored = score(&candidates, &references);
    let compare = |ours: &Scores, theirs: &[f64], what: &str| {
        for (name, ours) in ours.named() {
            let place = set.measures.iter().position(|measure| *measure == name);
            let theirs = theirs[place.unwrap()];
            assert!(
                (ours - theirs).abs() < TOLERANCE,
                "{name} of {what}: {ours} here, {theirs} there"
            );
        }
    };
    for (photo, ours) in set.photos.iter().zip(&scored.captions) {
        compare(&ours.scores(), &photo.2, &format!("{:?}", photo.0[0]));
    }
    compare(&scored.corpus().scores(), &set.corpus, "all captions");
}

#[test]
fn tokens_of_real_captions() {
    let set = fixture().real;
    assert!(set.photos.len() >= 500);
    tokens_are_the_same(&set);
}

#[test]
fn tokens_of_odd_captions() {
    tokens_are_the_same(&fixture().odd);
}

#[test]
fn scores_of_real_captions() {
    scores_are_the_same(&fixture().real);
}

#[test]
fn scores_of_odd_captions() {
    scores_are_the_same(&fixture().odd);
}

#[test]
fn a_caption_alone_is_tokenised_as_among_others() {
    let set = fixture().real;
    for photo in &set.photos {
        let alone = tokenize_all(&photo.0[..1]);
        assert_eq!(alone[0].join(" "), photo.1[0]);
    }
}
