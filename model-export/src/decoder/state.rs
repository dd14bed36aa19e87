//! Rows of a batch, as searches keep and drop them.

use std::cell::OnceCell;

use burn::tensor::{Device, Int, Tensor, TensorData};

/// The rows of a batch to keep, in this order; a row may be taken several times.
pub(super) struct Rows<'a> {
    rows: &'a [usize],
    device: &'a Device,
    indices: OnceCell<Tensor<1, Int>>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(rows: &'a [usize], device: &'a Device) -> Self {
        Self {
            rows,
            device,
            indices: OnceCell::new(),
        }
    }

    /// These rows of a tensor. Nothing is copied where they are all of its rows in their order.
    pub(super) fn of<const D: usize>(&self, tensor: &mut Tensor<D>) {
        let all = tensor.dims()[0];
        if self.rows.iter().copied().eq(0..all) {
            return;
        }
        let indices = self.indices.get_or_init(|| {
            let rows: Vec<i32> = self.rows.iter().map(|&row| row as i32).collect();
            let count = rows.len();
            Tensor::from_data(TensorData::new(rows, [count]), self.device)
        });
        *tensor = tensor.clone().select(0, indices.clone());
    }
}
