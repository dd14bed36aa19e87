//! A run as a repository of Hugging Face's Hub.

use std::fs;

use serde_json::Value;

use crate::support::DataSet;

const SMALL: [&str; 2] = ["--feature-layer=head", "--photo-size=64"];

/// The metadata of a card: what stands between its first two lines of hyphens.
fn metadata(card: &str) -> Vec<&str> {
    let rest = card.strip_prefix("---\n").unwrap();
    rest.split_once("\n---\n").unwrap().0.lines().collect()
}

#[test]
fn a_repository_for_the_hub_says_what_the_run_says() {
    let data = DataSet::drawn();
    let [layer, size] = SMALL;
    data.succeeds(&["features", "--data=data", layer, size]);
    let train = ["train", "--data=data", layer, size, "--output=run"];
    data.succeeds(&[&train[..], &["--epochs=2"]].concat());

    let export = ["export", "--run=run", "--hub=hub"];
    let refusal = data.fails(&export);
    assert!(refusal.contains("--hub needs --licence"), "{refusal}");
    assert!(!data.path("hub").exists());

    let label = ["--licence=MIT OR CC0-1.0", "--name=Discs: \"all\""];
    data.succeeds(&[&export[..], &label, &["--output=model.safetensors"]].concat());
    let read = |name: &str| fs::read(data.path(name)).unwrap();
    assert_eq!(read("hub/model.safetensors"), read("model.safetensors"));
    let config: Value = serde_json::from_slice(&read("hub/config.json")).unwrap();
    assert_eq!(config["model_type"], "glimpse");
    assert!(config.get("vocabulary").is_none());

    let card = String::from_utf8(read("hub/README.md")).unwrap();
    let metadata = metadata(&card);
    for line in [
        "license: other",
        "license_name: \"mit-or-cc0-1.0\"",
        "pipeline_tag: image-to-text",
        "- name: \"Discs: \\\"all\\\"\"",
        "      name: \"Flickr8k\"",
    ] {
        assert!(metadata.contains(&line), "{line}: {card}");
    }
    let values: Vec<_> = metadata
        .iter()
        .filter_map(|line| line.trim().strip_prefix("value: "))
        .map(|value| value.parse::<f64>().unwrap())
        .collect();
    let step = config["training"]["steps"].to_string();
    let log = String::from_utf8(read("run/validation-sets.csv")).unwrap();
    let rows = log.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let row = rows.into_iter().find(|row| row[1] == step).unwrap();
    // Its columns are cross-entropy, accuracy and CIDEr-D.
    let logged = [row[5], row[4], row[3]].map(|value| value.parse::<f64>().unwrap());
    assert_eq!(values, logged);
    assert!(
        card.contains("- Flickr8k: for research and teaching only"),
        "{card}"
    );
    assert!(card.contains("\nMIT OR CC0-1.0."), "{card}");

    let refusal = data.run(&["export", "--model=model.safetensors", "--hub=hub"]);
    assert_eq!(refusal.status.code(), Some(2));
}
