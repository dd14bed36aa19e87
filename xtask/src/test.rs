//! All tests: Rust's, then the page's in a real browser.

use std::process::Command;
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::ValueEnum;

use crate::browser_tools::BrowserTools;
use crate::wasm_target::Toolchain;
use crate::workspace::Workspace;
use crate::{command, exiftool, extension, package, server, site, web_build};

/// Half of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Half {
    /// Unit and integration tests of all crates.
    Rust,
    /// The page in a real browser.
    Browser,
}

/// Everything but the browser's crate, which has no native build, and this one: it is tested by itself, because
/// cargo would otherwise compile common dependencies anew for whichever features it adds to them.
pub(crate) const NATIVE: [&str; 9] = [
    "--release",
    "--locked",
    "--workspace",
    "--exclude",
    "web-runtime",
    "--exclude",
    "xtask",
    "--features",
    "trainer/gpu,trainer/ndarray",
];

/// The tests that hold the model against references; they run on burn's reference backend too.
const PARITY: [&str; 6] = [
    "--test",
    "encoder_parity",
    "--test",
    "decoder_parity",
    "--test",
    "generation",
];

/// Installs what the tests need and runs them.
pub(crate) fn test(workspace: &Workspace, only: Option<Half>) -> Result<()> {
    if only != Some(Half::Browser) {
        rust(workspace)?;
    }
    if only != Some(Half::Rust) {
        browser(workspace)?;
    }
    Ok(())
}

fn rust(workspace: &Workspace) -> Result<()> {
    exiftool::ready()?;
    let started = Instant::now();
    let cargo = || command::cargo(&workspace.root);
    command::run(cargo().args(["test", "--release", "--locked", "--package", "xtask"]))?;
    command::run(cargo().arg("test").args(NATIVE))?;
    let mut parity = cargo();
    parity.arg("test").args(NATIVE).args(PARITY);
    command::run(parity.env("GLIMPSE_TEST_BACKEND", "ndarray"))?;
    report("Rust tests", started);
    Ok(())
}

fn browser(workspace: &Workspace) -> Result<()> {
    // What may fail for want of something on this machine comes before the long builds.
    Toolchain::ready(workspace)?;
    let tools = BrowserTools::ready(workspace)?;

    let started = Instant::now();
    // With `--tests` cargo chooses the same features as for the Rust tests, and compiles nothing twice.
    let mut cargo = command::cargo(&workspace.root);
    command::run(cargo.arg("build").args(NATIVE).args(["--bins", "--tests"]))?;
    let glimpse = workspace.glimpse_binary();
    ensure!(glimpse.is_file(), "cargo left no {}", glimpse.display());
    site::build(workspace, None)?;
    let panicking = web_build::build_panicking(workspace)?;
    let package = package::package(workspace)?;
    let extension = extension::extension(workspace)?;
    report("browser builds", started);

    let started = Instant::now();
    let address = server::serve_aside(&workspace.site())?;
    let mut npm = Command::new(&tools.npm);
    npm.arg("test")
        .arg("--prefix")
        .arg(workspace.browser_tests())
        .env("GLIMPSE_SITE_URL", address)
        .env("GLIMPSE_BIN", glimpse)
        .env("GLIMPSE_PANICKING", panicking)
        .env("GLIMPSE_PACKAGE", package)
        .env("GLIMPSE_EXTENSION", extension)
        .env("CHROMIUM", &tools.chromium);
    if let Some(firefox) = &tools.firefox {
        npm.env("FIREFOX", firefox);
    }
    command::run(&mut npm)?;
    report("browser tests", started);
    Ok(())
}

fn report(what: &str, started: Instant) {
    eprintln!("{what}: {} s", started.elapsed().as_secs());
}
