//! Descriptions written: into a photo's file, or into one beside it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

use super::Description;
use super::container::Container;
use super::packet::{self, Packet, Property};
use crate::files::{self, Stamp};

/// Where descriptions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// Into a file beside the photo, which stays as it is.
    Sidecar,
    /// Into the photo's file.
    Embed,
}

/// What the file beside a photo is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SidecarName {
    /// As Immich, digiKam and darktable call it.
    #[value(name = "IMG.jpg.xmp")]
    Photo,
    /// As Adobe's programs call it.
    #[value(name = "IMG.xmp")]
    Stem,
}

impl SidecarName {
    /// The path of a photo's sidecar.
    pub fn of(self, photo: &Path) -> PathBuf {
        match self {
            Self::Photo => photo.with_added_extension("xmp"),
            Self::Stem => photo.with_extension("xmp"),
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Photo => Self::Stem,
            Self::Stem => Self::Photo,
        }
    }
}

/// The bytes of a sidecar, if there is one.
///
/// # Errors
/// When it cannot be read.
pub(super) fn read_sidecar(path: &Path) -> Result<Option<Vec<u8>>> {
    match Stamp::of(path)? {
        Some(_) => files::read(path).map(Some),
        None => Ok(None),
    }
}

/// Writes a description into the file beside a photo. What else that says stays.
///
/// # Errors
/// When the file beside it is damaged, has the other name, or cannot be written.
pub(crate) fn write_sidecar(
    photo: &Path,
    name: SidecarName,
    description: &Description,
    replace: bool,
) -> Result<()> {
    let path = name.of(photo);
    let before = Stamp::of(&path)?;
    let old = read_sidecar(&path)?;
    if old.is_none() {
        let other = name.other().of(photo);
        ensure!(
            Stamp::of(&other)?.is_none(),
            "{} is there already, and a second one would hide what it says: --sidecar-name {} writes into it",
            other.display(),
            name.other()
                .to_possible_value()
                .map_or(String::new(), |value| value.get_name().to_owned())
        );
    }
    let new = match &old {
        Some(old) => {
            let packet = Packet::read(old).with_context(|| path.display().to_string())?;
            packet.with(description, replace)
        }
        None => packet::new(description) + "\n",
    };
    files::rewrite(&path, new.as_bytes(), before, |written| {
        ensure!(written == new.as_bytes(), "the disk holds something else");
        verify(written, description)
    })
}

/// Writes a description into a photo's file. What else that says, and the picture, stay as they are.
///
/// # Errors
/// When the file is not as its format wants it, was changed since `before`, or cannot be written.
pub(crate) fn embed(
    photo: &Path,
    before: Stamp,
    description: &Description,
    replace: bool,
) -> Result<()> {
    let old = files::read(photo)?;
    let new = embedded(&old, description, replace).with_context(|| photo.display().to_string())?;
    files::rewrite(photo, &new, Some(before), |written| {
        ensure!(written == new, "the disk holds something else");
        let container = Container::of(written)?;
        ensure!(
            container.is_same_but_xmp(&old, written)?,
            "something else than its description would change"
        );
        let packet = container.metadata(written)?.xmp;
        verify(&packet.context("it would have no XMP")?, description)
    })
}

/// A photo's file with a description in place of its own one, if it has one in XMP. An alternative text that it has stays,
/// unless that is to be replaced too.
///
/// # Errors
/// When the file is not as its format wants it, its XMP is damaged, or there is no room for it.
pub fn embedded(file: &[u8], description: &Description, replace: bool) -> Result<Vec<u8>> {
    let container = Container::of(file)?;
    let metadata = container.metadata(file)?;
    if let Some(extended) = &metadata.extended_xmp {
        ensure!(
            !Packet::read(extended)?.has_description(),
            "its description is in its extended XMP, which is not written"
        );
    }
    let packet = match &metadata.xmp {
        Some(packet) => Packet::read(packet)?.with(description, replace),
        None => packet::new(description),
    };
    container.with_xmp(file, &packet)
}

/// Whether a packet says what it should.
fn verify(packet: &[u8], description: &Description) -> Result<()> {
    let packet = Packet::read(packet)?;
    let Description {
        text,
        language,
        writer,
        ..
    } = description;
    let texts = [
        (Some("x-default"), text.as_str()),
        (Some(language.as_str()), text.as_str()),
    ];
    let is_said = packet.texts(Property::Description) == texts
        && packet.texts(Property::CaptionWriter) == [(None, writer.as_str())];
    ensure!(is_said, "it would say something else");
    Ok(())
}
