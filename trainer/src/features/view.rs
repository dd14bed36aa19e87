//! Views of a photo, each with a row of its own in the cache.

use std::borrow::Cow;

use clap::Args;
use image::{RgbImage, imageops};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use super::content::Content;

/// The least share of a photo's width, and of its height, that a crop keeps.
const SMALLEST_SIDE: f64 = 0.75;

/// How a photo is seen.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum View {
    /// As it is.
    #[default]
    Upright,
    /// Left and right exchanged.
    Mirrored,
    /// A part of it, drawn by the photo's content and this number; odd ones are mirrored too.
    Crop(usize),
}

/// The views of training photos.
#[derive(Args, Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Views {
    /// Use every training photo's mirror image too, with "left" and "right" exchanged in its captions.
    #[arg(long, conflicts_with = "mirrored_view")]
    mirror: bool,
    /// Use this many random crops of every training photo too, every second one mirrored.
    #[arg(
        long,
        default_value_t = 0,
        value_name = "NUMBER",
        conflicts_with = "mirrored_view"
    )]
    #[serde(default)]
    crops: usize,
    /// Let the decoder look at each photo and its mirror image side by side, in training and ever after: better
    /// captions for twice the image network's time.
    #[arg(long)]
    #[serde(default)]
    pub mirrored_view: bool,
}

impl Views {
    /// Each of them, the photo as it is first.
    pub fn list(self) -> Vec<View> {
        std::iter::once(View::Upright)
            .chain(self.mirror.then_some(View::Mirrored))
            .chain((0..self.crops).map(View::Crop))
            .collect()
    }

    /// Those that a training photo has features of.
    pub(super) fn of_training(self) -> Vec<View> {
        self.list().into_iter().chain(self.beside()).collect()
    }

    /// Those that a validation photo has features of.
    pub(super) fn of_validation(self) -> Vec<View> {
        std::iter::once(View::Upright)
            .chain(self.beside())
            .collect()
    }

    /// What the decoder looks at beside the photo itself.
    fn beside(self) -> Option<View> {
        self.mirrored_view.then_some(View::Mirrored)
    }

    /// The options that ask for them.
    pub fn options(self) -> String {
        let mirror = if self.mirror { " --mirror" } else { "" };
        let beside = if self.mirrored_view {
            " --mirrored-view"
        } else {
            ""
        };
        match self.crops {
            0 => format!("{mirror}{beside}"),
            crops => format!("{mirror} --crops {crops}"),
        }
    }
}

impl View {
    /// Whether left and right are exchanged.
    pub fn is_mirrored(self) -> bool {
        match self {
            Self::Upright => false,
            Self::Mirrored => true,
            Self::Crop(number) => number % 2 == 1,
        }
    }

    /// What is seen of a photo with this content.
    pub(super) fn of(self, photo: &RgbImage, content: Content) -> Cow<'_, RgbImage> {
        let part = match self {
            Self::Upright | Self::Mirrored => Cow::Borrowed(photo),
            Self::Crop(number) => Cow::Owned(crop(photo, content, number)),
        };
        if self.is_mirrored() {
            Cow::Owned(imageops::flip_horizontal(&*part))
        } else {
            part
        }
    }
}

/// The part of a photo that its content and a number decide.
fn crop(photo: &RgbImage, content: Content, number: usize) -> RgbImage {
    let mut random = ChaCha8Rng::seed_from_u64(content.seed());
    random.set_stream(number as u64);
    let mut side = |whole: u32| {
        let part = random.random_range(SMALLEST_SIDE..1.0);
        let length = ((f64::from(whole) * part).round() as u32).max(1);
        (random.random_range(0..=whole - length), length)
    };
    let (left, width) = side(photo.width());
    let (top, height) = side(photo.height());
    imageops::crop_imm(photo, left, top, width, height).to_image()
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn crops_are_parts_that_content_and_number_decide() {
        let [a, b] = [b"a", b"b"].map(|bytes| Content::of(bytes));
        let photo = RgbImage::from_fn(40, 20, |x, y| Rgb([x as u8, y as u8, 0]));
        let crops: Vec<_> = (0..4)
            .map(|number| View::Crop(number).of(&photo, a).into_owned())
            .collect();
        for (number, crop) in crops.iter().enumerate() {
            assert!((30..=40).contains(&crop.width()) && (15..=20).contains(&crop.height()));
            let [first, second] = [0, 1].map(|x| crop.get_pixel(x, 0)[0]);
            assert_eq!(first > second, number % 2 == 1, "mirrored or not");
        }
        assert_eq!(crops[2], *View::Crop(2).of(&photo, a));
        assert_ne!(crops[2], *View::Crop(2).of(&photo, b));
        assert_ne!(crops[0], crops[2]);
        let dot = RgbImage::new(1, 1);
        assert_eq!(View::Crop(0).of(&dot, a).dimensions(), (1, 1));
    }
}
