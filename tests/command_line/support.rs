//! A small data set of drawn photos, and running the command.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::{Rgb, RgbImage};
use temp_dir::TempDir;

const COLORS: [(&str, [u8; 3]); 4] = [
    ("red", [220, 30, 30]),
    ("green", [30, 170, 60]),
    ("blue", [40, 60, 220]),
    ("yellow", [240, 220, 40]),
];
const SHAPES: [&str; 2] = ["disc", "cross"];
const PLACES: [(&str, (f32, f32)); 4] = [
    ("top left", (0.27, 0.27)),
    ("top right", (0.73, 0.27)),
    ("bottom left", (0.27, 0.73)),
    ("bottom right", (0.73, 0.73)),
];

/// The repository's folder. Not from where this was compiled: another clone may have done that.
pub(crate) fn root() -> PathBuf {
    fs::canonicalize("..").unwrap()
}

/// A data set in Flickr8k's layout, its features not yet computed.
pub(crate) struct DataSet {
    folder: TempDir,
    /// Each photo's name and caption.
    pub(crate) photos: Vec<(String, String)>,
}

impl DataSet {
    /// 32 drawn photos with a caption each, all different; the validation photos are the same.
    pub(crate) fn drawn() -> Self {
        Self::drawn_times(1)
    }

    /// The 32 photos that many times, no two alike to the byte.
    pub(crate) fn drawn_times(times: u8) -> Self {
        let folder = TempDir::new().unwrap();
        let photo_folder = folder.path().join("data/Flicker8k_Dataset");
        let mut photos = Vec::new();
        fs::create_dir_all(&photo_folder).unwrap();
        for time in 0..times {
            for (color, rgb) in COLORS {
                for shape in SHAPES {
                    for (place, center) in PLACES {
                        let again = if time == 0 {
                            String::new()
                        } else {
                            format!("-{time}")
                        };
                        let name =
                            format!("{color}-{shape}-{}{again}.png", place.replace(' ', "-"));
                        let caption = format!("A {color} {shape} lies in the {place} corner .");
                        let mut photo = draw(rgb, shape, center);
                        photo.get_pixel_mut(0, 0)[2] += time;
                        photo.save(photo_folder.join(&name)).unwrap();
                        photos.push((name, caption));
                    }
                }
            }
        }
        let this = Self { folder, photos };
        let lines = |line: &dyn Fn(&(String, String)) -> String| {
            this.photos.iter().map(line).collect::<String>()
        };
        let captions = lines(&|(name, caption)| format!("{name}#0\t{caption}\n"));
        let names = lines(&|(name, _)| format!("{name}\n"));
        this.write("data/Flickr8k.token.txt", captions.as_bytes());
        this.write("data/Flickr_8k.trainImages.txt", names.as_bytes());
        this.write("data/Flickr_8k.devImages.txt", names.as_bytes());
        this
    }

    /// The same, with features.
    pub(crate) fn with_features() -> Self {
        let this = Self::drawn();
        this.succeeds(&["features", "--data", "data"]);
        this
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The path of each photo, in the data set's folder.
    pub(crate) fn photo_paths(&self) -> Vec<String> {
        let names = self.photos.iter();
        names
            .map(|(name, _)| format!("data/Flicker8k_Dataset/{name}"))
            .collect()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    /// `glimpse` with arguments, in the data set's folder. What is trained is small where they name no preset: few
    /// photos would go on from the shipped model otherwise.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command_as_it_is(arguments);
        let is_preset_known = |argument: &&str| {
            argument.starts_with("--preset")
                || *argument == "--resume"
                || argument.ends_with(".toml")
        };
        if let ["features" | "train", given @ ..] = arguments
            && !given.iter().any(is_preset_known)
        {
            command.arg("--preset=glimpse");
        }
        command
    }

    /// `glimpse` with nothing but these arguments, in the data set's folder.
    pub(crate) fn command_as_it_is(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glimpse"));
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs and returns standard output.
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs, expects an orderly failure, and returns standard error.
    pub(crate) fn fails(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {errors}");
        assert!(errors.contains("error: "), "{errors}");
        assert!(!errors.contains("panicked"), "{errors}");
        errors
    }

    /// The loss of each row of a run's log.
    pub(crate) fn losses(&self, run: &str) -> Vec<(u64, f64)> {
        let text = fs::read_to_string(self.path(run).join("log.csv")).unwrap_or_default();
        text.lines()
            .skip(1)
            .filter_map(|line| {
                let mut cells = line.split(',');
                Some((cells.next()?.parse().ok()?, cells.next()?.parse().ok()?))
            })
            .collect()
    }

    /// The cross-entropy of a run's last validation.
    pub(crate) fn cross_entropy(&self, run: &str) -> f64 {
        let text = fs::read_to_string(self.path(run).join("validation.csv")).unwrap();
        let last = text.lines().last().unwrap();
        last.split(',').nth(2).unwrap().parse().unwrap()
    }

    /// The beginning of a model file, where its manifest stands as text.
    pub(crate) fn manifest(&self, model: &str) -> String {
        let bytes = fs::read(self.path(model)).unwrap();
        String::from_utf8_lossy(&bytes[..20_000]).into_owned()
    }
}

/// Draws a shape on a grey ground with a slight gradient.
fn draw(color: [u8; 3], shape: &str, center: (f32, f32)) -> RgbImage {
    let side = 224u32;
    RgbImage::from_fn(side, side, |x, y| {
        let (dx, dy) = (
            x as f32 / side as f32 - center.0,
            y as f32 / side as f32 - center.1,
        );
        let inside = match shape {
            "disc" => dx * dx + dy * dy < 0.04,
            _ => dx.abs().max(dy.abs()) < 0.2 && dx.abs().min(dy.abs()) < 0.06,
        };
        if inside {
            Rgb(color)
        } else {
            Rgb([150 + (y / 8) as u8; 3])
        }
    })
}

/// Whether any entry below a folder has this file name ending.
pub(crate) fn any_with_ending(folder: &Path, ending: &str) -> bool {
    let Ok(entries) = fs::read_dir(folder) else {
        return false;
    };
    entries
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().ends_with(ending))
}
