//! The caption in IPTC-IIM data, which photos had before XMP.

/// Photoshop's name for its image resources in JPEG files.
pub(super) const RESOURCES: &[u8] = b"Photoshop 3.0\0";

/// The resource that holds IPTC-IIM data.
const IPTC: u16 = 0x0404;

/// The IPTC-IIM data among Photoshop's image resources.
pub(super) fn among(mut resources: &[u8]) -> Option<&[u8]> {
    while let Some(rest) = resources.strip_prefix(b"8BIM") {
        let (id, rest) = rest.split_first_chunk()?;
        // A name with its length before it, padded to an even number of bytes as the data is.
        let name = (1 + usize::from(*rest.first()?)).next_multiple_of(2);
        let (length, rest) = rest.get(name..)?.split_first_chunk()?;
        let length = u32::from_be_bytes(*length) as usize;
        let data = rest.get(..length)?;
        if u16::from_be_bytes(*id) == IPTC {
            return Some(data);
        }
        resources = rest.get(length.next_multiple_of(2)..).unwrap_or_default();
    }
    None
}

/// The caption (2:120).
pub(super) fn caption(mut data: &[u8]) -> Option<&[u8]> {
    while let [0x1C, record, field, a, b, rest @ ..] = data {
        // Longer ones than 32,767 bytes are no captions.
        let length = usize::from(u16::from_be_bytes([*a, *b]));
        let value = rest.get(..length)?;
        if (*record, *field) == (2, 120) {
            return Some(value);
        }
        data = &rest[length..];
    }
    None
}
