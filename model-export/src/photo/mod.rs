//! A photo's bytes, decoded within limits, turned upright and squashed to the encoder's input.

mod colours;
mod jpeg;
mod png;
mod resize;
#[cfg(feature = "tiff")]
mod tiff;
mod webp;

use burn::tensor::{Device, Tensor, TensorData};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, Limits, RgbImage, RgbaImage};
use moxcms::ColorProfile;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::resize::resize;

/// Largest width or height that is decoded, in pixels.
pub const MAX_SIDE: u32 = 20_000;
/// Largest number of pixels that is decoded: 100 megapixels, about 300 MB as RGB.
pub const MAX_PIXELS: u64 = 100_000_000;
/// Most memory, in bytes, that a decoder may take for one photo.
const MAX_DECODER_BYTES: u64 = 512 * 1024 * 1024;

/// What is read.
const FORMATS: &str = if cfg!(feature = "tiff") {
    "JPEG, PNG, WebP or TIFF"
} else {
    "JPEG, PNG or WebP"
};

/// Why a photo could not be read.
#[derive(Debug, Error)]
pub enum PhotoError {
    /// Nothing in the file.
    #[error("the photo is empty (0 bytes)")]
    Empty,
    /// The bytes are of no format that is read here.
    #[error("this is not a photo that can be read: expected {FORMATS}")]
    UnknownFormat,
    /// The dimensions in the header exceed [`MAX_SIDE`] or [`MAX_PIXELS`].
    #[error(
        "the photo is too large: {width}×{height} pixels (at most {MAX_SIDE} on a side and {} megapixels)",
        MAX_PIXELS / 1_000_000
    )]
    TooLarge {
        /// Width in pixels, as the header says.
        width: u32,
        /// Height in pixels, as the header says.
        height: u32,
    },
    /// Pixels that somebody else decoded do not fill the rectangle that they are said to.
    #[error("{bytes} bytes of pixels are no photo of {width}×{height}")]
    WrongSize {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// How many bytes there are.
        bytes: usize,
    },
    /// The file stops before the picture does.
    #[error("the photo is cut short: its {format} data ends before the picture does")]
    Truncated {
        /// The file's format.
        format: &'static str,
    },
    /// The decoder refused the data.
    #[error("the photo's {format} data is damaged: {reason}")]
    Damaged {
        /// The file's format.
        format: &'static str,
        /// What the decoder says.
        reason: String,
    },
}

/// How pixels become the encoder's input: squashed to a square, then `(value − mean) / deviation`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preparation {
    /// Width and height of the input, in pixels. The photo's aspect ratio is not kept.
    pub size: u32,
    /// Subtracted from each channel (red, green, blue; 0 to 255).
    pub mean: [f32; 3],
    /// Divides each channel.
    pub deviation: [f32; 3],
}

/// What a file holds.
struct Picture {
    pixels: DynamicImage,
    /// How they are to be turned.
    orientation: Option<Orientation>,
    /// What their values mean, if not sRGB.
    profile: Option<ColorProfile>,
}

/// Decodes a JPEG, PNG or WebP file, and with the feature `tiff` a TIFF file too, as browsers show it: turned upright as its EXIF orientation says, which does not count
/// in WebP, and with its colours made sRGB.
///
/// Transparent pixels are laid on white. Of an animation it is the first picture. Memory: at most 24 bytes for each pixel
/// that the header claims and 8 for each of the file's, and 512 MiB for what a PNG has packed beside its pixels.
///
/// # Errors
/// [`PhotoError`]; dimensions are checked before any pixel is decoded.
pub fn decode(bytes: &[u8]) -> Result<RgbImage, PhotoError> {
    if bytes.is_empty() {
        return Err(PhotoError::Empty);
    }
    let picture = match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => jpeg::read(bytes),
        Ok(ImageFormat::Png) => png::read(bytes),
        Ok(ImageFormat::WebP) => webp::read(bytes),
        #[cfg(feature = "tiff")]
        Ok(ImageFormat::Tiff) => tiff::read(bytes),
        _ => Err(PhotoError::UnknownFormat),
    }?;
    let mut pixels = match &picture.profile {
        Some(profile) => colours::to_srgb(picture.pixels, profile),
        None => picture.pixels,
    };
    if let Some(orientation) = picture.orientation {
        pixels.apply_orientation(orientation);
    }
    Ok(on_white(pixels))
}

/// Where a file ends but for zeros, which a broken download leaves in place of what has not come.
fn end_before_zeros(file: &[u8]) -> usize {
    let last = file.iter().rposition(|&byte| byte != 0);
    last.map_or(0, |last| last + 1)
}

/// The pixels of a decoder whose picture is of a size that is decoded.
fn pixels(
    mut decoder: impl ImageDecoder,
    format: &'static str,
) -> Result<DynamicImage, PhotoError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    decoder
        .set_limits(limits)
        .and_then(|()| DynamicImage::from_decoder(decoder))
        .map_err(|error| damage(format, &error))
}

/// What the library's error says about the file.
fn damage(format: &'static str, error: &ImageError) -> PhotoError {
    match error {
        ImageError::IoError(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => {
            PhotoError::Truncated { format }
        }
        _ => PhotoError::Damaged {
            format,
            reason: error.to_string(),
        },
    }
}

/// A photo that somebody else decoded, such as a browser: RGBA with straight alpha, row by row, upright.
///
/// Transparent pixels are laid on white.
///
/// # Errors
/// [`PhotoError`] for no pixels, too many, or another number than `width` × `height`.
pub fn from_rgba(width: u32, height: u32, pixels: Vec<u8>) -> Result<RgbImage, PhotoError> {
    if pixels.is_empty() {
        return Err(PhotoError::Empty);
    }
    check_size((width, height))?;
    let bytes = pixels.len();
    // A buffer that is longer than the picture would be taken.
    let expected = u64::from(width) * u64::from(height) * 4;
    RgbaImage::from_raw(width, height, pixels)
        .filter(|_| bytes as u64 == expected)
        .map(|photo| on_white(photo.into()))
        .ok_or(PhotoError::WrongSize {
            width,
            height,
            bytes,
        })
}

fn check_size((width, height): (u32, u32)) -> Result<(), PhotoError> {
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PhotoError::TooLarge { width, height });
    }
    Ok(())
}

/// Squashes a decoded photo to the encoder's square input.
pub fn squash(photo: &RgbImage, size: u32) -> RgbImage {
    resize(photo, size, size)
}

/// Turns squashed photos, all of the same size, into one tensor `[batch, 3, size, size]`.
pub fn to_tensor(photos: &[RgbImage], preparation: &Preparation, device: &Device) -> Tensor<4> {
    let size = preparation.size as usize;
    let plane = size * size;
    let mut values = vec![0f32; photos.len() * 3 * plane];
    for (photo, planes) in photos.iter().zip(values.chunks_exact_mut(3 * plane)) {
        for (position, pixel) in photo.pixels().enumerate() {
            for channel in 0..3 {
                planes[channel * plane + position] = (f32::from(pixel.0[channel])
                    - preparation.mean[channel])
                    / preparation.deviation[channel];
            }
        }
    }
    Tensor::from_data(
        TensorData::new(values, [photos.len(), 3, size, size]),
        device,
    )
}

fn on_white(photo: DynamicImage) -> RgbImage {
    if !photo.color().has_alpha() {
        return photo.into_rgb8();
    }
    let photo = photo.into_rgba8();
    let mut opaque = RgbImage::new(photo.width(), photo.height());
    let (colours, _) = opaque.as_chunks_mut::<3>();
    let (pixels, _) = photo.as_chunks::<4>();
    for (colour, &[red, green, blue, alpha]) in colours.iter_mut().zip(pixels) {
        let blend = |value: u8| {
            let (value, alpha) = (u32::from(value), u32::from(alpha));
            ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        };
        *colour = [blend(red), blend(green), blend(blue)];
    }
    opaque
}
