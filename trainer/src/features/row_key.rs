//! What tells the rows of a cache apart.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::content::Content;
use super::view::View;

/// What a row of the cache holds: a view of a photo.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub(crate) struct RowKey {
    pub(crate) content: Content,
    pub(crate) view: View,
}

impl RowKey {
    /// The photo as it is.
    pub(crate) fn upright(content: Content) -> Self {
        Self {
            content,
            view: View::Upright,
        }
    }

    /// Another view of the same photo.
    pub(crate) fn seen(self, view: View) -> Self {
        Self { view, ..self }
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.view {
            View::Upright => write!(formatter, "{}", self.content),
            View::Mirrored => write!(formatter, "{}/mirrored", self.content),
            View::Crop(number) => write!(formatter, "{}/crop{number}", self.content),
        }
    }
}

impl FromStr for RowKey {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (content, view) = match text.split_once('/') {
            None => (text, View::Upright),
            Some((content, "mirrored")) => (content, View::Mirrored),
            Some((content, crop)) => {
                let number = crop.strip_prefix("crop").ok_or(())?;
                (content, View::Crop(number.parse().map_err(|_| ())?))
            }
        };
        let content = content.parse()?;
        Ok(Self { content, view })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_from_text() {
        let content = Content::of(b"a photo");
        assert_ne!(content, Content::of(b"another"));
        for view in [View::Upright, View::Mirrored, View::Crop(12)] {
            let key = RowKey::upright(content).seen(view);
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        for text in [
            "",
            "xyz",
            "00/mirrored",
            &format!("{content}/crop"),
            &"é".repeat(16),
        ] {
            assert!(text.parse::<RowKey>().is_err(), "{text}");
        }
    }
}
