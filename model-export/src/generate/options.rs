//! How captions are chosen from the model's probabilities.

use super::error::GenerateError;
use crate::content_words::ContentWords;
use crate::vocabulary::START;

/// More hypotheses than this for one photo are a mistake, not a search.
const MOST_CAPTIONS: usize = 1000;

/// How captions are generated. The default is what `glimpse caption` and the page do when nothing
/// else is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerateOptions {
    /// The token that captions begin with: `[START]`, or that of a style
    /// ([`crate::vocabulary::Vocabulary::start`]).
    pub start: u32,
    /// Most words of a caption, `[END]` not counted; never more than the decoder has positions
    /// for. A caption that is still open then is ended.
    pub max_words: usize,
    /// No sequence of this many words stands twice in a caption (Paulus et al., 2017,
    /// <https://arxiv.org/abs/1705.04304>, section 2.5, with 3); 0 allows everything.
    pub repeat_block: usize,
    /// Words that stand at most once in a caption, in either number; none allows everything. Those of a model are
    /// [`crate::Captioner::content_words`].
    pub said_once: ContentWords,
    /// The exponent α of the score `log P / length^α` that captions of a photo are compared by.
    ///
    /// `length` is the number of tokens whose log-probabilities are summed: the words and `[END]`.
    /// 0 compares the plain sums, which favour short captions; 1 the mean log-probability per
    /// token. Wu et al. (2016, <https://arxiv.org/abs/1609.08144>, section 7) use such a power too,
    /// but of `(5 + length) / 6`, and leave `[END]` to their count of words.
    pub length_penalty: f64,
    /// Captions per photo: the best of a beam search, or this many draws.
    pub captions: usize,
    /// How words are chosen.
    pub strategy: Strategy,
}

/// How words are chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum Strategy {
    /// Beam search: after each word, the likeliest `width` beginnings of all are kept. Width 1 is
    /// greedy decoding: each word is the likeliest after those before it.
    Beam {
        /// Number of beginnings kept.
        width: usize,
    },
    /// Words are drawn at random by the model's probabilities.
    Sample(Sampling),
}

/// How words are drawn. The three restrictions apply in the order of the fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// Logits are divided by it: below 1 likely words become likelier still, above 1 all words more
    /// alike.
    pub temperature: f32,
    /// Only this many likeliest words can be drawn (Fan et al., 2018,
    /// <https://arxiv.org/abs/1805.04833>); 0 allows all.
    pub top_k: usize,
    /// Only the fewest likeliest words that together have at least this probability can be drawn
    /// (nucleus sampling: Holtzman et al., 2019, <https://arxiv.org/abs/1904.09751>); 1 allows all.
    pub top_p: f32,
    /// The beginning of all random numbers, on every platform the same.
    pub seed: u64,
}

impl Default for GenerateOptions {
    fn default() -> Self {
        Self {
            start: START,
            max_words: 30,
            repeat_block: 0,
            said_once: ContentWords::default(),
            length_penalty: 0.75,
            captions: 1,
            strategy: Strategy::Beam { width: 5 },
        }
    }
}

impl Default for Sampling {
    /// The model's own probabilities.
    fn default() -> Self {
        Self {
            temperature: 1.0,
            top_k: 0,
            top_p: 1.0,
            seed: 0,
        }
    }
}

impl GenerateOptions {
    /// One caption, each word the likeliest after those before it.
    pub fn greedy() -> Self {
        Self {
            strategy: Strategy::Beam { width: 1 },
            ..Self::default()
        }
    }

    /// Checks every number.
    ///
    /// # Errors
    /// A sentence that names the first one that is out of its range.
    pub fn validate(&self) -> Result<(), GenerateError> {
        let out_of_range = |name: &str, value: String, range: &str| {
            Err(GenerateError::Options(format!(
                "the {name} is {value}, not {range}"
            )))
        };
        if self.max_words == 0 {
            return out_of_range("most words", "0".to_owned(), "1 or more");
        }
        if !(0.0..=10.0).contains(&self.length_penalty) {
            let value = self.length_penalty.to_string();
            return out_of_range("length penalty", value, "in 0 to 10");
        }
        if !(1..=MOST_CAPTIONS).contains(&self.captions) {
            return out_of_range(
                "number of captions",
                self.captions.to_string(),
                &format!("in 1 to {MOST_CAPTIONS}"),
            );
        }
        match &self.strategy {
            Strategy::Beam { width } => {
                if !(1..=MOST_CAPTIONS).contains(width) {
                    return out_of_range(
                        "number of beams",
                        width.to_string(),
                        &format!("in 1 to {MOST_CAPTIONS}"),
                    );
                }
                if self.captions > *width {
                    return Err(GenerateError::Options(format!(
                        "{} captions need as many beams, but there are {width}",
                        self.captions
                    )));
                }
            }
            Strategy::Sample(sampling) => {
                let Sampling {
                    temperature, top_p, ..
                } = sampling;
                if !(*temperature > 0.0 && *temperature <= 100.0) {
                    return out_of_range(
                        "temperature",
                        temperature.to_string(),
                        "above 0 and at most 100",
                    );
                }
                if !(*top_p > 0.0 && *top_p <= 1.0) {
                    return out_of_range("top-p", top_p.to_string(), "above 0 and at most 1");
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(change: impl FnOnce(&mut GenerateOptions)) -> String {
        let mut options = GenerateOptions::default();
        change(&mut options);
        options.validate().unwrap_err().to_string()
    }

    fn sampling_refusal(change: impl FnOnce(&mut Sampling)) -> String {
        let mut sampling = Sampling::default();
        change(&mut sampling);
        refusal(|options| options.strategy = Strategy::Sample(sampling))
    }

    #[test]
    fn defaults_are_valid() {
        GenerateOptions::default().validate().unwrap();
        GenerateOptions::greedy().validate().unwrap();
        GenerateOptions {
            strategy: Strategy::Sample(Sampling::default()),
            ..GenerateOptions::default()
        }
        .validate()
        .unwrap();
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        assert!(refusal(|options| options.max_words = 0).contains("most words is 0"));
        for penalty in [-0.1, f64::NAN, f64::INFINITY] {
            let says = refusal(|options| options.length_penalty = penalty);
            assert!(says.contains("length penalty"), "{says}");
        }
        assert!(refusal(|options| options.captions = 0).contains("captions is 0"));
        assert!(refusal(|options| options.captions = 6).contains("6 captions need"));
        for width in [0, 1001] {
            let says = refusal(|options| options.strategy = Strategy::Beam { width });
            assert!(says.contains("number of beams"), "{says}");
        }
        for temperature in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            let says = sampling_refusal(|sampling| sampling.temperature = temperature);
            assert!(says.contains("temperature"), "{says}");
        }
        for top_p in [0.0, 1.01, f32::NAN] {
            let says = sampling_refusal(|sampling| sampling.top_p = top_p);
            assert!(says.contains("top-p"), "{says}");
        }
    }
}
