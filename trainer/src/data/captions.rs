//! The captions of a photo.

use std::fmt;

/// A photo's captions, in one text: large data sets have millions of them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Captions {
    text: String,
    /// Where in the text each caption ends.
    ends: Vec<usize>,
}

impl Captions {
    /// How many they are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Each of them, in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|index| {
            let before = index.checked_sub(1);
            let start = before.map_or(0, |before| self.ends[before]);
            &self.text[start..self.ends[index]]
        })
    }

    /// Whether one of them is this.
    pub(super) fn contains(&self, caption: &str) -> bool {
        self.iter().any(|own| own == caption)
    }

    /// One more.
    pub(crate) fn push(&mut self, caption: &str) {
        self.text.push_str(caption);
        self.ends.push(self.text.len());
    }

    /// Gives back the memory that was taken for more of them.
    pub(super) fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
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
        assert_eq!(captions.iter().len(), 5);
        // Runs remember data sets by it.
        assert_eq!(format!("{captions:?}"), format!("{all:?}"));
        assert_eq!(Captions::default(), []);
    }
}
