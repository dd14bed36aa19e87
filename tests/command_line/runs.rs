//! `glimpse runs`: training runs beside one another.

use std::fs;

use crate::support::DataSet;

/// The cells of the line that begins with a name.
fn cells<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name));
    let line = line.unwrap_or_else(|| panic!("no {name} in {text}"));
    line[name.len()..].split_whitespace().collect()
}

#[test]
fn runs_are_compared_by_recipe_scores_and_curves() {
    let data = DataSet::drawn();
    let small = ["--feature-layer=head", "--photo-size=64"];
    data.succeeds(&["features", "--data=data", small[0], small[1]]);
    let train = |output: &str, flags: &[&str]| {
        let output = format!("--output={output}");
        let arguments = [&["train", "--data=data", &output][..], &small, flags].concat();
        data.succeeds(&arguments);
    };
    train("one", &["--epochs=2", "--seed=1"]);
    train("two", &["--epochs=3", "--seed=2", "--label-smoothing=0.2"]);

    let text = data.succeeds(&["runs", "one", "two", "--report=runs.html"]);
    assert_eq!(cells(&text, "epochs"), ["2", "3"]);
    let (_, recipe) = text.split_once("\n\n").unwrap();
    assert_eq!(cells(recipe, "recipe "), ["one", "two"]);
    let keys: Vec<_> = recipe
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .collect();
    assert_eq!(
        keys,
        [
            ["recipe.training.epochs", "2", "3"],
            ["recipe.training.label_smoothing", "0.1", "0.2"],
            ["seed", "1", "2"],
        ]
    );

    // The best epoch is the one that validated best.
    for (run, name) in ["one", "two"].iter().enumerate() {
        let mut rows = csv::Reader::from_path(data.path(name).join("validation.csv")).unwrap();
        let head = rows.headers().unwrap().clone();
        let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
        let column = |name: &str| head.iter().position(|head| head == name).unwrap();
        let cider = |row: &csv::StringRecord| row[column("cider")].parse::<f64>().unwrap();
        let best = cells(&text, "best epoch")[run];
        let row = rows.iter().find(|row| &row[column("epoch")] == best);
        let row = row.unwrap();
        assert!(rows.iter().all(|other| cider(other) <= cider(row)));
        let shown = format!("{:.2}", 100.0 * cider(row));
        assert_eq!(cells(&text, "CIDEr-D")[run], shown);
        assert_eq!(cells(&text, "at step")[run], &row[column("step")]);
    }

    let page = fs::read_to_string(data.path("runs.html")).unwrap();
    assert_eq!(page.matches("<img src=\"data:image/png;base64,").count(), 3);
    assert!(page.contains("<th scope=\"row\">seed</th><td>1</td><td>2</td>"));
    for outside in ["http:", "https:", "href=", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }

    let errors = data.fails(&["runs", "one", "data"]);
    assert!(errors.contains("data holds no training run"), "{errors}");
    let errors = data.fails(&["runs", "one", "--report=data"]);
    assert!(errors.contains("it is a folder"), "{errors}");
}
