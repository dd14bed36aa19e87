//! The captions of a photo.

use std::fmt;

/// A photo's captions, packed: large data sets have millions of them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Captions {
    /// Each of them behind its length.
    packed: Vec<u8>,
}

impl Captions {
    /// How many they are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// Each of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let mut rest = self.packed.as_slice();
        std::iter::from_fn(move || {
            let caption;
            (caption, rest) = postcard::take_from_bytes(rest).ok()?;
            Some(caption)
        })
    }

    /// Whether one of them is this.
    pub(super) fn contains(&self, caption: &str) -> bool {
        self.iter().any(|own| own == caption)
    }

    /// One more.
    pub(crate) fn push(&mut self, caption: &str) {
        // Writing to memory does not fail.
        let more = postcard::to_allocvec(caption).unwrap_or_default();
        let left = self.packed.capacity() - self.packed.len();
        if left < more.len() {
            // Not twice as much, as vectors do: what is too much of it the allocator would never take back.
            let an_eighth = self.packed.len() / 8;
            self.packed.reserve_exact(more.len().max(an_eighth));
        }
        self.packed.extend(more);
    }
}

impl<S: AsRef<str>> FromIterator<S> for Captions {
    fn from_iter<I: IntoIterator<Item = S>>(captions: I) -> Self {
        let mut this = Self::default();
        for caption in captions {
            this.push(caption.as_ref());
        }
        this
    }
}

/// As a list of them.
impl fmt::Debug for Captions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
impl<const N: usize> PartialEq<[&str; N]> for Captions {
    fn eq(&self, captions: &[&str; N]) -> bool {
        self.iter().eq(captions.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_come_back_as_they_were() {
        let all = ["A dog", "", "Ein Hündchen\nim Gras", "", "\0"];
        let mut captions: Captions = all[..2].iter().collect();
        for caption in &all[2..] {
            assert!(captions.len() == 2 || captions.contains(all[2]));
            captions.push(caption);
        }
        assert_eq!(captions, all);
        assert_eq!(captions.len(), 5);
        // Runs remember data sets by it.
        assert_eq!(format!("{captions:?}"), format!("{all:?}"));
        assert_eq!(Captions::default(), []);
    }

    #[test]
    fn captions_take_little_more_memory_than_their_letters() {
        let mut captions = Captions::default();
        for number in 1..=100 {
            captions.push("A dog runs over the grass .");
            let letters = number * "A dog runs over the grass .".len();
            let taken = captions.packed.capacity();
            assert!(
                taken <= letters * 9 / 8 + 2 * number,
                "{taken} of {letters}"
            );
        }
    }
}
