//! The npm package: the page's modules that other pages import, with everything that these fetch.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};

use crate::browser_tools::{NodeTools, TYPESCRIPT};
use crate::command;
use crate::compress::write_whole;
use crate::site_path::has_extension;
use crate::workspace::Workspace;

const NAME: &str = "glimpse-captioner";

/// What the package exports, and the module that it is.
const ENTRIES: [(&str, &str); 2] = [(".", "glimpse.js"), ("./element", "element.js")];

/// Modules that do something when they are imported, which a bundler must not leave out: the element defines itself.
const SIDE_EFFECTS: [&str; 3] = ["element.js", "element/element.js", "captioner/worker.js"];

/// All that is exported in one file, which defines the element.
const SINGLE_FILE: &str = "glimpse-captioner.js";

/// Writes the package's tarball and returns where it is.
pub(crate) fn package(workspace: &Workspace) -> Result<PathBuf> {
    let tools = NodeTools::ready(workspace)?;
    let site = workspace.site();
    let modules = ENTRIES.map(|(_, module)| Path::new(module));

    let folder = workspace.target.join("package");
    if folder.exists() {
        // A file that an earlier package had must not stay.
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    let sources = workspace.root.join("www");
    let files = reached(&site, &modules)?;
    for module in SIDE_EFFECTS {
        ensure!(
            files.contains(Path::new(module)),
            "the package has no {module}, which it says to have effects"
        );
    }
    for file in files {
        // With the comments that the page's own copies lack: types are made from them, and bundlers read some.
        let source = sources.join(&file);
        let from = if source.is_file() {
            source
        } else {
            site.join(&file)
        };
        copy(&from, &folder.join(&file))?;
    }
    copy(&workspace.root.join("NOTICE"), &folder.join("NOTICE"))?;
    let texts = workspace.root.join("xtask").join("package");
    copy(&texts.join("README.md"), &folder.join("README.md"))?;
    let manifest = serde_json::to_vec_pretty(&manifest())?;
    write_whole(&folder.join("package.json"), &manifest)?;

    write_types(workspace, &tools, &folder, &modules)?;
    // The single file, sums to pin scripts by, and the README's sizes.
    let script = workspace.root.join("xtask/package/finish.js");
    command::run(tools.script(&script).arg(&folder).arg(&site))?;
    let destination = Path::new("..");
    command::run(
        Command::new(&tools.npm)
            .current_dir(&folder)
            .args(["pack", "--loglevel", "error", "--pack-destination"])
            .arg(destination),
    )?;
    let tarball = workspace.target.join(tarball_name());
    ensure!(tarball.is_file(), "npm left no {}", tarball.display());
    Ok(tarball)
}

fn tarball_name() -> String {
    format!("{NAME}-{}.tgz", env!("CARGO_PKG_VERSION"))
}

/// `package.json`.
fn manifest() -> Value {
    let mut exports: Map<String, Value> = ENTRIES
        .into_iter()
        .map(|(name, module)| {
            let types = format!("./types/{}", module.replace(".js", ".d.ts"));
            // TypeScript wants its own condition before the others.
            let targets = json!({ "types": types, "default": format!("./{module}") });
            (name.to_owned(), targets)
        })
        .collect();
    let types = format!("./types/{}", SINGLE_FILE.replace(".js", ".d.ts"));
    exports.insert(
        format!("./{SINGLE_FILE}"),
        json!({ "types": types, "default": format!("./{SINGLE_FILE}") }),
    );
    for name in ["importmap.json", "integrity.json", "package.json"] {
        exports.insert(format!("./{name}"), json!(format!("./{name}")));
    }
    let effects: Vec<String> = SIDE_EFFECTS
        .iter()
        .chain([&SINGLE_FILE])
        .map(|module| format!("./{module}"))
        .collect();
    json!({
        "name": NAME,
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Captions photos in the visitor's browser.",
        "license": env!("CARGO_PKG_LICENSE"),
        "type": "module",
        "exports": exports,
        "sideEffects": effects,
    })
}

/// The modules, and every file of the folder that they name, directly or through one another. They name files as bundlers
/// want it too: `"./…"` or `"../…"` written out, in an import or in `new URL`.
fn reached(folder: &Path, modules: &[&Path]) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<PathBuf> = modules.iter().map(|module| module.to_path_buf()).collect();
    while let Some(file) = waiting.pop() {
        // What wasm-bindgen writes names things that are no files, and imports nothing.
        let is_ours = has_extension(&file, &["js"]) && !file.starts_with("runtime");
        if is_ours {
            let path = folder.join(&file);
            let code = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let beside = file.parent().unwrap_or(Path::new(""));
            for name in named(&code) {
                let other = resolved(beside, name);
                ensure!(
                    folder.join(&other).is_file(),
                    "{} names {name}, which is not there: run `cargo xtask build` first",
                    file.display()
                );
                if !found.contains(&other) {
                    waiting.push(other);
                }
            }
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

/// What no comment can declare: that TypeScript knows the element by its tag.
const TAG: &str = "declare global {\n  interface HTMLElementTagNameMap {\n    \
                   \"glimpse-captioner\": GlimpseCaptioner;\n  }\n}\n";

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
    )?;
    let element = folder.join("types/element/element.d.ts");
    let declared = fs::read_to_string(&element)
        .with_context(|| format!("cannot read {}", element.display()))?;
    write_whole(&element, (declared + TAG).as_bytes())?;
    let all: String = modules
        .iter()
        .map(|module| format!("export * from \"./{}\";\n", module.display()))
        .collect();
    let single_file = folder
        .join("types")
        .join(SINGLE_FILE)
        .with_extension("d.ts");
    write_whole(&single_file, all.as_bytes())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
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
        let files = reached(folder.path(), &[Path::new("glimpse.js")]).unwrap();
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
        let folder = folder(&[("glimpse.js", r#"import "./gone.js";"#)]);
        let error = reached(folder.path(), &[Path::new("glimpse.js")]).unwrap_err();
        assert!(error.to_string().contains("gone.js"), "{error}");
    }

    #[test]
    fn exports_come_with_types() {
        let manifest = manifest();
        assert_eq!(
            manifest["exports"]["./element"]["types"],
            "./types/element.d.ts"
        );
        assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
        assert!(manifest.get("dependencies").is_none());
    }
}
