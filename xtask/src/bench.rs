//! Benchmarks of the page: figures of this machine, and ratios to another runtime's. No test, for machines are noisy.

use std::process::Command;

use anyhow::{Result, ensure};
use clap::Subcommand;

use crate::browser_tools::BrowserTools;
use crate::wasm_target::Toolchain;
use crate::web_build::Backend;
use crate::workspace::Workspace;
use crate::{command, server, site};

/// What is measured.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum Benchmark {
    /// Captions on the CPU beside ONNX Runtime Web's with the same weights, and a first visit.
    Browser {
        /// Take the page and the command as the last build left them.
        #[arg(long)]
        no_build: bool,
    },
}

/// The scripts, below the browser tests' folder.
const SCRIPTS: [&str; 2] = ["onnx-runtime.js", "first-caption.js"];

/// Builds what is measured, and prints what the scripts find.
pub(crate) fn run(workspace: &Workspace, benchmark: Benchmark) -> Result<()> {
    let Benchmark::Browser { no_build } = benchmark;
    if !no_build {
        Toolchain::ready(workspace)?;
        let mut cargo = command::cargo(&workspace.root);
        command::run(cargo.args(["build", "--release", "--locked", "--package", "trainer"]))?;
        site::build(workspace, Some(Backend::Cpu))?;
    }
    let tools = BrowserTools::ready(workspace)?;
    let glimpse = workspace.glimpse_binary();
    ensure!(
        glimpse.is_file(),
        "there is no {}: leave --no-build out",
        glimpse.display()
    );

    let twin = workspace.target.join("onnx-twin");
    let mut export = Command::new(glimpse);
    export
        .arg("export")
        .arg("--model")
        .arg(workspace.page_models().join("glimpse.safetensors"))
        .arg("--onnx")
        .arg(&twin);
    command::run(&mut export)?;

    let address = server::serve_aside(&workspace.site())?;
    for script in SCRIPTS {
        let mut node = Command::new(&tools.node);
        node.arg(workspace.browser_tests().join("benchmarks").join(script))
            .env("GLIMPSE_SITE_URL", &address)
            .env("GLIMPSE_ONNX", &twin)
            .env("CHROMIUM", &tools.chromium);
        command::run(&mut node)?;
    }
    Ok(())
}
