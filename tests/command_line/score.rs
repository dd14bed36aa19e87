//! `glimpse score`: results against references, and everything that can be wrong with either.

use serde_json::json;

use crate::support::DataSet;

const REFERENCES: &str = r#"{
    "images": [{"id": 7, "file_name": "a.jpg"}],
    "annotations": [
        {"image_id": 7, "id": 1, "caption": "A dog runs on the beach."},
        {"image_id": 7, "id": 2, "caption": "The dog is running."},
        {"image_id": 9, "id": 3, "caption": "Two cats sleep on a red sofa"},
        {"image_id": 9, "id": 4, "caption": "Cats on a sofa"}
    ]
}"#;

fn value(csv: &str, measure: &str) -> f64 {
    let row = csv
        .lines()
        .find_map(|row| row.strip_prefix(&format!("{measure},")));
    row.unwrap().parse().unwrap()
}

#[test]
fn what_other_programs_measured_stands_beside_it() {
    let data = DataSet::drawn();
    data.write("references.json", REFERENCES.as_bytes());
    data.write(
        "a.json",
        br#"[{"image_id": 9, "caption": "two cats"}, {"image_id": 7, "caption": "a dog on grass"}]"#,
    );
    data.write(
        "b.json",
        br#"[{"image_id": 9, "caption": "a sofa"}, {"image_id": 7, "caption": "a dog runs"}]"#,
    );
    // As SPICE writes it, and CLIPScore, whose photos are files without their ending.
    let spice = |seven: f64| {
        json!([{ "image_id": 7, "test": "a dog", "refs": ["the dog"],
                 "scores": { "All": { "pr": 0.5, "re": 0.1, "f": seven }, "Color": { "f": null } } },
               { "image_id": 9, "scores": { "All": { "f": 0.3 } } },
               { "image_id": 11, "scores": { "All": { "f": 0.9 } } }])
    };
    data.write("spice-a.json", spice(0.2).to_string().as_bytes());
    data.write("spice-b.json", spice(0.4).to_string().as_bytes());
    let clip = json!({ "a": { "CLIPScore": 0.7, "RefCLIPScore": 0.8 }, "9": { "CLIPScore": 0.5, "RefCLIPScore": 0.6 } });
    data.write("clip.json", clip.to_string().as_bytes());

    let score = [
        "score",
        "a.json",
        "--references=references.json",
        "--csv=table.csv",
    ];
    let scores = [
        "--scores=spice-a.json",
        "--scores=clip.json",
        "--intervals",
        "--resamples=50",
    ];
    let table = data.succeeds(&[&score[..], &scores].concat());
    assert!(
        table.contains("SPICE          25.00 [20.00, 30.00]\n"),
        "{table}"
    );
    assert!(
        table.contains("CLIPScore      60.00 [50.00, 70.00]\n"),
        "{table}"
    );
    let csv = std::fs::read_to_string(data.path("table.csv")).unwrap();
    let row = csv
        .lines()
        .find_map(|row| row.strip_prefix("RefCLIPScore,0.7,"));
    assert!(row.is_some(), "{csv}");

    let compare = [
        "compare",
        "a.json",
        "b.json",
        "--references=references.json",
        "--csv=compared.csv",
    ];
    let both = [
        "--scores-a=spice-a.json",
        "--scores-a=clip.json",
        "--scores-b=spice-b.json",
    ];
    let table = data.succeeds(&[&compare[..], &both].concat());
    assert!(
        table.contains("SPICE") && !table.contains("CLIPScore"),
        "{table}"
    );
    let compared = std::fs::read_to_string(data.path("compared.csv")).unwrap();
    let row = compared
        .lines()
        .find(|row| row.starts_with("SPICE,"))
        .unwrap();
    // The photo 7 is better by 0.2 and the photo 9 as good.
    assert!(row.ends_with(",1,0,1"), "{row}");

    let fails = |file: &str, text: &str, says: &str| {
        data.write(file, text.as_bytes());
        let given = format!("--scores={file}");
        let errors = data.fails(&[&score[..], &[given.as_str()]].concat());
        assert!(errors.contains(file) && errors.contains(says), "{errors}");
    };
    let lacks = "SPICE is lacking for 1 of 2 photos, the first is 9";
    fails(
        "half.json",
        r#"[{"image_id": 7, "scores": {"All": {"f": 0.2}}}]"#,
        lacks,
    );
    fails("other.json", r#"{"images": []}"#, "is no file of scores");
    fails("short.json", r#"[{"image_id": 7, "sco"#, "ends too early");
}

#[test]
fn coco_results_are_scored() {
    let data = DataSet::drawn();
    data.write("references.json", REFERENCES.as_bytes());
    data.write(
        "results.json",
        br#"[{"image_id": 9, "caption": "two cats sleep on a red sofa ."},
            {"image_id": 7, "caption": "a dog on grass", "id": 3}]"#,
    );
    let table = data.succeeds(&[
        "score",
        "results.json",
        "--references",
        "references.json",
        "--csv",
        "table.csv",
        "--per-caption",
        "captions.csv",
    ]);
    assert!(table.contains("photos         2\n"), "{table}");
    let csv = std::fs::read_to_string(data.path("table.csv")).unwrap();
    // "a", "dog" and "on" of four words, and seven of seven; lengths 4 + 7 against 4 + 7.
    let expected = 10.0 / 11.0;
    assert!((value(&csv, "BLEU-1") - expected).abs() < 1e-9, "{csv}");
    assert!(table.contains("BLEU-1         90.91\n"), "{table}");
    // Of dog, grass, two, cat, sleep, red and sofa no reference has grass. Both references of a photo
    // have dog and run, cat and sofa; the captions lack run.
    for (measure, share) in [
        ("precision (content words)", 6.0 / 7.0),
        ("recall (common content words)", 3.0 / 4.0),
        ("vocabulary", 9.0),
    ] {
        assert!((value(&csv, measure) - share).abs() < 1e-9, "{csv}");
    }
    for line in [
        "precision      85.71 (content words)\n",
        "recall         75.00 (common content words)\n",
        "vocabulary     9 distinct words\n",
    ] {
        assert!(table.contains(line), "{table}");
    }
    let captions = std::fs::read_to_string(data.path("captions.csv")).unwrap();
    let rows: Vec<_> = captions.lines().collect();
    let content = ",precision (content words),recall (common content words),unsupported words";
    assert!(rows[0].ends_with(content), "{captions}");
    assert!(rows[1].ends_with(",0.5,0.5,grass"), "{captions}");
    assert!(rows[2].ends_with(",1,1,"), "{captions}");
    assert!(
        rows[0].starts_with("image_id,caption,BLEU-1,"),
        "{captions}"
    );
    assert!(rows[1].starts_with("7,a dog on grass,0.7"), "{captions}");
    assert!(
        rows[2].starts_with("9,two cats sleep on a red sofa .,0.99"),
        "{captions}"
    );
    assert_eq!(rows.len(), 3);
}

#[test]
fn captions_without_content_words_have_no_precision() {
    let data = DataSet::drawn();
    data.write("references.json", REFERENCES.as_bytes());
    data.write(
        "results.json",
        br#"[{"image_id": 7, "caption": "it is a photo"}, {"image_id": 9, "caption": ""}]"#,
    );
    let table = data.succeeds(&[
        "score",
        "results.json",
        "--references",
        "references.json",
        "--per-caption",
        "captions.csv",
    ]);
    assert!(!table.contains("precision"), "{table}");
    assert!(table.contains("recall         0.00 "), "{table}");
    let captions = std::fs::read_to_string(data.path("captions.csv")).unwrap();
    for row in captions.lines().skip(1) {
        assert!(row.ends_with(",,0,"), "{captions}");
    }
}

#[test]
fn photos_of_a_folder_go_by_name_or_stem() {
    let data = DataSet::drawn();
    let results: Vec<_> = data
        .photos
        .iter()
        .enumerate()
        .map(|(place, (name, caption))| {
            let id = if place % 2 == 0 {
                name.trim_end_matches(".png")
            } else {
                name
            };
            json!({"image_id": id, "caption": caption})
        })
        .collect();
    data.write(
        "results.json",
        serde_json::to_string(&results).unwrap().as_bytes(),
    );
    let run = [
        "score",
        "results.json",
        "--references",
        "data",
        "--split",
        "dev",
        "--csv",
        "t.csv",
    ];
    data.succeeds(&run);
    let csv = std::fs::read_to_string(data.path("t.csv")).unwrap();
    assert_eq!(value(&csv, "photos"), 32.0);
    assert!((value(&csv, "ROUGE-L") - 1.0).abs() < 1e-9, "{csv}");
    assert!((value(&csv, "CIDEr-D") - 10.0).abs() < 1e-9, "{csv}");
    assert!((value(&csv, "BLEU-4") - 1.0).abs() < 1e-6, "{csv}");
}

#[test]
fn what_is_wrong_with_results_is_named() {
    let data = DataSet::drawn();
    data.write("references.json", REFERENCES.as_bytes());
    for (results, says) in [
        ("", "is empty"),
        ("[]", "holds no captions"),
        ("a dog runs", "no COCO results file"),
        (r#"{"image_id": 7, "caption": "x"}"#, "no COCO results file"),
        (
            r#"[{"image_id": 7}]"#,
            "results.json, result 1: it has no caption",
        ),
        (
            r#"[{"image_id": 7, "caption": "x"}]"#,
            "1 of 2 photos have no caption in the results, the first is 9",
        ),
        (
            r#"[{"image_id": 7, "caption": "x"}, {"image_id": 7, "caption": "y"}, {"image_id": 9, "caption": "z"}]"#,
            "two captions of the photo 7",
        ),
        (
            r#"[{"image_id": 7, "caption": "x"}, {"image_id": 9, "caption": "y"}, {"image_id": 11, "caption": "z"}]"#,
            "1 of 3 captions are of photos that the references lack, the first is 11",
        ),
    ] {
        data.write("results.json", results.as_bytes());
        let errors = data.fails(&["score", "results.json", "--references", "references.json"]);
        assert!(errors.contains(says), "{results}: {errors}");
    }
    // What is missing may be meant to be.
    data.write("results.json", br#"[{"image_id": 7, "caption": "x"}]"#);
    let partial = [
        "score",
        "results.json",
        "--references",
        "references.json",
        "--partial",
    ];
    assert!(data.succeeds(&partial).contains("photos         1\n"));
    let errors = data.fails(&["score", "nowhere.json", "--references", "references.json"]);
    assert!(errors.contains("cannot read nowhere.json"), "{errors}");
}

#[test]
fn what_is_wrong_with_references_is_named() {
    let data = DataSet::drawn();
    data.write("results.json", br#"[{"image_id": 7, "caption": "x"}]"#);
    data.write("list.json", b"[1, 2]");
    data.write("none.json", br#"{"annotations": []}"#);
    data.write("references.json", REFERENCES.as_bytes());
    for (references, says) in [
        ("nowhere.json", "cannot read nowhere.json"),
        ("list.json", "list.json is no COCO captions file"),
        ("none.json", "none.json holds no captions"),
        ("features", "cannot read features"),
    ] {
        let errors = data.fails(&["score", "results.json", "--references", references]);
        assert!(errors.contains(says), "{references}: {errors}");
    }
    let split = [
        "score",
        "results.json",
        "--references",
        "references.json",
        "--split",
        "dev",
    ];
    let errors = data.fails(&split);
    assert!(
        errors.contains("choose photos of a data set's folder"),
        "{errors}"
    );
}
