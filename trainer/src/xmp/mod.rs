//! Descriptions of photos where photo libraries look for them: XMP in the photo's file, or in a file beside it.
//!
//! | written | property |
//! |---|---|
//! | the caption, as `x-default` and in its language | `dc:description` |
//! | the same, where asked for | `Iptc4xmpCore:AltTextAccessibility` |
//! | that a machine wrote it, and how sure it was | `photoshop:CaptionWriter` |
//!
//! The latter is IPTC's "Description Writer": who wrote the description, as others than `xmp:CreatorTool` and
//! `Iptc4xmpExt:DigitalSourceType`, which are about the picture.

mod container;
mod described;
mod iptc;
mod packet;
mod tiff_fields;
mod write;

pub use described::described;
pub use write::{SidecarName, Target, embedded};
pub(crate) use write::{embed, write_sidecar};

/// What is said of a photo.
#[derive(Clone, Debug)]
pub struct Description {
    /// The sentence.
    pub text: String,
    /// Its language, a tag of BCP 47.
    pub language: String,
    /// Who wrote it.
    pub writer: String,
    /// Whether it is the text for those who do not see, too.
    pub alt_text: bool,
}
