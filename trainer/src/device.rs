//! Where tensors live: the CPU, or the GPU through wgpu.

use anyhow::{Result, anyhow};
use burn::tensor::Device;
use clap::ValueEnum;

/// The choice on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DeviceChoice {
    /// burn-flex, on all cores.
    Cpu,
    /// burn-wgpu: Vulkan, Metal or DirectX 12.
    Gpu,
}

impl DeviceChoice {
    /// The device.
    ///
    /// # Errors
    /// Where there is no usable graphics adapter.
    pub fn open(self) -> Result<Device> {
        match self {
            Self::Cpu => Ok(Device::flex()),
            #[cfg(not(feature = "gpu"))]
            Self::Gpu => Err(anyhow!(
                "the GPU cannot be used (this glimpse was built without its feature `gpu`); use --device \
                 cpu, or build it with it: cargo install --locked --path trainer --features gpu"
            )),
            #[cfg(feature = "gpu")]
            Self::Gpu => Device::wgpu_options().init().map_err(|error| {
                anyhow!("the GPU cannot be used ({error}); use --device cpu, or check the driver")
            }),
        }
    }
}
