//! How sure the model is: from a search's numbers to a probability that its caption is right.
//!
//! Nothing but the numbers of the search itself goes in, so a file gives the same confidence natively and in
//! the browser. The weights are fitted by `glimpse calibrate`; docs/confidence.md says to what.

use serde::{Deserialize, Serialize};

use crate::generate::{GenerateOptions, GeneratedCaption, GeneratedToken, Strategy};

/// No probability counts as nearer to 0 or 1 than this, so that its logarithms stay finite.
const LEAST_PROBABILITY: f64 = 1e-6;

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

/// A beam search, apart from how many of its captions are handed out; see [`GenerateOptions`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decoding {
    /// Beginnings kept after each word.
    pub beams: usize,
    /// The exponent of the length in the score.
    pub length_penalty: f64,
    /// No sequence of this many words stands twice; 0 allows all.
    pub repeat_block: usize,
    /// Most words of a caption.
    pub max_words: usize,
}

/// A number that a search gives for the caption that it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaptionFeature {
    /// The mean of the tokens' log-probabilities, `[END]` included.
    MeanLogProbability,
    /// The log-probability of the least probable word.
    LowestLogProbability,
    /// The mean log-probability of the two least probable words.
    TwoLowestLogProbability,
    /// The number of words.
    Length,
    /// The share of the caption's words that a runner-up has too: the mean over the runners-up, each weighed by
    /// its probability. 1 where there is none.
    Agreement,
    /// `e^(score of the best runner-up − score of the caption)`, in 0 to 1: how close the choice was. 0 where
    /// there is no runner-up.
    RunnerUp,
}

/// A number of one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WordFeature {
    /// `ln p` of the word's probability.
    LogProbability,
    /// `ln (p / (1 − p))` of the word's probability.
    Logit,
}

/// Logistic regression: `1 / (1 + e^−z)` with `z = bias + Σ weight · (value − mean) / deviation`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Logistic<Feature> {
    /// The log-odds where every feature has its mean.
    pub bias: f64,
    /// One for each feature that counts.
    pub inputs: Vec<Input<Feature>>,
}

/// A feature and its part in the log-odds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input<Feature> {
    /// What is measured.
    pub feature: Feature,
    /// Its mean where the calibration was fitted.
    pub mean: f64,
    /// Its standard deviation there.
    pub deviation: f64,
    /// Log-odds per standard deviation.
    pub weight: f64,
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
            ..self.decoding.options()
        };
        search.validate().map_err(|error| error.to_string())?;
        self.caption.validate("caption")?;
        self.word.validate("word")
    }
}

impl Decoding {
    /// The beam search of these options; `None` where words are drawn at random.
    pub fn of(options: &GenerateOptions) -> Option<Self> {
        match options.strategy {
            Strategy::Beam { width } => Some(Self {
                beams: width,
                length_penalty: options.length_penalty,
                repeat_block: options.repeat_block,
                max_words: options.max_words,
            }),
            Strategy::Sample(_) => None,
        }
    }

    /// The options of this search that hand out all captions of its beam: the runners-up are part of what tells
    /// how sure the best one is.
    pub fn options(&self) -> GenerateOptions {
        GenerateOptions {
            max_words: self.max_words,
            repeat_block: self.repeat_block,
            length_penalty: self.length_penalty,
            captions: self.beams,
            strategy: Strategy::Beam { width: self.beams },
            ..GenerateOptions::default()
        }
    }
}

impl CaptionFeature {
    /// Every feature.
    pub const ALL: [Self; 6] = [
        Self::MeanLogProbability,
        Self::LowestLogProbability,
        Self::TwoLowestLogProbability,
        Self::Length,
        Self::Agreement,
        Self::RunnerUp,
    ];

    /// Its value for a caption and the runners-up of the same search, the best first. Finite.
    pub fn of(self, caption: &GeneratedCaption, runners_up: &[GeneratedCaption]) -> f64 {
        let words = caption.tokens.len() as f64;
        match self {
            Self::MeanLogProbability => caption.log_probability / (words + 1.0),
            Self::LowestLogProbability => mean_lowest(caption, 1),
            Self::TwoLowestLogProbability => mean_lowest(caption, 2),
            Self::Length => words,
            Self::Agreement => agreement(caption, runners_up),
            Self::RunnerUp => runners_up
                .first()
                .map_or(0.0, |other| (other.score - caption.score).exp()),
        }
    }
}

impl WordFeature {
    /// Every feature.
    pub const ALL: [Self; 2] = [Self::LogProbability, Self::Logit];

    /// Its value for a word. Finite.
    pub fn of(self, token: &GeneratedToken) -> f64 {
        let probability = bounded(token.probability);
        match self {
            Self::LogProbability => probability.ln(),
            Self::Logit => (probability / (1.0 - probability)).ln(),
        }
    }
}

impl<Feature: Copy> Logistic<Feature> {
    /// The probability, in 0 to 1, where `value` gives each feature's value.
    pub fn probability(&self, value: impl Fn(Feature) -> f64) -> f64 {
        let parts = self
            .inputs
            .iter()
            .map(|input| input.weight * (value(input.feature) - input.mean) / input.deviation);
        sigmoid(self.bias + parts.sum::<f64>())
    }

    fn validate(&self, what: &str) -> Result<(), String>
    where
        Feature: PartialEq + Serialize,
    {
        if !self.bias.is_finite() {
            return Err(format!(
                "the confidence's {what} has the bias {}",
                self.bias
            ));
        }
        for (index, input) in self.inputs.iter().enumerate() {
            let Input {
                feature,
                mean,
                deviation,
                weight,
            } = input;
            let name = serde_json::to_string(feature).unwrap_or_default();
            let finite = mean.is_finite() && deviation.is_finite() && weight.is_finite();
            if !finite || *deviation <= 0.0 {
                return Err(format!(
                    "the confidence's {what} has {name} with mean {mean}, deviation {deviation} and weight {weight}"
                ));
            }
            if self.inputs[..index]
                .iter()
                .any(|other| other.feature == *feature)
            {
                return Err(format!("the confidence's {what} has {name} twice"));
            }
        }
        Ok(())
    }
}

/// `1 / (1 + e^−z)`
pub fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn bounded(probability: f32) -> f64 {
    f64::from(probability).clamp(LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY)
}

/// The mean log-probability of the `count` least probable words; 0 where there are no words.
fn mean_lowest(caption: &GeneratedCaption, count: usize) -> f64 {
    let tokens = caption.tokens.iter();
    let mut values: Vec<_> = tokens
        .map(|token| bounded(token.probability).ln())
        .collect();
    values.sort_by(f64::total_cmp);
    values.truncate(count);
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// See [`CaptionFeature::Agreement`].
fn agreement(caption: &GeneratedCaption, runners_up: &[GeneratedCaption]) -> f64 {
    let shared = |other: &GeneratedCaption| {
        let has = |id| other.tokens.iter().any(|token| token.id == id);
        let shared = caption.tokens.iter().filter(|token| has(token.id)).count();
        shared as f64 / caption.tokens.len().max(1) as f64
    };
    // Only their ratios count; as they are, the probabilities of long captions could all be 0.
    let likeliest = runners_up
        .iter()
        .map(|other| other.log_probability)
        .fold(f64::NEG_INFINITY, f64::max);
    let (mut sum, mut weights) = (0.0, 0.0);
    for other in runners_up {
        let weight = (other.log_probability - likeliest).exp();
        sum += weight * shared(other);
        weights += weight;
    }
    if weights > 0.0 { sum / weights } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(id: u32, probability: f32) -> GeneratedToken {
        GeneratedToken {
            id,
            probability,
            attention: Vec::new(),
        }
    }

    fn caption(words: &[(u32, f32)], log_probability: f64, score: f64) -> GeneratedCaption {
        GeneratedCaption {
            tokens: words.iter().map(|&(id, p)| token(id, p)).collect(),
            log_probability,
            score,
        }
    }

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

    fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }

    #[test]
    fn features_are_what_they_are_called() {
        let best = caption(&[(4, 0.5), (5, 0.1), (6, 0.2), (7, 1.0)], -6.0, -1.0);
        let runners_up = [
            // Half of the best one's words, three times as likely as the next, which has a quarter.
            caption(&[(4, 0.5), (6, 0.9)], 0.03f64.ln(), -1.5),
            caption(&[(7, 0.5), (9, 0.9)], 0.01f64.ln(), -1.75),
        ];
        let of = |feature: CaptionFeature| feature.of(&best, &runners_up);
        assert_close(of(CaptionFeature::MeanLogProbability), -6.0 / 5.0);
        assert_close(of(CaptionFeature::LowestLogProbability), 0.1f64.ln());
        let two = (0.1f64.ln() + 0.2f64.ln()) / 2.0;
        assert_close(of(CaptionFeature::TwoLowestLogProbability), two);
        assert_close(of(CaptionFeature::Length), 4.0);
        assert_close(of(CaptionFeature::Agreement), 0.75 * 0.5 + 0.25 * 0.25);
        assert_close(of(CaptionFeature::RunnerUp), (-0.5f64).exp());
        assert_close(WordFeature::Logit.of(&token(4, 0.8)), 4f64.ln());
        assert_close(WordFeature::LogProbability.of(&token(4, 0.8)), 0.8f64.ln());
    }

    #[test]
    fn features_are_finite_without_runners_up_and_at_the_edges() {
        let least = caption(&[(4, 0.0), (5, 1.0)], -2000.0, -900.0);
        let less = caption(&[(4, 0.0)], -3000.0, -950.0);
        for runners_up in [&[][..], &[less]] {
            for feature in CaptionFeature::ALL {
                let value = feature.of(&least, runners_up);
                assert!(value.is_finite(), "{feature:?} {value}");
            }
        }
        assert_eq!(CaptionFeature::Agreement.of(&least, &[]), 1.0);
        assert_eq!(CaptionFeature::RunnerUp.of(&least, &[]), 0.0);
        for feature in WordFeature::ALL {
            assert!(feature.of(&token(4, 0.0)) < feature.of(&token(4, 1.0)));
            assert!(feature.of(&token(4, 1.0)).is_finite());
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

    #[test]
    fn a_search_is_told_from_another() {
        let default = GenerateOptions::default();
        let decoding = Decoding::of(&default).unwrap();
        assert_eq!(Decoding::of(&decoding.options()), Some(decoding));
        // How many captions are handed out makes no difference.
        let alternatives = GenerateOptions {
            captions: 3,
            ..default.clone()
        };
        assert_eq!(Decoding::of(&alternatives), Some(decoding));
        assert_ne!(Decoding::of(&GenerateOptions::greedy()), Some(decoding));
        let drawn = GenerateOptions {
            strategy: Strategy::Sample(crate::Sampling::default()),
            ..default
        };
        assert_eq!(Decoding::of(&drawn), None);
    }
}
