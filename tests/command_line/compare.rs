//! `glimpse compare`, and what `glimpse score` says of several models or of other photos.

use std::fs;

use crate::support::DataSet;

const REFERENCES: &str = r#"{"annotations": [
    {"image_id": 1, "caption": "A dog runs on the beach."},
    {"image_id": 2, "caption": "Two cats sleep on a red sofa"},
    {"image_id": 3, "caption": "A red car on a road"}
]}"#;
const RESULTS: [(&str, [&str; 3]); 2] = [
    ("a.json", ["a dog runs", "a cat", "a red car on a road"]),
    ("b.json", ["a dog runs on the beach", "a cat", "a car"]),
];

/// Results of two models, and references.
fn results() -> DataSet {
    let data = DataSet::drawn();
    data.write("references.json", REFERENCES.as_bytes());
    for (name, captions) in RESULTS {
        let results = captions
            .iter()
            .zip(1..)
            .map(|(caption, id)| format!(r#"{{"image_id": {id}, "caption": "{caption}"}}"#));
        let text = format!("[{}]", results.collect::<Vec<_>>().join(", "));
        data.write(name, text.as_bytes());
    }
    data
}

const TO: &str = "--references=references.json";

#[test]
fn two_models_are_compared_in_every_form() {
    let data = results();
    let run = [
        "compare",
        "a.json",
        "b.json",
        TO,
        "--csv=table.csv",
        "--markdown=table.md",
        "--latex=table.tex",
    ];
    let text = data.succeeds(&run);
    assert!(
        text.starts_with("3 photos, 1000 resamples, seed 1\n"),
        "{text}"
    );
    let row = |text: &str, name: &str| {
        let row = text.lines().find(|line| line.contains(name));
        row.unwrap_or_else(|| panic!("{name}: {text}")).to_owned()
    };
    // Of three photos the first caption is better in one, the second in one.
    let rouge = row(&text, "ROUGE-L");
    let ends: Vec<_> = rouge.split_whitespace().rev().take(3).collect();
    assert_eq!(ends, ["1", "1", "1"], "{text}");
    assert_eq!(data.succeeds(&run), text, "the same draws");

    let csv = fs::read_to_string(data.path("table.csv")).unwrap();
    assert_eq!(
        csv.lines().next(),
        Some("measure,A,B,difference,low,high,B wins,A wins,ties")
    );
    let cells = row(&csv, "ROUGE-L");
    let values: Vec<f64> = cells
        .split(',')
        .skip(1)
        .map(|cell| cell.parse().unwrap())
        .collect();
    assert!((values[1] - values[0] - values[2]).abs() < 1e-12, "{csv}");
    assert!(values[3] < 0.0 && values[4] > 0.0, "{csv}");

    let markdown = fs::read_to_string(data.path("table.md")).unwrap();
    assert!(markdown.contains("|---|---:|---:|"), "{markdown}");
    let latex = fs::read_to_string(data.path("table.tex")).unwrap();
    for says in [
        "\\begin{tabular}{lrrrrrrr}",
        "95 \\% interval",
        "\\end{tabular}",
    ] {
        assert!(latex.contains(says), "{latex}");
    }
    // The same numbers everywhere.
    let numbers = |text: &str| {
        let kept = |character: char| character.is_ascii_digit() || "-.,[]".contains(character);
        let cells = text.split(|character| !kept(character));
        let cells = cells.filter(|cell| cell.contains(|digit: char| digit.is_ascii_digit()));
        cells.map(str::to_owned).collect::<Vec<_>>()
    };
    for measure in ["BLEU-4", "ROUGE-L", "CIDEr-D", "recall"] {
        let expected = numbers(&row(&text, measure));
        assert_eq!(numbers(&row(&markdown, measure)), expected);
        assert_eq!(numbers(&row(&latex, measure)), expected);
    }
}

#[test]
fn a_file_does_not_differ_from_itself() {
    let data = results();
    let text = data.succeeds(&["compare", "a.json", "a.json", TO, "--resamples=50"]);
    let rows: Vec<_> = text.lines().skip(2).collect();
    assert_eq!(rows.len(), 10, "{text}");
    for row in rows {
        assert!(row.contains(" 0.00   [0.00, 0.00] "), "{text}");
        assert!(row.ends_with(" 3"), "{text}");
    }
}

#[test]
fn what_cannot_be_compared_is_told() {
    let data = results();
    data.write("one.json", br#"[{"image_id": 1, "caption": "a dog"}]"#);
    data.write("other.json", br#"[{"image_id": 2, "caption": "a cat"}]"#);
    for (arguments, says) in [
        (["a.json", "one.json", TO].as_slice(), "one.json"),
        (
            &["one.json", "other.json", TO, "--partial"],
            "one.json and other.json hold captions of different photos",
        ),
        (&["a.json", "nowhere.json", TO], "cannot read nowhere.json"),
    ] {
        let errors = data.fails(&[&["compare"], arguments].concat());
        assert!(errors.contains(says), "{errors}");
    }
    let none = data.run(&["compare", "a.json", "b.json", TO, "--resamples=0"]);
    assert_eq!(none.status.code(), Some(2));
}

/// The numbers of ROUGE-L's row.
fn rouge(csv: &str) -> Vec<f64> {
    let row = csv.lines().find_map(|row| row.strip_prefix("ROUGE-L,"));
    let cells = row.unwrap().split(',');
    cells.map(|cell| cell.parse().unwrap()).collect()
}

#[test]
fn several_models_have_a_mean_and_a_standard_deviation() {
    let data = results();
    let text = data.succeeds(&["score", "a.json", "b.json", TO, "--csv=table.csv"]);
    assert!(text.contains("models         2\n"), "{text}");
    let value = |file: &str| {
        data.succeeds(&["score", file, TO, "--csv=one.csv"]);
        let csv = fs::read_to_string(data.path("one.csv")).unwrap();
        let [value] = rouge(&csv)[..] else {
            panic!("{csv}")
        };
        value
    };
    let (a, b) = (value("a.json"), value("b.json"));
    // Of two values the standard deviation is their distance over the root of two.
    let expected = [(a + b) / 2.0, (a - b).abs() / 2f64.sqrt()];
    let csv = fs::read_to_string(data.path("table.csv")).unwrap();
    assert!(
        csv.starts_with("measure,value,standard deviation\n"),
        "{csv}"
    );
    let found = rouge(&csv);
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{csv}");
    }
    let printed = format!(
        "ROUGE-L        {:.2} ± {:.2}\n",
        100.0 * expected[0],
        100.0 * expected[1]
    );
    assert!(text.contains(&printed), "{text}");
    let errors = data.fails(&["score", "a.json", "b.json", TO, "--per-caption=c.csv"]);
    assert!(errors.contains("of one results file"), "{errors}");
}

#[test]
fn scores_have_intervals_where_they_are_asked_for() {
    let data = results();
    let run = ["score", "a.json", TO, "--intervals", "--csv=table.csv"];
    let text = data.succeeds(&run);
    assert_eq!(data.succeeds(&run), text, "the same draws");
    let csv = fs::read_to_string(data.path("table.csv")).unwrap();
    assert!(
        csv.starts_with("measure,value,low,high\nphotos,3,,\n"),
        "{csv}"
    );
    let found = rouge(&csv);
    // One draw in 27 is of the best photo alone, which is said as it is in the references.
    let [value, low, high] = found[..] else {
        panic!("{csv}")
    };
    assert!(low < value && value < high && high == 1.0, "{csv}");
    let shown = format!("{:.2} [{:.2}, 100.00]", 100.0 * value, 100.0 * low);
    assert!(text.contains(&shown), "{text}");
    let alone = data.run(&["score", "a.json", TO, "--resamples=9"]);
    assert_eq!(alone.status.code(), Some(2), "without --intervals");
}
