//! JPEG files (ITU-T T.81) as browsers read them.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageDecoder, RgbImage};
use jpeg_decoder::{ColorTransform, PixelFormat};

use super::{
    MAX_DECODER_BYTES, PhotoError, Picture, check_size, colours, damage, end_before_zeros, pixels,
};

const FORMAT: &str = "JPEG";

const HUFFMAN_TABLES: u8 = 0xC4;
const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;
const RESTART_INTERVAL: u8 = 0xDD;
const ADOBE: u8 = 0xEE;
const COMMENT: u8 = 0xFE;
const PROGRESSIVE_FRAME: u8 = 0xC2;

/// What stands behind a picture whose file has no end, to see whether that is so.
const OTHER_DATA: &[u8] = &[0x55; 64];

/// A marker and what belongs to it.
struct Segment<'a> {
    /// Where its marker is.
    start: usize,
    marker: u8,
    content: &'a [u8],
}

pub(super) fn read(file: &[u8]) -> Result<Picture, PhotoError> {
    let truncated = || PhotoError::Truncated { format: FORMAT };
    let mut picture = essential(file).ok_or_else(truncated)?;
    let mut decoder =
        JpegDecoder::new(Cursor::new(&picture)).map_err(|error| damage(FORMAT, &error))?;
    check_size(decoder.dimensions())?;
    let profile = decoder.icc_profile().ok().flatten();
    let pixels = if segments(file).any(|segment| segment.marker == END_OF_IMAGE) {
        drop(decoder);
        decode(&picture)?
    } else {
        picture.truncate(end_of_data(&picture));
        if !has_all_coefficients(&picture) {
            return Err(truncated());
        }
        whole_without_end(&picture)?
    };
    Ok(Picture {
        pixels,
        orientation: head(file)
            .find_map(exif)
            .and_then(Orientation::from_exif_chunk),
        profile: profile.and_then(|profile| colours::from_icc(&profile)),
    })
}

fn decode(file: &[u8]) -> Result<DynamicImage, PhotoError> {
    if !is_unusual(file) {
        return JpegDecoder::new(Cursor::new(file))
            .map_err(|error| damage(FORMAT, &error))
            .and_then(|decoder| pixels(decoder, FORMAT));
    }
    let damaged = |reason: String| PhotoError::Damaged {
        format: FORMAT,
        reason,
    };
    let mut decoder = jpeg_decoder::Decoder::new(file);
    decoder.set_max_decoding_buffer_size(MAX_DECODER_BYTES as usize);
    // It would take what Adobe's segment calls RGB for YCbCr.
    if head(file).any(|segment| segment.marker == ADOBE && segment.content.get(11) == Some(&0)) {
        decoder.set_color_transform(ColorTransform::RGB);
    }
    let values = decoder
        .decode()
        .map_err(|error| damaged(error.to_string()))?;
    decoder
        .info()
        .and_then(|info| {
            let (width, height) = (info.width.into(), info.height.into());
            match info.pixel_format {
                PixelFormat::L8 => GrayImage::from_raw(width, height, values).map(Into::into),
                PixelFormat::RGB24 => RgbImage::from_raw(width, height, values).map(Into::into),
                _ => None,
            }
        })
        .ok_or_else(|| damaged("its colours are of an unknown kind".to_owned()))
}

/// Whether it is a picture in colours that the usual decoder gets wrong: a sequential one of several scans, or one whose
/// first component is sampled more coarsely than others.
fn is_unusual(file: &[u8]) -> bool {
    let Some(frame) = head(file).find(is_frame) else {
        return false;
    };
    let components = frame.content.get(6..).unwrap_or_default().chunks_exact(3);
    if components.len() != 3 {
        return false;
    }
    let sampling: Vec<[u8; 2]> = components
        .map(|part| [part[1] >> 4, part[1] & 15])
        .collect();
    let is_finer = |[across, down]: &[u8; 2]| *across > sampling[0][0] || *down > sampling[0][1];
    let is_whole_scan = |scan: Segment| scan.content.first() == Some(&3);
    sampling.iter().any(is_finer)
        || frame.marker != PROGRESSIVE_FRAME
            && !segments(file)
                .find(|segment| segment.marker == START_OF_SCAN)
                .is_some_and(is_whole_scan)
}

/// Whether it says how large the picture is.
fn is_frame(segment: &Segment) -> bool {
    matches!(segment.marker, 0xC0..=0xC2)
}

/// The segments of a file up to its end marker (annex B). The entropy-coded data behind each scan's header is passed over.
///
/// They are walked because an embedded thumbnail has an end marker of its own.
fn segments(file: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut at = 2;
    std::iter::from_fn(move || {
        loop {
            let start = at;
            match *file.get(at..at + 2)? {
                [0xFF, END_OF_IMAGE] => {
                    at = file.len();
                    return Some(Segment {
                        start,
                        marker: END_OF_IMAGE,
                        content: &[],
                    });
                }
                // Restart markers and stuffed zeros carry no length.
                [0xFF, 0x00 | 0x01 | 0xD0..=0xD8] => at += 2,
                [0xFF, marker] if marker != 0xFF => {
                    let length = u16::from_be_bytes(*file.get(at + 2..)?.first_chunk()?);
                    at += 2 + usize::from(length.max(2));
                    let content = file.get(start + 4..at)?;
                    return Some(Segment {
                        start,
                        marker,
                        content,
                    });
                }
                // Fill bytes, and whatever else browsers pass over.
                _ => at += 1,
            }
        }
    })
}

/// The segments before the first scan.
fn head(file: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    segments(file).take_while(|segment| segment.marker != START_OF_SCAN)
}

/// The EXIF data of a segment. Only the first one counts, be it broken.
fn exif<'a>(segment: Segment<'a>) -> Option<&'a [u8]> {
    let content = (segment.marker == 0xE1).then_some(segment.content)?;
    // Some cameras write another byte than 0 behind the name.
    content.strip_prefix(b"Exif\0")?.get(1..)
}

/// The file without what has nothing to do with the picture, or would have the library read it otherwise than browsers do.
/// `None` if it ends before the first scan.
fn essential(file: &[u8]) -> Option<Vec<u8>> {
    let scans = segments(file).find(|segment| segment.marker == START_OF_SCAN)?;
    let is_jfif =
        head(file).any(|segment| segment.marker == 0xE0 && segment.content.starts_with(b"JFIF\0"));
    let components = head(file)
        .find(is_frame)
        .and_then(|frame| frame.content.get(5).copied());
    let counts = |segment: &Segment| match segment.marker {
        // JFIF's colours are YCbCr, whatever Adobe's segment says.
        ADOBE if is_jfif && components == Some(3) => false,
        ADOBE => {
            segment.content.starts_with(b"Adobe") && matches!(segment.content.get(11), Some(0..=2))
        }
        0xE2 => segment.content.starts_with(b"ICC_PROFILE\0"),
        0xE0..=0xEF | COMMENT => false,
        _ => true,
    };
    let mut essential = vec![0xFF, 0xD8];
    // Frames of Motion JPEG leave the usual tables out.
    if !head(file).any(|segment| segment.marker == HUFFMAN_TABLES) {
        for table in USUAL_TABLES {
            push(&mut essential, HUFFMAN_TABLES, table);
        }
    }
    for segment in head(file).filter(counts) {
        push(&mut essential, segment.marker, segment.content);
    }
    essential.extend_from_slice(&file[scans.start..]);
    Some(essential)
}

fn push(file: &mut Vec<u8>, marker: u8, content: &[u8]) {
    file.extend([0xFF, marker]);
    // As the content of a segment it is short enough.
    file.extend((content.len() as u16 + 2).to_be_bytes());
    file.extend_from_slice(content);
}

/// Where the data ends in a file without an end marker: before half a marker, and before zeros that a download left.
fn end_of_data(file: &[u8]) -> usize {
    let end = end_before_zeros(file);
    match file.get(end - 1) {
        // The zero belongs to it.
        Some(0xFF) if end < file.len() => end + 1,
        Some(0xFF) => end - 1,
        _ => end,
    }
}

/// Whether there is a scan for every coefficient of every component, down to its last bit.
fn has_all_coefficients(file: &[u8]) -> bool {
    let mut missing: Vec<(u8, [bool; 64])> = Vec::new();
    let mut progressive = false;
    for segment in segments(file) {
        match (segment.marker, segment.content) {
            (0xC0..=0xC2, &[_, _, _, _, _, _, ref components @ ..]) => {
                progressive = segment.marker == PROGRESSIVE_FRAME;
                missing = components
                    .chunks_exact(3)
                    .map(|component| (component[0], [true; 64]))
                    .collect();
            }
            (START_OF_SCAN, &[count, ref scan @ ..]) => {
                let Some((components, &[from, to, bits, ..])) =
                    scan.split_at_checked(2 * usize::from(count))
                else {
                    return false;
                };
                if progressive && bits & 0x0F != 0 {
                    continue;
                }
                let (from, to) = if progressive { (from, to) } else { (0, 63) };
                for (_, missing) in missing.iter_mut().filter(|(id, _)| {
                    components
                        .chunks_exact(2)
                        .any(|component| component[0] == *id)
                }) {
                    if let Some(found) = missing.get_mut(from.into()..=to.into()) {
                        found.fill(false);
                    }
                }
            }
            _ => {}
        }
    }
    !missing.iter().any(|(_, missing)| missing.contains(&true))
}

/// The picture of a file without an end marker.
///
/// The decoder paints what is missing grey and reports success. So it is asked again: a picture that is whole is the same
/// whatever follows it.
fn whole_without_end(file: &[u8]) -> Result<DynamicImage, PhotoError> {
    let read = |behind: &[u8]| {
        let file = [file, behind, &[0xFF, END_OF_IMAGE]].concat();
        decode(&file)
    };
    let picture = read(&[])?;
    let is_same = |behind: &[u8]| read(behind).is_ok_and(|other| other == picture);
    // At a restart the decoder takes nothing but the next restart marker.
    let restart = segments(file)
        .any(|segment| segment.marker == RESTART_INTERVAL)
        .then(|| [&[0xFF, next_restart(file)], OTHER_DATA].concat());
    if is_same(OTHER_DATA) && restart.is_none_or(|restart| is_same(&restart)) {
        Ok(picture)
    } else {
        Err(PhotoError::Truncated { format: FORMAT })
    }
}

/// The restart marker that follows the file's last one.
fn next_restart(file: &[u8]) -> u8 {
    file.windows(2)
        .rev()
        .find_map(|bytes| match bytes {
            [0xFF, last @ 0xD0..=0xD6] => Some(last + 1),
            [0xFF, 0xD7 | START_OF_SCAN] => Some(0xD0),
            _ => None,
        })
        .unwrap_or(0xD0)
}

/// The Huffman tables of annex K.3: which, how many codes of each length, and their values.
#[rustfmt::skip]
const USUAL_TABLES: [&[u8]; 4] = [
    &[
        0x00,
        0x00, 0x01, 0x05, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B,
    ],
    &[
        0x10,
        0x00, 0x02, 0x01, 0x03, 0x03, 0x02, 0x04, 0x03, 0x05, 0x05, 0x04, 0x04, 0x00, 0x00, 0x01, 0x7D,
        0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14, 0x32, 0x81, 0x91,
        0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52, 0xD1, 0xF0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0A, 0x16, 0x17, 0x18, 0x19, 0x1A,
        0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x53,
        0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79,
        0x7A, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5,
        0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9,
        0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF1, 0xF2,
        0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA,
    ],
    &[
        0x01,
        0x00, 0x03, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B,
    ],
    &[
        0x11,
        0x00, 0x02, 0x01, 0x02, 0x04, 0x04, 0x03, 0x04, 0x07, 0x05, 0x04, 0x04, 0x00, 0x01, 0x02, 0x77,
        0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22, 0x32, 0x81, 0x08, 0x14,
        0x42, 0x91, 0xA1, 0xB1, 0xC1, 0x09, 0x23, 0x33, 0x52, 0xF0, 0x15, 0x62, 0x72, 0xD1, 0x0A, 0x16, 0x24, 0x34, 0xE1, 0x25, 0xF1, 0x17,
        0x18, 0x19, 0x1A, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A,
        0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78,
        0x79, 0x7A, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3,
        0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7,
        0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF2,
        0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA,
    ],
];
