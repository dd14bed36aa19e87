//! From image features to captions: beam search and sampling, a batch of photos at a time.
//!
//! | module | what it does |
//! |---|---|
//! | `options` | how captions are chosen, and which numbers are refused |
//! | `search` | one step of the decoder per word, for all photos and hypotheses together |
//! | `beam` | which hypotheses of a photo are kept |
//! | `sampling` | which words are drawn |
//! | `hypothesis` | the beginning of a caption, its score, and what it must not repeat |
//! | `caption` | what a search finds |
//! | `logits` | the normaliser and the largest values of a row |
//!
//! **A photo's captions do not depend on the photos beside it** but for rounding: sums of products
//! may be taken in another order in a larger batch, which changes probabilities in their last digits
//! and a caption only where two continuations are equally good up to those.

mod beam;
mod caption;
mod error;
mod hypothesis;
mod logits;
mod options;
mod sampling;
mod search;

use burn::tensor::Tensor;

pub use self::caption::{GeneratedCaption, GeneratedToken};
pub use self::error::{DeviceError, GenerateError};
pub use self::options::{GenerateOptions, Sampling, Strategy};

use self::beam::BeamSearch;
use self::hypothesis::Repeats;
use self::sampling::SamplingSearch;
use self::search::Search;
use crate::decoder::Decoder;

/// Captions image features `[batch, positions, channels]`: for each photo its captions, that of the
/// best score first.
///
/// A beam search gives at most [`GenerateOptions::captions`] different captions, fewer only where
/// fewer ended in the beam. Sampling gives exactly that many, the same one twice if it was drawn
/// twice. Draw `n` of every photo comes from stream `n` of the seed's ChaCha8 generator: a photo gets
/// the same captions from the same seed, alone or in any batch.
///
/// Every caption ends with `[END]`: one that reaches `max_words` words is ended there, at the cost of
/// the probability that `[END]` has after them.
///
/// `on_token` is called with the photo and each word as soon as it is certain, which is at once for
/// a single draw and for a beam of width 1. Of several captions the winner shows only at the end:
/// then it is never called.
///
/// # Errors
/// [`GenerateError`]
pub async fn generate(
    decoder: &Decoder,
    features: Tensor<3>,
    options: &GenerateOptions,
    on_token: &mut dyn FnMut(usize, &GeneratedToken),
) -> Result<Vec<Vec<GeneratedCaption>>, GenerateError> {
    options.validate()?;
    let [batch, _, _] = features.dims();
    let max_words = most_words(decoder, options.max_words);
    let search = || -> Box<dyn Search> {
        match &options.strategy {
            Strategy::Beam { width } => Box::new(BeamSearch::new(
                *width,
                options.captions,
                options.length_penalty,
                Repeats::of(options),
                max_words,
            )),
            Strategy::Sample(sampling) => Box::new(SamplingSearch::new(
                sampling.clone(),
                options.captions,
                options.length_penalty,
                Repeats::of(options),
                0,
            )),
        }
    };
    let certain = match options.strategy {
        Strategy::Beam { width } => width == 1,
        Strategy::Sample(_) => options.captions == 1,
    };
    let mut ignore = |_: usize, _: &GeneratedToken| {};
    let searches = (0..batch).map(|_| (options.start, search())).collect();
    let on_token = if certain { on_token } else { &mut ignore };
    let mut captions = search::run(decoder, features, searches, max_words, true, on_token).await?;
    for captions in &mut captions {
        // Stable: draws of the same score stay in their order.
        captions.sort_by(|a, b| b.score.total_cmp(&a.score));
    }
    Ok(captions)
}

/// Draws `captions` captions for each photo of image features `[batch, positions, channels]`, and
/// returns nothing but the ids of their words, without `[START]` and `[END]`, in the order of the
/// draws: what self-critical training needs (Rennie et al., 2016, <https://arxiv.org/abs/1612.00563>).
/// No attention maps are computed or read.
///
/// Other than in [`generate`], draw `n` of photo `p` comes from stream `p · captions + n` of the
/// seed's generator: the photos of a batch are drawn independently of each other.
///
/// The captions of each photo begin with its token of `starts`. A caption of `max_words` words was cut
/// there.
///
/// # Errors
/// [`GenerateError`]
///
/// # Panics
/// When there are fewer `starts` than photos.
pub async fn sample_ids(
    decoder: &Decoder,
    features: Tensor<3>,
    starts: &[u32],
    max_words: usize,
    captions: usize,
    sampling: &Sampling,
) -> Result<Vec<Vec<Vec<u32>>>, GenerateError> {
    let options = GenerateOptions {
        max_words,
        captions,
        strategy: Strategy::Sample(sampling.clone()),
        ..GenerateOptions::default()
    };
    options.validate()?;
    let [batch, _, _] = features.dims();
    let searches = (0..batch)
        .map(|photo| -> (u32, Box<dyn Search>) {
            let first_stream = (photo * captions) as u64;
            let search = SamplingSearch::new(
                sampling.clone(),
                captions,
                options.length_penalty,
                Repeats::default(),
                first_stream,
            );
            (starts[photo], Box::new(search))
        })
        .collect();
    let max_words = most_words(decoder, max_words);
    let drawn = search::run(
        decoder,
        features,
        searches,
        max_words,
        false,
        &mut |_, _| {},
    )
    .await?;
    let ids = |caption: &GeneratedCaption| caption.tokens.iter().map(|token| token.id).collect();
    Ok(drawn
        .iter()
        .map(|captions| captions.iter().map(ids).collect())
        .collect())
}

/// Most words that leave the decoder a position for `[START]`.
fn most_words(decoder: &Decoder, wanted: usize) -> usize {
    wanted.min(decoder.max_words() - 1)
}
