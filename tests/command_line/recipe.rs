//! Options of training that change what a step reads, or how it is shared out.

use std::fs;

use crate::support::DataSet;

fn train<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let common = [
        "train",
        "--data",
        "data",
        "--photos-per-step",
        "8",
        "--epochs",
        "1",
        "--warm-up",
        "1",
        "--learning-rate",
        "1e-3",
        "--log-every",
        "1",
    ];
    [&common, more].concat()
}

#[test]
fn threads_share_out_a_step_and_learn_the_same() {
    let data = DataSet::with_features();
    let without_dropout = ["--dropout", "0", "--image-dropout", "0"];
    let losses = |threads: &'static str| {
        let more = ["--threads", threads, "--output", threads];
        data.succeeds(&train(&[&without_dropout[..], &more].concat()));
        data.losses(threads)
    };
    let (one, three) = (losses("1"), losses("3"));
    assert_eq!(one.len(), 4);
    for ((_, one), (_, three)) in one.iter().zip(&three) {
        assert!((one - three).abs() < 1e-3 * one, "{one} {three}");
    }
    let errors = data.fails(&train(&["--output", "zero", "--threads", "0"]));
    assert!(errors.contains("--threads must be at least 1"), "{errors}");
}

#[test]
fn parts_one_after_the_other_are_the_run_of_as_many_threads() {
    let data = DataSet::with_features();
    data.succeeds(&train(&["--threads=2", "--output=threads"]));
    data.succeeds(&train(&["--threads=1", "--accumulate=2", "--output=parts"]));
    // Dropout included: a part draws the masks of its place.
    assert_eq!(data.losses("threads"), data.losses("parts"));
    data.succeeds(&train(&["--threads=1", "--output=whole"]));
    assert_ne!(data.losses("whole"), data.losses("parts"));
    let model = |run: &str| {
        let name = format!("{run}.safetensors");
        data.succeeds(&["export", "--run", run, "--output", &name]);
        data.manifest(&name)
    };
    let recorded = model("parts");
    assert!(
        recorded.contains("--threads 1 --accumulate 2"),
        "{recorded}"
    );
    let errors = data.fails(&train(&["--output=none", "--accumulate=0"]));
    assert!(
        errors.contains("--accumulate must be at least 1"),
        "{errors}"
    );
}

#[test]
fn a_device_is_named_once() {
    let data = DataSet::with_features();
    let errors = data.fails(&train(&["--output=run", "--device=cpu,cpu"]));
    assert!(errors.contains("the same one twice"), "{errors}");
}

#[test]
fn captions_without_photos_are_learned_but_for_those_of_validation_and_test_photos() {
    let data = DataSet::with_features();
    data.write("data/Flickr_8k.testImages.txt", b"tested_4b.jpg\n");
    let (name, caption) = &data.photos[0];
    let others: Vec<_> = (0..50)
        .map(|number| format!("\"other{number}.jpg\": [\"A yellow cross\", \"red disc left\"]"))
        .collect();
    let stem = name.strip_suffix(".png").unwrap();
    let text = format!(
        "{{\"{stem}.jpg\": [\"the same photo\"], \"tested.jpg\": [\"unseen\"], \"x\": [\"a\", \"{}\"], {}}}",
        caption.to_uppercase(),
        others.join(",")
    );
    data.write("text.json", text.as_bytes());
    let arguments = train(&["--text", "text.json", "--output", "run"]);
    let output = data.run(&arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(
        errors.contains(
            "100 captions of 50 photos; left out: 3 photos that are for validation or testing"
        ),
        "{errors}"
    );
    // The losses of photos and text are added.
    data.succeeds(&train(&["--output", "photos"]));
    let first = |run: &str| data.losses(run)[0].1;
    assert!(first("run") > 1.5 * first("photos"));

    for (content, says) in [
        ("[1]", "no JSON object of lists of captions"),
        ("{\"a\": [\"a red disc\"]}", "fewer than the 40 of a step"),
    ] {
        data.write("bad.json", content.as_bytes());
        let errors = data.fails(&train(&["--text", "bad.json", "--output", "bad"]));
        assert!(errors.contains(says), "{errors}");
        assert!(!data.path("bad").exists());
    }
}

#[test]
fn crops_are_cached_and_trained_on() {
    let data = DataSet::with_features();
    let output = data.run(&train(&["--crops", "2", "--output", "run"]));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("64 computed"), "{errors}");
    let config = fs::read_to_string(data.path("run/recipe.toml")).unwrap();
    assert!(config.contains("crops = 2"), "{config}");
}

#[test]
fn a_runs_recipe_trains_the_same_again() {
    let data = DataSet::with_features();
    data.succeeds(&train(&[
        "--output", "first", "--seed", "5", "--units", "32", "--heads", "2",
    ]));
    let again = ["train", "first/recipe.toml", "--output"];
    data.succeeds(&[&again[..], &["second"]].concat());
    assert_eq!(data.losses("first"), data.losses("second"));
    data.succeeds(&[&again[..], &["other", "--seed", "6", "--data", "data"]].concat());
    assert_ne!(data.losses("first"), data.losses("other"));
    let other = fs::read_to_string(data.path("other/recipe.toml")).unwrap();
    assert!(
        other.contains("seed = 6\n") && other.contains("units = 32\n"),
        "{other}"
    );

    data.write(
        "misspelt.toml",
        other.replace("seed = 6", "sead = 6").as_bytes(),
    );
    let preset = data.succeeds(&["presets", "glimpse"]);
    data.write("preset.toml", preset.as_bytes());
    for (file, says) in [("misspelt.toml", "seed"), ("preset.toml", "--preset")] {
        let errors = data.fails(&["train", file, "--output", "bad"]);
        assert!(errors.contains(file) && errors.contains(says), "{errors}");
    }
}

#[test]
fn a_run_is_exported_without_its_data_sets() {
    let data = DataSet::with_features();
    data.succeeds(&train(&["--output=run"]));
    let model = || {
        data.succeeds(&["export", "--run=run", "--output=model.safetensors"]);
        fs::read(data.path("model.safetensors")).unwrap()
    };
    let with_data = model();
    fs::rename(data.path("data"), data.path("elsewhere")).unwrap();
    assert!(model() == with_data);
    // Earlier versions did not note how much there was.
    fs::remove_file(data.path("run/diet.json")).unwrap();
    let error = data.fails(&["export", "--run=run", "--output=model.safetensors"]);
    assert!(error.contains("data"), "{error}");
    fs::rename(data.path("elsewhere"), data.path("data")).unwrap();
    assert!(model() == with_data);
}

#[test]
fn sixteen_bits_learn_as_thirty_two_do() {
    let data = DataSet::with_features();
    let run = |name: &str, more: &[&str]| {
        let output = format!("--output={name}");
        data.succeeds(&train(&[&[output.as_str()], more].concat()));
        data.losses(name)
    };
    let whole = run("f32", &[]);
    for precision in ["f16", "bf16"] {
        let losses = run(precision, &["--precision", precision]);
        assert_ne!(losses, whole);
        assert_eq!(losses.len(), whole.len());
        for ((_, half), (_, whole)) in losses.iter().zip(&whole) {
            assert!((half - whole).abs() < 0.02 * whole, "{half} {whole}");
        }
        data.succeeds(&["export", "--run", precision, "--output=model.safetensors"]);
        let recorded = data.manifest("model.safetensors");
        assert!(recorded.contains(&format!("--precision {precision}")));
    }
    // What gradients are scaled by goes on from where it was.
    let scale = || {
        let checkpoint = fs::read_dir(data.path("f16/checkpoints")).unwrap();
        let checkpoint = checkpoint.flatten().next().unwrap().path();
        checkpoint.join("loss-scale.json")
    };
    let resume = ["train", "--resume", "--output=f16", "--epochs=2"];
    fs::write(scale(), "{").unwrap();
    let errors = data.fails(&resume);
    assert!(errors.contains("loss-scale.json is damaged"), "{errors}");
    // Versions before it wrote no checksums.
    fs::remove_file(scale().with_file_name("SHA256SUMS")).unwrap();
    let errors = data.fails(&resume);
    assert!(errors.contains("loss-scale.json is damaged"), "{errors}");
    fs::write(scale(), "{\"factor\":512.0,\"steps\":100}").unwrap();
    data.succeeds(&resume);
    let scale = fs::read_to_string(scale()).unwrap();
    let steps = whole.len() + 100;
    assert_eq!(scale, format!("{{\"factor\":512.0,\"steps\":{steps}}}"));
    let other = ["--epochs=3", "--precision=bf16"];
    data.succeeds(&[&resume[..3], &other].concat());
    let errors = data.fails(&train(&[
        "--output=none",
        "--preset=show-attend-tell",
        "--precision=f16",
    ]));
    assert!(errors.contains("for a Transformer"), "{errors}");
}
