//! A training run that is killed, at any moment, goes on as if nothing had happened.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{DataSet, any_with_ending};

const TRAIN: [&str; 17] = [
    "train",
    "--data",
    "data",
    "--epochs",
    "4",
    "--photos-per-step",
    "4",
    "--warm-up",
    "5",
    "--log-every",
    "1",
    "--checkpoint-every",
    "2",
    "--seed",
    "7",
    "--patience",
    "9",
];

fn train(data: &DataSet, run: &str, resume: bool) -> Child {
    let arguments: &[_] = if resume {
        &["train", "--resume"]
    } else {
        &TRAIN
    };
    data.command(arguments)
        .args(["--output", run])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn finish(child: Child) {
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}

/// Kills (SIGKILL) a run as soon as `reached` is true.
fn kill_when(mut child: Child, mut reached: impl FnMut() -> bool) {
    let start = Instant::now();
    while !reached() {
        assert!(
            child.try_wait().unwrap().is_none(),
            "the run ended before it could be killed"
        );
        assert!(
            start.elapsed() < Duration::from_secs(300),
            "waited too long"
        );
        sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_run_killed_in_training_and_in_the_middle_of_a_checkpoint_continues_the_same_curve() {
    let data = DataSet::with_features();
    finish(train(&data, "undisturbed", false));
    let expected = data.losses("undisturbed");
    assert_eq!(expected.len(), 32);

    // Between two checkpoints; then twice while a checkpoint is being written.
    kill_when(train(&data, "disturbed", false), || {
        data.losses("disturbed").len() >= 5
    });
    let checkpoints = data.path("disturbed/checkpoints");
    for rows in [10, 19] {
        kill_when(train(&data, "disturbed", true), || {
            data.losses("disturbed").len() >= rows && any_with_ending(&checkpoints, ".partial")
        });
    }
    finish(train(&data, "disturbed", true));

    let losses = data.losses("disturbed");
    assert_eq!(losses.len(), expected.len());
    for ((step, loss), (expected_step, expected_loss)) in losses.iter().zip(&expected) {
        assert_eq!(step, expected_step);
        assert!(
            (loss - expected_loss).abs() < 1e-5,
            "step {step}: {loss} instead of {expected_loss}"
        );
    }
    let validation = |run: &str| {
        let text = fs::read_to_string(data.path(run).join("validation.csv")).unwrap();
        // All but the last column, which is the time.
        text.lines()
            .map(|line| line.rsplit_once(',').unwrap().0.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(validation("disturbed"), validation("undisturbed"));
}

#[cfg(unix)]
#[test]
fn a_run_that_is_interrupted_saves_itself_and_is_no_success() {
    let data = DataSet::with_features();
    let mut child = train(&data, "run", false);
    while data.losses("run").len() < 5 {
        assert!(child.try_wait().unwrap().is_none());
        sleep(Duration::from_millis(1));
    }
    let interrupt = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("go on with --resume"), "{said}");
    assert!(!data.path("run/model.safetensors").exists());
    let done = data.losses("run").len();
    assert!(done < 32, "{done}");
    finish(train(&data, "run", true));
    assert_eq!(data.losses("run").len(), 32);
    assert!(data.path("run/model.safetensors").exists());
}

#[test]
fn a_finished_run_is_not_overwritten_and_resuming_it_changes_nothing() {
    let data = DataSet::with_features();
    let arguments = [
        "train",
        "--data",
        "data",
        "--output",
        "run",
        "--epochs",
        "1",
        "--photos-per-step",
        "16",
    ];
    data.succeeds(&arguments);
    let errors = data.fails(&arguments);
    assert!(errors.contains("--resume"), "{errors}");
    let before = data.losses("run");
    data.succeeds(&["train", "--output", "run", "--resume"]);
    assert_eq!(data.losses("run"), before);
}

#[test]
fn a_features_run_that_was_killed_goes_on() {
    // Rows are written for 32 photos at once: only where there are many more is one killed half done.
    let data = DataSet::drawn_times(6);
    let all = data.photos.len();
    let names = || {
        let root = data.path("features");
        let cache = std::fs::read_dir(root).ok()?.flatten().next()?.path();
        let text = std::fs::read_to_string(cache.join("rows.txt")).ok()?;
        Some(text.lines().count())
    };
    let child = data
        .command(&["features", "--data", "data"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    kill_when(child, || names().is_some_and(|names| names >= 8));
    assert!(names().unwrap() < all, "killed too late");
    let output = data.run(&["features", "--data", "data"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("were in the cache already"), "{errors}");
    assert!(errors.contains(&format!("{all} photos in")), "{errors}");
    assert_eq!(names(), Some(all));
}

#[test]
fn a_checkpoint_that_a_disk_or_a_copy_changed_is_told_and_not_gone_on_with() {
    let data = DataSet::with_features();
    finish(train(&data, "run", false));
    let within = |folder: &str| {
        let folders = fs::read_dir(data.path("run").join(folder)).unwrap();
        let folder = folders.flatten().next().unwrap().path();
        let files = fs::read_dir(folder).unwrap();
        files.flatten().map(|file| file.path()).collect::<Vec<_>>()
    };
    let goes_on = ["train", "--resume", "--output=run", "--epochs=5"];
    let exports = ["export", "--run=run", "--output=model.safetensors"];
    let commands: [(&str, &[&str]); 2] = [("checkpoints", &goes_on), ("best", &exports)];
    for (folder, command) in commands {
        let files = within(folder);
        assert!(files.len() > 2);
        for path in files {
            let whole = fs::read(&path).unwrap();
            let mut changed = whole.clone();
            changed[whole.len() / 2] ^= 1;
            fs::write(&path, changed).unwrap();
            let errors = data.fails(command);
            let file = path.strip_prefix(data.path("")).unwrap().display();
            // A checksum that was changed is told as its file, a name that was as one that is missing.
            let told = errors.contains(&format!("{file} is damaged: its checksum is not that of"))
                || path.ends_with("SHA256SUMS") && errors.contains("SHA256SUMS");
            assert!(told, "{file}: {errors}");
            fs::write(&path, whole).unwrap();
        }
        data.succeeds(command);
    }
}

#[test]
fn a_run_does_not_go_on_with_another_image_networks_weights_than_it_learned_from() {
    let data = DataSet::with_features();
    finish(train(&data, "run", false));
    let resume: &[&str] = &["train", "--resume", "--output=run", "--epochs=5"];
    let export: &[&str] = &["export", "--run=run", "--output=model.safetensors"];
    for (folder, command) in [("checkpoints", resume), ("best", export)] {
        let folders = fs::read_dir(data.path("run").join(folder)).unwrap();
        let checkpoint = folders.flatten().next().unwrap().path();
        let path = checkpoint.join("progress.json");
        let mut progress: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert!(progress["weights_crc32"].is_u64());
        // As of a run that learned from other weights.
        progress["weights_crc32"] = 7.into();
        fs::write(&path, progress.to_string()).unwrap();
        fs::remove_file(checkpoint.join("SHA256SUMS")).unwrap();
        let errors = data.fails(command);
        assert!(
            errors.contains("weights are not those that the run learned from"),
            "{errors}"
        );
        // Earlier versions noted none.
        progress.as_object_mut().unwrap().remove("weights_crc32");
        fs::write(&path, progress.to_string()).unwrap();
        data.succeeds(command);
    }
}
