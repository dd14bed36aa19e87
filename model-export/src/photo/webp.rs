//! What the library that reads WebP files (RFC 9649) takes on trust.

/// A part of a file.
struct Chunk<'a> {
    name: &'a [u8; 4],
    content: &'a [u8],
    /// Whether the file holds all of it.
    whole: bool,
}

/// Whether every lossy picture is as large as its frame, or as the whole file's.
///
/// The decoder compares them only when it has taken memory for the picture, and where a frame of an animation has an
/// alpha channel not at all: it would read beyond its end.
pub(super) fn pictures_fit(file: &[u8]) -> bool {
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

/// Whether the file holds all of its EXIF data. The decoder takes memory for what the length says.
pub(super) fn exif_is_whole(file: &[u8]) -> bool {
    let whole = |chunk: &Chunk| chunk.name != b"EXIF" || chunk.whole;
    chunks(file, 12).all(|chunk| {
        whole(&chunk) && (chunk.name != b"ANMF" || frame_chunks(&chunk).all(|part| whole(&part)))
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
