//! The order in which training sees its photos.

use rand::seq::SliceRandom;

use super::packed::PackedPhotos;
use crate::train::stream::{Purpose, stream};

/// How much of a data set a pass shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SetShare {
    /// Photos in the set.
    pub(crate) photos: usize,
    /// How often each of them is shown.
    pub(crate) share: f64,
}

impl SetShare {
    /// Photos of it in one pass, one at least of a set that has any.
    pub(crate) fn photos_per_pass(&self) -> usize {
        let shown = (self.photos as f64 * self.share).round() as usize;
        shown.max(self.photos.min(1))
    }
}

/// The photos of each step of a pass.
pub(crate) struct Pass {
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
    pub(crate) fn new(
        photos: &PackedPhotos,
        sets: &[SetShare],
        photos_per_step: usize,
        seed: u64,
        pass: u64,
    ) -> Self {
        /// Steps' worth of photos among which lengths are sorted.
        const STEPS_IN_POOL: usize = 24;
        let mut random = stream(seed, Purpose::PhotoOrder, pass).numbers();
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
    pub(crate) fn step(&self, step: usize) -> impl ExactSizeIterator<Item = usize> {
        let start = self.order[step] as usize * self.photos_per_step;
        let photos = &self.photos[start..];
        photos
            .iter()
            .take(self.photos_per_step)
            .map(|&place| place as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::RowKey;
    use crate::train::input::encoded::EncodedPhoto;

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
}
