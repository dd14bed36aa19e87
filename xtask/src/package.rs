//! The npm package: the page's modules that other pages import, with everything that these fetch.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::browser_tools::{ELEMENTS_ANALYZER, NodeTools, TYPESCRIPT};
use crate::command;
use crate::compress::write_whole;
use crate::site_path::has_extension;
use crate::workspace::Workspace;

/// The package's `package.json`, but for the version. In a file of its own, because the order of its entries counts.
const MANIFEST: &str = include_str!("../package/package.json");

/// All that is exported in one file, which is made of the others.
const SINGLE_FILE: &str = "glimpse-captioner.js";

/// Writes the package's tarball and returns where it is.
pub(crate) fn package(workspace: &Workspace) -> Result<PathBuf> {
    let tools = NodeTools::ready(workspace)?;
    let site = workspace.site();
    let manifest = Manifest::read()?;
    let modules: Vec<_> = manifest.modules().collect();

    let folder = workspace.target.join("package");
    if folder.exists() {
        // A file that an earlier package had must not stay.
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    let read = |file: &Path| {
        let path = site.join(file);
        fs::read(&path).with_context(|| {
            format!(
                "cannot read {}: run `cargo xtask build` first",
                path.display()
            )
        })
    };
    let files = reached(&modules, read)?;
    for module in manifest.side_effects.iter().map(|path| without_dot(path)) {
        ensure!(
            module == Path::new(SINGLE_FILE) || files.contains(module),
            "the package has no {}, which it says to have effects",
            module.display()
        );
    }
    for file in files {
        // With the comments that the page's own copies lack: types are made from them, and bundlers read some.
        copy(&as_written(workspace, &file), &folder.join(&file))?;
    }
    for text in ["NOTICE", "LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&workspace.root.join(text), &folder.join(text))?;
    }
    let own = workspace.root.join("xtask").join("package");
    copy(&own.join("README.md"), &folder.join("README.md"))?;
    write_whole(&folder.join("package.json"), Manifest::text().as_bytes())?;

    describe_element(workspace, &tools, &folder, &own)?;
    write_types(workspace, &tools, &folder, &modules)?;
    command::run(
        tools
            .script(&own.join("element-types.js"))
            .current_dir(&folder),
    )?;
    // The single file, sums to pin scripts by, and the README's sizes.
    command::run(tools.script(&own.join("finish.js")).arg(&folder).arg(&site))?;
    let destination = Path::new("..");
    command::run(
        Command::new(&tools.npm)
            .current_dir(&folder)
            .args(["pack", "--loglevel", "error", "--pack-destination"])
            .arg(destination),
    )?;
    let tarball = workspace.target.join(manifest.tarball());
    ensure!(tarball.is_file(), "npm left no {}", tarball.display());
    Ok(tarball)
}

/// What `package.json` says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    name: String,
    version: String,
    exports: BTreeMap<String, Export>,
    /// Modules that do something when they are imported, which a bundler must not leave out: the element defines itself.
    side_effects: Vec<PathBuf>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Export {
    /// A file that is no module.
    File(#[allow(dead_code, reason = "it is copied or made with the others")] String),
    Module {
        /// None where there are types alone.
        default: Option<PathBuf>,
    },
}

impl Manifest {
    /// `package.json`, as it stands in the package.
    fn text() -> String {
        MANIFEST.replace("\"0.0.0\"", &format!("{:?}", env!("CARGO_PKG_VERSION")))
    }

    fn read() -> Result<Self> {
        serde_json::from_str(&Self::text()).context("xtask/package/package.json")
    }

    fn tarball(&self) -> String {
        format!("{}-{}.tgz", self.name, self.version)
    }

    /// The modules that the package exports and the site has, relative to it.
    fn modules(&self) -> impl Iterator<Item = &Path> {
        let modules = self.exports.values().filter_map(|export| match export {
            Export::Module { default } => Some(without_dot(default.as_deref()?)),
            Export::File(_) => None,
        });
        modules.filter(|module| *module != Path::new(SINGLE_FILE))
    }
}

/// `glimpse.js` of `./glimpse.js`.
fn without_dot(path: &Path) -> &Path {
    path.strip_prefix(".").unwrap_or(path)
}

/// The modules, and every file that they name, directly or through one another; `read` gives a file's bytes. They name files as
/// bundlers want it too: `"./…"` or `"../…"` written out, in an import or in `new URL`.
pub(crate) fn reached(
    modules: &[&Path],
    read: impl Fn(&Path) -> Result<Vec<u8>>,
) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<PathBuf> = modules.iter().map(|module| module.to_path_buf()).collect();
    while let Some(file) = waiting.pop() {
        if found.contains(&file) {
            continue;
        }
        let bytes = read(&file)?;
        // What wasm-bindgen writes names things that are no files, and imports nothing.
        let is_ours = has_extension(&file, &["js"]) && !file.starts_with("runtime");
        if is_ours {
            let code = String::from_utf8(bytes)
                .with_context(|| format!("{} is not UTF-8", file.display()))?;
            let beside = file.parent().unwrap_or(Path::new(""));
            waiting.extend(named(&code).map(|name| resolved(beside, name)));
        }
        found.insert(file);
    }
    Ok(found)
}

/// What stands in `"./…"` and `"../…"` of a module's code.
fn named(code: &str) -> impl Iterator<Item = &str> {
    code.split('"')
        .skip(1)
        .filter(|text| text.starts_with("./") || text.starts_with("../"))
}

/// The file that a module in a folder names. (`Path` keeps `..` as it is, and the same file would be found twice.)
fn resolved(folder: &Path, name: &str) -> PathBuf {
    let mut path = folder.to_path_buf();
    for part in name.split('/') {
        match part {
            "." => {}
            ".." => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path
}

/// Writes `custom-elements.json`, from the comments of the element's modules.
fn describe_element(
    workspace: &Workspace,
    tools: &NodeTools,
    folder: &Path,
    own: &Path,
) -> Result<()> {
    // It looks for its configuration where it runs only.
    let configuration = "custom-elements.config.js";
    copy(&own.join(configuration), &folder.join(configuration))?;
    command::run(
        tools
            .program(workspace, ELEMENTS_ANALYZER)
            .current_dir(folder)
            .args(["analyze", "--quiet", "--config", configuration]),
    )?;
    let path = folder.join(configuration);
    fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))
}

/// Declarations for TypeScript, from the comments of the modules, in `types/`.
fn write_types(
    workspace: &Workspace,
    tools: &NodeTools,
    folder: &Path,
    modules: &[&Path],
) -> Result<()> {
    command::run(
        tools
            .program(workspace, TYPESCRIPT)
            .current_dir(folder)
            .args([
                "--allowJs",
                "--strict",
                "--declaration",
                "--emitDeclarationOnly",
            ])
            .args(["--target", "es2024", "--module", "esnext"])
            .args(["--moduleResolution", "bundler", "--types", ""])
            .args(["--outDir", "types"])
            .args(modules),
    )
}

/// Where a file of the page is as it is written. What only the build makes is in the site.
pub(crate) fn as_written(workspace: &Workspace, file: &Path) -> PathBuf {
    let written = workspace.root.join("www").join(file);
    if written.is_file() {
        written
    } else {
        workspace.site().join(file)
    }
}

/// Copies a file, into a folder that need not be there.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    write_whole(to, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> temp_dir::TempDir {
        let folder = temp_dir::TempDir::new().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn a_package_holds_what_its_modules_reach_and_no_more() {
        let folder = folder(&[
            (
                "glimpse.js",
                r#"import { a } from "./captioner/link.js"; export { a };"#,
            ),
            (
                "captioner/link.js",
                r#"const where = new URL("../runtime/cpu/run.js", import.meta.url); import("../glimpse.js"); import("./other.js");"#,
            ),
            ("captioner/other.js", ""),
            ("runtime/cpu/run.js", r#"imports["./no-file.js"]"#),
            ("page/app.js", r#"import "../glimpse.js";"#),
        ]);
        let read = |file: &Path| Ok(fs::read(folder.path().join(file))?);
        let files = reached(&[Path::new("glimpse.js")], read).unwrap();
        let expected = [
            "captioner/link.js",
            "captioner/other.js",
            "glimpse.js",
            "runtime/cpu/run.js",
        ]
        .map(PathBuf::from);
        assert_eq!(files.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_file_that_is_missing_is_named() {
        let read = |file: &Path| match file.to_str() {
            Some("glimpse.js") => Ok(br#"import "./gone.js";"#.to_vec()),
            _ => anyhow::bail!("no {}", file.display()),
        };
        let error = reached(&[Path::new("glimpse.js")], read).unwrap_err();
        assert!(error.to_string().contains("gone.js"), "{error}");
    }

    #[test]
    fn the_package_has_this_version_and_exports_its_modules() {
        let manifest = Manifest::read().unwrap();
        assert_eq!(manifest.version, env!("CARGO_PKG_VERSION"));
        let modules: Vec<_> = manifest.modules().collect();
        assert_eq!(modules, ["glimpse.js", "element.js"].map(Path::new));
    }
}
