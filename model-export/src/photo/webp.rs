//! WebP files (RFC 9649) as browsers read them, and what the library takes on trust.

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use image::{ImageDecoder, Rgba};

use super::{PhotoError, Picture, check_size, colours, damage, pixels};

const FORMAT: &str = "WebP";

/// Where the flags of the extended format are, behind the file's and the first chunk's header.
const FLAGS: usize = 20;
const HAS_PROFILE: u8 = 0x20;
const HAS_ALPHA: u8 = 0x10;
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;
const IS_ANIMATED: u8 = 0x02;

/// A part of a file.
struct Chunk<'a> {
    name: &'a [u8; 4],
    content: &'a [u8],
    /// Whether the file holds all of it.
    whole: bool,
}

/// Browsers do not turn WebP files by their EXIF data.
pub(super) fn read(file: &[u8]) -> Result<Picture, PhotoError> {
    let honest = without_false_flags(file);
    let mut decoder =
        WebPDecoder::new(Cursor::new(&honest)).map_err(|error| damage(FORMAT, &error))?;
    check_size(decoder.dimensions())?;
    if !pictures_fit(file) {
        return Err(PhotoError::Damaged {
            format: FORMAT,
            reason: "a picture in it has another size than its frame".to_owned(),
        });
    }
    if decoder.has_animation() {
        // What its first picture leaves free is transparent.
        let background = Rgba([255; 4]);
        decoder
            .set_background_color(background)
            .map_err(|error| damage(FORMAT, &error))?;
    }
    Ok(Picture {
        pixels: pixels(decoder, FORMAT)?,
        orientation: None,
        profile: profile(file).and_then(colours::from_icc),
    })
}

/// The flags of the extended format.
fn flags(file: &[u8]) -> Option<u8> {
    let is_extended = chunks(file, 12).next()?.name == b"VP8X";
    file.get(FLAGS).copied().filter(|_| is_extended)
}

/// The file without flags for what is not there, which the library refuses, and for what is not needed.
fn without_false_flags(file: &[u8]) -> Cow<'_, [u8]> {
    let Some(flags) = flags(file) else {
        return file.into();
    };
    let mut wrong = HAS_EXIF | HAS_XMP;
    let has = |name| chunks(file, 12).any(|chunk| chunk.name == name);
    if flags & IS_ANIMATED == 0 && has(b"VP8 ") && !has(b"ALPH") {
        wrong |= HAS_ALPHA;
    }
    if flags & wrong == 0 {
        return file.into();
    }
    let mut changed = file.to_vec();
    changed[FLAGS] &= !wrong;
    changed.into()
}

/// The ICC profile. One that no flag announces does not count.
fn profile(file: &[u8]) -> Option<&[u8]> {
    flags(file).filter(|flags| flags & HAS_PROFILE != 0)?;
    let chunk = chunks(file, 12).find(|chunk| chunk.name == b"ICCP")?;
    chunk.whole.then_some(chunk.content)
}

/// Whether every lossy picture is as large as its frame, or as the whole file's.
///
/// The decoder compares them only when it has taken memory for the picture, and where a frame of an animation has an
/// alpha channel not at all: it would read beyond its end.
fn pictures_fit(file: &[u8]) -> bool {
    let mut canvas = None;
    chunks(file, 12).all(|chunk| match chunk.name {
        b"VP8X" => {
            canvas = size(chunk.content, 4);
            true
        }
        b"VP8 " => canvas.is_none() || fits(chunk.content, canvas),
        b"ANMF" => {
            let mut parts = frame_chunks(&chunk);
            let picture = match parts.next() {
                // Whatever follows an alpha channel is read as the picture.
                Some(first) if first.name == b"ALPH" => parts.next(),
                first => first.filter(|first| first.name == b"VP8 "),
            };
            picture.is_none_or(|picture| fits(picture.content, size(chunk.content, 6)))
        }
        _ => true,
    })
}

/// The chunks from a place on, one after the other.
fn chunks(bytes: &[u8], from: usize) -> impl Iterator<Item = Chunk<'_>> {
    let mut rest = bytes.get(from..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (name, after) = rest.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let content = after.get(..length);
        rest = content
            .and_then(|_| after.get(length.next_multiple_of(2)..))
            .unwrap_or_default();
        Some(Chunk {
            name,
            content: content.unwrap_or(after),
            whole: content.is_some(),
        })
    })
}

/// The chunks of a frame of an animation.
fn frame_chunks<'a>(frame: &Chunk<'a>) -> impl Iterator<Item = Chunk<'a>> + use<'a> {
    chunks(frame.content, 16)
}

/// Whether a lossy picture has this size. One without a size is for the decoder to refuse.
fn fits(picture: &[u8], size: Option<[u32; 2]>) -> bool {
    match *picture {
        [_, _, _, 0x9D, 0x01, 0x2A, a, b, c, d, ..] => {
            // The upper two bits are how it is to be scaled.
            let side = |bytes| u32::from(u16::from_le_bytes(bytes) & 0x3FFF);
            size == Some([side([a, b]), side([c, d])])
        }
        _ => true,
    }
}

/// Width and height, three bytes each and one less than they are.
fn size(content: &[u8], at: usize) -> Option<[u32; 2]> {
    let &[a, b, c, d, e, f] = content.get(at..)?.first_chunk()?;
    Some([[a, b, c, 0], [d, e, f, 0]].map(|side| u32::from_le_bytes(side) + 1))
}
