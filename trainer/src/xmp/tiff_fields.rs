//! The fields of a TIFF file's first picture (TIFF revision 6.0, section 2): EXIF data is a TIFF file too.

use anyhow::{Context, Result, bail, ensure};

/// What the picture shows, by whoever wrote it.
pub(super) const IMAGE_DESCRIPTION: u16 = 0x010E;
/// An XMP packet.
pub(super) const XMP: u16 = 700;
/// IPTC-IIM data.
pub(super) const IPTC: u16 = 33_723;
/// Photoshop's image resources.
pub(super) const PHOTOSHOP: u16 = 34_377;

const HEADER: usize = 8;
const ENTRY: usize = 12;

/// A directory of fields.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fields {
    /// Whether a number's most significant byte is its first.
    pub(super) is_big_endian: bool,
    /// As they stand in the file.
    pub(super) entries: Vec<[u8; ENTRY]>,
    /// Where the next picture's directory is.
    pub(super) next: [u8; 4],
}

impl Fields {
    /// Reads the first directory.
    ///
    /// # Errors
    /// When it is none, or leads out of the file.
    pub(super) fn read(file: &[u8]) -> Result<Self> {
        let is_big_endian = match file.first_chunk() {
            Some(b"II\x2A\0") => false,
            Some(b"MM\0\x2A") => true,
            Some(b"II\x2B\0" | b"MM\0\x2B") => bail!("it is a BigTIFF file"),
            _ => bail!("it has no TIFF header"),
        };
        let mut this = Self {
            is_big_endian,
            entries: Vec::new(),
            next: [0; 4],
        };
        let outside = "its fields lead out of the file";
        let at = this.long(file.get(4..HEADER).context(outside)?) as usize;
        let rest = file.get(at..).context(outside)?;
        let (count, rest) = rest.split_at_checked(2).context(outside)?;
        let count = usize::from(this.short(count));
        let (entries, rest) = rest.split_at_checked(count * ENTRY).context(outside)?;
        this.entries = entries.as_chunks().0.to_vec();
        // Of EXIF data the last four bytes may be missing.
        this.next = rest.first_chunk().copied().unwrap_or_default();
        Ok(this)
    }

    /// A field's bytes.
    pub(super) fn bytes<'a>(&'a self, file: &'a [u8], tag: u16) -> Option<&'a [u8]> {
        let entry = self.entries.iter().find(|entry| self.tag(entry) == tag)?;
        let size = match self.short(&entry[2..4]) {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => return None,
        };
        let length = (self.long(&entry[4..8]) as usize).checked_mul(size)?;
        if length <= 4 {
            return entry.get(8..8 + length);
        }
        let start = self.long(&entry[8..]) as usize;
        file.get(start..start.checked_add(length)?)
    }

    /// The file with a packet of XMP in place of its own one: packet and directory are put behind all that is there, and
    /// nothing but the header's pointer changes.
    ///
    /// # Errors
    /// When the file is no TIFF file, or becomes longer than such a file can be.
    pub(super) fn with_xmp(file: &[u8], packet: &[u8]) -> Result<Vec<u8>> {
        let mut this = Self::read(file)?;
        let mut new = file.to_vec();
        let append = |new: &mut Vec<u8>, bytes: &[u8]| -> Result<u32> {
            // Everything begins at an even byte.
            new.resize(new.len().next_multiple_of(2), 0);
            let at = u32::try_from(new.len());
            new.extend_from_slice(bytes);
            ensure!(
                new.len() <= u32::MAX as usize,
                "it would be longer than 4 GB, more than a TIFF file can be"
            );
            Ok(at?)
        };
        let at = append(&mut new, packet)?;
        let mut entry = [0; ENTRY];
        entry[..2].copy_from_slice(&this.short_bytes(XMP));
        entry[2..4].copy_from_slice(&this.short_bytes(1));
        entry[4..8].copy_from_slice(&this.long_bytes(u32::try_from(packet.len())?));
        entry[8..].copy_from_slice(&this.long_bytes(at));
        let mut entries: Vec<_> = this.others().copied().collect();
        let place = entries.partition_point(|other| this.tag(other) < XMP);
        entries.insert(place, entry);
        this.entries = entries;
        let count = u16::try_from(this.entries.len()).context("it has too many fields")?;
        let directory = [
            &this.short_bytes(count)[..],
            this.entries.as_flattened(),
            &this.next,
        ]
        .concat();
        let at = append(&mut new, &directory)?;
        new[4..HEADER].copy_from_slice(&this.long_bytes(at));
        Ok(new)
    }

    /// Whether a file differs from another one in its packet of XMP alone: what that had is there still, in its place.
    pub(super) fn is_same_but_xmp(old: &[u8], new: &[u8]) -> Result<bool> {
        let (before, after) = (Self::read(old)?, Self::read(new)?);
        Ok(new.get(HEADER..old.len()) == old.get(HEADER..)
            && before.is_big_endian == after.is_big_endian
            && before.next == after.next
            && before.others().eq(after.others()))
    }

    /// All fields but the packet of XMP.
    fn others(&self) -> impl Iterator<Item = &[u8; ENTRY]> {
        self.entries.iter().filter(|entry| self.tag(entry) != XMP)
    }

    fn tag(&self, entry: &[u8; ENTRY]) -> u16 {
        self.short(&entry[..2])
    }

    fn short(&self, bytes: &[u8]) -> u16 {
        let bytes = [bytes[0], bytes[1]];
        if self.is_big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        }
    }

    fn long(&self, bytes: &[u8]) -> u32 {
        let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
        if self.is_big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        }
    }

    fn short_bytes(&self, number: u16) -> [u8; 2] {
        if self.is_big_endian {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    }

    fn long_bytes(&self, number: u32) -> [u8; 4] {
        if self.is_big_endian {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    }
}
