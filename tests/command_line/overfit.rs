//! A decoder that can learn at all learns 32 photos by heart.

use std::fs;

use crate::support::DataSet;

#[test]
fn thirty_two_photos_are_learned_by_heart_and_captioned_from_the_exported_file() {
    let data = DataSet::with_features();
    data.succeeds(&[
        "train",
        "--data",
        "data",
        "--output",
        "run",
        "--epochs",
        "60",
        "--photos-per-step",
        "2",
        "--learning-rate",
        "1e-3",
        "--warm-up",
        "20",
        "--dropout",
        "0",
        "--image-dropout",
        "0",
        "--label-smoothing",
        "0",
        "--weight-average",
        "0",
        "--patience",
        "60",
        "--log-every",
        "16",
        "--checkpoint-every",
        "1000",
    ]);
    let (_, loss) = *data.losses("run").last().unwrap();
    println!("loss {loss}");
    assert!(loss < 0.1, "the loss is {loss}");

    data.succeeds(&[
        "export",
        "--run",
        "run",
        "--output",
        "model.safetensors",
        // What is learned by heart hangs on differences that int8 rounds away.
        "--precision",
        "f32",
    ]);
    let mut arguments = vec!["caption", "--model", "model.safetensors"];
    let paths = data.photo_paths();
    arguments.extend(paths.iter().map(String::as_str));
    let captions = data.succeeds(&arguments);
    for (line, (name, caption)) in captions.lines().zip(&data.photos) {
        let expected = caption.trim_end_matches(" .").to_lowercase();
        assert_eq!(line, format!("data/Flicker8k_Dataset/{name}\t{expected}"));
    }
    assert_eq!(captions.lines().count(), 32);

    let report = data.succeeds(&[
        "evaluate",
        "model.safetensors",
        "--data",
        "data",
        "--results",
        "results.json",
        "--csv",
        "table.csv",
    ]);
    // Four colours, two shapes, two heights, two sides, and "a", "lies", "in", "the", "corner".
    for line in [
        "photos         32\n",
        "accuracy       1.0000\n",
        "BLEU-4         100.00\n",
        "ROUGE-L        100.00\n",
        "CIDEr-D        1000.00\n",
        "mean length    9.00 words\n",
        "vocabulary     15 distinct words\n",
        "new captions   0.00 %",
    ] {
        assert!(report.contains(line), "{line} {report}");
    }
    let table = fs::read_to_string(data.path("table.csv")).unwrap();
    assert!(table.starts_with("measure,value\nphotos,32\n"), "{table}");
    // The results are what `caption` says, and score as `evaluate` scored them.
    let results = fs::read_to_string(data.path("results.json")).unwrap();
    let results: serde_json::Value = serde_json::from_str(&results).unwrap();
    for (result, (name, caption)) in results.as_array().unwrap().iter().zip(&data.photos) {
        assert_eq!(result["image_id"], format!("Flicker8k_Dataset/{name}"));
        let expected = caption.trim_end_matches(" .").to_lowercase();
        assert_eq!(result["caption"], expected);
    }
    let scores = data.succeeds(&["score", "results.json", "--references", "data"]);
    for line in scores.lines() {
        assert!(report.contains(line), "{line} {report}");
    }

    // Each word has a map that sums to 1, and the picture of the maps is a PNG.
    let json = data.succeeds(&[
        "caption",
        "--model",
        "model.safetensors",
        "--json",
        "--attention",
        "maps.png",
        &paths[0],
    ]);
    let caption: serde_json::Value = serde_json::from_str(&json).unwrap();
    let words = caption["words"].as_array().unwrap();
    assert_eq!(words.len(), 9);
    for word in words {
        let map = word["map"].as_array().unwrap();
        assert_eq!(map.len(), 49);
        let sum: f64 = map.iter().map(|weight| weight.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-3, "{sum}");
    }
    let picture = image::open(data.path("maps.png")).unwrap();
    assert!(picture.width() > 1000 && picture.height() > 400);

    for file in ["loss.png", "accuracy.png"] {
        assert!(image::open(data.path("run").join(file)).is_ok(), "{file}");
    }
    let samples = fs::read_to_string(data.path("run").join("samples.txt")).unwrap();
    for temperature in ["0.0: ", "0.5: ", "1.0: "] {
        assert_eq!(samples.matches(temperature).count(), 60);
    }
}
