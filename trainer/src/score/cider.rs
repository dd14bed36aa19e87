//! CIDEr: tf-idf weighted n-grams shared with the references (R. Vedantam, C. L. Zitnick, D. Parikh:
//! CIDEr: Consensus-based Image Description Evaluation, 2015, <https://arxiv.org/abs/1411.5726>).

use std::collections::{BTreeMap, HashMap, HashSet};

/// Longest n-grams that count.
const MAX_ORDER: usize = 4;
/// Standard deviation, in words, of CIDEr-D's penalty on a length unlike the reference's.
const SIGMA: f64 = 6.0;
/// Scores go from 0 to this: the paper multiplies a mean cosine by ten.
const SCALE: f64 = 10.0;

/// Scores one candidate at a time against the references of one photo. Document frequencies and the
/// references' vectors are computed once, so this is fast enough for the reward of a training step;
/// scoring takes `&self` and may run in several threads.
///
/// All is as pycocoevalcap 1.2 computes it where that leaves the paper: no stemming, a document is
/// one photo with all its references, an n-gram that no reference holds counts as held by one, and
/// the length in the penalty is the number of bigrams, one less than that of words (or zero).
pub struct CiderD {
    words: HashMap<String, u32>,
    /// Where an n-gram's inverse document frequency stands in `rarity`.
    ngrams: HashMap<Ngram, u32>,
    /// `log(photos) − log(photos whose references hold the n-gram)`.
    rarity: Vec<f64>,
    /// `log(photos)`: rarity of what no reference holds.
    unseen: f64,
    photos: Vec<Vec<Reference>>,
}

/// One to four words; the rest is `NO_WORD`.
type Ngram = [u32; MAX_ORDER];

/// Fills an n-gram that is shorter than four words.
const NO_WORD: u32 = u32::MAX;

/// A reference as a vector.
struct Reference {
    /// n-gram (its place in `rarity`) and how often it occurs, sorted by n-gram, for each order.
    counts: [Vec<(u32, u32)>; MAX_ORDER],
    /// Euclidean norm of the tf-idf vector of each order.
    norms: [f64; MAX_ORDER],
    /// Bigrams.
    length: usize,
}

/// What CIDEr-D adds to CIDEr.
#[derive(Clone, Copy, PartialEq)]
enum Variant {
    /// The paper's equations 1 to 3.
    Plain,
    /// Counts clipped to the reference's and a Gaussian penalty on another length.
    Defended,
}

impl CiderD {
    /// Prepares the references of each photo, tokenised: `references[photo][reference][word]`.
    pub fn new<W: AsRef<str>>(references: &[Vec<Vec<W>>]) -> Self {
        let mut words = HashMap::new();
        let mut ngrams: HashMap<Ngram, u32> = HashMap::new();
        let mut photos_with: Vec<u32> = Vec::new();
        let photos: Vec<Vec<_>> = references
            .iter()
            .map(|captions| {
                let captions: Vec<_> = captions
                    .iter()
                    .map(|caption| {
                        let ids: Vec<_> = caption
                            .iter()
                            .map(|word| {
                                let next = words.len() as u32;
                                *words.entry(word.as_ref().to_owned()).or_insert(next)
                            })
                            .collect();
                        let counts = counts(&ids).map(|counts| {
                            let mut counts: Vec<_> = counts
                                .into_iter()
                                .map(|(ngram, count)| {
                                    let next = ngrams.len() as u32;
                                    (*ngrams.entry(ngram).or_insert(next), count)
                                })
                                .collect();
                            counts.sort_unstable();
                            counts
                        });
                        (counts, ids.len().saturating_sub(1))
                    })
                    .collect();
                photos_with.resize(ngrams.len(), 0);
                let held: HashSet<u32> = captions
                    .iter()
                    .flat_map(|(counts, _)| counts.iter().flatten().map(|&(ngram, _)| ngram))
                    .collect();
                for ngram in held {
                    photos_with[ngram as usize] += 1;
                }
                captions
            })
            .collect();

        let unseen = (references.len().max(1) as f64).ln();
        let rarity: Vec<_> = photos_with
            .iter()
            .map(|&photos| unseen - f64::from(photos).ln())
            .collect();
        let photos =
            photos
                .into_iter()
                .map(|captions| {
                    captions
                        .into_iter()
                        .map(|(counts, length)| Reference {
                            norms: counts.each_ref().map(|counts| {
                                norm(counts.iter().map(|&(ngram, count)| {
                                    f64::from(count) * rarity[ngram as usize]
                                }))
                            }),
                            counts,
                            length,
                        })
                        .collect()
                })
                .collect();
        Self {
            words,
            ngrams,
            rarity,
            unseen,
            photos,
        }
    }

    /// CIDEr-D (from 0 to 10) of a tokenised candidate for a photo, which is also what pycocoevalcap
    /// 1.2 and the COCO server call CIDEr. A corpus's score is the mean over its photos.
    ///
    /// # Panics
    /// When there is no such photo.
    pub fn score<W: AsRef<str>>(&self, photo: usize, candidate: &[W]) -> f64 {
        self.variant(photo, candidate, Variant::Defended)
    }

    /// CIDEr without the D (from 0 to 10): neither clipped counts nor a penalty on the length.
    ///
    /// # Panics
    /// When there is no such photo.
    pub fn plain<W: AsRef<str>>(&self, photo: usize, candidate: &[W]) -> f64 {
        self.variant(photo, candidate, Variant::Plain)
    }

    fn variant<W: AsRef<str>>(&self, photo: usize, candidate: &[W], variant: Variant) -> f64 {
        let references = &self.photos[photo];
        if references.is_empty() {
            return 0.0;
        }
        let mut strange: Vec<&str> = Vec::new();
        let ids: Vec<_> = candidate
            .iter()
            .map(|word| {
                let word = word.as_ref();
                self.words.get(word).copied().unwrap_or_else(|| {
                    // Words of no reference match nothing, but equal ones are one n-gram: they
                    // count in the candidate's norm.
                    let place = strange.iter().position(|known| *known == word);
                    let place = place.unwrap_or_else(|| {
                        strange.push(word);
                        strange.len() - 1
                    });
                    (self.words.len() + place) as u32
                })
            })
            .collect();
        let length = ids.len().saturating_sub(1);

        let mut sum = 0.0;
        for (order, counts) in counts(&ids).into_iter().enumerate() {
            let mut matchable: Vec<(u32, u32)> = Vec::with_capacity(counts.len());
            let norm = norm(counts.into_iter().map(|(ngram, count)| {
                let rarity = match self.ngrams.get(&ngram) {
                    Some(&place) => {
                        matchable.push((place, count));
                        self.rarity[place as usize]
                    }
                    None => self.unseen,
                };
                f64::from(count) * rarity
            }));
            matchable.sort_unstable();
            for reference in references {
                let mut cosine = self.product(&matchable, &reference.counts[order], variant);
                let norms = norm * reference.norms[order];
                if norms != 0.0 {
                    cosine /= norms;
                }
                if variant == Variant::Defended {
                    let difference = length as f64 - reference.length as f64;
                    cosine *= (-difference * difference / (2.0 * SIGMA * SIGMA)).exp();
                }
                sum += cosine;
            }
        }
        sum / MAX_ORDER as f64 / references.len() as f64 * SCALE
    }

    /// Scalar product of two tf-idf vectors, both sorted by n-gram.
    fn product(&self, candidate: &[(u32, u32)], reference: &[(u32, u32)], variant: Variant) -> f64 {
        let mut sum = 0.0;
        let mut rest = reference;
        for &(ngram, count) in candidate {
            while let [(first, _), tail @ ..] = rest
                && *first < ngram
            {
                rest = tail;
            }
            if let [(first, wanted), ..] = rest
                && *first == ngram
            {
                let given = match variant {
                    Variant::Plain => count,
                    Variant::Defended => count.min(*wanted),
                };
                let rarity = self.rarity[ngram as usize];
                sum += f64::from(given) * f64::from(*wanted) * rarity * rarity;
            }
        }
        sum
    }
}

/// How often each n-gram occurs, for each order from 1. Sorted, so that sums over them are taken in the
/// same order in every run, and training can be repeated to the last digit.
fn counts(words: &[u32]) -> [BTreeMap<Ngram, u32>; MAX_ORDER] {
    std::array::from_fn(|order| {
        let mut counts = BTreeMap::new();
        for window in words.windows(order + 1) {
            let mut ngram = [NO_WORD; MAX_ORDER];
            ngram[..window.len()].copy_from_slice(window);
            *counts.entry(ngram).or_default() += 1;
        }
        counts
    })
}

fn norm(weights: impl Iterator<Item = f64>) -> f64 {
    weights.map(|weight| weight * weight).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    /// References of three photos: "a" is everywhere, so that its rarity is zero.
    fn scorer() -> CiderD {
        CiderD::new(&[
            vec![tokens("a dog runs"), tokens("a brown dog")],
            vec![tokens("a cat")],
            vec![tokens("a bird")],
        ])
    }

    #[test]
    fn by_hand() {
        // "dog": one photo of three. Unigrams: the candidate's vector is (dog: r), the references'
        // (dog: r, runs: r) and (brown: r, dog: r) with r = ln 3: cosines 1/√2 each. Bigrams, no
        // trigrams: none. Lengths in bigrams: 0 against 2.
        let penalty = (-4.0f64 / 72.0).exp();
        let expected = 10.0 / 4.0 * 0.5f64.sqrt();
        assert!((scorer().plain(0, &["dog"]) - expected).abs() < 1e-12);
        assert!((scorer().score(0, &["dog"]) - expected * penalty).abs() < 1e-12);
        assert_eq!(scorer().score(0, &["a"]), 0.0);
        assert_eq!(scorer().score(1, &["dog"]), 0.0);
    }

    #[test]
    fn repeating_a_word_does_not_pay_in_cider_d() {
        // Clipped to the one dog of each reference, over a norm of three dogs.
        let scorer = scorer();
        let repeated = ["dog", "dog", "dog"];
        let expected = scorer.plain(0, &["dog"]) / 3.0;
        assert!((scorer.score(0, &repeated) - expected).abs() < 1e-12);
        assert!(scorer.plain(0, &repeated) > 2.0 * scorer.score(0, &repeated));
    }

    #[test]
    fn a_strange_word_costs_its_norm() {
        let scorer = scorer();
        let (two, twice) = (["dog", "zzz", "yyy"], ["dog", "zzz", "zzz"]);
        // Norms √3 and √5 of the rarity of one word.
        let ratio = scorer.score(0, &two) / scorer.score(0, &twice);
        assert!((ratio - (5.0f64 / 3.0).sqrt()).abs() < 1e-12, "{ratio}");
    }

    #[test]
    fn nothing_scores_nothing() {
        assert_eq!(scorer().score(0, &[] as &[&str]), 0.0);
        let one_photo = CiderD::new(&[vec![tokens("a dog")], vec![]]);
        assert_eq!(one_photo.score(1, &["dog"]), 0.0);
    }
}
