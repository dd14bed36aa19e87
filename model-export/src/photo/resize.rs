//! Photos of another size.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ImageBufferError, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

/// A photo as `width` × `height` pixels, neither of them 0. Each is a mean of the photo's pixels around its place, weighted
/// by a triangle (bilinear interpolation, antialiased); it is the same on every processor.
#[allow(
    clippy::expect_used,
    reason = "an RgbImage has as many pixels as its sides say"
)]
pub fn resize(photo: &RgbImage, width: u32, height: u32) -> RgbImage {
    let mut resized = RgbImage::new(width, height);
    resize_into(photo, &mut resized).expect("both pictures have their pixels");
    resized
}

fn resize_into(photo: &RgbImage, resized: &mut RgbImage) -> Result<(), ImageBufferError> {
    let (width, height) = resized.dimensions();
    let from = TypedImageRef::<U8x3>::from_buffer(photo.width(), photo.height(), photo)?;
    let mut to = TypedImage::<U8x3>::from_buffer(width, height, resized)?;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    // Refuses only crops, and there is none.
    let _ = Resizer::new().resize_typed(&from, &mut to, &options);
    Ok(())
}
