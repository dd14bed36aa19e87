//! The two WebAssembly modules, from source to what a page can load.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::ValueEnum;
use wasm_bindgen_cli_support::Bindgen;

use crate::wasm_target::{TARGET, Toolchain};
use crate::workspace::Workspace;
use crate::{build_progress, command};

/// What the model computes on in the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Backend {
    /// WebAssembly with SIMD instructions.
    Cpu,
    /// WebGPU.
    Gpu,
}

impl Backend {
    /// The cargo feature, and the folder below `runtime/`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Gpu => "gpu",
        }
    }
}

/// The module's file in its folder.
const MODULE: &str = "glimpse_bg.wasm";

/// One build of the crate `web-runtime`.
pub(crate) struct WebBuild {
    pub(crate) backend: Backend,
    rustflags: &'static str,
    opt_level: &'static str,
}

/// Both builds. Each has a target directory of its own: cargo gives both modules the same file name, and would not
/// notice that one had overwritten the other.
pub(crate) const BUILDS: [WebBuild; 2] = [
    // Does the arithmetic itself: fast code matters more than little code.
    WebBuild {
        backend: Backend::Cpu,
        rustflags: "-Ctarget-feature=+simd128",
        opt_level: "3",
    },
    // Hands the arithmetic to the GPU, and is seven times as large: little code matters more.
    WebBuild {
        backend: Backend::Gpu,
        rustflags: "",
        opt_level: "s",
    },
];

impl WebBuild {
    /// Where wasm-bindgen leaves the module and its JavaScript.
    pub(crate) fn bindings(&self, workspace: &Workspace) -> PathBuf {
        workspace.web_target(self.backend.name()).join("bindings")
    }

    /// Compiles the module, or an example of its crate.
    fn compile(
        &self,
        workspace: &Workspace,
        toolchain: Toolchain,
        example: Option<&str>,
    ) -> Result<PathBuf> {
        let target = workspace.web_target(self.backend.name());
        let cargo = || {
            let mut cargo = toolchain.cargo(workspace);
            cargo
                .env("CARGO_TARGET_DIR", &target)
                .env("CARGO_PROFILE_WASM_OPT_LEVEL", self.opt_level)
                // Whatever the user sets for native code would be wrong here.
                .env_remove("CARGO_ENCODED_RUSTFLAGS")
                .env("RUSTFLAGS", self.rustflags);
            cargo
        };

        // Two clones may share one target directory. Cargo would take the module that the other left for this one's.
        let note = target.join("built-from");
        let root = workspace.root.to_string_lossy();
        if fs::read_to_string(&note).is_ok_and(|other| other != root) {
            command::run(cargo().args([
                "clean",
                "--package",
                "web-runtime",
                "--profile",
                "wasm",
                "--target",
                TARGET,
            ]))?;
        }
        fs::create_dir_all(&target)
            .with_context(|| format!("cannot create {}", target.display()))?;
        fs::write(&note, root.as_bytes())
            .with_context(|| format!("cannot write {}", note.display()))?;

        let mut build = cargo();
        build.args([
            "build",
            "--package",
            "web-runtime",
            "--no-default-features",
            "--features",
            self.backend.name(),
            "--profile",
            "wasm",
            "--target",
            TARGET,
            "--locked",
        ]);
        if let Some(example) = example {
            build.args(["--example", example]);
        }
        match self.backend {
            Backend::Cpu => build_progress::run(&mut build)?,
            Backend::Gpu => command::run(&mut build)?,
        }
        let modules = target.join(TARGET).join("wasm");
        Ok(match example {
            Some(example) => modules.join("examples").join(format!("{example}.wasm")),
            None => modules.join("web_runtime.wasm"),
        })
    }

    /// Writes the JavaScript that loads the module, and the module as that JavaScript wants it.
    fn bind(module: &Path, folder: &Path) -> Result<()> {
        if is_newer(&folder.join(MODULE), module) {
            return Ok(());
        }
        eprintln!("$ wasm-bindgen {}", module.display());
        // Snippets of an earlier build must not stay.
        if folder.exists() {
            fs::remove_dir_all(folder)
                .with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        Bindgen::new()
            .input_path(module)
            .out_name("glimpse")
            .web(true)?
            .typescript(false)
            .remove_name_section(true)
            .remove_producers_section(true)
            .generate(folder)
            .with_context(|| format!("wasm-bindgen failed on {}", module.display()))
    }
}

/// The builds that the CPU's module, just built, goes with: those that were made after it. An older one may be of
/// other sources.
pub(crate) fn builds_beside_cpu(workspace: &Workspace) -> &'static [WebBuild] {
    let [cpu, gpu] = &BUILDS;
    let module = |build: &WebBuild| build.bindings(workspace).join(MODULE);
    if is_newer(&module(gpu), &module(cpu)) {
        &BUILDS
    } else {
        &BUILDS[..1]
    }
}

/// Builds the CPU's module with a function that panics, for the browser's tests, and returns its folder.
pub(crate) fn build_panicking(workspace: &Workspace) -> Result<PathBuf> {
    let toolchain = Toolchain::ready(workspace)?;
    let [cpu, _] = &BUILDS;
    let module = cpu.compile(workspace, toolchain, Some("panicking"))?;
    let folder = workspace
        .web_target(cpu.backend.name())
        .join("panicking-bindings");
    WebBuild::bind(&module, &folder)?;
    Ok(folder)
}

/// Builds both modules, or one.
pub(crate) fn build(workspace: &Workspace, only: Option<Backend>) -> Result<()> {
    let toolchain = Toolchain::ready(workspace)?;
    let wanted = |build: &&WebBuild| only.is_none_or(|only| only == build.backend);
    for build in BUILDS.iter().filter(wanted) {
        let module = build.compile(workspace, toolchain, None)?;
        WebBuild::bind(&module, &build.bindings(workspace))?;
    }
    Ok(())
}

fn is_newer(made: &Path, source: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|metadata| metadata.modified());
    matches!((modified(made), modified(source)), (Ok(made), Ok(source)) if made > source)
}
