//! How sure the model is: from a search's numbers to a probability that its caption is right.
//!
//! Nothing but the numbers of the search itself goes in, so a file gives the same confidence natively and in
//! the browser. The weights are fitted by `glimpse calibrate`; docs/confidence.md says to what.

mod decoding;
mod features;
mod logistic;

use serde::{Deserialize, Serialize};

pub use self::decoding::Decoding;
pub use self::features::{CaptionFeature, WordFeature};
pub use self::logistic::{Input, Logistic, sigmoid};
use crate::content_words::ContentWords;
use crate::generate::{GenerateOptions, GeneratedCaption, GeneratedToken};

/// What turns the numbers of a search into probabilities of being right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The search that it was fitted with: it says nothing of captions found in another way.
    pub decoding: Decoding,
    /// The probability that a caption is right.
    pub caption: Logistic<CaptionFeature>,
    /// The probability that a word of a caption is right.
    pub word: Logistic<WordFeature>,
    /// Words that say nothing of what is shown, such as "of": they have no confidence.
    #[serde(default)]
    pub function_words: Vec<String>,
}

impl Calibration {
    /// The probability that the first of a photo's captions is right, the others being the runners-up of the
    /// same search, the best first. 0 for no caption, or one without words.
    pub fn caption_confidence(&self, captions: &[GeneratedCaption]) -> f32 {
        match captions.split_first() {
            Some((caption, runners_up)) if !caption.tokens.is_empty() => {
                self.caption
                    .probability(|feature| feature.of(caption, runners_up)) as f32
            }
            _ => 0.0,
        }
    }

    /// The probability that a word is right; none for a function word.
    pub fn word_confidence(&self, token: &GeneratedToken, word: &str) -> Option<f32> {
        if self.function_words.iter().any(|function| function == word) {
            return None;
        }
        Some(self.word.probability(|feature| feature.of(token)) as f32)
    }

    /// Checks every number.
    ///
    /// # Errors
    /// A sentence that names the first one that is out of its range.
    pub fn validate(&self) -> Result<(), String> {
        let search = GenerateOptions {
            captions: 1,
            ..self.decoding.options(&ContentWords::default())
        };
        search.validate().map_err(|error| error.to_string())?;
        self.caption.validate("caption")?;
        self.word.validate("word")
    }
}

#[cfg(test)]
mod tests {
    use super::features::tests::{assert_close, caption, token};
    use super::*;

    fn input<Feature>(feature: Feature, mean: f64, deviation: f64, weight: f64) -> Input<Feature> {
        Input {
            feature,
            mean,
            deviation,
            weight,
        }
    }

    fn calibration() -> Calibration {
        let decoding = Decoding::of(&GenerateOptions::default()).unwrap();
        Calibration {
            decoding,
            function_words: vec!["of".to_owned()],
            caption: Logistic {
                bias: 0.5,
                inputs: vec![
                    input(CaptionFeature::MeanLogProbability, -1.0, 0.5, 2.0),
                    input(CaptionFeature::Length, 10.0, 2.0, -1.0),
                ],
            },
            word: Logistic {
                bias: 0.0,
                inputs: vec![
                    input(WordFeature::LogProbability, -1.0, 2.0, 1.0),
                    input(WordFeature::Logit, 0.0, 1.5, 1.0),
                ],
            },
        }
    }

    #[test]
    fn confidence_is_a_probability_that_rises_with_what_speaks_for_the_caption() {
        let calibration = calibration();
        // At the mean of the features only the bias counts.
        let mean = caption(&[(4, 0.5); 10], -11.0, -1.0);
        let found = f64::from(calibration.caption_confidence(&[mean]));
        assert_close(found, 1.0 / (1.0 + (-0.5f64).exp()));

        let mut last = -1.0;
        for log_probability in [-1e6, -30.0, -20.0, -11.0, -5.0, -1.0, 0.0] {
            let caption = caption(&[(4, 0.5); 10], log_probability, log_probability);
            let confidence = calibration.caption_confidence(&[caption]);
            assert!((0.0..=1.0).contains(&confidence), "{confidence}");
            assert!(confidence > last, "{confidence} {last}");
            last = confidence;
        }
        let mut last = -1.0;
        for probability in [0.0, 1e-3, 0.1, 0.5, 0.9, 0.999, 1.0] {
            let confidence = calibration.word_confidence(&token(4, probability), "dog");
            let confidence = confidence.unwrap();
            assert!((0.0..=1.0).contains(&confidence), "{confidence}");
            assert!(confidence > last, "{confidence} {last}");
            last = confidence;
        }
        assert_eq!(calibration.word_confidence(&token(4, 0.5), "of"), None);
        assert_eq!(calibration.caption_confidence(&[]), 0.0);
        assert_eq!(
            calibration.caption_confidence(&[caption(&[], -0.1, -0.1)]),
            0.0
        );
    }

    #[test]
    fn numbers_that_are_none_are_named() {
        calibration().validate().unwrap();
        let refusal = |change: &dyn Fn(&mut Calibration)| {
            let mut calibration = calibration();
            change(&mut calibration);
            calibration.validate().unwrap_err()
        };
        for (says, change) in [
            (
                "caption has the bias NaN",
                &(|it: &mut Calibration| it.caption.bias = f64::NAN) as &dyn Fn(&mut Calibration),
            ),
            ("word has the bias inf", &|it| it.word.bias = f64::INFINITY),
            ("weight NaN", &|it| it.word.inputs[0].weight = f64::NAN),
            ("mean inf", &|it| it.caption.inputs[1].mean = f64::INFINITY),
            ("\"length\" with mean 10, deviation 0", &|it| {
                it.caption.inputs[1].deviation = 0.0;
            }),
            ("word has \"logit\" twice", &|it| {
                it.word.inputs[0].feature = WordFeature::Logit;
            }),
            ("number of beams is 0", &|it| it.decoding.beams = 0),
            ("length penalty is NaN", &|it| {
                it.decoding.length_penalty = f64::NAN;
            }),
        ] {
            let found = refusal(change);
            assert!(found.contains(says), "{found}");
        }
    }
}
