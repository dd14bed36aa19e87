//! The tensors of a layer in a file of weights.

/// What they are called after the layer's name.
pub(in crate::encoder_weights) struct Fields {
    /// The weight of a convolution.
    pub(in crate::encoder_weights) kernel: &'static str,
    /// Whether it is `[rows, columns, inputs, outputs]`, and not `[outputs, inputs, rows, columns]`.
    pub(in crate::encoder_weights) outputs_last: bool,
    /// γ of a batch norm, where it has one; without, it is 1.
    pub(in crate::encoder_weights) gamma: Option<&'static str>,
    /// Its β.
    pub(in crate::encoder_weights) beta: &'static str,
    /// The mean of the layer before it.
    pub(in crate::encoder_weights) mean: &'static str,
    /// The variance of the layer before it.
    pub(in crate::encoder_weights) variance: &'static str,
}

/// PyTorch's, in which torchvision and timm write.
pub(super) const PYTORCH: Fields = Fields {
    kernel: ".weight",
    outputs_last: false,
    gamma: Some(".weight"),
    beta: ".bias",
    mean: ".running_mean",
    variance: ".running_var",
};

/// Keras 3's, in a .weights.h5: the variables of a layer in their order.
pub(super) const KERAS: Fields = Fields {
    kernel: "/vars/0",
    outputs_last: true,
    gamma: None,
    beta: "/vars/0",
    mean: "/vars/1",
    variance: "/vars/2",
};

/// Those of Keras' other files.
pub(super) const LEGACY_KERAS: Fields = Fields {
    kernel: "/kernel",
    outputs_last: true,
    gamma: None,
    beta: "/beta",
    mean: "/moving_mean",
    variance: "/moving_variance",
};
