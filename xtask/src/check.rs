//! Formatting, licences, lints and documentation: whatever can be found without running anything.

use std::process::Command;

use anyhow::{Result, bail};

use crate::workspace::Workspace;
use crate::{command, licences};

/// The browser's crate cannot be built without choosing one of its backends.
pub(crate) const FEATURES: [&str; 2] = ["--features", "web-runtime/cpu"];

/// Runs all checks, the cheapest first.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    require(workspace, "fmt", "rustfmt")?;
    require(workspace, "clippy", "clippy")?;
    let cargo = || command::cargo(&workspace.root);
    command::run(cargo().args(["fmt", "--all", "--check"]))?;
    licences::check(workspace)?;
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

fn require(workspace: &Workspace, subcommand: &str, component: &str) -> Result<()> {
    let mut version: Command = command::cargo(&workspace.root);
    if !command::works(version.args([subcommand, "--version"])) {
        bail!("`cargo {subcommand}` is missing: `rustup component add {component}` installs it");
    }
    Ok(())
}
