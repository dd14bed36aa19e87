//! Formatting, licences, lints, types and documentation: whatever can be found without running anything.

use std::process::Command;

use anyhow::{Result, bail};

use crate::browser_tools::{BIOME, NodeTools, TYPESCRIPT};
use crate::workspace::Workspace;
use crate::{command, licences};

/// The browser's crate cannot be built without choosing one of its backends; the trainer with both of its own.
pub(crate) const FEATURES: [&str; 2] = ["--features", "web-runtime/cpu,trainer/gpu"];

/// Runs all checks, the cheapest first.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    require(workspace, "fmt", "rustfmt")?;
    require(workspace, "clippy", "clippy")?;
    let cargo = || command::cargo(&workspace.root);
    command::run(cargo().args(["fmt", "--all", "--check"]))?;
    licences::check(workspace)?;
    scripts(workspace)?;
    command::run(
        cargo()
            .args([
                "clippy",
                "--workspace",
                "--all-targets",
                "--release",
                "--locked",
            ])
            .args(FEATURES)
            .args(["--", "-D", "warnings"]),
    )?;
    command::run(
        cargo()
            .env("RUSTDOCFLAGS", "-D warnings")
            .args(["doc", "--workspace", "--no-deps", "--release", "--locked"])
            .args(FEATURES),
    )
}

/// The page's scripts and style sheets, and the scripts of its tests: how they are written, and what types the comments
/// promise.
fn scripts(workspace: &Workspace) -> Result<()> {
    let tools = NodeTools::ready(workspace)?;
    let run = |program: &str, arguments: &[&str]| {
        let mut program = tools.program(workspace, program);
        command::run(program.current_dir(&workspace.root).args(arguments))
    };
    run(BIOME, &["check", "--error-on-warnings"])?;
    for project in [
        "tsconfig.json",
        "tsconfig.sw.json",
        "tsconfig.extension.json",
    ] {
        run(TYPESCRIPT, &["--project", project])?;
    }
    Ok(())
}

fn require(workspace: &Workspace, subcommand: &str, component: &str) -> Result<()> {
    let mut version: Command = command::cargo(&workspace.root);
    if !command::works(version.args([subcommand, "--version"])) {
        bail!("`cargo {subcommand}` is missing: `rustup component add {component}` installs it");
    }
    Ok(())
}
