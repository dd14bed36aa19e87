//! A folder of drawn photos, and ExifTool's word on what is said of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use image::RgbImage;
use serde_json::{Map, Value};
use temp_dir::TempDir;

use crate::support::root;

/// A file's path, and what it holds and since when.
pub(crate) type Snapshot = BTreeMap<PathBuf, (Vec<u8>, SystemTime)>;

pub(crate) struct PhotoFolder(TempDir);

impl PhotoFolder {
    /// Drawn photos of these names, no two of them the same.
    pub(crate) fn with(names: &[&str]) -> Self {
        let this = Self(TempDir::new().unwrap());
        for (index, name) in (1..).zip(names) {
            let path = this.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let photo = RgbImage::from_fn(96, 64, |x, y| {
                let inside = x.abs_diff(40 + index % 20) < 20 && y.abs_diff(30) < 20;
                let ground = [140, 160, (200 - y) as u8];
                image::Rgb(if inside {
                    [200, (index * 40) as u8, 30]
                } else {
                    ground
                })
            });
            photo.save(path).unwrap();
        }
        this
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// `glimpse caption` in the folder, with a small model.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glimpse"));
        command
            .current_dir(self.0.path())
            .arg("caption")
            .arg("--model")
            .arg(small_model())
            .args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs, and returns each photo with its caption.
    pub(crate) fn captions(&self, arguments: &[&str]) -> Vec<(String, String)> {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", errors(&output));
        captions(&output)
    }

    /// Every file in the folder and its folders.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut files = Snapshot::new();
        let mut waiting = vec![self.0.path().to_owned()];
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let found = fs::symlink_metadata(&path).unwrap();
                if found.is_dir() {
                    waiting.push(path);
                } else if found.is_file() {
                    let bytes = fs::read(&path).unwrap();
                    files.insert(path, (bytes, found.modified().unwrap()));
                }
            }
        }
        files
    }

    /// What ExifTool prints in the folder.
    pub(crate) fn exiftool(&self, arguments: &[&str]) -> String {
        let output = Command::new("exiftool")
            .current_dir(self.0.path())
            .args(arguments)
            .output()
            .expect("ExifTool is missing: `cargo xtask setup` installs it, or see exiftool.org");
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            errors(&output)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// A tag's value, or nothing.
    pub(crate) fn tag(&self, tag: &str, file: &str) -> String {
        let tag = format!("-{tag}");
        self.exiftool(&["-s3", &tag, file]).trim_end().to_owned()
    }

    /// All that ExifTool knows of a file, but when it was written and how long it is.
    pub(crate) fn tags(&self, file: &str) -> Map<String, Value> {
        let json = self.exiftool(&["-j", "-a", "-G1", file]);
        let files: Vec<Map<String, Value>> = serde_json::from_str(&json).unwrap();
        let mut tags = files.into_iter().next().unwrap();
        tags.retain(|name, _| !name.starts_with("System:") && !name.starts_with("ExifTool:"));
        tags
    }
}

/// One that captions fast, whatever it says.
fn small_model() -> PathBuf {
    root().join("tests/browser/models/tf-tutorial.safetensors")
}

pub(crate) fn errors(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!errors.contains("panicked"), "{errors}");
    errors
}

/// Each photo with its caption, as they are printed: a single photo without its name.
pub(crate) fn captions(output: &Output) -> Vec<(String, String)> {
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = printed
        .lines()
        .map(|line| line.split_once('\t').unwrap_or(("", line)));
    lines
        .map(|(photo, caption)| (photo.to_owned(), caption.to_owned()))
        .collect()
}

/// Whether a path ends in what stands for a file that is being written.
pub(crate) fn is_partial(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "partial")
}
