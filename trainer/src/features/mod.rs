//! Image features: the image network runs once over a data set, not once per epoch.

mod cache;
mod compute;
mod names;
mod view;

pub(crate) use cache::{FeatureCache, Key};
pub use compute::compute;
pub(crate) use view::View;
pub use view::Views;
