//! The finished page: `www/` and both modules in one folder, with everything that any web server needs to serve it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::compress::{compress, is_compressible, write_whole};
use crate::site_path::has_extension;
use crate::web_build::{self, BUILDS, Backend, WebBuild};
use crate::workspace::Workspace;
use crate::{assets, extension, offline};

/// The folder of `glimpse evaluate --report`, in `www`.
const REPORT: &str = "report";

/// A folder that is copied into the page.
struct Source {
    /// Where it is.
    from: PathBuf,
    /// Where its files go, below the page's folder.
    to: PathBuf,
}

/// A file of the page.
#[derive(Debug, PartialEq, Eq)]
struct SiteFile {
    path: PathBuf,
    bytes: u64,
    /// Size of its brotli sibling, where it has one.
    compressed: Option<u64>,
}

/// Builds both modules, or one, and puts the page together.
pub(crate) fn build(workspace: &Workspace, only: Option<Backend>) -> Result<()> {
    web_build::build(workspace, only)?;
    put_together(workspace, &workspace.site(), &BUILDS)
}

/// Puts the page together from what these builds left.
pub(crate) fn put_together(
    workspace: &Workspace,
    folder: &Path,
    builds: &[WebBuild],
) -> Result<()> {
    let files = assemble(&sources(workspace, builds), folder)?;
    eprintln!("{}", table(&files));
    eprintln!("The page is in {}", folder.display());
    Ok(())
}

/// What the page is made of.
fn sources(workspace: &Workspace, builds: &[WebBuild]) -> Vec<Source> {
    let mut sources = vec![Source {
        from: workspace.root.join("www"),
        to: PathBuf::new(),
    }];
    // A developer may have built one of them only.
    for build in builds
        .iter()
        .filter(|build| build.bindings(workspace).exists())
    {
        sources.push(Source {
            from: build.bindings(workspace),
            to: Path::new("runtime").join(build.backend.name()),
        });
    }
    sources
}

/// Fails where a folder holds something that is not a page of ours: putting the page there would delete it.
pub(crate) fn guard(folder: &Path) -> Result<()> {
    let is_empty =
        !folder.exists() || fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    ensure!(
        is_empty || holds_earlier_page(folder),
        "{} holds something else: name an empty folder, or one that holds an earlier page",
        folder.display()
    );
    Ok(())
}

fn holds_earlier_page(folder: &Path) -> bool {
    fs::read_to_string(folder.join(assets::NAME)).is_ok_and(|text| text.starts_with(assets::MARK))
}

/// Makes `site` hold exactly the files of the sources and their compressed siblings. A file that has not changed is
/// left alone, so that browsers need not fetch it again and it is not compressed again.
fn assemble(sources: &[Source], site: &Path) -> Result<Vec<SiteFile>> {
    let mut wanted = BTreeMap::new();
    for source in sources {
        for file in files_below(&source.from)? {
            // One goes to those who install it: `cargo xtask extension`. The other is within the command `glimpse`.
            if file.starts_with(extension::FOLDER) || file.starts_with(REPORT) {
                continue;
            }
            let from = source.from.join(&file);
            let bytes =
                fs::read(&from).with_context(|| format!("cannot read {}", from.display()))?;
            wanted.insert(source.to.join(&file), minified(&file, bytes)?);
        }
    }
    let assets = assets::module(&wanted);
    wanted.insert(PathBuf::from(assets::NAME), assets.into_bytes());
    if let Some(worker) = wanted.get(Path::new(offline::NAME)) {
        let worker = offline::with_files(&wanted, worker);
        wanted.insert(PathBuf::from(offline::NAME), worker);
    }

    fs::create_dir_all(site).with_context(|| format!("cannot create {}", site.display()))?;
    remove_others(site, &wanted)?;

    let mut files = Vec::new();
    for (path, bytes) in wanted {
        let to = site.join(&path);
        let sibling = to.with_added_extension("br");
        if fs::read(&to).ok().as_ref() != Some(&bytes) {
            // First: a sibling of the older file must not outlive an interruption here.
            remove_if_there(&sibling)?;
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)
                    .with_context(|| format!("cannot create {}", folder.display()))?;
            }
            write_whole(&to, &bytes)?;
        }
        let compressed = if is_compressible(&to) {
            if !sibling.exists() {
                compress(&to, &sibling)?;
            }
            Some(sibling.metadata()?.len())
        } else {
            None
        };
        files.push(SiteFile {
            path,
            bytes: bytes.len() as u64,
            compressed,
        });
    }
    Ok(files)
}

/// A script without comments and blanks; any other file as it is.
pub(crate) fn minified(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>> {
    if !has_extension(path, &["js"]) {
        return Ok(bytes);
    }
    let source =
        String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", path.display()))?;
    let script = minifier::js::minify(&source)
        .map_err(|reason| anyhow::anyhow!("{} cannot be minified: {reason}", path.display()))?;
    Ok(script.to_string().into_bytes())
}

/// The sizes, for people.
fn table(files: &[SiteFile]) -> String {
    let width = files
        .iter()
        .map(|file| file.path.to_string_lossy().chars().count())
        .max()
        .unwrap_or(0)
        .max(4);
    let mut table = format!("{:width$} {:>12} {:>12}\n", "file", "raw", "brotli");
    for file in files {
        let path = file.path.to_string_lossy();
        let compressed = file
            .compressed
            .map_or_else(String::new, |bytes| bytes.to_string());
        // Writing to a string cannot fail.
        let _ = writeln!(table, "{path:width$} {:>12} {compressed:>12}", file.bytes);
    }
    let total: u64 = files.iter().map(|file| file.bytes).sum();
    let sent: u64 = files
        .iter()
        .map(|file| file.compressed.unwrap_or(file.bytes))
        .sum();
    let _ = write!(table, "{:width$} {total:>12} {sent:>12}", "all");
    table
}

/// Removes what an earlier build left.
fn remove_others(site: &Path, wanted: &BTreeMap<PathBuf, Vec<u8>>) -> Result<()> {
    for file in files_below(site)? {
        let is_sibling = has_extension(&file, &["br"])
            && wanted.contains_key(&file.with_extension(""))
            && is_compressible(&file.with_extension(""));
        if !wanted.contains_key(&file) && !is_sibling {
            remove_if_there(&site.join(file))?;
        }
    }
    Ok(())
}

fn remove_if_there(path: &Path) -> Result<()> {
    if path.exists() {
        fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

/// All files below a folder, with paths relative to it. Hidden ones are left out: no web server should send them.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        let here = folder.join(&below);
        let entries = fs::read_dir(&here)
            .with_context(|| format!("cannot list the folder {}", here.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            let path = below.join(name);
            if entry.path().is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixture {
        folder: temp_dir::TempDir,
    }

    impl Fixture {
        fn new() -> Self {
            let fixture = Self {
                folder: temp_dir::TempDir::new().unwrap(),
            };
            fixture.write("www/index.html", "<!doctype html><p>page</p>");
            fixture.write("www/photos/dog.jpg", "photo");
            fixture.write("bindings/glimpse.js", "export {};");
            fixture
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn assemble(&self) -> Vec<SiteFile> {
            let sources = [
                Source {
                    from: self.folder.path().join("www"),
                    to: PathBuf::new(),
                },
                Source {
                    from: self.folder.path().join("bindings"),
                    to: Path::new("runtime").join("cpu"),
                },
            ];
            assemble(&sources, &self.site()).unwrap()
        }

        fn site(&self) -> PathBuf {
            self.folder.path().join("site")
        }

        fn listing(&self) -> Vec<String> {
            let files = files_below(&self.site()).unwrap();
            files
                .iter()
                .map(|file| file.to_string_lossy().replace('\\', "/"))
                .collect()
        }

        fn unpacked(&self, path: &str) -> String {
            let packed = fs::read(self.site().join(path)).unwrap();
            let mut bytes = vec![0; 1000];
            let length = brotlic::decompress(&packed, &mut bytes).unwrap();
            bytes.truncate(length);
            String::from_utf8(bytes).unwrap()
        }
    }

    #[test]
    fn the_site_holds_the_page_and_the_modules() {
        let fixture = Fixture::new();
        fixture.write("www/.hidden", "secret");
        fixture.write("www/extension/background.js", "for another place");
        let files = fixture.assemble();
        assert_eq!(
            fixture.listing(),
            [
                "assets.js",
                "assets.js.br",
                "index.html",
                "index.html.br",
                "photos/dog.jpg",
                "runtime/cpu/glimpse.js",
                "runtime/cpu/glimpse.js.br",
            ]
        );
        assert_eq!(files.len(), 4);
        assert_eq!(
            fixture.unpacked("index.html.br"),
            "<!doctype html><p>page</p>"
        );
        assert_eq!(files[2].compressed, None, "a photo is not compressed again");
    }

    #[test]
    fn a_folder_with_something_else_is_left_alone() {
        let fixture = Fixture::new();
        assert!(guard(&fixture.site()).is_ok(), "not there yet");
        fixture.assemble();
        assert!(guard(&fixture.site()).is_ok(), "an earlier page");
        let other = fixture.folder.path().join("www");
        let error = guard(&other).unwrap_err();
        assert!(error.to_string().contains("something else"), "{error}");
        fixture.write("www/assets.js", "// Somebody's own.");
        assert!(guard(&other).is_err());
    }

    #[test]
    fn the_service_worker_lists_the_scripts_as_they_are_sent() {
        let fixture = Fixture::new();
        fixture.write("www/app.js", "// Ours.\n  start();\n");
        fixture.write("www/sw.js", "// Theirs.\nkeep(FILES);\n");
        fixture.assemble();
        let read = |name| fs::read_to_string(fixture.site().join(name)).unwrap();
        assert_eq!(read("app.js"), "start();");
        let worker = read("sw.js");
        assert!(worker.ends_with("\nkeep(FILES);"), "{worker}");
        assert!(
            worker.contains(
                "\"app.js\",\"assets.js\",\"./\",\"photos/dog.jpg\",\"runtime/cpu/glimpse.js\","
            ),
            "{worker}"
        );
    }

    #[test]
    fn files_of_an_earlier_build_go() {
        let fixture = Fixture::new();
        fixture.write("www/old.js", "old");
        fixture.write("www/old/page.html", "old");
        fixture.assemble();
        fs::remove_file(fixture.folder.path().join("www/old.js")).unwrap();
        fs::remove_dir_all(fixture.folder.path().join("www/old")).unwrap();
        fixture.write("site/photos/dog.jpg.br", "nobody asked for this one");
        fixture.assemble();
        assert_eq!(
            fixture.listing(),
            [
                "assets.js",
                "assets.js.br",
                "index.html",
                "index.html.br",
                "photos/dog.jpg",
                "runtime/cpu/glimpse.js",
                "runtime/cpu/glimpse.js.br",
            ]
        );
    }

    #[test]
    fn a_changed_file_is_compressed_again_and_others_are_not() {
        let fixture = Fixture::new();
        fixture.assemble();
        // Same length, so that a comparison of sizes would miss it.
        fixture.write("www/index.html", "<!doctype html><p>EGAP</p>");
        // Shows whether the file is made anew.
        fixture.write("site/runtime/cpu/glimpse.js.br", "mark");
        fixture.assemble();
        assert_eq!(
            fixture.unpacked("index.html.br"),
            "<!doctype html><p>EGAP</p>"
        );
        let mark = fs::read_to_string(fixture.site().join("runtime/cpu/glimpse.js.br")).unwrap();
        assert_eq!(mark, "mark");
    }

    #[test]
    fn the_table_adds_up() {
        let files = [
            SiteFile {
                path: "a.js".into(),
                bytes: 1000,
                compressed: Some(300),
            },
            SiteFile {
                path: "b.jpg".into(),
                bytes: 50,
                compressed: None,
            },
        ];
        let table = table(&files);
        let last: Vec<&str> = table.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(last, ["all", "1050", "350"]);
    }
}
