//! Photos and captions as tensors.

use anyhow::{Result, ensure};
use burn::tensor::{Device, Int, Tensor, TensorData};
use model_export::vocabulary::{PADDING, is_banned};

use super::encoded::EncodedPhoto;
use crate::features::FeatureCache;

/// The cached features of photos, `[photos, positions, channels]`.
///
/// # Errors
/// When a photo is not in the cache, or its features there are damaged.
pub(crate) fn cached_features(
    photos: &[&EncodedPhoto],
    cache: &FeatureCache,
    device: &Device,
) -> Result<Tensor<3>> {
    let [positions, channels] = cache.shape();
    let mut values = Vec::with_capacity(photos.len() * positions * channels);
    for photo in photos {
        ensure!(
            cache.read(photo.row, &mut values)?,
            "there are no features of {}",
            photo.name
        );
    }
    Ok(Tensor::from_data(
        TensorData::new(values, [photos.len(), positions, channels]),
        device,
    ))
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
    /// For each of those words, the photo and the caption it stands in.
    pub(crate) owners: Vec<(usize, usize)>,
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
        let mut owners = Vec::new();
        let mut unknown = 0;
        for (photo_index, photo) in photos.iter().enumerate() {
            for (caption_index, caption) in photo.captions.iter().enumerate() {
                for (word, pair) in caption.windows(2).enumerate() {
                    let place = (photo_index * captions + caption_index) * words + word;
                    tokens[place] = pair[0] as i32;
                    if is_banned(pair[1]) {
                        unknown += 1;
                    } else {
                        places.push(place as i32);
                        labels.push(pair[1] as i32);
                        owners.push((photo_index, caption_index));
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
            owners,
            unknown,
        })
    }
}
