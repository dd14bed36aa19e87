//! Which of a table's columns are read.

use anyhow::{Result, bail, ensure};
use parquet::basic::Type;
use parquet::schema::types::SchemaDescriptor;

use crate::data::image_folder::{TEXTS, is_text_column};

/// What a column of photos is called where there are several of its kind.
const PHOTOS: [&str; 8] = [
    "image", "img", "photo", "picture", "jpg", "jpeg", "png", "webp",
];
/// The text of a caption among other things that are said of it: Karpathy's name.
const RAW: &str = "raw";

/// The columns that are read, by their indices among the schema's leaves.
pub(super) struct Columns {
    /// Photos' bytes.
    pub(super) bytes: Option<usize>,
    /// Photos' paths.
    pub(super) path: Option<usize>,
    /// Their captions, all of them.
    pub(super) captions: Vec<usize>,
    /// The names of those that are not read.
    pub(super) others: Vec<String>,
}

/// A column of texts or bytes, or such a part of one.
struct Leaf<'a> {
    index: usize,
    parts: &'a [String],
    /// Whether a row may have several.
    is_list: bool,
}

impl Leaf<'_> {
    fn column(&self) -> &str {
        self.parts.first().map_or("", String::as_str)
    }

    /// Whether it is a part of a struct, and which.
    fn is_part(&self, name: &str) -> bool {
        !self.is_list && matches!(self.parts, [_, part] if part == name)
    }
}

impl Columns {
    /// # Errors
    /// When there is no column of photos or none of captions, or it cannot be told which of several is.
    pub(super) fn of(schema: &SchemaDescriptor) -> Result<Self> {
        let names = schema.root_schema().get_fields().iter();
        let names: Vec<_> = names.map(|field| field.name().to_owned()).collect();
        let leaves: Vec<_> = (schema.columns().iter().enumerate())
            .filter(|(_, leaf)| leaf.physical_type() == Type::BYTE_ARRAY)
            .map(|(index, leaf)| Leaf {
                index,
                parts: leaf.path().parts(),
                is_list: leaf.max_rep_level() > 0,
            })
            .collect();
        let photo = photo_column(&leaves, &names)?;
        let part = |part: &str| {
            let mut parts = leaves.iter().filter(|leaf| leaf.column() == photo);
            parts.find(|leaf| leaf.is_part(part)).map(|leaf| leaf.index)
        };
        let mut captions = Vec::new();
        let mut others = Vec::new();
        for name in names.iter().filter(|name| *name != photo) {
            let found = match is_text_column(name) {
                true => caption_leaf(name, &leaves)?,
                false => None,
            };
            match found {
                Some(leaf) => captions.push(leaf),
                None => others.push(name.clone()),
            }
        }
        ensure!(
            !captions.is_empty(),
            "it has no column of captions, called one of {TEXTS:?}, but the columns {}",
            names.join(", ")
        );
        Ok(Self {
            bytes: part("bytes"),
            path: part("path"),
            captions,
            others,
        })
    }
}

/// The column of photos.
fn photo_column<'a>(leaves: &[Leaf<'a>], names: &'a [String]) -> Result<&'a str> {
    let is_one = |name: &&String| {
        let mut parts = leaves.iter().filter(|leaf| leaf.column() == **name);
        parts.any(|leaf| leaf.is_part("bytes") || leaf.is_part("path"))
    };
    let found: Vec<_> = names.iter().filter(is_one).collect();
    let called_so = PHOTOS
        .iter()
        .find_map(|photo| found.iter().find(|name| name.to_lowercase() == *photo));
    match (called_so, found.as_slice()) {
        (Some(name), _) | (None, [name]) => Ok(name),
        (None, []) => bail!(
            "it has no column of photos, a struct of `bytes` and `path`, but the columns {}",
            names.join(", ")
        ),
        (None, several) => bail!(
            "{several:?} may all be the photos: call the column that is {:?}",
            PHOTOS[0]
        ),
    }
}

/// The part of a column that is the caption, if any is text.
fn caption_leaf(name: &str, leaves: &[Leaf]) -> Result<Option<usize>> {
    let parts: Vec<_> = leaves.iter().filter(|leaf| leaf.column() == name).collect();
    if let [] | [_] = parts.as_slice() {
        return Ok(parts.first().map(|leaf| leaf.index));
    }
    let is_text = |part: &String| part == RAW || is_text_column(part);
    let texts: Vec<_> = parts
        .iter()
        .filter(|leaf| leaf.parts[1..].iter().any(is_text))
        .collect();
    match texts.as_slice() {
        [leaf] => Ok(Some(leaf.index)),
        _ => {
            let parts: Vec<_> = parts.iter().map(|leaf| leaf.parts.join(".")).collect();
            bail!(
                "the captions may be any of {}: call the part that is {RAW:?}",
                parts.join(", ")
            )
        }
    }
}
