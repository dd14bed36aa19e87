//! What the library that reads WebP files does not look at.

/// Whether every lossy picture in a WebP file is as large as its frame, or as the whole file's (RFC 9649).
///
/// The decoder compares them only when it has taken memory for the picture, and where a frame of an animation has an
/// alpha channel not at all: it would read beyond its end.
pub(super) fn pictures_fit(file: &[u8]) -> bool {
    let mut canvas = None;
    chunks(file.get(12..).unwrap_or_default()).all(|(name, content)| match name {
        b"VP8X" => {
            canvas = size(content, 4);
            true
        }
        b"VP8 " => canvas.is_none() || fits(content, canvas),
        b"ANMF" => {
            let mut parts = chunks(content.get(16..).unwrap_or_default());
            let picture = match parts.next() {
                // Whatever follows an alpha channel is read as the picture.
                Some((b"ALPH", _)) => parts.next(),
                first => first.filter(|(name, _)| *name == b"VP8 "),
            };
            picture.is_none_or(|(_, picture)| fits(picture, size(content, 6)))
        }
        _ => true,
    })
}

/// The chunks of a RIFF file one after the other: name and content, which may be cut short.
fn chunks(mut rest: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (name, after) = rest.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        rest = after.get(length.next_multiple_of(2)..).unwrap_or_default();
        Some((name, &after[..length.min(after.len())]))
    })
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
