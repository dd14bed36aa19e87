//! Captioned photos on disk, in the layouts that people have.

#[cfg(test)]
mod any_bytes;
mod builder;
mod captions;
mod captions_by_photo;
mod coco;
pub(crate) mod conceptual_captions;
mod contact_sheet;
mod dataset;
mod defects;
mod diet;
mod evaluation_set;
mod flickr30k;
mod flickr8k;
mod format;
mod image_folder;
mod journal;
pub(crate) mod json;
mod karpathy;
mod names;
mod parquet;
mod photo_id;
mod photos;
mod report;
mod shards;
mod split;
mod table;
mod terms;
pub(crate) mod text;
mod web_dataset;

pub use captions::Captions;
pub use contact_sheet::draw as draw_contact_sheet;
pub use dataset::{CaptionedPhoto, Dataset, HOLD_OUT};
pub use diet::Serving;
pub(crate) use diet::{Diet, DietSet, DietSize};
pub use evaluation_set::{EvaluationSet, FolderOptions};
pub use format::Format;
pub use journal::Journal;
pub use photo_id::PhotoId;
pub(crate) use photos::{PhotoSource, Stamp};
pub use split::Split;
pub(crate) use terms::terms;
