//! What a search finds.

/// A chosen word.
#[derive(Clone, Debug, PartialEq)]
pub struct GeneratedToken {
    /// Its id in the vocabulary.
    pub id: u32,
    /// Its probability given the words before it (at temperature 1, among all tokens).
    pub probability: f32,
    /// Where the model looked: one weight per image position, summing to 1. Empty where the architecture
    /// has no attention.
    pub attention: Vec<f32>,
}

/// A caption of a photo.
#[derive(Clone, Debug, PartialEq)]
pub struct GeneratedCaption {
    /// Its words, without `[START]` and `[END]`.
    pub tokens: Vec<GeneratedToken>,
    /// The natural logarithm of its probability: the sum over its words and `[END]`, at temperature
    /// 1 and however the words were chosen.
    pub log_probability: f64,
    /// `log_probability` divided by a power of the length; see
    /// [`GenerateOptions::length_penalty`](super::GenerateOptions::length_penalty).
    pub score: f64,
}
