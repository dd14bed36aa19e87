//! What numbers training computes with.

use anyhow::{Result, ensure};
use burn::tensor::FloatDType;
use clap::ValueEnum;
use model_export::decoder::DecoderConfig;
use serde::{Deserialize, Serialize};

use crate::device::OpenDevice;

/// What numbers training computes with. Weights, the optimiser's state and the loss are f32 whatever it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ComputePrecision {
    /// 32 bits.
    #[default]
    F32,
    /// 16 bits, 11 of them significant; gradients are scaled so that small ones are not lost.
    F16,
    /// 16 bits, 8 of them significant, with the range of f32.
    Bf16,
}

impl ComputePrecision {
    /// What the command line calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
        }
    }

    /// What burn calls it.
    pub(crate) fn dtype(self) -> FloatDType {
        match self {
            Self::F32 => FloatDType::F32,
            Self::F16 => FloatDType::F16,
            Self::Bf16 => FloatDType::BF16,
        }
    }

    /// # Errors
    /// When a decoder does not compute with it.
    pub(super) fn check(self, decoder: &DecoderConfig) -> Result<()> {
        ensure!(
            self == Self::F32 || matches!(decoder, DecoderConfig::Transformer(_)),
            "--precision {} is for a Transformer, not for a {} decoder: burn's recurrent layers compute in f32",
            self.name(),
            decoder.kind()
        );
        Ok(())
    }

    /// # Errors
    /// When a device does not compute with it; the message says with what it does.
    pub(crate) fn check_device(self, open: &OpenDevice) -> Result<()> {
        ensure!(
            open.device.supports_dtype(self.dtype()),
            "{} does not compute in {}: --precision can be {}",
            open.name,
            self.name(),
            Self::value_variants()
                .iter()
                .filter(|other| open.device.supports_dtype(other.dtype()))
                .map(|other| other.name())
                .collect::<Vec<_>>()
                .join(" or ")
        );
        Ok(())
    }
}
