//! Views of a photo, each with a row of its own in the cache.

use std::borrow::Cow;

use image::{RgbImage, imageops};

/// How a photo is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// As it is.
    Upright,
    /// Left and right exchanged.
    Mirrored,
}

impl View {
    /// The row's name in the cache. No file name holds a slash.
    pub(crate) fn key(self, photo: &str) -> Cow<'_, str> {
        match self {
            Self::Upright => Cow::Borrowed(photo),
            Self::Mirrored => Cow::Owned(format!("{photo}/mirrored")),
        }
    }

    pub(super) fn of(self, photo: RgbImage) -> RgbImage {
        match self {
            Self::Upright => photo,
            Self::Mirrored => imageops::flip_horizontal(&photo),
        }
    }
}
