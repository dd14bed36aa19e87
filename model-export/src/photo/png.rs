//! PNG files (W3C, third edition) as browsers read them.

use std::io::{Cursor, ErrorKind};

use image::metadata::Orientation;
use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage, imageops};
use moxcms::{Chromaticity, ColorPrimaries, ColorProfile};
use png::{
    ColorType, DecodeOptions, Decoder, DecodingError, Info, InterlaceInfo, Limits, Reader,
    Transformations,
};

use super::{MAX_DECODER_BYTES, PhotoError, Picture, check_size, colours, end_before_zeros};

const FORMAT: &str = "PNG";
const SIGNATURE_LENGTH: usize = 8;
const TRUNCATED: PhotoError = PhotoError::Truncated { format: FORMAT };

pub(super) fn read(file: &[u8]) -> Result<Picture, PhotoError> {
    let mut options = DecodeOptions::default();
    options.set_ignore_text_chunk(true);
    let file = without_zeros_for_an_end(file);
    let picture = read_with(file, options.clone());
    if matches!(picture, Err(PhotoError::Damaged { .. })) && only_data_has_wrong_checksums(file) {
        // The pixels have a checksum of their own.
        options.set_ignore_crc(true);
        options.set_ignore_adler32(false);
        return read_with(file, options).or(picture);
    }
    picture
}

fn read_with(file: &[u8], options: DecodeOptions) -> Result<Picture, PhotoError> {
    let mut decoder = Decoder::new_with_options(Cursor::new(file), options);
    decoder.set_limits(Limits {
        bytes: MAX_DECODER_BYTES as usize,
    });
    decoder.set_transformations(Transformations::normalize_to_color8());
    check_size(decoder.read_header_info().map_err(damage)?.size())?;
    let mut reader = decoder.read_info().map_err(damage)?;
    let info = reader.info();
    let canvas = info.size();
    let orientation = info
        .exif_metadata
        .as_deref()
        .and_then(Orientation::from_exif_chunk);
    let profile = profile(info);
    // An animation is shown, not the picture for programs that show none, unless that is its first one.
    let is_beside_animation = info.animation_control.is_some() && info.frame_control.is_none();
    if is_beside_animation {
        reader.next_frame_info().map_err(damage)?;
    }

    let frame = reader.info().frame_control;
    let pixels = pixels(&mut reader)?;
    let pixels = match frame {
        Some(frame) if (frame.width, frame.height) != canvas => {
            let mut whole = RgbaImage::new(canvas.0, canvas.1);
            let (x, y) = (frame.x_offset.into(), frame.y_offset.into());
            imageops::replace(&mut whole, &pixels.into_rgba8(), x, y);
            whole.into()
        }
        _ => pixels,
    };
    Ok(Picture {
        pixels,
        orientation,
        profile,
    })
}

/// The pixels that come next. What follows them, such as the file's end, may be missing.
fn pixels(reader: &mut Reader<Cursor<&[u8]>>) -> Result<DynamicImage, PhotoError> {
    let (width, height) = reader
        .info()
        .frame_control
        .map_or(reader.info().size(), |frame| (frame.width, frame.height));
    let (kind, _) = reader.output_color_type();
    let samples = kind.samples();
    let stride = width as usize * samples;
    let mut values = vec![0; stride * height as usize];
    // So many that are not there yet. At the last row, the reader would go on to the file's end.
    let mut missing = values.len();
    while missing > 0 {
        let start = values.len() - missing;
        let row = reader
            .next_interlaced_row()
            .map_err(damage)?
            .ok_or(TRUNCATED)?;
        match row.interlace() {
            InterlaceInfo::Null(_) => values[start..start + stride].copy_from_slice(row.data()),
            InterlaceInfo::Adam7(pass) => {
                png::expand_interlaced_row(
                    &mut values,
                    stride,
                    row.data(),
                    pass,
                    8 * samples as u8,
                );
            }
        }
        missing -= row.data().len();
    }
    match reader.next_interlaced_row() {
        Err(error) if !is_end(&error) => return Err(damage(error)),
        _ => {}
    }
    match kind {
        ColorType::Grayscale => GrayImage::from_raw(width, height, values).map(Into::into),
        ColorType::GrayscaleAlpha => {
            GrayAlphaImage::from_raw(width, height, values).map(Into::into)
        }
        ColorType::Rgba => RgbaImage::from_raw(width, height, values).map(Into::into),
        // A palette's colours have been put in.
        ColorType::Rgb | ColorType::Indexed => {
            RgbImage::from_raw(width, height, values).map(Into::into)
        }
    }
    .ok_or(TRUNCATED)
}

/// The meaning of the values, in the standard's order of precedence (section 4.3).
fn profile(info: &Info) -> Option<ColorProfile> {
    if let Some(points) = &info.coding_independent_code_points {
        return colours::from_code_points(points.color_primaries, points.transfer_function);
    }
    if let Some(profile) = &info.icc_profile {
        return colours::from_icc(profile);
    }
    if info.srgb.is_some() {
        return None;
    }
    let is_grey = matches!(
        info.color_type,
        ColorType::Grayscale | ColorType::GrayscaleAlpha
    );
    let primaries = info.chrm_chunk.map(|colours| {
        let [white, red, green, blue] = [colours.white, colours.red, colours.green, colours.blue]
            .map(|(x, y)| Chromaticity::new(x.into_value(), y.into_value()));
        (white.to_xyyb(), ColorPrimaries { red, green, blue })
    });
    colours::from_gamma(info.gama_chunk?.into_value(), is_grey, primaries)
}

/// The file without the zeros that a broken download leaves in place of its end: they could be taken for pixels.
fn without_zeros_for_an_end(file: &[u8]) -> &[u8] {
    if chunks(file).any(|chunk| chunk.hashed == b"IEND") {
        return file;
    }
    &file[..end_before_zeros(file)]
}

/// Whether a chunk of pixels has a wrong checksum, and no other that the picture needs.
fn only_data_has_wrong_checksums(file: &[u8]) -> bool {
    let wrong = |chunk: &Chunk| crc32fast::hash(chunk.hashed) != chunk.checksum;
    let is_needed = |chunk: &Chunk| chunk.hashed[0].is_ascii_uppercase();
    let mut wrong = chunks(file)
        .filter(|chunk| is_needed(chunk) && wrong(chunk))
        .peekable();
    wrong.peek().is_some() && wrong.all(|chunk| chunk.hashed.starts_with(b"IDAT"))
}

struct Chunk<'a> {
    /// Name and content.
    hashed: &'a [u8],
    checksum: u32,
}

fn chunks(file: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut rest = file.get(SIGNATURE_LENGTH..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk()?;
        let (hashed, after) =
            after.split_at_checked((u32::from_be_bytes(*length) as usize).checked_add(4)?)?;
        let (checksum, after) = after.split_first_chunk()?;
        rest = after;
        Some(Chunk {
            hashed,
            checksum: u32::from_be_bytes(*checksum),
        })
    })
}

/// Whether the file ends there.
fn is_end(error: &DecodingError) -> bool {
    matches!(error, DecodingError::IoError(io) if io.kind() == ErrorKind::UnexpectedEof)
}

fn damage(error: DecodingError) -> PhotoError {
    if is_end(&error) {
        return TRUNCATED;
    }
    PhotoError::Damaged {
        format: FORMAT,
        reason: error.to_string(),
    }
}
