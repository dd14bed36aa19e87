//! Photos small enough for thousands of them to be sent to somebody.

use anyhow::{Context, Result};
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use crate::picture;

/// Pixels of the longer side.
const LONGER_SIDE: u32 = 200;
/// JPEG's qualities, the best first, of which the first is taken whose file is small enough.
const QUALITIES: [u8; 7] = [80, 70, 60, 45, 30, 15, 5];
/// Bytes of a photo. With what [`super::data`] says of one, 5,000 photos stay below 50 MB.
const MOST_BYTES: usize = 7_000;

/// A small copy of a photo, as JPEG.
pub(super) fn jpeg(photo: &RgbImage) -> Result<Vec<u8>> {
    let small = picture::fitted(photo, LONGER_SIDE);
    let mut jpeg = Vec::new();
    for quality in QUALITIES {
        jpeg.clear();
        let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, quality);
        encoder.encode_image(&small).context("cannot encode it")?;
        if jpeg.len() <= MOST_BYTES {
            break;
        }
    }
    Ok(jpeg)
}

#[cfg(test)]
mod tests {
    use image::Rgb;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn any_photo_becomes_small() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        // Of noise, the worst, coarser and coarser.
        for grain in [4, 8, 32] {
            let (width, height) = (600 / grain, 800 / grain);
            let noise = RgbImage::from_fn(width, height, |_, _| Rgb(random.random()));
            let photo =
                image::imageops::resize(&noise, 600, 800, image::imageops::FilterType::CatmullRom);
            let jpeg = jpeg(&photo).unwrap();
            assert!(jpeg.len() <= MOST_BYTES, "{grain}: {}", jpeg.len());
            let small = image::load_from_memory(&jpeg).unwrap();
            assert_eq!((small.width(), small.height()), (150, 200));
        }
        let line = jpeg(&RgbImage::new(3000, 1)).unwrap();
        assert_eq!(image::load_from_memory(&line).unwrap().height(), 1);
    }
}
