//! A photo's bytes, decoded within limits, turned upright and squashed to the encoder's input.

mod webp;

use std::io::Cursor;

use burn::tensor::{Device, Tensor, TensorData};
use image::metadata::Orientation;
use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage, RgbaImage, imageops,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Largest width or height that is decoded, in pixels.
pub const MAX_SIDE: u32 = 20_000;
/// Largest number of pixels that is decoded: 100 megapixels, about 300 MB as RGB.
pub const MAX_PIXELS: u64 = 100_000_000;
/// Most memory, in bytes, that a decoder may take for one photo.
const MAX_DECODER_BYTES: u64 = 512 * 1024 * 1024;

/// Why a photo could not be read.
#[derive(Debug, Error)]
pub enum PhotoError {
    /// Nothing in the file.
    #[error("the photo is empty (0 bytes)")]
    Empty,
    /// The bytes are of no format that is read here.
    #[error("this is not a photo that can be read: expected JPEG, PNG or WebP")]
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

/// Decodes a JPEG, PNG or WebP file and turns it upright as its EXIF orientation says.
///
/// Transparent pixels are laid on white. Memory: at most 24 bytes for each pixel that the header claims and 8 for
/// each of the file's, and 512 MiB for what a PNG has packed beside its pixels.
///
/// # Errors
/// [`PhotoError`]; dimensions are checked before any pixel is decoded.
pub fn decode(bytes: &[u8]) -> Result<RgbImage, PhotoError> {
    if bytes.is_empty() {
        return Err(PhotoError::Empty);
    }
    let format = image::guess_format(bytes).map_err(|_| PhotoError::UnknownFormat)?;
    let name = match format {
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Png => "PNG",
        ImageFormat::WebP => "WebP",
        _ => return Err(PhotoError::UnknownFormat),
    };
    let failure = |error: image::ImageError| match &error {
        image::ImageError::IoError(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => {
            PhotoError::Truncated { format: name }
        }
        _ => PhotoError::Damaged {
            format: name,
            reason: error.to_string(),
        },
    };

    let mut decoder = ImageReader::with_format(Cursor::new(bytes), format)
        .into_decoder()
        .map_err(failure)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    // The JPEG decoder paints what is missing grey and reports success.
    if format == ImageFormat::Jpeg && !jpeg_is_complete(bytes) {
        return Err(PhotoError::Truncated { format: name });
    }
    if format == ImageFormat::WebP && !webp::pictures_fit(bytes) {
        return Err(PhotoError::Damaged {
            format: name,
            reason: "a picture in it has another size than its frame".to_owned(),
        });
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    decoder.set_limits(limits).map_err(failure)?;
    // A photo whose EXIF data cannot be read is shown as it lies.
    let orientation = match format {
        ImageFormat::WebP if !webp::exif_is_whole(bytes) => None,
        _ => decoder.orientation().ok(),
    };
    let orientation = orientation.unwrap_or(Orientation::NoTransforms);
    let mut photo = DynamicImage::from_decoder(decoder).map_err(failure)?;
    photo.apply_orientation(orientation);
    Ok(on_white(photo))
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
    check_size(width, height)?;
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

fn check_size(width: u32, height: u32) -> Result<(), PhotoError> {
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PhotoError::TooLarge { width, height });
    }
    Ok(())
}

/// Squashes a decoded photo to the encoder's square input.
pub fn squash(photo: &RgbImage, size: u32) -> RgbImage {
    if photo.dimensions() == (size, size) {
        return photo.clone();
    }
    imageops::resize(photo, size, size, imageops::FilterType::Triangle)
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
    RgbImage::from_fn(photo.width(), photo.height(), |x, y| {
        let [red, green, blue, alpha] = photo.get_pixel(x, y).0;
        let blend = |value: u8| {
            let (value, alpha) = (u32::from(value), u32::from(alpha));
            ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        };
        image::Rgb([blend(red), blend(green), blend(blue)])
    })
}

/// Whether a JPEG's segments lead to its end marker (ITU-T T.81, annex B).
///
/// Segments are walked because an embedded thumbnail has an end marker of its own.
fn jpeg_is_complete(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xDA;
    const END_OF_IMAGE: u8 = 0xD9;
    let mut at = 2;
    while let Some(&[first, marker]) = bytes.get(at..at + 2) {
        match (first, marker) {
            (0xFF, END_OF_IMAGE) => return true,
            // Restart markers, stuffed zeros and fill bytes carry no length.
            (0xFF, 0x00 | 0x01 | 0xD0..=0xD8) => at += 2,
            (0xFF, 0xFF) => at += 1,
            (0xFF, marker) => {
                let Some(&[high, low]) = bytes.get(at + 2..at + 4) else {
                    return false;
                };
                at += 2 + usize::from(u16::from_be_bytes([high, low]));
                if marker == START_OF_SCAN {
                    // Entropy-coded data: on to the next 0xFF.
                    while bytes.get(at).is_some_and(|&byte| byte != 0xFF) {
                        at += 1;
                    }
                }
            }
            _ => at += 1,
        }
    }
    false
}
