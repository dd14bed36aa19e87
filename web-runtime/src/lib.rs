//! The captioning model behind a small JavaScript interface.
//!
//! One crate, two wasm files: feature `cpu` computes with burn-flex and SIMD, feature `gpu` with
//! burn-wgpu on WebGPU. Both run the model of `model-export`; only the module `device` differs.

#[cfg(any(feature = "cpu", feature = "gpu"))]
pub mod captioner;
#[cfg(any(feature = "cpu", feature = "gpu"))]
mod convert;
#[cfg(any(feature = "cpu", feature = "gpu"))]
mod device;
#[cfg(any(feature = "cpu", feature = "gpu"))]
mod options;
