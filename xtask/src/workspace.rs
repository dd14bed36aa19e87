//! Where things are.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command;

/// The folders that the tasks work on.
pub(crate) struct Workspace {
    /// The repository's root.
    pub(crate) root: PathBuf,
    /// Cargo's target directory.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Finds the workspace that this program was started from.
    pub(crate) fn find() -> Result<Self> {
        // Cargo sets the variable when it runs the program; the other is for a binary run by hand.
        let package = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = package
            .parent()
            .context("the xtask package has no parent folder")?
            .to_path_buf();

        let mut metadata = command::cargo(&root);
        metadata.args(["metadata", "--no-deps", "--format-version", "1"]);
        let metadata: serde_json::Value = serde_json::from_slice(&command::output(&mut metadata)?)
            .context("cargo metadata did not answer in JSON")?;
        let target = metadata["target_directory"]
            .as_str()
            .context("cargo metadata names no target directory")?;
        Ok(Self {
            root,
            target: PathBuf::from(target),
        })
    }

    /// The finished page: what a web server serves.
    pub(crate) fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    /// The models that come with the page.
    pub(crate) fn page_models(&self) -> PathBuf {
        self.root.join("www").join("models")
    }

    /// Cargo's target directory for one of the two WebAssembly builds.
    pub(crate) fn web_target(&self, build: &str) -> PathBuf {
        self.target.join("web").join(build)
    }

    /// The command line program, as the tests build it.
    pub(crate) fn glimpse_binary(&self) -> PathBuf {
        self.target
            .join("release")
            .join(format!("glimpse{}", env::consts::EXE_SUFFIX))
    }

    /// The browser tests' Node package.
    pub(crate) fn browser_tests(&self) -> PathBuf {
        self.root.join("tests").join("browser")
    }

    /// The Node package of the frameworks that the browser tests build examples with.
    pub(crate) fn framework_tests(&self) -> PathBuf {
        self.browser_tests().join("frameworks")
    }

    /// A program of the Node packages that are installed there.
    pub(crate) fn node_program(&self, path: &str) -> PathBuf {
        self.browser_tests().join("node_modules").join(path)
    }
}

/// The first file of this name in the folders of `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let names: &[String] = if cfg!(windows) {
        &[format!("{name}.exe"), format!("{name}.cmd")]
    } else {
        &[name.to_owned()]
    };
    env::split_paths(&env::var_os("PATH")?)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|path| is_file(path))
}

fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file())
}
