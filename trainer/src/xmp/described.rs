//! Whether somebody has said already what is to be seen on a photo.

use std::path::Path;

use anyhow::{Context, Result};

use super::container::{Container, Metadata};
use super::iptc;
use super::packet::Packet;
use super::tiff_fields::{Fields, IMAGE_DESCRIPTION};
use super::write::{SidecarName, read_sidecar};

/// What cameras write in a description's place, in lower case.
const OF_CAMERAS: [&str; 8] = [
    "olympus digital camera",
    "minolta digital camera",
    "konica minolta digital camera",
    "sony dsc",
    "samsung camera pictures",
    "digital camera",
    "default",
    "my awesome photo",
];

/// Whether a photo has a description: in its file, or in one beside it.
///
/// # Errors
/// When its file, its XMP or that of a file beside it cannot be read.
pub fn described(path: &Path, photo: &[u8]) -> Result<bool> {
    for name in [SidecarName::Photo, SidecarName::Stem] {
        let sidecar = name.of(path);
        if let Some(packet) = read_sidecar(&sidecar)? {
            let packet = Packet::read(&packet).with_context(|| sidecar.display().to_string())?;
            if packet.has_description() {
                return Ok(true);
            }
        }
    }
    in_file(photo)
}

/// Whether XMP, IPTC-IIM or EXIF data in a photo's file describes it.
fn in_file(photo: &[u8]) -> Result<bool> {
    let metadata = Container::of(photo)?.metadata(photo)?;
    for packet in metadata.xmp.iter().chain(&metadata.extended_xmp) {
        if Packet::read(packet)?.has_description() {
            return Ok(true);
        }
    }
    let iptc = metadata.iptc.as_deref().and_then(iptc::caption);
    Ok(iptc.is_some_and(is_description) || exif(&metadata))
}

fn exif(metadata: &Metadata) -> bool {
    let Some(exif) = metadata.exif else {
        return false;
    };
    // Damaged EXIF data describes nothing; photos of many programs have such.
    let Ok(fields) = Fields::read(exif) else {
        return false;
    };
    let text = fields.bytes(exif, IMAGE_DESCRIPTION);
    text.is_some_and(is_description)
}

/// Whether a person may have written a text. Nothing but letters that are no control characters counts, in any encoding.
fn is_description(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0');
    let text = text.to_lowercase();
    // Drones and some phones write where they kept the photo.
    !text.is_empty() && !text.starts_with("dcim\\") && !OF_CAMERAS.contains(&text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cameras_write_by_themselves_describes_nothing() {
        for text in [
            "OLYMPUS DIGITAL CAMERA         ",
            "SONY DSC\0",
            "DCIM\\100MEDIA\\DJI_0042.JPG",
            " \0",
            "",
        ] {
            assert!(!is_description(text.as_bytes()), "{text}");
        }
        for text in ["Oma im Garten", "Sony DSC of my aunt", "\u{5e8f}"] {
            assert!(is_description(text.as_bytes()), "{text}");
        }
        assert!(is_description(b"Caf\xe9"));
    }
}
