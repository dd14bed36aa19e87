//! Two data sets in one run: each in a style of its own, each validated by itself.

use std::fs;

use crate::support::DataSet;

/// Makes a second data set of the photos whose captions are terse: `disc red`.
fn add_terse_set(data: &DataSet) {
    for split in ["train", "validation"] {
        let folder = format!("terse/{split}");
        fs::create_dir_all(data.path(&folder)).unwrap();
        let mut table = "file_name,caption\n".to_owned();
        for (name, caption) in &data.photos {
            let photo = data.path(&format!("data/Flicker8k_Dataset/{name}"));
            fs::copy(photo, data.path(&format!("{folder}/{name}"))).unwrap();
            table += &format!("{name},{}\n", terse(caption));
        }
        data.write(&format!("{folder}/captions.csv"), table.as_bytes());
    }
}

/// `A red disc lies in the top left corner .` as `disc red`.
fn terse(caption: &str) -> String {
    let words: Vec<_> = caption.split(' ').collect();
    format!("{} {}", words[2], words[1])
}

#[test]
fn each_set_is_learned_in_its_style_and_validated_by_itself() {
    let data = DataSet::with_features();
    add_terse_set(&data);
    data.succeeds(&["features", "--data=terse"]);
    data.succeeds(&[
        "train",
        "--data=data",
        "--more-data=terse,style=terse,share=0.5",
        "--output=run",
        "--epochs=40",
        "--photos-per-step=2",
        "--learning-rate=1e-3",
        "--warm-up=20",
        "--dropout=0",
        "--image-dropout=0",
        "--label-smoothing=0",
        "--weight-average=0",
        "--patience=40",
    ]);
    let sets = fs::read_to_string(data.path("run/validation-sets.csv")).unwrap();
    let rows: Vec<Vec<&str>> = sets.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0][..3], ["epoch", "step", "set"]);
    // 32 photos of the first set and half as many of the second, two a step.
    assert_eq!((rows[1][1], rows[2][1], rows[3][1]), ("24", "24", "48"));
    assert_ne!(rows[1][2], rows[2][2]);
    let mean = fs::read_to_string(data.path("run/validation.csv")).unwrap();
    let column = |row: &[&str], place: usize| row[place].parse::<f64>().unwrap();
    let first: Vec<&str> = mean.lines().nth(1).unwrap().split(',').collect();
    let expected = (column(&rows[1], 5) + column(&rows[2], 5)) / 2.0;
    assert!((column(&first, 4) - expected).abs() < 1e-9);

    data.succeeds(&[
        "export",
        "--run=run",
        "--precision=f32",
        "--output=m.safetensors",
    ]);
    let manifest = data.manifest("m.safetensors");
    assert!(manifest.contains("[STYLE terse]"));
    assert!(manifest.contains("--more-data DATA,style=terse,share=0.5"));
    let paths = data.photo_paths();
    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
    let caption = |style: &[&str]| {
        let command = ["caption", "--model=m.safetensors"];
        data.succeeds(&[&command, style, &paths].concat())
    };
    let (plain_captions, terse_captions) = (caption(&[]), caption(&["--style=terse"]));
    for ((plain_line, terse_line), (_, caption)) in plain_captions
        .lines()
        .zip(terse_captions.lines())
        .zip(&data.photos)
    {
        let plain = caption.to_lowercase();
        let plain = plain.trim_end_matches(" .");
        assert!(
            plain_line.ends_with(&format!("\t{plain}")),
            "{plain_line}: {plain}"
        );
        let terse = terse(caption);
        assert!(
            terse_line.ends_with(&format!("\t{terse}")),
            "{terse_line}: {terse}"
        );
    }
    let score = |style: &[&str]| {
        let arguments = [&["evaluate", "m.safetensors", "--data=terse"], style].concat();
        let table = data.succeeds(&arguments);
        let line = table.lines().find(|line| line.starts_with("CIDEr-D"));
        let value = line.unwrap().split_whitespace().nth(1).unwrap();
        value.parse::<f64>().unwrap()
    };
    assert!(score(&["--style=terse"]) > 5.0 * score(&[]).max(1.0));

    let ornate = [
        "caption",
        "--model=m.safetensors",
        "--style=ornate",
        paths[0],
    ];
    let refusal = data.fails(&ornate);
    assert!(
        refusal.contains("no style ornate: the model has terse"),
        "{refusal}"
    );
}

#[test]
fn a_share_that_is_none_is_refused() {
    let data = DataSet::drawn();
    let output = data.run(&["train", "--data=data,share=0", "--output=run"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(
        errors.contains("the share 0 is no number above 0"),
        "{errors}"
    );
}
