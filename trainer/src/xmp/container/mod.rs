//! Where the kinds of photo files keep what is said of a photo. Files are read strictly here: one that is not as its
//! format wants it is not written.

mod jpeg;
mod png;
mod webp;

use anyhow::{Result, bail};

use super::iptc;
use super::tiff_fields::{self, Fields};

/// Most bytes that a packed packet of XMP may have.
const MAX_PACKET_BYTES: u64 = 4 << 20;

/// A kind of photo file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Jpeg,
    Png,
    WebP,
    Tiff,
}

/// What is said of a photo in its file.
#[derive(Debug, Default)]
pub(super) struct Metadata<'a> {
    /// The packet of XMP.
    pub(super) xmp: Option<Vec<u8>>,
    /// What did not fit into it.
    pub(super) extended_xmp: Option<Vec<u8>>,
    /// EXIF data: a TIFF file.
    pub(super) exif: Option<&'a [u8]>,
    /// IPTC-IIM data.
    pub(super) iptc: Option<Vec<u8>>,
}

impl Container {
    /// Tells the kind by a file's first bytes.
    ///
    /// # Errors
    /// When it is none of these.
    pub(super) fn of(file: &[u8]) -> Result<Self> {
        Ok(match file {
            [0xFF, 0xD8, 0xFF, ..] => Self::Jpeg,
            [0x89, b'P', b'N', b'G', ..] => Self::Png,
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Self::WebP,
            [b'I', b'I', 0x2A | 0x2B, 0, ..] | [b'M', b'M', 0, 0x2A | 0x2B, ..] => Self::Tiff,
            _ => bail!("descriptions are kept in JPEG, PNG, WebP and TIFF files only"),
        })
    }

    /// What is said of the photo in its file.
    ///
    /// # Errors
    /// When the file is not as its format wants it, or has two packets of XMP.
    pub(super) fn metadata(self, file: &[u8]) -> Result<Metadata<'_>> {
        match self {
            Self::Jpeg => jpeg::metadata(file),
            Self::Png => png::metadata(file),
            Self::WebP => webp::metadata(file),
            Self::Tiff => {
                let fields = Fields::read(file)?;
                let bytes = |tag| fields.bytes(file, tag).map(<[u8]>::to_vec);
                let among = |resources: Vec<u8>| iptc::among(&resources).map(<[u8]>::to_vec);
                Ok(Metadata {
                    xmp: bytes(tiff_fields::XMP),
                    extended_xmp: None,
                    exif: Some(file),
                    iptc: bytes(tiff_fields::IPTC)
                        .or_else(|| bytes(tiff_fields::PHOTOSHOP).and_then(among)),
                })
            }
        }
    }

    /// The file with a packet of XMP in place of its own one, and otherwise as it is.
    ///
    /// # Errors
    /// As [`Self::metadata`], or when there is no room for it.
    pub(super) fn with_xmp(self, file: &[u8], packet: &str) -> Result<Vec<u8>> {
        let packet = packet.as_bytes();
        match self {
            Self::Jpeg => jpeg::with_xmp(file, packet),
            Self::Png => png::with_xmp(file, packet),
            Self::WebP => webp::with_xmp(file, packet),
            Self::Tiff => Fields::with_xmp(file, packet),
        }
    }

    /// Whether two files are the same but for their packets of XMP.
    ///
    /// # Errors
    /// As [`Self::metadata`].
    pub(super) fn is_same_but_xmp(self, old: &[u8], new: &[u8]) -> Result<bool> {
        match self {
            Self::Jpeg => Ok(jpeg::without_xmp(old)? == jpeg::without_xmp(new)?),
            Self::Png => Ok(png::without_xmp(old)? == png::without_xmp(new)?),
            Self::WebP => Ok(webp::without_xmp(old)? == webp::without_xmp(new)?),
            Self::Tiff => Fields::is_same_but_xmp(old, new),
        }
    }
}

#[cfg(test)]
mod tests;
