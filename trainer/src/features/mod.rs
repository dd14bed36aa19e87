//! Image features: the image network runs once over a data set, not once per epoch.

mod cache;
mod compute;
mod content;
mod known_photos;
mod part;
mod row_key;
mod rows;
mod view;

pub(crate) use cache::{FeatureCache, Key};
pub(crate) use compute::complete;
pub use compute::compute;
pub(crate) use content::Content;
pub use part::Part;
pub(crate) use row_key::RowKey;
pub(crate) use view::View;
pub use view::Views;
