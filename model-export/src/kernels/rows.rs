//! What becomes of products of matrices, and where they are written.

/// What becomes of the products.
#[derive(Clone, Copy)]
pub(crate) enum After<'a> {
    Nothing,
    Relu6,
    /// A map `[position, output]` is added.
    Add(&'a [f32]),
}

/// Where rows of positions are written.
pub(crate) struct Rows<'a> {
    pub(crate) values: &'a mut [f32],
    /// Positions of a row.
    pub(crate) columns: usize,
    /// Values from the beginning of one row to that of the next.
    pub(crate) stride: usize,
}
