//! Photos and captions as tensors.

use std::borrow::Borrow;

use anyhow::{Result, ensure};
use burn::tensor::{Device, Int, Tensor, TensorData};
use model_export::text::TextRules;
use model_export::vocabulary::{PADDING, START, Vocabulary, is_banned};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use super::packed::PackedPhotos;
use crate::data::CaptionedPhoto;
use crate::features::{FeatureCache, RowKey, View};

/// A photo with its captions as ids.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EncodedPhoto {
    pub(crate) name: String,
    /// Its row in the feature cache.
    pub(crate) row: RowKey,
    /// The first token ([`Vocabulary::start`]), words, `[END]`.
    pub(crate) captions: Vec<Vec<u32>>,
}

impl EncodedPhoto {
    /// What its captions begin with: the token of its style.
    pub(super) fn start(&self) -> u32 {
        self.captions.first().map_or(START, |caption| caption[0])
    }

    /// A view of it: the view's row in the cache, and captions in which "left" and "right" have changed
    /// places where the view is mirrored.
    pub(super) fn seen(&self, view: View, vocabulary: &Vocabulary) -> Self {
        let exchanged = if view.is_mirrored() {
            vocabulary.id("left").zip(vocabulary.id("right"))
        } else {
            None
        };
        let exchange = |&id: &u32| match exchanged {
            Some((left, right)) if id == left => right,
            Some((left, right)) if id == right => left,
            _ => id,
        };
        Self {
            name: self.name.clone(),
            row: self.row.seen(view),
            captions: self
                .captions
                .iter()
                .map(|caption| caption.iter().map(exchange).collect())
                .collect(),
        }
    }
}

/// Photos with their captions as ids, each of which begins with `start`.
pub(crate) fn encode<P: Borrow<CaptionedPhoto>>(
    photos: impl IntoIterator<Item = P>,
    vocabulary: &Vocabulary,
    start: u32,
    rules: TextRules,
    max_words: usize,
) -> impl Iterator<Item = EncodedPhoto> {
    photos.into_iter().map(move |photo| {
        let CaptionedPhoto {
            name,
            captions,
            content,
        } = photo.borrow();
        EncodedPhoto {
            name: name.clone(),
            row: RowKey::upright(*content),
            captions: captions
                .iter()
                .map(|caption| vocabulary.encode(caption, start, rules, max_words))
                .collect(),
        }
    })
}

/// Gives photos that are in the cache to `keep`; leaves out, and counts, others.
///
/// # Errors
/// When no photo is in the cache, for which `glimpse features` needs the options `views`; or when `keep` fails.
pub(super) fn with_features(
    photos: impl IntoIterator<Item = EncodedPhoto>,
    features: &FeatureCache,
    views: &str,
    mut keep: impl FnMut(EncodedPhoto) -> Result<()>,
) -> Result<()> {
    let (mut all, mut kept) = (0, 0);
    for photo in photos {
        all += 1;
        if features.holds(photo.row) {
            kept += 1;
            keep(photo)?;
        }
    }
    ensure!(
        kept > 0,
        "none of {all} photos has features: run `glimpse features{views}` on this data set"
    );
    if kept < all {
        eprintln!("left out: {} photos without features", all - kept);
    }
    Ok(())
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
            cache.read(photo.row, &mut values),
            "there are no features of {}",
            photo.name
        );
    }
    Ok(Tensor::from_data(
        TensorData::new(values, [photos.len(), positions, channels]),
        device,
    ))
}

/// How much of a data set a pass shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct SetShare {
    /// Photos in the set.
    pub(super) photos: usize,
    /// How often each of them is shown.
    pub(super) share: f64,
}

impl SetShare {
    /// Photos of it in one pass, one at least of a set that has any.
    pub(super) fn photos_per_pass(&self) -> usize {
        let shown = (self.photos as f64 * self.share).round() as usize;
        shown.max(self.photos.min(1))
    }
}

/// The photos of each step of a pass.
pub(super) struct Pass {
    /// Places of photos; those of a step follow one another.
    photos: Vec<u32>,
    photos_per_step: usize,
    /// Which step of `photos` comes when.
    order: Vec<u32>,
}

impl Pass {
    /// The same for a seed and pass on every machine. `sets` are the data sets that the photos, one after
    /// the other, come from.
    ///
    /// Photos with captions of like length share a step, so that little of it is padding; which ones do,
    /// and the order of the steps, is random.
    pub(super) fn new(
        photos: &PackedPhotos,
        sets: &[SetShare],
        photos_per_step: usize,
        seed: u64,
        pass: u64,
    ) -> Self {
        /// Steps' worth of photos among which lengths are sorted.
        const STEPS_IN_POOL: usize = 24;
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(pass);
        let mut places = Vec::with_capacity(sets.iter().map(SetShare::photos_per_pass).sum());
        let mut start = 0;
        for set in sets {
            let mut own: Vec<_> = (start..start + set.photos as u32).collect();
            start += set.photos as u32;
            own.shuffle(&mut random);
            places.extend(own.iter().cycle().take(set.photos_per_pass()));
        }
        places.shuffle(&mut random);
        for pool in places.chunks_mut(photos_per_step * STEPS_IN_POOL) {
            pool.sort_by_key(|&place| photos.longest_caption(place as usize));
        }
        let mut order: Vec<_> = (0..places.len().div_ceil(photos_per_step) as u32).collect();
        order.shuffle(&mut random);
        Self {
            photos: places,
            photos_per_step,
            order,
        }
    }

    /// The photos of a step, by their places.
    ///
    /// # Panics
    /// When the pass has no such step.
    pub(super) fn step(&self, step: usize) -> impl ExactSizeIterator<Item = usize> {
        let start = self.order[step] as usize * self.photos_per_step;
        let photos = &self.photos[start..];
        photos
            .iter()
            .take(self.photos_per_step)
            .map(|&place| place as usize)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn photos(count: u32) -> PackedPhotos {
        let mut photos = PackedPhotos::default();
        for index in 0..count {
            let photo = EncodedPhoto {
                name: index.to_string(),
                row: RowKey::default(),
                captions: vec![vec![0; 3 + (index as usize * 7) % 11]],
            };
            photos.push(&photo).unwrap();
        }
        photos
    }

    /// The photos of each step.
    fn steps(photos: &PackedPhotos, seed: u64, pass: u64) -> Vec<Vec<usize>> {
        let set = SetShare {
            photos: photos.len(),
            share: 1.0,
        };
        let pass = Pass::new(photos, &[set], 8, seed, pass);
        (0..photos.len().div_ceil(8))
            .map(|step| pass.step(step).collect())
            .collect()
    }

    #[test]
    fn every_pass_has_its_own_order_and_keeps_it() {
        let photos = photos(100);
        let first = steps(&photos, 1, 0);
        assert_eq!(first, steps(&photos, 1, 0));
        assert_ne!(first, steps(&photos, 1, 1));
        assert_ne!(first, steps(&photos, 2, 0));
        assert_eq!(first.len(), 13);
        let mut sorted = first.concat();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..100));
    }

    #[test]
    fn a_pass_shows_each_set_by_its_share() {
        let photos = photos(100);
        let set = |photos, share| SetShare { photos, share };
        let sets = [set(60, 0.25), set(40, 2.5)];
        let shown = |pass| {
            let pass = Pass::new(&photos, &sets, 8, 1, pass);
            let mut shown: Vec<_> = (0..(15 + 100usize).div_ceil(8))
                .flat_map(|step| pass.step(step))
                .collect();
            shown.sort_unstable();
            shown
        };
        let first = shown(0);
        let (of_first, of_second): (Vec<_>, Vec<_>) = first.iter().partition(|&&place| place < 60);
        assert_eq!((of_first.len(), of_second.len()), (15, 100));
        assert!(of_first.is_sorted_by(|a, b| a < b));
        for place in 60..100 {
            let times = of_second.iter().filter(|&&&shown| shown == place).count();
            assert!((2..=3).contains(&times), "{place} is shown {times} times");
        }
        assert_ne!(first, shown(1));
        assert_eq!(set(3, 0.01).photos_per_pass(), 1);
        assert_eq!(set(0, 2.0).photos_per_pass(), 0);
    }

    #[test]
    fn photos_of_a_step_have_captions_of_like_length() {
        let photos = photos(100);
        for step in steps(&photos, 1, 0) {
            let lengths = step.iter().map(|&index| photos.longest_caption(index));
            let (shortest, longest) = (lengths.clone().min(), lengths.max());
            assert!(longest.unwrap() - shortest.unwrap() <= 2);
        }
    }

    #[test]
    fn a_mirror_exchanges_left_and_right() {
        let captions = ["a man on the left", "right"];
        let vocabulary = Vocabulary::from_captions(captions, TextRules::TfTutorial, 50, 1);
        let photo = EncodedPhoto {
            name: "a.jpg".to_owned(),
            row: RowKey::default(),
            captions: captions
                .map(|text| vocabulary.encode(text, START, TextRules::TfTutorial, 9))
                .to_vec(),
        };
        let mirrored = photo.seen(View::Crop(1), &vocabulary);
        let texts: Vec<_> = mirrored
            .captions
            .iter()
            .map(|caption| vocabulary.decode(caption))
            .collect();
        assert_eq!(texts, ["a man on the right", "left"]);
        assert_ne!(mirrored.row, photo.row);
        let crop = photo.seen(View::Crop(0), &vocabulary);
        assert_eq!(crop.captions, photo.captions);
    }
}
