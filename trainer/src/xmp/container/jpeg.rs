//! JPEG files (ITU-T T.81): XMP is in an APP1 segment (XMP specification, part 3, section 1.1.3).

use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};

use super::Metadata;
use crate::xmp::iptc;

const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP2: u8 = 0xE2;
const APP13: u8 = 0xED;
const START_OF_SCAN: u8 = 0xDA;

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const EXTENDED_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const EXIF: &[u8] = b"Exif\0";
/// The list of further pictures behind the first one, by their distance from here.
const PICTURES_BEHIND: &[u8] = b"MPF\0";

/// Most bytes of a segment, the two of its length among them.
const MAX_SEGMENT: usize = 0xFFFF;

struct Segment<'a> {
    /// From its marker to its last byte.
    place: Range<usize>,
    marker: u8,
    content: &'a [u8],
}

impl Segment<'_> {
    fn is(&self, marker: u8, name: &[u8]) -> bool {
        self.marker == marker && self.content.starts_with(name)
    }
}

/// The segments before the picture's data.
fn segments(file: &[u8]) -> Result<Vec<Segment<'_>>> {
    let mut segments = Vec::new();
    let mut at = 2;
    loop {
        let cut = "its JPEG file ends before the picture begins";
        let start = at;
        ensure!(
            *file.get(at).context(cut)? == 0xFF,
            "its JPEG file has other data between its segments, at byte {at}"
        );
        // Fill bytes.
        while *file.get(at).context(cut)? == 0xFF {
            at += 1;
        }
        let marker = file[at];
        match marker {
            START_OF_SCAN => return Ok(segments),
            0x00 | 0x01 | 0xD0..=0xD9 => {
                bail!("its JPEG file has a marker {marker:#04X} before the picture, at byte {at}")
            }
            _ => {}
        }
        let rest = file.get(at + 1..).context(cut)?;
        let length = usize::from(u16::from_be_bytes(*rest.first_chunk().context(cut)?));
        let content = rest.get(2..length).context(cut)?;
        at += 1 + length;
        segments.push(Segment {
            place: start..at,
            marker,
            content,
        });
    }
}

/// The segment of the packet.
fn xmp<'a, 'b>(segments: &'b [Segment<'a>]) -> Result<Option<&'b Segment<'a>>> {
    let mut found = segments.iter().filter(|segment| segment.is(APP1, XMP));
    let first = found.next();
    ensure!(found.next().is_none(), "it has two packets of XMP");
    Ok(first)
}

pub(super) fn metadata(file: &[u8]) -> Result<Metadata<'_>> {
    let segments = segments(file)?;
    let resources: Vec<u8> = segments
        .iter()
        .filter(|segment| segment.marker == APP13)
        .filter_map(|segment| segment.content.strip_prefix(iptc::RESOURCES))
        .flatten()
        .copied()
        .collect();
    // Some cameras write another byte than 0 behind the name.
    let mut exif = segments
        .iter()
        .filter(|segment| segment.is(APP1, EXIF))
        .filter_map(|segment| segment.content.get(EXIF.len() + 1..));
    Ok(Metadata {
        xmp: xmp(&segments)?.map(|segment| segment.content[XMP.len()..].to_vec()),
        extended_xmp: extended_xmp(&segments)?,
        exif: exif.next(),
        iptc: iptc::among(&resources).map(<[u8]>::to_vec),
    })
}

/// What did not fit into the packet, put together from its parts.
fn extended_xmp(segments: &[Segment]) -> Result<Option<Vec<u8>>> {
    let parts = segments
        .iter()
        .filter(|segment| segment.is(APP1, EXTENDED_XMP));
    let most: usize = parts.clone().map(|segment| segment.content.len()).sum();
    let mut whole: Option<Vec<u8>> = None;
    for segment in parts {
        let damaged = "its extended XMP is damaged";
        let part = &segment.content[EXTENDED_XMP.len()..];
        // Behind a sum of 32 letters: the length of all, and where this part begins.
        let (length, rest) = part
            .get(32..)
            .and_then(<[u8]>::split_first_chunk)
            .context(damaged)?;
        let (start, data) = rest.split_first_chunk().context(damaged)?;
        let [length, start] = [*length, *start].map(|number| u32::from_be_bytes(number) as usize);
        ensure!(length <= most, damaged);
        let whole = whole.get_or_insert_with(|| vec![b' '; length]);
        let place = start..start + data.len();
        whole.get_mut(place).context(damaged)?.copy_from_slice(data);
    }
    Ok(whole)
}

pub(super) fn with_xmp(file: &[u8], packet: &[u8]) -> Result<Vec<u8>> {
    let segments = segments(file)?;
    let place = match xmp(&segments)? {
        Some(segment) => segment.place.clone(),
        // Behind JFIF's and EXIF's, which have to be first.
        None => {
            let heads = segments
                .iter()
                .take_while(|segment| matches!(segment.marker, APP0 | APP1));
            let end = heads.last().map_or(2, |segment| segment.place.end);
            end..end
        }
    };
    let is_before = |segment: &Segment| segment.place.start < place.start;
    ensure!(
        !segments
            .iter()
            .any(|segment| segment.is(APP2, PICTURES_BEHIND) && is_before(segment)),
        "it has further pictures, which would not be found any more where its XMP is"
    );
    let length = 2 + XMP.len() + packet.len();
    ensure!(
        length <= MAX_SEGMENT,
        "its XMP has no room for a description: a JPEG file's has {} bytes at most",
        MAX_SEGMENT - 2 - XMP.len()
    );
    Ok([
        &file[..place.start],
        &[0xFF, APP1],
        &(length as u16).to_be_bytes(),
        XMP,
        packet,
        &file[place.end..],
    ]
    .concat())
}

/// The segments that are no packet of XMP, and all that follows them.
pub(super) fn without_xmp(file: &[u8]) -> Result<Vec<&[u8]>> {
    let segments = segments(file)?;
    let end = segments.last().map_or(2, |segment| segment.place.end);
    let others = segments.iter().filter(|segment| !segment.is(APP1, XMP));
    Ok(others
        .map(|segment| &file[segment.place.clone()])
        .chain([&file[end..]])
        .collect())
}
