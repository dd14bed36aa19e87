//! The choice of a device on the command line.

use std::str::FromStr;

/// A device by its name on the command line: `cpu`, `gpu`, `gpu:1`, `gpu:discrete`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceChoice {
    /// burn-flex, on all cores.
    Cpu,
    /// burn-wgpu: Vulkan, Metal, DirectX 12 or OpenGL.
    Gpu(GpuChoice),
}

/// Which of the graphics adapters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GpuChoice {
    /// The first that is no software.
    First,
    /// By its number in the list of `glimpse devices`.
    Number(usize),
    /// The first of a kind.
    Kind(AdapterKind),
}

/// What an adapter is, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdapterKind {
    /// With memory of its own.
    Discrete,
    /// A part of the processor's chip.
    Integrated,
    /// A virtual machine's.
    Virtual,
    /// Its driver does not say.
    Other,
    /// A program on the CPU, slower than burn-flex: lavapipe, llvmpipe, WARP.
    Software,
}

impl AdapterKind {
    const ALL: [Self; 5] = [
        Self::Discrete,
        Self::Integrated,
        Self::Virtual,
        Self::Other,
        Self::Software,
    ];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Discrete => "discrete",
            Self::Integrated => "integrated",
            Self::Virtual => "virtual",
            Self::Other => "other",
            Self::Software => "software",
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let gpu = match text.split_once(':') {
            None if text == "cpu" => return Ok(Self::Cpu),
            None if text == "gpu" => Some(GpuChoice::First),
            Some(("gpu", which)) => AdapterKind::ALL
                .into_iter()
                .find(|kind| kind.name() == which)
                .map(GpuChoice::Kind)
                .or_else(|| which.parse().ok().map(GpuChoice::Number)),
            _ => None,
        };
        gpu.map(Self::Gpu).ok_or_else(|| {
            format!(
                "devices are cpu, gpu, gpu:NUMBER as `glimpse devices` lists them, and gpu:KIND, where kinds are {}",
                AdapterKind::ALL.map(AdapterKind::name).join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_named_by_number_or_kind() {
        let gpu = |choice| Ok(DeviceChoice::Gpu(choice));
        assert_eq!("cpu".parse(), Ok(DeviceChoice::Cpu));
        assert_eq!("gpu".parse(), gpu(GpuChoice::First));
        assert_eq!("gpu:1".parse(), gpu(GpuChoice::Number(1)));
        for kind in AdapterKind::ALL {
            let named = format!("gpu:{}", kind.name()).parse();
            assert_eq!(named, gpu(GpuChoice::Kind(kind)));
        }
        for wrong in ["", "tpu", "gpu:", "gpu:-1", "gpu:fast", "cpu:0", "gpu:0:1"] {
            let refusal = wrong.parse::<DeviceChoice>().unwrap_err();
            assert!(refusal.contains("gpu:NUMBER"), "{wrong}: {refusal}");
        }
    }
}
