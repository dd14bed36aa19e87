//! Photos and captions as tensors.

use anyhow::{Result, ensure};
use burn::tensor::{Device, Int, Tensor, TensorData};
use model_export::vocabulary::{PADDING, Vocabulary, is_banned};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::data::CaptionedPhoto;
use crate::features::FeatureCache;

/// A photo with its captions as ids.
#[derive(Clone, Debug)]
pub(crate) struct EncodedPhoto {
    pub(crate) name: String,
    /// `[START]`, words, `[END]`.
    pub(crate) captions: Vec<Vec<u32>>,
}

/// Photos with their captions as ids.
pub(crate) fn encode(
    photos: &[CaptionedPhoto],
    vocabulary: &Vocabulary,
    max_words: usize,
) -> Vec<EncodedPhoto> {
    photos
        .iter()
        .map(|photo| EncodedPhoto {
            name: photo.name.clone(),
            captions: photo
                .captions
                .iter()
                .map(|caption| vocabulary.encode(caption, max_words))
                .collect(),
        })
        .collect()
}

/// Leaves out, and counts, photos that are not in the cache.
///
/// # Errors
/// When no photo is in the cache.
pub(super) fn with_features(
    photos: Vec<EncodedPhoto>,
    features: &FeatureCache,
) -> Result<Vec<EncodedPhoto>> {
    let all = photos.len();
    let present: Vec<_> = photos
        .into_iter()
        .filter(|photo| features.holds(&photo.name))
        .collect();
    ensure!(
        !present.is_empty(),
        "none of {all} photos has features: run `glimpse features` on this data set"
    );
    if present.len() < all {
        eprintln!("left out: {} photos without features", all - present.len());
    }
    Ok(present)
}

/// The cached features of photos, `[photos, positions, channels]`.
///
/// # Errors
/// When a photo is not in the cache.
pub(super) fn cached_features(
    photos: &[&EncodedPhoto],
    cache: &FeatureCache,
    device: &Device,
) -> Result<Tensor<3>> {
    let [positions, channels] = cache.shape();
    let mut values = Vec::with_capacity(photos.len() * positions * channels);
    for photo in photos {
        ensure!(
            cache.read(&photo.name, &mut values),
            "there are no features of {}",
            photo.name
        );
    }
    Ok(Tensor::from_data(
        TensorData::new(values, [photos.len(), positions, channels]),
        device,
    ))
}

/// The order of the photos in an epoch: the same for a seed and epoch on every machine.
pub(super) fn order(photos: usize, seed: u64, epoch: usize) -> Vec<usize> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(epoch as u64);
    let mut order: Vec<_> = (0..photos).collect();
    order.shuffle(&mut random);
    order
}

/// What one step reads.
pub(crate) struct Batch {
    /// `[photos, positions, channels]`
    pub(crate) features: Tensor<3>,
    /// Inputs `[photos · captions, words]`, filled up with padding; a photo with fewer captions than
    /// another gets rows of padding.
    pub(crate) tokens: Tensor<2, Int>,
    /// Places of the words to predict in the flattened `[photos · captions · words]`.
    pub(crate) places: Tensor<1, Int>,
    /// The words to predict at those places.
    pub(crate) labels: Tensor<1, Int>,
    /// Words that cannot be predicted, because they are not in the vocabulary.
    pub(crate) unknown: usize,
}

impl Batch {
    /// `features` are those of `photos`, in their order.
    pub(crate) fn new(photos: &[&EncodedPhoto], features: Tensor<3>) -> Result<Self> {
        let device = features.device();
        let captions = photos.iter().map(|photo| photo.captions.len()).max();
        let captions = captions.unwrap_or(0);
        let longest = photos
            .iter()
            .flat_map(|photo| &photo.captions)
            .map(Vec::len)
            .max();
        let words = longest.unwrap_or(0).saturating_sub(1);
        ensure!(words > 0, "a step without any caption");

        let mut tokens = vec![PADDING as i32; photos.len() * captions * words];
        let mut places = Vec::new();
        let mut labels = Vec::new();
        let mut unknown = 0;
        for (photo, rows) in photos.iter().zip((0..).step_by(captions)) {
            for (caption, row) in photo.captions.iter().zip(rows..) {
                for (word, pair) in caption.windows(2).enumerate() {
                    let place = row * words + word;
                    tokens[place] = pair[0] as i32;
                    if is_banned(pair[1]) {
                        unknown += 1;
                    } else {
                        places.push(place as i32);
                        labels.push(pair[1] as i32);
                    }
                }
            }
        }
        ensure!(!labels.is_empty(), "a step without any known word");
        let count = labels.len();
        Ok(Self {
            features,
            tokens: Tensor::from_data(
                TensorData::new(tokens, [photos.len() * captions, words]),
                &device,
            ),
            places: Tensor::from_data(TensorData::new(places, [count]), &device),
            labels: Tensor::from_data(TensorData::new(labels, [count]), &device),
            unknown,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_has_its_own_order_and_keeps_it() {
        let first = order(100, 1, 0);
        assert_eq!(first, order(100, 1, 0));
        assert_ne!(first, order(100, 1, 1));
        assert_ne!(first, order(100, 2, 0));
        let mut sorted = first;
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..100));
    }
}
