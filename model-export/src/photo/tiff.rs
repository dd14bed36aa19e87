//! TIFF files (revision 6.0): the first picture of the file.

use std::io::Cursor;

use image::codecs::tiff::TiffDecoder;
use image::{DynamicImage, ImageDecoder};

use super::{PhotoError, Picture, check_size, colours, damage, pixels};

const FORMAT: &str = "TIFF";

pub(super) fn read(file: &[u8]) -> Result<Picture, PhotoError> {
    let mut decoder =
        TiffDecoder::new(Cursor::new(file)).map_err(|error| damage(FORMAT, &error))?;
    check_size(decoder.dimensions())?;
    let profile = decoder.icc_profile().ok().flatten();
    let orientation = decoder.orientation().ok();
    Ok(Picture {
        pixels: eight_bits(pixels(decoder, FORMAT)?),
        orientation,
        profile: profile.and_then(|profile| colours::from_icc(&profile)),
    })
}

/// With 8 bits for each value, as colour profiles are applied to.
fn eight_bits(pixels: DynamicImage) -> DynamicImage {
    let colour = pixels.color();
    match (colour.has_color(), colour.has_alpha()) {
        (true, true) => pixels.into_rgba8().into(),
        (true, false) => pixels.into_rgb8().into(),
        (false, true) => pixels.into_luma_alpha8().into(),
        (false, false) => pixels.into_luma8().into(),
    }
}
