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
        let packed = std::mem::take(&mut self.packed);
        // Writing to memory does not fail.
        self.packed = postcard::to_extend(caption, packed).unwrap_or_default();
    }

    /// Gives back the memory that was taken for more of them.
    pub(super) fn shrink_to_fit(&mut self) {
        self.packed.shrink_to_fit();
    }
}

impl<S: AsRef<str>> FromIterator<S> for Captions {
    fn from_iter<I: IntoIterator<Item = S>>(captions: I) -> Self {
        let mut this = Self::default();
        for caption in captions {
            this.push(caption.as_ref());
        }
        this.shrink_to_fit();
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
}
