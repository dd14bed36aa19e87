//! A Rust toolchain that can compile to WebAssembly.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::workspace::{Workspace, on_path};
use crate::{command, debian};

/// The target's name.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// `rustup` downloads about 30 MB. Where it cannot reach its server it gives up at once; this is for a server that
/// never answers.
const DOWNLOAD_LIMIT: Duration = Duration::from_secs(300);

/// Where Debian's compiler is, and where `install-wasm-std.sh` leaves a note once the target is there.
const DEBIAN_PREFIX: &str = "/usr";
const DEBIAN_NOTE: &str = "lib/rustlib/wasm32-unknown-unknown/.built-for";

/// The toolchain that compiles to WebAssembly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The one that compiles everything else.
    Active,
    /// Debian's `rustc-web` and `cargo-web`, with a standard library made by `install-wasm-std.sh`.
    Debian,
}

impl Toolchain {
    /// Finds one, or else installs the target. Fast and silent when nothing is to be done.
    pub(crate) fn ready(workspace: &Workspace) -> Result<Self> {
        if active_sysroot(workspace).is_ok_and(|sysroot| has_target(&sysroot)) {
            return Ok(Self::Active);
        }
        if Path::new(DEBIAN_PREFIX).join(DEBIAN_NOTE).is_file() {
            // Does nothing, unless Debian's compiler has been upgraded since.
            if debian::can_install() {
                command::output(&mut install_debian(workspace))?;
            }
            return Ok(Self::Debian);
        }
        let mut reason = None;
        if on_path("rustup").is_some() {
            let mut add = Command::new("rustup");
            add.args(["target", "add", TARGET]);
            match command::run_within(&mut add, DOWNLOAD_LIMIT) {
                Ok(()) if has_target(&active_sysroot(workspace)?) => return Ok(Self::Active),
                Ok(()) => reason = Some("rustup added it to another toolchain".to_owned()),
                Err(error) => reason = Some(format!("{error:#}")),
            }
        }
        let reason = reason.unwrap_or_else(|| "rustup is not installed".to_owned());
        if !debian::can_install() {
            bail!(
                "the Rust target {TARGET} is missing, and could not be added: {reason}.\n\
                 Install it with rustup (https://rustup.rs) or from your system's packages, then try again."
            );
        }
        eprintln!("{reason}; taking Debian's compiler for {TARGET} instead");
        command::run(&mut install_debian(workspace))?;
        Ok(Self::Debian)
    }

    /// Cargo of this toolchain, started in the repository's root.
    pub(crate) fn cargo(self, workspace: &Workspace) -> Command {
        match self {
            Self::Active => command::cargo(&workspace.root),
            Self::Debian => {
                let bin = Path::new(DEBIAN_PREFIX).join("bin");
                let mut cargo = Command::new(bin.join("cargo"));
                cargo.current_dir(&workspace.root);
                command::clear_cargo_environment(&mut cargo);
                // rustup points these at the toolchain that runs us.
                for name in ["CARGO", "RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH"] {
                    cargo.env_remove(name);
                }
                cargo.env("RUSTC", bin.join("rustc"));
                cargo
            }
        }
    }
}

fn install_debian(workspace: &Workspace) -> Command {
    let mut install = Command::new("bash");
    install.arg(workspace.root.join("xtask").join("install-wasm-std.sh"));
    install
}

/// The folder of the compiler that cargo would call.
fn active_sysroot(workspace: &Workspace) -> Result<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command
        .current_dir(&workspace.root)
        .args(["--print", "sysroot"]);
    let sysroot = String::from_utf8(command::output(&mut command)?)
        .context("the compiler's folder has a name that is not UTF-8")?;
    Ok(PathBuf::from(sysroot.trim_end()))
}

fn has_target(sysroot: &Path) -> bool {
    let libraries = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    let Ok(entries) = libraries.read_dir() else {
        return false;
    };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}
