//! `glimpse caption` with the shipped model: beams, runners-up, sampling, and files of results.

use std::collections::HashSet;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use temp_dir::TempDir;

use crate::support::root;

const PHOTOS: [&str; 3] = [
    "www/samples/cat.jpg",
    "www/samples/moose.jpg",
    "www/samples/pagoda.jpg",
];

fn run(flags: &[&str], photos: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_glimpse"))
        .current_dir(root())
        .arg("caption")
        .args(flags)
        .args(photos)
        .output()
        .unwrap()
}

fn text(flags: &[&str], photos: &[&str]) -> String {
    let output = run(flags, photos);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{flags:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(flags: &[&str], photos: &[&str]) -> Vec<Value> {
    let flags = [&["--json"], flags].concat();
    let lines = text(&flags, photos);
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The text of a caption and of its runners-up.
fn all_texts(caption: &Value) -> Vec<&str> {
    let others = caption["alternatives"].as_array().unwrap();
    std::iter::once(caption)
        .chain(others)
        .map(|caption| caption["text"].as_str().unwrap())
        .collect()
}

fn assert_close(a: &Value, b: &Value) {
    let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
    assert!((a - b).abs() < 1e-3, "{a} {b}");
}

#[test]
fn runners_up_come_with_their_words_and_scores() {
    let penalty = ["--length-penalty", "0.8"];
    let search = [&["--beams", "5", "--alternatives", "4"][..], &penalty].concat();
    let captions = json(&search, &PHOTOS);
    assert_eq!(captions.len(), 3);
    for caption in &captions {
        let texts = all_texts(caption);
        assert_eq!(texts.len(), 5);
        assert_eq!(texts.iter().collect::<HashSet<_>>().len(), 5);
        let others = caption["alternatives"].as_array().unwrap();
        let mut last = caption["score"].as_f64().unwrap();
        for other in std::iter::once(caption).chain(others) {
            let score = other["score"].as_f64().unwrap();
            assert!(score <= last);
            last = score;
            let words = other["words"].as_array().unwrap();
            let probability: f64 = words
                .iter()
                .map(|word| word["probability"].as_f64().unwrap().ln())
                .sum();
            // Less than the words' by what the end costs.
            let whole = other["log_probability"].as_f64().unwrap();
            assert!(whole < probability, "{whole} {probability}");
            for word in words {
                let map = word["map"].as_array().unwrap();
                let sum: f64 = map.iter().map(|weight| weight.as_f64().unwrap()).sum();
                assert!((sum - 1.0).abs() < 1e-3);
            }
            let length = words.len() as f64 + 1.0;
            assert!((score - whole / length.powf(0.8)).abs() < 1e-3);
        }
    }

    // The same as text: the caption, and indented all of them with their scores.
    let lines = text(&search, &PHOTOS);
    let lines: Vec<_> = lines.lines().collect();
    assert_eq!(lines.len(), 3 * 6);
    for ((lines, photo), caption) in lines.chunks(6).zip(PHOTOS).zip(&captions) {
        let texts = all_texts(caption);
        assert_eq!(lines[0], format!("{photo}\t{}", texts[0]));
        for (line, text) in lines[1..].iter().zip(texts) {
            let (score, words) = line
                .strip_prefix("  ")
                .unwrap()
                .trim_start()
                .split_once("  ")
                .unwrap();
            score.parse::<f64>().unwrap();
            assert_eq!(words, text);
        }
    }
}

#[test]
fn photos_are_captioned_together_as_alone() {
    for flags in [
        &["--beams", "4", "--alternatives", "2"][..],
        &["--sample", "--seed", "5", "--alternatives", "2"],
    ] {
        let together = json(flags, &PHOTOS);
        for (photo, caption) in PHOTOS.iter().zip(&together) {
            let alone = json(flags, &[photo]);
            assert_eq!(all_texts(&alone[0]), all_texts(caption));
            assert_close(&alone[0]["score"], &caption["score"]);
        }
    }
}

#[test]
fn a_seed_repeats_its_captions_and_another_does_not() {
    let draw = |seed| text(&["--sample", "--top-k", "50", "--seed", seed], &PHOTOS);
    assert_eq!(draw("1"), draw("1"));
    assert_ne!(draw("1"), draw("2"));
    // One word to choose from is the likeliest.
    assert_eq!(
        text(&["--sample", "--top-k", "1"], &PHOTOS),
        text(&["--beams", "1"], &PHOTOS)
    );
}

#[test]
fn lengths_and_repetitions_are_limited() {
    for caption in json(&["--beams", "3", "--max-words", "4"], &PHOTOS) {
        assert!(caption["words"].as_array().unwrap().len() <= 4);
    }
    for caption in json(&["--beams", "3", "--repeat-block", "1"], &PHOTOS) {
        let text = caption["text"].as_str().unwrap();
        let words: Vec<_> = text.split(' ').collect();
        assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len());
    }
}

#[test]
fn a_results_file_holds_the_captions_that_are_printed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("results.json");
    let printed = text(&["--results", path.to_str().unwrap()], &PHOTOS);
    let results: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(results.len(), 3);
    for ((line, result), name) in
        printed
            .lines()
            .zip(&results)
            .zip(["cat.jpg", "moose.jpg", "pagoda.jpg"])
    {
        assert_eq!(result["image_id"], name);
        let (_, caption) = line.split_once('\t').unwrap();
        assert_eq!(result["caption"], caption);
    }
    // Of one name, in two folders.
    let other = folder.path().join("cat.jpg");
    std::fs::copy(root().join(PHOTOS[1]), &other).unwrap();
    let both = [root().join(PHOTOS[0]).canonicalize().unwrap(), other];
    let both = both.each_ref().map(|path| path.to_str().unwrap());
    text(&["--results", path.to_str().unwrap()], &both);
    let results: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    for (result, path) in results.iter().zip(both) {
        let id = result["image_id"].as_str().unwrap();
        assert!(id.contains('/') && path.ends_with(id), "{id} of {path}");
    }
    let twice = [PHOTOS[0], PHOTOS[1], PHOTOS[0]];
    let output = run(&["--results", path.to_str().unwrap()], &twice);
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("is given twice"), "{errors}");
}

#[test]
fn options_that_do_not_go_together_are_told() {
    for (flags, says) in [
        (
            &["--alternatives", "5", "--beams", "3"][..],
            "--alternatives 5 needs --beams 6",
        ),
        (&["--temperature", "0.5"], "it needs --sample"),
        (&["--sample", "--temperature", "0"], "temperature is 0"),
        (&["--sample", "--beams", "2"], "cannot be used with"),
        (&["--length-penalty", "nan"], "length penalty is NaN"),
        (&["--max-words", "0"], "most words is 0"),
    ] {
        let output = run(flags, &PHOTOS);
        assert!(!output.status.success(), "{flags:?}");
        assert!(output.stdout.is_empty());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains("error: "), "{errors}");
        assert!(errors.contains(says), "{flags:?}: {errors}");
        assert!(!errors.contains("panicked"), "{errors}");
    }
}

/// A script stands for the system's speech service.
#[cfg(target_os = "linux")]
#[test]
fn captions_are_read_aloud_where_the_system_can() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().unwrap();
    let caption = |path: &Path| {
        Command::new(env!("CARGO_BIN_EXE_glimpse"))
            .current_dir(root())
            .env("PATH", path)
            .args(["caption", "--speak", PHOTOS[0], PHOTOS[1]])
            .output()
            .unwrap()
    };
    let silent = caption(folder.path());
    let errors = String::from_utf8_lossy(&silent.stderr);
    assert_eq!(silent.status.code(), Some(1));
    assert!(errors.contains("espeak-ng"), "{errors}");
    assert!(silent.stdout.is_empty(), "told before the work is done");

    let service = folder.path().join("espeak-ng");
    let heard = folder.path().join("heard");
    let script = |last: &str| {
        let text = format!(
            "#!/bin/sh\n[ \"$*\" = '--stdin -v en' ] || exit 4\n/bin/cat >> '{}'\n{last}\n",
            heard.display()
        );
        fs::write(&service, text).unwrap();
        fs::set_permissions(&service, fs::Permissions::from_mode(0o755)).unwrap();
    };
    script("exit 0");
    let output = caption(folder.path());
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    let spoken = fs::read_to_string(&heard).unwrap();
    assert_eq!(spoken.lines().count(), 2);
    for (printed, spoken) in printed.lines().zip(spoken.lines()) {
        assert!(
            !spoken.is_empty() && printed.contains(spoken),
            "{printed} / {spoken}"
        );
    }

    script("exit 3");
    let output = caption(folder.path());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(errors.matches("did not speak").count(), 1, "{errors}");
    let captions = String::from_utf8(output.stdout).unwrap();
    assert_eq!(captions.lines().count(), 2, "captions go on: {captions}");
}
