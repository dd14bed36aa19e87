//! `glimpse evaluate --report`: a page to browse the captions in.

use std::fs;

use serde_json::Value;

use crate::support::{DataSet, root};

/// Bytes of a photo in a report: 5,000 of them are to stay below 50 MB.
const MOST_BYTES_OF_A_PHOTO: usize = 10_000;

/// What would end the page's data, and load something from elsewhere.
const HOSTILE: &str = "a </script><script src=https://example.com/x.js> corner <!--";

/// What stands between two texts.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap();
    rest.split_once(after).unwrap().0
}

/// A model's captions of the drawn photos with their report in `report`, and what was printed. The first photo's reference
/// is hostile.
fn reported() -> (DataSet, String) {
    let data = DataSet::drawn();
    let references: String = data
        .photos
        .iter()
        .enumerate()
        .map(|(place, (name, caption))| {
            let caption = if place == 0 { HOSTILE } else { caption };
            format!("{name}#0\t{caption}\n{name}#1\tA square and a corner of a wall\n")
        })
        .collect();
    data.write("data/Flickr8k.token.txt", references.as_bytes());
    let model = root().join("www/models/glimpse.safetensors");
    let model = model.to_str().unwrap();
    // What fails leaves nothing in the way.
    data.fails(&["evaluate", model, "--data=nowhere", "--report=report"]);
    let table = data.succeeds(&[
        "evaluate",
        model,
        "--data=data",
        "--report=report",
        "--results=results.json",
    ]);
    (data, table)
}

#[test]
fn a_report_holds_what_is_printed_and_nothing_from_elsewhere() {
    let (data, table) = reported();
    let page = fs::read_to_string(data.path("report/index.html")).unwrap();
    let written = between(
        &page,
        "<script type=\"application/json\" id=\"data\">",
        "</script>",
    );
    let report: Value = serde_json::from_str(written).unwrap();

    // All files, and how large they are.
    let mut bytes = written.len();
    let photos = report["photos"].as_array().unwrap();
    assert_eq!(photos.len(), 32);
    for place in 1..=photos.len() {
        let path = data.path(&format!("report/photos/{place}.jpg"));
        bytes += fs::metadata(&path).unwrap().len() as usize;
        let small = image::open(&path).unwrap();
        assert_eq!((small.width(), small.height()), (200, 200));
    }
    assert!(bytes / photos.len() < MOST_BYTES_OF_A_PHOTO, "{bytes}");
    let entries = |folder: &str| fs::read_dir(data.path(folder)).unwrap().count();
    assert_eq!((entries("report"), entries("report/photos")), (2, 32));

    // Nothing points anywhere, and the policy would not let it.
    let code = page.replace(written, "");
    let code = code.replace("http://www.w3.org/2000/svg", "");
    for outside in ["http:", "https:", "src=\"", "href=", "url(", "@import url"] {
        assert!(!code.contains(outside), "{outside}");
    }
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"));
    assert!(!policy.contains("unsafe") && !policy.contains('*'));

    // The figures are those printed, in their order.
    let figures = report["figures"].as_array().unwrap();
    let lines: Vec<_> = figures
        .iter()
        .map(|figure| {
            let [name, value, note] = [0, 1, 2].map(|part| figure[part].as_str().unwrap());
            let line = format!("{name:<14} {value} {note}");
            line.trim_end().to_owned()
        })
        .collect();
    assert_eq!(lines, table.lines().collect::<Vec<_>>());

    // Of each photo: what it is called, what was said of it, and a map for each word.
    let grid = &report["grid"];
    let positions = grid["rows"].as_u64().unwrap() * grid["columns"].as_u64().unwrap();
    let levels = report["levels"].as_str().unwrap();
    assert_eq!(levels.len(), report["palette"].as_array().unwrap().len());
    for (photo, (name, caption)) in photos.iter().zip(&data.photos) {
        assert_eq!(photo["name"], format!("Flicker8k_Dataset/{name}"));
        let caption = if photo == &photos[0] {
            HOSTILE
        } else {
            caption
        };
        assert_eq!(photo["references"][0], caption);
        assert!(photo["confidence"].as_f64().is_some());
        let words = photo["words"].as_array().unwrap();
        assert!(!words.is_empty());
        for word in words {
            let map = word["map"].as_str().unwrap();
            assert_eq!(map.len() as u64, positions);
            assert!(map.chars().all(|level| levels.contains(level)), "{map}");
            let highest = levels.chars().last().unwrap();
            assert!(map.contains(highest), "{map}");
        }
    }

    // A caption's scores are those that `score` gives it.
    data.succeeds(&[
        "score",
        "results.json",
        "--references=data",
        "--per-caption=captions.csv",
    ]);
    let mut rows = csv::Reader::from_path(data.path("captions.csv")).unwrap();
    let names: Vec<_> = rows.headers().unwrap().iter().map(str::to_owned).collect();
    let measures = report["measures"].as_array().unwrap();
    assert_eq!(names[2..names.len() - 1], measures[..]);
    for (row, photo) in rows.records().zip(photos) {
        let row = row.unwrap();
        assert_eq!(photo["caption"], row[1]);
        for (place, measure) in names.iter().enumerate().skip(2).take(measures.len()) {
            let score = photo["scores"][place - 2].as_f64();
            let expected: Option<f64> = row[place].parse().ok();
            let near = |(a, b): (f64, f64)| (a - b).abs() < 1e-6;
            assert!(
                score == expected || score.zip(expected).is_some_and(near),
                "{measure} of {}: {score:?}, {expected:?}",
                &row[0]
            );
        }
        // Its content words that no reference has, in the model's spelling of them.
        let words = photo["words"].as_array().unwrap().iter();
        let invented: Vec<_> = words
            .filter(|word| word["supported"] == false)
            .map(|word| word["text"].as_str().unwrap())
            .collect();
        assert_eq!(invented.join(" "), row[row.len() - 1]);
    }

    // What is there is not written over.
    let model = root().join("www/models/glimpse.safetensors");
    let model = model.to_str().unwrap();
    for taken in ["report", "data", "results.json"] {
        let report = format!("--report={taken}");
        let errors = data.fails(&["evaluate", model, "--data=data", &report]);
        assert!(errors.contains("cannot write a report to"), "{errors}");
        assert!(errors.contains(taken), "{errors}");
    }
}
