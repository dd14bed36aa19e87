//! Scores of captions against references, as the field computes them.

mod cider;

pub(crate) use cider::CiderD;
