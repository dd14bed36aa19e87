//! What checks and tests of the page need: Node, a browser, and Node packages.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::{Workspace, on_path};
use crate::{command, debian};

/// Debian's browser, a software renderer for WebGPU, and letters to draw.
const DEBIAN_BROWSER: [&str; 3] = ["chromium", "mesa-vulkan-drivers", "fonts-dejavu-core"];

/// Names of browsers that Playwright can drive as Chromium.
const BROWSERS: [&str; 8] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
];

/// Where they are on systems that do not put them on the path.
const USUAL_PLACES: [&str; 6] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
];

/// Debian's Firefox: a version that the tests' driver is known to work with.
const DEBIAN_FIREFOX: &str = "firefox-esr";

/// Vite, with which the tests build their examples, runs on no older one.
const OLDEST_NODE: Release = Release {
    major: 20,
    minor: 19,
};

/// What judges how scripts and style sheets are written, among the Node packages.
pub(crate) const BIOME: &str = "@biomejs/biome/bin/biome";

/// TypeScript's compiler, among the Node packages.
pub(crate) const TYPESCRIPT: &str = "typescript/bin/tsc";

/// What describes custom elements by their comments, among the Node packages.
pub(crate) const ELEMENTS_ANALYZER: &str = "@custom-elements-manifest/analyzer/cem.js";

/// Node, and beside the browser tests the Node packages that they and others use.
pub(crate) struct NodeTools {
    node: PathBuf,
    pub(crate) npm: PathBuf,
}

/// The programs that run the browser tests.
pub(crate) struct BrowserTools {
    pub(crate) node: PathBuf,
    pub(crate) npm: PathBuf,
    pub(crate) chromium: PathBuf,
    /// Debian's or the one that `FIREFOX` names. Not each Firefox can be driven, so others are left alone.
    pub(crate) firefox: Option<PathBuf>,
}

impl NodeTools {
    /// Finds them, or else installs them. Fast and silent when nothing is to be done.
    pub(crate) fn ready(workspace: &Workspace) -> Result<Self> {
        let (node, npm) = node()?;
        install_packages(&workspace.browser_tests(), &npm)?;
        Ok(Self { node, npm })
    }

    /// Runs a script of ours.
    pub(crate) fn script(&self, path: &Path) -> Command {
        let mut command = Command::new(&self.node);
        command.arg(path);
        command
    }

    /// Runs a program of the Node packages.
    pub(crate) fn program(&self, workspace: &Workspace, path: &str) -> Command {
        self.script(&workspace.node_program(path))
    }
}

impl BrowserTools {
    /// Finds them, or else installs them. Fast and silent when nothing is to be done.
    pub(crate) fn ready(workspace: &Workspace) -> Result<Self> {
        let tools = NodeTools::ready(workspace)?;
        install_packages(&workspace.framework_tests(), &tools.npm)?;
        let chromium = chromium(workspace, &tools)?;
        let firefox = firefox()?;
        Ok(Self {
            node: tools.node,
            npm: tools.npm,
            chromium,
            firefox,
        })
    }
}

fn node() -> Result<(PathBuf, PathBuf)> {
    let found = || Some((on_path("node")?, on_path("npm")?));
    if found().is_none() && debian::can_install() {
        debian::install(&["nodejs", "npm"])?;
    }
    let (node, npm) = found().with_context(|| {
        format!(
            "the page's scripts are checked and tested with Node.js {OLDEST_NODE} or newer, and npm: https://nodejs.org"
        )
    })?;
    let version = String::from_utf8_lossy(&command::output(Command::new(&node).arg("--version"))?)
        .trim()
        .to_owned();
    if release(&version).is_none_or(|release| release < OLDEST_NODE) {
        bail!(
            "the page's scripts are checked and tested with Node.js {OLDEST_NODE} or newer, and {} is {version}: https://nodejs.org",
            node.display()
        );
    }
    Ok((node, npm))
}

/// A release of Node.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Release {
    major: u32,
    minor: u32,
}

impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

/// 20.15 of `v20.15.1`.
fn release(version: &str) -> Option<Release> {
    let mut parts = version.strip_prefix('v')?.split('.');
    let mut next = || parts.next()?.parse().ok();
    Some(Release {
        major: next()?,
        minor: next()?,
    })
}

/// `npm ci`, unless what it would install is there.
fn install_packages(folder: &Path, npm: &Path) -> Result<()> {
    let lock_file = folder.join("package-lock.json");
    let lock =
        fs::read(&lock_file).with_context(|| format!("cannot read {}", lock_file.display()))?;
    // The lock file that the folder was made from.
    let note = folder.join("node_modules").join(".glimpse-installed.json");
    if fs::read(&note).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    command::run(
        Command::new(npm)
            .current_dir(folder)
            .args(["ci", "--no-audit", "--no-fund"]),
    )?;
    fs::write(&note, lock).with_context(|| format!("cannot write {}", note.display()))
}

fn chromium(workspace: &Workspace, tools: &NodeTools) -> Result<PathBuf> {
    if let Some(path) = named_by("CHROMIUM")? {
        return Ok(path);
    }
    if debian::can_install() {
        debian::install(&DEBIAN_BROWSER)?;
    }
    let on_path = BROWSERS.iter().find_map(|name| on_path(name));
    let usual = || {
        USUAL_PLACES
            .iter()
            .map(PathBuf::from)
            .find(|path| path.is_file())
    };
    if let Some(path) = on_path.or_else(usual) {
        return Ok(path);
    }

    // Playwright's own, in its cache below the home folder.
    let path = playwrights_chromium(workspace, &tools.node)?;
    if !path.is_file() {
        let mut cli = tools.program(workspace, "playwright-core/cli.js");
        command::run(cli.args(["install", "chromium"])).context(
            "no Chromium, Chrome or Edge was found, and Playwright could not fetch one; \
             install one, or name one in the environment variable CHROMIUM",
        )?;
    }
    Ok(path)
}

fn firefox() -> Result<Option<PathBuf>> {
    if let Some(path) = named_by("FIREFOX")? {
        return Ok(Some(path));
    }
    if debian::can_install() {
        debian::install(&[DEBIAN_FIREFOX])?;
    }
    let found = on_path(DEBIAN_FIREFOX);
    if found.is_none() {
        eprintln!("the tests with Firefox are left out: FIREFOX names none");
    }
    Ok(found)
}

/// The file that an environment variable names.
fn named_by(variable: &str) -> Result<Option<PathBuf>> {
    let Some(path) = env::var_os(variable).map(PathBuf::from) else {
        return Ok(None);
    };
    if !path.is_file() {
        bail!(
            "{variable} is {}, and there is no such file",
            path.display()
        );
    }
    Ok(Some(path))
}

fn playwrights_chromium(workspace: &Workspace, node: &Path) -> Result<PathBuf> {
    let mut ask = Command::new(node);
    ask.current_dir(workspace.browser_tests()).args([
        "--print",
        "require('playwright-core').chromium.executablePath()",
    ]);
    let path = String::from_utf8(command::output(&mut ask)?)
        .context("Playwright's folder has a name that is not UTF-8")?;
    Ok(PathBuf::from(path.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_node_is_read() {
        assert_eq!(
            release("v20.15.1"),
            Some(Release {
                major: 20,
                minor: 15
            })
        );
        assert!(release("v9.20.0") < Some(OLDEST_NODE));
        assert!(release("v22.0.0") > Some(OLDEST_NODE));
        assert_eq!(release("garbage"), None);
    }
}
