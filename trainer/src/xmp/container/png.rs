//! PNG files (W3C, third edition): XMP is in an iTXt chunk (XMP specification, part 3, section 1.1.5).

use std::io::Read;
use std::ops::Range;

use anyhow::{Context, Result, ensure};
use flate2::read::ZlibDecoder;

use super::{MAX_PACKET_BYTES, Metadata};

const SIGNATURE: usize = 8;
const TEXT: &[u8] = b"iTXt";
const KEYWORD: &[u8] = b"XML:com.adobe.xmp\0";

struct Chunk<'a> {
    /// From its length to its checksum.
    place: Range<usize>,
    name: &'a [u8],
    content: &'a [u8],
}

impl Chunk<'_> {
    fn is_xmp(&self) -> bool {
        self.name == TEXT && self.content.starts_with(KEYWORD)
    }
}

/// The chunks up to the last one. What follows them belongs to no picture.
fn chunks(file: &[u8]) -> Result<Vec<Chunk<'_>>> {
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut at = SIGNATURE;
    while chunks.last().is_none_or(|chunk| chunk.name != b"IEND") {
        let cut = "its PNG file ends before its last chunk";
        let rest = file.get(at..).context(cut)?;
        let (length, rest) = rest.split_first_chunk().context(cut)?;
        let length = u32::from_be_bytes(*length) as usize;
        let name = rest.get(..4).context(cut)?;
        let content = rest.get(4..4 + length).context(cut)?;
        ensure!(rest.len() >= 4 + length + 4, cut);
        let place = at..at + 4 + 4 + length + 4;
        at = place.end;
        chunks.push(Chunk {
            place,
            name,
            content,
        });
    }
    ensure!(
        chunks[0].name == b"IHDR",
        "its PNG file does not begin with its header"
    );
    Ok(chunks)
}

fn xmp<'a, 'b>(chunks: &'b [Chunk<'a>]) -> Result<Option<&'b Chunk<'a>>> {
    let mut found = chunks.iter().filter(|chunk| chunk.is_xmp());
    let first = found.next();
    ensure!(found.next().is_none(), "it has two packets of XMP");
    Ok(first)
}

pub(super) fn metadata(file: &[u8]) -> Result<Metadata<'_>> {
    let chunks = chunks(file)?;
    let exif = chunks.iter().find(|chunk| chunk.name == b"eXIf");
    Ok(Metadata {
        xmp: xmp(&chunks)?.map(packet).transpose()?,
        exif: exif.map(|chunk| chunk.content),
        ..Metadata::default()
    })
}

/// The text of an iTXt chunk.
fn packet(chunk: &Chunk) -> Result<Vec<u8>> {
    let damaged = "its XMP is damaged: its iTXt chunk is too short";
    let rest = &chunk.content[KEYWORD.len()..];
    let ([packed, _method], rest) = rest.split_first_chunk().context(damaged)?;
    // A language and the keyword in it, each with a zero at its end.
    let mut parts = rest.splitn(3, |&byte| byte == 0);
    let text = parts.nth(2).context(damaged)?;
    if *packed == 0 {
        return Ok(text.to_vec());
    }
    let mut packet = Vec::new();
    ZlibDecoder::new(text)
        .take(MAX_PACKET_BYTES)
        .read_to_end(&mut packet)
        .context("its XMP is damaged")?;
    Ok(packet)
}

pub(super) fn with_xmp(file: &[u8], packet: &[u8]) -> Result<Vec<u8>> {
    let chunks = chunks(file)?;
    let place = match xmp(&chunks)? {
        Some(chunk) => chunk.place.clone(),
        None => {
            let end = chunks[0].place.end;
            end..end
        }
    };
    // Not packed, in no language.
    let hashed = [TEXT, KEYWORD, &[0, 0, 0, 0], packet].concat();
    let length = u32::try_from(hashed.len() - TEXT.len())?;
    Ok([
        &file[..place.start],
        &length.to_be_bytes(),
        &hashed,
        &crc32fast::hash(&hashed).to_be_bytes(),
        &file[place.end..],
    ]
    .concat())
}

/// The chunks that are no packet of XMP, and what follows the last one.
pub(super) fn without_xmp(file: &[u8]) -> Result<Vec<&[u8]>> {
    let chunks = chunks(file)?;
    let end = chunks.last().map_or(SIGNATURE, |chunk| chunk.place.end);
    let others = chunks.iter().filter(|chunk| !chunk.is_xmp());
    Ok(others
        .map(|chunk| &file[chunk.place.clone()])
        .chain([&file[end..]])
        .collect())
}
