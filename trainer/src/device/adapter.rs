//! The graphics adapters of this machine, as wgpu tells of them.

use anyhow::{Context, Result, anyhow, bail};
use burn::tensor::wgpu::WgpuBackend;
use burn::tensor::{Device, DeviceKind};

use super::OpenDevice;
use super::choice::{AdapterKind, GpuChoice};

/// The interfaces that burn-wgpu can be told to use, best first.
const INTERFACES: [(wgpu::Backend, WgpuBackend); 4] = [
    (wgpu::Backend::Vulkan, WgpuBackend::Vulkan),
    (wgpu::Backend::Metal, WgpuBackend::Metal),
    (wgpu::Backend::Dx12, WgpuBackend::Dx12),
    (wgpu::Backend::Gl, WgpuBackend::Gl),
];

/// A graphics adapter by one of its interfaces.
struct Adapter {
    kind: AdapterKind,
    /// Which of its kind it is on its interface.
    index: usize,
    interface: WgpuBackend,
    info: wgpu::AdapterInfo,
    /// In bytes.
    largest_buffer: u64,
    /// Whether it computes in f16. By its interfaces none computes in bf16.
    has_f16: bool,
}

impl Adapter {
    /// What burn-wgpu calls it.
    fn device_kind(&self) -> DeviceKind {
        match self.kind {
            AdapterKind::Discrete => DeviceKind::DiscreteGpu(self.index),
            AdapterKind::Integrated => DeviceKind::IntegratedGpu(self.index),
            AdapterKind::Virtual => DeviceKind::VirtualGpu(self.index),
            AdapterKind::Software => DeviceKind::Cpu,
            // burn has no name for it; its interface is named.
            AdapterKind::Other => DeviceKind::DefaultDevice,
        }
    }

    fn driver(&self) -> String {
        let wgpu::AdapterInfo {
            driver,
            driver_info,
            ..
        } = &self.info;
        format!("{driver} {driver_info}").trim().to_owned()
    }

    fn open(&self) -> Result<OpenDevice> {
        let options = Device::wgpu_options()
            .device_kind(self.device_kind())
            .graphics_api(self.interface);
        let name = &self.info.name;
        let device = options.init().map_err(|error| {
            anyhow!(
                "the GPU cannot be used ({name}: {error}); use --device cpu, or check the driver"
            )
        })?;
        let name = format!(
            "gpu, {name} ({}, {:?}, {})",
            self.kind.name(),
            self.interface,
            self.driver()
        );
        Ok(OpenDevice { device, name })
    }
}

/// The device of a choice.
///
/// # Errors
/// Where there is none, or it cannot compute.
pub(super) fn open(choice: GpuChoice) -> Result<OpenDevice> {
    let adapters = adapters();
    let first = adapters
        .first()
        .context("the GPU cannot be used (there is no Vulkan, Metal, DirectX 12 or OpenGL driver with an adapter); use --device cpu")?;
    let of_kind = |kind| adapters.iter().find(|adapter| adapter.kind == kind);
    let chosen = match choice {
        GpuChoice::First if first.kind == AdapterKind::Software => bail!(
            "the GPU cannot be used ({} is the only one, and a program that runs on the CPU); use --device cpu, which is \
             faster, or name it: --device gpu:software",
            first.info.name
        ),
        GpuChoice::First => Some(first),
        GpuChoice::Number(number) => adapters.get(number),
        GpuChoice::Kind(kind) => of_kind(kind),
    };
    chosen
        .context("the GPU cannot be used (there is no such one); `glimpse devices` lists those that there are")?
        .open()
}

/// A row of the table for each adapter.
pub(super) fn rows() -> Vec<Vec<String>> {
    let row = |(number, adapter): (usize, &Adapter)| {
        vec![
            format!("gpu:{number}"),
            adapter.info.name.clone(),
            adapter.kind.name().to_owned(),
            format!("{:?}", adapter.interface),
            adapter.driver(),
            format!("{} MB", adapter.largest_buffer / 1_000_000),
            if adapter.has_f16 { "f32, f16" } else { "f32" }.to_owned(),
        ]
    };
    adapters().iter().enumerate().map(row).collect()
}

/// All of them, best first. One that has several interfaces is there as often.
fn adapters() -> Vec<Adapter> {
    let mut found: Vec<Adapter> = Vec::new();
    for (backend, interface) in INTERFACES {
        if !wgpu::Instance::enabled_backend_features().contains(backend.into()) {
            continue;
        }
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: backend.into(),
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        for adapter in pollster::block_on(instance.enumerate_adapters(backend.into())) {
            let info = adapter.get_info();
            let kind = kind(info.device_type);
            let earlier = |other: &&Adapter| other.interface == interface && other.kind == kind;
            let index = found.iter().filter(earlier).count();
            // burn has no numbers for these: only an interface's first can be opened.
            if matches!(kind, AdapterKind::Other | AdapterKind::Software) && index > 0 {
                continue;
            }
            found.push(Adapter {
                kind,
                index,
                interface,
                info,
                largest_buffer: adapter.limits().max_buffer_size,
                has_f16: adapter.features().contains(wgpu::Features::SHADER_F16),
            });
        }
    }
    found.sort_by_key(|adapter| adapter.kind);
    found
}

fn kind(device_type: wgpu::DeviceType) -> AdapterKind {
    match device_type {
        wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
        wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
        wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
        wgpu::DeviceType::Cpu => AdapterKind::Software,
        wgpu::DeviceType::Other => AdapterKind::Other,
    }
}
