//! Data sets as people have them: what is read is told, what was changed is seen, nothing is silently wrong.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use image::{Rgb, RgbImage};
use serde_json::Value;
use temp_dir::TempDir;

use crate::support::root;

const SMALL: [&str; 2] = ["--feature-layer=head", "--photo-size=64"];

/// A folder to run `glimpse` in.
struct Workplace(TempDir);

impl Workplace {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A photo of one colour, which decides its bytes.
    fn photo(&self, name: &str, color: [u8; 3]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        RgbImage::from_pixel(64, 48, Rgb(color)).save(path).unwrap();
    }

    /// A data set of so many photos, whose colours begin with `red`.
    fn photos(&self, folder: &str, count: u8, red: u8) {
        let mut table = "file_name,text\n".to_owned();
        for number in 0..count {
            let name = format!("{number:02}.png");
            self.photo(&format!("{folder}/{name}"), [red, 9 * number, 50]);
            table += &format!("{name},a photo of number {number}\n");
        }
        self.write(&format!("{folder}/captions.csv"), &table);
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_glimpse"));
        command.args(arguments).current_dir(self.0.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs and returns both streams.
    fn succeeds(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = said(&output);
        assert!(output.status.success(), "{arguments:?}: {said}");
        said
    }

    /// Runs, expects an orderly failure, and returns both streams.
    fn fails(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("error: "), "{said}");
        said
    }

    fn features(&self, folder: &str) -> String {
        let data = format!("--data={folder}");
        self.succeeds(&["features", &data, SMALL[0], SMALL[1]])
    }
}

fn said(output: &Output) -> String {
    let streams = [&output.stdout, &output.stderr];
    streams
        .map(|stream| String::from_utf8_lossy(stream))
        .concat()
}

fn model() -> String {
    let path = root().join("www/models/glimpse.safetensors");
    path.canonicalize().unwrap().display().to_string()
}

#[test]
fn a_data_set_is_shown_before_anybody_trains() {
    let work = Workplace::new();
    work.photos("data", 12, 200);
    let table = fs::read_to_string(work.path("data/captions.csv")).unwrap();
    let table = table.replace("00.png,", "lost.png,");
    work.write("data/captions.csv", &table);
    let report = work.succeeds(&["data", "data", "--hold-out=0.3", "--sheet=sheet.png"]);
    for line in [
        "data: read as image-folder, told by captions.csv\n",
        "left out: 1 photos whose file is missing, the first is lost.png\n",
        "sheet.png: 10 photos with their captions\n",
    ] {
        assert!(report.contains(line), "{report}");
    }
    let (width, height) = image::image_dimensions(work.path("sheet.png")).unwrap();
    assert!(width > 1000 && height > 500, "{width} × {height}");
    let refused = work.fails(&["data", "data", "--strict", "--sheet=other.png"]);
    assert!(
        refused.contains("lost.png: the file is missing"),
        "{refused}"
    );
    assert!(!work.path("other.png").exists());
    for command in [
        &["features"][..],
        &["train", "--output=run"],
        &["evaluate", &model(), "--hold-out=0.3"],
        &[
            "calibrate",
            &model(),
            "--output=other.safetensors",
            "--hold-out=0.3",
        ],
    ] {
        let refused = work.fails(&[command, &["--data=data", "--strict"]].concat());
        assert!(
            refused.contains("lost.png: the file is missing"),
            "{refused}"
        );
    }
}

#[test]
fn tables_and_paths_of_every_kind_are_the_same_data_set() {
    let work = Workplace::new();
    work.photos("data", 12, 200);
    let plain = fs::read_to_string(work.path("data/captions.csv")).unwrap();
    let counts = |report: String| {
        let line = report.lines().find(|line| line.contains("to train on"));
        line.unwrap().to_owned()
    };
    let expected = counts(work.succeeds(&["data", "data", "--strict"]));
    assert!(expected.starts_with("data: 1"), "{expected}");
    let absolute = fs::canonicalize(work.path("data")).unwrap();
    let absolute = format!("\n{}/", absolute.display());
    let utf16: Vec<u8> = format!("\u{FEFF}{}", plain.replace(',', "\t"))
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for table in [
        format!("\u{FEFF}{plain}").into_bytes(),
        plain.replace(',', ";").replace('\n', "\r\n").into_bytes(),
        format!("sep=;\r\n{}", plain.replace(',', ";")).into_bytes(),
        utf16,
        plain
            .replace("\n0", "\n./0")
            .replace("\n1", "\n.\\1")
            .into_bytes(),
        plain.replace("\n0", &format!("{absolute}0")).into_bytes(),
        plain.replace(".png,", ".PNG ,").into_bytes(),
    ] {
        fs::write(work.path("data/captions.csv"), &table).unwrap();
        let found = counts(work.succeeds(&["data", "data", "--strict"]));
        assert_eq!(found, expected, "{}", String::from_utf8_lossy(&table));
    }
    let latin = plain.replace("photo", "caf\u{E9}");
    let latin: Vec<u8> = latin.chars().map(|letter| letter as u8).collect();
    fs::write(work.path("data/captions.csv"), latin).unwrap();
    let report = work.succeeds(&["data", "data"]);
    assert!(
        report.contains("not UTF-8: it is read as windows-1252"),
        "{report}"
    );
}

#[test]
fn features_are_of_what_the_photos_hold() {
    let work = Workplace::new();
    work.photos("A", 4, 10);
    work.photos("B", 4, 200);
    assert!(work.features("A").contains("4 computed"));
    // The same names, other photos.
    let said = work.features("B");
    assert!(
        said.contains("4 computed") && !said.contains("already"),
        "{said}"
    );
    for folder in ["A", "B"] {
        let said = work.features(folder);
        assert!(
            said.contains("0 computed") && said.contains("4 photos were in the cache"),
            "{said}"
        );
    }
    // Another photo under one's name, and one less.
    work.photo("A/00.png", [1, 2, 3]);
    fs::remove_file(work.path("A/01.png")).unwrap();
    let said = work.features("A");
    assert!(said.contains("1 computed"), "{said}");
    assert!(said.contains("dropped 2 photos and views"), "{said}");
    // Moved photos are the same.
    fs::rename(work.path("B"), work.path("moved")).unwrap();
    assert!(work.features("moved").contains("0 computed"));
}

#[test]
fn nothing_to_do_is_no_success() {
    let work = Workplace::new();
    work.write(
        "data/captions.csv",
        "file_name,text\na.jpg,a dog\nb.jpg,a cat\n",
    );
    let said = work.fails(&["features", "--data=data", SMALL[0], SMALL[1]]);
    assert!(said.contains("no photo with a caption"), "{said}");
    assert!(
        said.contains("2 photos whose file is missing, the first is a.jpg"),
        "{said}"
    );
    for name in ["a.jpg", "b.jpg"] {
        work.write(&format!("data/{name}"), "no photo");
    }
    let said = work.fails(&["features", "--data=data", SMALL[0], SMALL[1]]);
    assert!(said.contains("none of the 2 photos can be read"), "{said}");
    work.photos("one", 1, 10);
    // Before and after: nobody is sent from one command to the other and back.
    for command in ["train", "features", "train"] {
        let mut arguments = vec![command, "--data=one", SMALL[0], SMALL[1]];
        arguments.extend((command == "train").then_some("--output=run"));
        let said = work.fails(&arguments);
        assert!(said.contains("no photo is left for validation"), "{said}");
    }
    assert!(!work.path("run").exists());
    let said = work.fails(&["evaluate", &model(), "--data=one"]);
    assert!(said.contains("no photo is left for validation"), "{said}");
}

/// Photos of one name in two folders, in COCO's layout.
fn coco(work: &Workplace) {
    for (split, red) in [("train", 10), ("val", 200)] {
        let ids = [7, 8];
        let images = ids.map(|id| format!(r#"{{"id": {id}, "file_name": "{id}.png"}}"#));
        let annotations =
            ids.map(|id| format!(r#"{{"image_id": {id}.0, "caption": "a {split} {id}"}}"#));
        work.write(
            &format!("coco/annotations/captions_{split}2017.json"),
            &format!(
                r#"{{"images": [{}], "annotations": [{}]}}"#,
                images.join(","),
                annotations.join(",")
            ),
        );
        for id in ids {
            work.photo(&format!("coco/{split}2017/{id}.png"), [red, 20 * id, 90]);
        }
    }
}

#[test]
fn results_of_coco_photos_fit_its_own_captions_file_and_the_folder() {
    let work = Workplace::new();
    coco(&work);
    let said = work.succeeds(&[
        "evaluate",
        &model(),
        "--data=coco",
        "--results=r.json",
        "--examples=2",
    ]);
    assert!(said.contains("reference: a val 7"), "{said}");
    let results: Value =
        serde_json::from_str(&fs::read_to_string(work.path("r.json")).unwrap()).unwrap();
    assert_eq!(results[0]["image_id"], 7);
    for references in ["coco/annotations/captions_val2017.json", "coco"] {
        let references = format!("--references={references}");
        let said = work.succeeds(&["score", "r.json", &references]);
        assert!(said.contains("photos         2\n"), "{said}");
    }
    // As `glimpse caption` calls photos.
    let named: Vec<_> = results.as_array().unwrap().iter().map(|result| {
        serde_json::json!({"image_id": format!("{}.png", result["image_id"]), "caption": result["caption"]})
    }).collect();
    work.write("n.json", &serde_json::to_string(&named).unwrap());
    work.succeeds(&[
        "score",
        "n.json",
        "--references=coco/annotations/captions_val2017.json",
    ]);
    let found = work.features("coco");
    assert!(found.contains("4 computed"), "{found}");
}

#[test]
fn results_that_other_tools_write_are_scored() {
    let work = Workplace::new();
    work.write(
        "references.json",
        r#"{"annotations": [{"image_id": 1, "caption": "a red ball"}, {"image_id": "2", "caption": "a dog"}]}"#,
    );
    work.write(
        "results.json",
        "\u{FEFF}[{\"image_id\": 1.0, \"caption\": \"a ball\", \"p\": NaN}, {\"image_id\": 2, \"caption\": \"a dog\"}]",
    );
    let said = work.succeeds(&["score", "results.json", "--references=references.json"]);
    assert!(said.contains("photos         2\n"), "{said}");
    work.write("results.json", "[{\"image_id\": 1, \"caption\": 1}");
    let said = work.fails(&["score", "results.json", "--references=references.json"]);
    assert!(said.contains("it ends too early, in line 1"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn files_are_written_before_anything_is_printed() {
    let work = Workplace::new();
    work.write(
        "references.json",
        r#"{"annotations": [{"image_id": 1, "caption": "a red ball"}]}"#,
    );
    work.write("results.json", r#"[{"image_id": 1, "caption": "a ball"}]"#);
    let score = [
        "score",
        "results.json",
        "--references=references.json",
        "--csv=t.csv",
    ];
    for arguments in [
        &score[..],
        &["presets"],
        &["presets", "glimpse"],
        &["--help"],
        &["--version"],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = work.command(arguments).stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("cannot write to standard output"), "{said}");

        let output = work.command(arguments).stdout(closed()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(141), "{arguments:?}: {said}");
        assert!(said.is_empty(), "{said}");
    }
    assert!(work.path("t.csv").exists());
    // Nobody listens to what went wrong either.
    let mut command = work.command(&["score", "nowhere.json", "--references=nowhere"]);
    let status = command.stderr(closed()).status().unwrap();
    assert_eq!(status.code(), Some(1));
}

/// A pipe that nobody reads.
#[cfg(target_os = "linux")]
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn where_a_file_will_be_written_is_tried_before_the_work() {
    let work = Workplace::new();
    work.photos("data", 2, 10);
    let model = model();
    let given = format!("--model={model}");
    for arguments in [
        &["caption", &given, "data/00.png", "--results=nowhere/x"][..],
        &["caption", &given, "data/00.png", "--attention=nowhere/x"],
        &["evaluate", &model, "--data=data", "--csv=nowhere/x"],
        &["evaluate", &model, "--data=data", "--results=data"],
        &["calibrate", &model, "--data=data", "--output=nowhere/x"],
        &[
            "score",
            "no.json",
            "--references=no.json",
            "--csv=nowhere/x",
        ],
        &[
            "score",
            "no.json",
            "--references=no.json",
            "--per-caption=nowhere/x",
        ],
        &["export", "--run=no", "--output=nowhere/x"],
        &["data", "data", "--sheet=nowhere/x"],
    ] {
        let output = work.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("cannot write"), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn names_of_files_do_not_rule_the_terminal() {
    let work = Workplace::new();
    work.write("a\u{1B}[31m.jpg", "no photo");
    let given = format!("--model={}", model());
    let said = work.fails(&["caption", &given, "a\u{1B}[31m.jpg"]);
    assert!(
        !said.contains('\u{1B}') && said.contains("a\\u{1b}[31m.jpg"),
        "{said}"
    );
}

#[test]
fn a_run_has_its_folder_for_itself_and_goes_on_as_it_is_told() {
    let work = Workplace::new();
    work.photos("data", 8, 10);
    work.features("data");
    let train = [
        "train",
        "--data=data",
        "--output=run",
        "--hold-out=0.3",
        "--photos-per-step=4",
        "--epochs=1",
        SMALL[0],
        SMALL[1],
    ];
    fs::create_dir(work.path("run")).unwrap();
    let lock = File::create(work.path("run/.train.lock")).unwrap();
    lock.lock().unwrap();
    let said = work.fails(&train);
    assert!(
        said.contains("another `glimpse train` is writing to run"),
        "{said}"
    );
    drop(lock);
    work.succeeds(&train);

    let said = work.fails(&["train", "--resume", "--output=run", "--learning-rate=0.1"]);
    assert!(said.contains("--learning-rate is a part of"), "{said}");
    fs::rename(work.path("data"), work.path("moved")).unwrap();
    work.fails(&["train", "--resume", "--output=run", "--epochs=2"]);
    let go_on = [
        "train",
        "--resume",
        "--output=run",
        "--epochs=2",
        "--data=moved",
    ];
    let said = work.succeeds(&go_on);
    assert!(
        said.contains("epoch 2") && !said.contains("has changed"),
        "{said}"
    );
    // What was taken stays, and changed data is told.
    let table = fs::read_to_string(work.path("moved/captions.csv")).unwrap();
    work.write("moved/captions.csv", &format!("{table}00.png,one more\n"));
    let said = work.succeeds(&["train", "--resume", "--output=run"]);
    assert!(
        said.contains("moved has changed since the run began"),
        "{said}"
    );
}
