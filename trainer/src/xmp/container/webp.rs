//! WebP files (RFC 9649): XMP is in a chunk of its own, which the header of the extended format announces.

use anyhow::{Context, Result, bail, ensure};

use super::Metadata;

const HEADER: usize = 12;
const EXTENDED: &[u8; 4] = b"VP8X";
const XMP: &[u8; 4] = b"XMP ";

const HAS_ALPHA: u8 = 0x10;
const HAS_XMP: u8 = 0x04;

struct Chunk<'a> {
    name: [u8; 4],
    content: &'a [u8],
}

/// The chunks, and what follows them.
fn chunks(file: &[u8]) -> Result<(Vec<Chunk<'_>>, &[u8])> {
    let cut = "its WebP file ends before its last chunk";
    let size = u32::from_le_bytes(*file[4..].first_chunk().context(cut)?) as usize;
    let (whole, tail) = file.split_at_checked(8 + size).context(cut)?;
    let mut rest = whole.get(HEADER..).context(cut)?;
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_first_chunk().context(cut)?;
        let (length, after) = after.split_first_chunk().context(cut)?;
        let length = u32::from_le_bytes(*length) as usize;
        let content = after.get(..length).context(cut)?;
        // The last byte of padding is left out by some programs.
        rest = after.get(length.next_multiple_of(2)..).unwrap_or_default();
        chunks.push(Chunk {
            name: *name,
            content,
        });
    }
    ensure!(!chunks.is_empty(), "its WebP file holds nothing");
    Ok((chunks, tail))
}

fn xmp<'a, 'b>(chunks: &'b [Chunk<'a>]) -> Result<Option<&'b Chunk<'a>>> {
    let mut found = chunks.iter().filter(|chunk| chunk.name == *XMP);
    let first = found.next();
    ensure!(found.next().is_none(), "it has two packets of XMP");
    Ok(first)
}

pub(super) fn metadata(file: &[u8]) -> Result<Metadata<'_>> {
    let (chunks, _) = chunks(file)?;
    // Some programs write a JPEG file's name for it.
    let exif = chunks.iter().find(|chunk| chunk.name == *b"EXIF");
    let exif = exif.map(|chunk| {
        let content = chunk.content;
        content.strip_prefix(b"Exif\0\0").unwrap_or(content)
    });
    Ok(Metadata {
        xmp: xmp(&chunks)?.map(|chunk| chunk.content.to_vec()),
        exif,
        ..Metadata::default()
    })
}

pub(super) fn with_xmp(file: &[u8], packet: &[u8]) -> Result<Vec<u8>> {
    let (chunks, tail) = chunks(file)?;
    let mut header = match chunks.first() {
        Some(chunk) if chunk.name == *EXTENDED => chunk.content.to_vec(),
        Some(chunk) => extended_header(chunk)?.to_vec(),
        None => bail!("its WebP file holds nothing"),
    };
    *header.first_mut().context("its WebP header is too short")? |= HAS_XMP;
    let mut new = Vec::with_capacity(file.len() + packet.len() + 100);
    new.extend_from_slice(b"RIFF\0\0\0\0WEBP");
    push(&mut new, EXTENDED, &header)?;
    let has_xmp = xmp(&chunks)?.is_some();
    for chunk in chunks.iter().filter(|chunk| chunk.name != *EXTENDED) {
        let is_xmp = chunk.name == *XMP;
        push(
            &mut new,
            &chunk.name,
            if is_xmp { packet } else { chunk.content },
        )?;
    }
    if !has_xmp {
        push(&mut new, XMP, packet)?;
    }
    let size =
        u32::try_from(new.len() - 8).context("it would be longer than a WebP file can be")?;
    new[4..8].copy_from_slice(&size.to_le_bytes());
    new.extend_from_slice(tail);
    Ok(new)
}

fn push(file: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) -> Result<()> {
    file.extend_from_slice(name);
    file.extend_from_slice(&u32::try_from(content.len())?.to_le_bytes());
    file.extend_from_slice(content);
    file.resize(file.len().next_multiple_of(2), 0);
    Ok(())
}

/// The header of the extended format for a picture that had none.
fn extended_header(picture: &Chunk) -> Result<[u8; 10]> {
    let cut = "its WebP picture is too short";
    let (width, height, alpha) = match &picture.name {
        b"VP8 " => {
            let side = |at: usize| -> Result<u32> {
                let bytes = picture.content.get(at..).and_then(<[u8]>::first_chunk);
                Ok(u32::from(u16::from_le_bytes(*bytes.context(cut)?) & 0x3FFF))
            };
            (side(6)?, side(8)?, false)
        }
        b"VP8L" => {
            let bits = picture.content.get(1..).and_then(<[u8]>::first_chunk);
            let bits = u32::from_le_bytes(*bits.context(cut)?);
            let side = |bits: u32| (bits & 0x3FFF) + 1;
            (side(bits), side(bits >> 14), bits >> 28 & 1 == 1)
        }
        _ => bail!("its WebP file does not begin with a picture or its header"),
    };
    ensure!(width > 0 && height > 0, "its WebP picture has no size");
    let mut header = [0; 10];
    header[0] = if alpha { HAS_ALPHA } else { 0 };
    header[4..7].copy_from_slice(&(width - 1).to_le_bytes()[..3]);
    header[7..].copy_from_slice(&(height - 1).to_le_bytes()[..3]);
    Ok(header)
}

/// The chunks that are no packet of XMP, each behind its name, and what follows the last one. The extended format's header
/// says nothing of XMP, and stands before a picture that had none.
pub(super) fn without_xmp(file: &[u8]) -> Result<Vec<(Vec<u8>, &[u8])>> {
    let (chunks, tail) = chunks(file)?;
    let header = match chunks.first() {
        Some(chunk) if chunk.name == *EXTENDED => {
            let mut header = chunk.content.to_vec();
            if let Some(flags) = header.first_mut() {
                *flags &= !HAS_XMP;
            }
            header
        }
        Some(chunk) => extended_header(chunk)?.to_vec(),
        None => Vec::new(),
    };
    let others = chunks
        .iter()
        .filter(|chunk| chunk.name != *EXTENDED && chunk.name != *XMP);
    Ok([(header, &[][..])]
        .into_iter()
        .chain(others.map(|chunk| (chunk.name.to_vec(), chunk.content)))
        .chain([(Vec::new(), tail)])
        .collect())
}
