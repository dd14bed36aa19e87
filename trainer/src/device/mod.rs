//! Where tensors live: the CPU, or a GPU through wgpu.

#[cfg(feature = "gpu")]
mod adapter;
mod choice;

use anyhow::Result;
use burn::tensor::Device;

pub use choice::{DeviceChoice, GpuChoice};

use crate::columns::columns;

/// A device that is ready for tensors, and what it is.
pub struct OpenDevice {
    /// The device.
    pub device: Device,
    /// Its name, kind and driver, for a run's record.
    pub name: String,
}

impl DeviceChoice {
    /// The device.
    ///
    /// # Errors
    /// Where there is no such graphics adapter, or none that can compute; a software adapter is taken only where it
    /// is named.
    pub fn open(self) -> Result<OpenDevice> {
        match self {
            Self::Cpu => Ok(OpenDevice {
                device: Device::flex(),
                name: "cpu, burn-flex".to_owned(),
            }),
            Self::Gpu(choice) => open_gpu(choice),
        }
    }
}

#[cfg(feature = "gpu")]
use adapter::open as open_gpu;

#[cfg(not(feature = "gpu"))]
fn open_gpu(_: GpuChoice) -> Result<OpenDevice> {
    anyhow::bail!(
        "the GPU cannot be used (this glimpse was built without its feature `gpu`); use --device cpu, or build \
         it with it: cargo install --locked --path trainer --features gpu"
    )
}

/// What `--device` can name on this machine, as a table.
pub fn table() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let heading = [
        "--device",
        "name",
        "kind",
        "interface",
        "driver",
        "largest buffer",
        "--precision",
    ];
    let cores = format!("{cores} cores");
    let precisions = "f32, f16, bf16";
    let cpu = ["cpu", "burn-flex", &cores, "", "", "", precisions];
    let mut lines = vec![
        heading.map(str::to_owned).to_vec(),
        cpu.map(str::to_owned).to_vec(),
    ];
    lines.extend(adapter_rows());
    columns(&lines)
}

#[cfg(feature = "gpu")]
use adapter::rows as adapter_rows;

#[cfg(not(feature = "gpu"))]
fn adapter_rows() -> Vec<Vec<String>> {
    Vec::new()
}
