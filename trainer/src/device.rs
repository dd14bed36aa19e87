//! Where tensors live: the CPU, or the GPU through wgpu.

use std::panic;

use anyhow::{Result, anyhow};
use burn::tensor::{Device, DeviceKind, Tensor};
use clap::ValueEnum;

/// The choice on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeviceChoice {
    /// burn-flex, on all cores.
    Cpu,
    /// burn-wgpu: Vulkan, Metal or DirectX 12.
    Gpu,
}

impl DeviceChoice {
    /// The device, after a first computation has shown that it works.
    ///
    /// # Errors
    /// Where there is no usable graphics adapter.
    pub(crate) fn open(self) -> Result<Device> {
        match self {
            Self::Cpu => Ok(Device::flex()),
            Self::Gpu => gpu(),
        }
    }
}

fn gpu() -> Result<Device> {
    // wgpu's set-up panics where it finds no adapter. Its message is kept out of the terminal: the
    // error below says the same in one line.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let opened = panic::catch_unwind(|| {
        let device = Device::wgpu(DeviceKind::default());
        let probe = Tensor::<1>::ones([2], &device).sum().try_into_scalar::<f32>();
        (device, probe)
    });
    panic::set_hook(hook);
    match opened {
        Ok((device, Ok(2.0))) => Ok(device),
        Ok((_, result)) => Err(anyhow!(
            "the graphics adapter does not compute (1 + 1 gave {result:?}); use --device cpu"
        )),
        Err(_) => Err(anyhow!(
            "no graphics adapter was found (Vulkan, Metal or DirectX 12 driver); use --device cpu"
        )),
    }
}
