//! The browser extension, for Chromium and for Firefox: the captioner's modules, the model and one WebAssembly module, with
//! what `www/extension` adds. Each as a folder to load and as a zip to publish.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Map, Value};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::browser_tools::NodeTools;
use crate::command;
use crate::compress::write_whole;
use crate::package::{as_written, copy, reached};
use crate::site::{files_below, minified};
use crate::workspace::Workspace;

/// The folder of its sources below `www`, which no page is served.
pub(crate) const FOLDER: &str = "extension";

/// The manifest's parts for all browsers; beside it lies one for each, by its name.
const MANIFEST: &str = "manifest.json";

/// The texts, which browsers want beside the manifest.
const TEXTS: &str = "_locales";

/// The script for pages, beside the others and made of the modules of `content/`.
const CONTENT: &str = "content.js";

/// What is carried as it is.
const CARRIED: [&str; 4] = [
    "NOTICE",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "www/icons/192.png",
];

/// The runtime for GPUs: browsers let no page of an extension wait for so large a file, and the other one does.
const LEFT_OUT: &str = "runtime/gpu";

/// A browser, and its own among the files of `www/extension`.
struct Browser {
    name: &'static str,
    modules: &'static [&'static str],
    pages: &'static [&'static str],
}

const BROWSERS: [Browser; 2] = [
    Browser {
        name: "chromium",
        modules: &["background.js", "offscreen.js", "options.js"],
        pages: &["offscreen.html", "options.html", "options.css"],
    },
    Browser {
        name: "firefox",
        modules: &["background.js", "options.js"],
        pages: &["options.html", "options.css"],
    },
];

/// Puts the extension together from what the last build of the page left, and returns the folder with all of it.
pub(crate) fn extension(workspace: &Workspace) -> Result<PathBuf> {
    let tools = NodeTools::ready(workspace)?;
    let folder = workspace.target.join("extension");
    for browser in BROWSERS {
        let to = folder.join(browser.name);
        if to.exists() {
            fs::remove_dir_all(&to).with_context(|| format!("cannot remove {}", to.display()))?;
        }
        assemble(workspace, &tools, &browser, &to)?;
        let name = format!("glimpse-{}-{}.zip", browser.name, env!("CARGO_PKG_VERSION"));
        pack(&to, &folder.join(name))?;
    }
    Ok(folder)
}

fn assemble(workspace: &Workspace, tools: &NodeTools, browser: &Browser, to: &Path) -> Result<()> {
    let own = |names: &[&str]| {
        names
            .iter()
            .map(|name| Path::new(FOLDER).join(name))
            .collect::<Vec<_>>()
    };
    let modules = own(browser.modules);
    let modules: Vec<_> = modules.iter().map(PathBuf::as_path).collect();
    // Comments name files that the code does not.
    let code = |file: &Path| {
        let path = as_written(workspace, file);
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        minified(file, bytes)
    };
    let files = reached(&modules, code)?;
    for file in files
        .iter()
        .filter(|file| !file.starts_with(LEFT_OUT))
        .chain(&own(browser.pages))
    {
        // For who wants to read what runs.
        copy(&as_written(workspace, file), &to.join(file))?;
    }
    let here = workspace.root.join("www").join(FOLDER);
    for file in files_below(&here.join(TEXTS))? {
        let file = Path::new(TEXTS).join(file);
        copy(&here.join(&file), &to.join(&file))?;
    }
    for file in CARRIED {
        let name = file.strip_prefix("www/").unwrap_or(file);
        copy(&workspace.root.join(file), &to.join(name))?;
    }
    let read = |name: &str| {
        let path = here.join(name);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let manifest = manifest(&read(MANIFEST)?, &read(&format!("{}.json", browser.name))?)?;
    write_whole(&to.join(MANIFEST), manifest.as_bytes())?;
    let bundle = workspace
        .root
        .join("xtask")
        .join("extension")
        .join("bundle.js");
    command::run(
        tools
            .script(&bundle)
            .arg(here.join("content").join(CONTENT))
            .arg(to.join(FOLDER).join(CONTENT)),
    )
}

/// The manifest of one browser: what all have, with its own entries in place of those of the same name, and this version.
fn manifest(all: &str, own: &str) -> Result<String> {
    let parse = |text: &str| {
        serde_json::from_str::<Map<String, Value>>(text).context("a manifest of www/extension")
    };
    let mut manifest = parse(all)?;
    manifest.extend(parse(own)?);
    manifest.insert("version".to_owned(), env!("CARGO_PKG_VERSION").into());
    Ok(serde_json::to_string_pretty(&manifest)? + "\n")
}

/// Writes a folder as a zip, the same for the same files.
fn pack(folder: &Path, to: &Path) -> Result<()> {
    let aside = to.with_added_extension("new");
    let file = File::create(&aside).with_context(|| format!("cannot write {}", aside.display()))?;
    let mut zip = ZipWriter::new(file);
    for file in files_below(folder)? {
        let path = folder.join(&file);
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        zip.start_file(
            crate::site_path::address(&file),
            SimpleFileOptions::default(),
        )?;
        zip.write_all(&bytes)
            .with_context(|| format!("cannot write {}", aside.display()))?;
    }
    zip.finish()?;
    fs::rename(&aside, to).with_context(|| format!("cannot write {}", to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browsers_manifest_has_its_own_entries_and_this_version() {
        let made = manifest(
            r#"{ "version": "0.0.0", "permissions": ["activeTab"], "name": "Glimpse" }"#,
            r#"{ "permissions": ["activeTab", "offscreen"], "background": {} }"#,
        )
        .unwrap();
        let expected = serde_json::json!({
            "version": env!("CARGO_PKG_VERSION"),
            "permissions": ["activeTab", "offscreen"],
            "name": "Glimpse",
            "background": {},
        });
        assert_eq!(serde_json::from_str::<Value>(&made).unwrap(), expected);
        assert!(manifest("{}", "[]").is_err());
    }

    #[test]
    fn a_zip_holds_the_files_by_their_paths() {
        let folder = temp_dir::TempDir::new().unwrap();
        let (from, to) = (folder.child("from"), folder.child("all.zip"));
        fs::create_dir_all(from.join("a/b")).unwrap();
        fs::write(from.join("a/b/c.js"), "code").unwrap();
        fs::write(from.join("manifest.json"), "{}").unwrap();
        pack(&from, &to).unwrap();
        let first = fs::read(&to).unwrap();
        let mut zip = zip::ZipArchive::new(File::open(&to).unwrap()).unwrap();
        assert_eq!(
            zip.file_names().map(Result::unwrap).collect::<Vec<_>>(),
            ["a/b/c.js", "manifest.json"]
        );
        let text = std::io::read_to_string(zip.by_name("a/b/c.js").unwrap()).unwrap();
        assert_eq!(text, "code");
        pack(&from, &to).unwrap();
        assert_eq!(fs::read(&to).unwrap(), first);
    }
}
