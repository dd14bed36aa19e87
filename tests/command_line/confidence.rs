//! `glimpse calibrate`, and what `glimpse caption` says of a model that it was done for.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{DataSet, root};

/// The tensors of a model file: all that follows its header.
fn tensors(file: &Path) -> Vec<u8> {
    let bytes = fs::read(file).unwrap();
    let header = u64::from_le_bytes(*bytes.first_chunk::<8>().unwrap()) as usize;
    bytes[8 + header..].to_vec()
}

/// Drawn photos that the shipped model is right about every other time, as their references have it.
fn half_right(shipped: &str) -> DataSet {
    let data = DataSet::drawn();
    let paths = data.photo_paths();
    let mut arguments = vec!["caption", "--model", shipped];
    arguments.extend(paths.iter().map(String::as_str));
    let captions = data.succeeds(&arguments);
    let references: String = captions
        .lines()
        .zip(&data.photos)
        .enumerate()
        .map(|(index, (line, (name, _)))| {
            let (_, said) = line.split_once('\t').unwrap();
            let said = if index % 2 == 0 {
                said
            } else {
                "zebras play chess"
            };
            format!("{name}#0\t{said}\n")
        })
        .collect();
    data.write("data/Flickr8k.token.txt", references.as_bytes());
    data
}

#[test]
fn a_calibrated_model_says_how_sure_it_is() {
    let shipped = root().join("www/models/glimpse.safetensors");
    let data = half_right(shipped.to_str().unwrap());
    let report = data.succeeds(&[
        "calibrate",
        shipped.to_str().unwrap(),
        "--data",
        "data",
        "--output",
        "sure.safetensors",
        "--plot",
        "reliability.png",
    ]);
    for line in [
        ": 32 photos\n",
        "right                           50.0 %\n",
        "expected calibration error",
        "Brier score",
        "area under risk and coverage",
    ] {
        assert!(report.contains(line), "{line} {report}");
    }
    let plot = image::open(data.path("reliability.png")).unwrap();
    assert!(plot.width() > plot.height());
    assert!(tensors(&shipped) == tensors(&data.path("sure.safetensors")));

    let paths = data.photo_paths();
    let caption = |flags: &[&str]| {
        let mut arguments = vec!["caption", "--model", "sure.safetensors"];
        arguments.extend(flags);
        arguments.extend([paths[0].as_str(), paths[1].as_str()]);
        data.run(&arguments)
    };
    let json = |flags: &[&str]| -> Vec<Value> {
        let output = caption(&[&["--json"], flags].concat());
        assert!(output.status.success());
        let lines = String::from_utf8(output.stdout).unwrap();
        let lines = lines.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let sure = json(&[]);
    let with_runners_up = json(&["--alternatives", "2"]);
    for (one, same) in sure.iter().zip(&with_runners_up) {
        let confidence = one["confidence"].as_f64().unwrap();
        assert!(confidence > 0.0 && confidence < 1.0, "{confidence}");
        let same = same["confidence"].as_f64().unwrap();
        assert!((confidence - same).abs() < 1e-3, "{confidence} {same}");
        for word in one["words"].as_array().unwrap() {
            let text = word["text"].as_str().unwrap();
            if ["a", "in", "the"].contains(&text) {
                assert_eq!(word.get("confidence"), None, "{word}");
            }
            if ["disc", "cross", "red"].contains(&text) {
                assert!(word["confidence"].is_number(), "{word}");
            }
            let confidence = word
                .get("confidence")
                .map_or(0.5, |it| it.as_f64().unwrap());
            assert!((0.0..=1.0).contains(&confidence), "{confidence}");
        }
    }
    for greedy in json(&["--beams", "1"]) {
        assert_eq!(greedy.get("confidence"), None);
    }

    // Nothing is this sure; and the least is not more than 0.
    let none = caption(&["--min-confidence", "1"]);
    assert!(none.status.success() && none.stdout.is_empty());
    let left_out = String::from_utf8(none.stderr).unwrap();
    assert_eq!(left_out.lines().count(), 2);
    for (line, path) in left_out.lines().zip(&paths) {
        let says = format!("left out {path}: its confidence is 0.");
        assert!(line.starts_with(&says), "{line}");
    }
    let all = caption(&["--min-confidence", "0"]);
    assert_eq!(all.stdout, caption(&[]).stdout);

    // With another search nothing is known, and that is said.
    let errors = data.fails(&[
        "caption",
        "--model",
        "sure.safetensors",
        "--beams",
        "1",
        "--min-confidence",
        "0.5",
        &paths[0],
    ]);
    assert!(errors.contains("--min-confidence needs"), "{errors}");
}
