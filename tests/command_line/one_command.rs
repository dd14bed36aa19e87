//! `glimpse train` alone: features, a recipe, scores and a model file come by themselves.

use std::fs;
use std::process::{Output, Stdio};

use crate::support::DataSet;

fn said(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    errors
}

#[test]
fn few_photos_make_the_shipped_model_a_captioner_of_them_in_one_command() {
    let data = DataSet::drawn();
    let train = [
        "train",
        "--data",
        "data",
        "--epochs=1",
        "--photos-per-step=8",
    ];
    let output = data.command_as_it_is(&train).output().unwrap();
    let errors = said(&output);
    for part in [
        "32 training photos: --preset shipped",
        "Flickr8k: computing its features, once",
        "32 photos in",
        "run/model.safetensors",
        "cargo xtask serve --model run/model.safetensors",
    ] {
        assert!(errors.contains(part), "{part}: {errors}");
    }
    let scores = String::from_utf8_lossy(&output.stdout);
    for part in [
        "Flickr8k, validation",
        "photos         32",
        "BLEU-4",
        "METEOR",
        "CIDEr-D",
    ] {
        assert!(scores.contains(part), "{part}: {scores}");
    }
    let photo = &data.photo_paths()[0];
    let caption = data.succeeds(&["caption", "--model=run/model.safetensors", photo]);
    assert!(caption.trim().len() > 8, "{caption}");
    let model = fs::read(data.path("run/model.safetensors")).unwrap();
    let manifest = String::from_utf8_lossy(&model);
    assert!(manifest.contains("--preset shipped") && manifest.contains("--from shipped"));
    // The shipped model's words, and the command that made it before this one.
    assert!(manifest.contains("lighthouse"));
    assert!(manifest.matches("glimpse train").count() > 1);

    let again = data.fails(&["train", "--data", "data"]);
    assert!(
        again.contains("run holds a training run already"),
        "{again}"
    );
}

#[test]
fn features_are_computed_as_far_as_they_lack() {
    let data = DataSet::drawn();
    let bad = &data.photo_paths()[3];
    data.write(bad, b"not a png");
    let train = |run: &str, more: &[&str]| {
        let common = ["train", "--data=data", "--epochs=1", "--output", run];
        said(&data.run(&[&common, more].concat()))
    };
    let first = train("first", &[]);
    assert!(
        first.contains("31 photos in") && first.contains("1 skipped"),
        "{first}"
    );
    assert!(
        first.contains("left out: 1 photos without features"),
        "{first}"
    );
    // All is there, and a photo that cannot be read is not tried again.
    let second = train("second", &[]);
    assert!(!second.contains("computing"), "{second}");
    assert!(
        second.contains("left out: 1 photos without features"),
        "{second}"
    );
    let mirrored = train("mirrored", &["--mirror"]);
    assert!(mirrored.contains("31 computed"), "{mirrored}");
    // It can be read now.
    fs::copy(data.path(&data.photo_paths()[4]), data.path(bad)).unwrap();
    let third = train("third", &["--mirror"]);
    assert!(third.contains("32 photos in"), "{third}");
    assert!(!third.contains("left out"), "{third}");
}

#[test]
fn an_interrupted_run_has_no_model_and_a_resumed_one_has() {
    let data = DataSet::with_features();
    let train = ["train", "--data=data", "--epochs=1", "--output=run"];
    // It cannot finish: what it writes goes where nobody may make a file.
    fs::create_dir_all(data.path("run/model.safetensors")).unwrap();
    let output = data.command(&train).stdout(Stdio::null()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{errors}");
    assert!(errors.contains("run/model.safetensors"), "{errors}");
    fs::remove_dir(data.path("run/model.safetensors")).unwrap();
    data.succeeds(&["train", "--output=run", "--resume"]);
    assert!(data.path("run/model.safetensors").is_file());
}

/// The numbers of a TFRecord file's scalars, by tag. A record is its length, a sum, an event and a sum; fields are told
/// apart by their places in TensorFlow's `event.proto` and `summary.proto`.
fn scalars(bytes: &[u8]) -> Vec<(u64, String, f32)> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Some((length, after)) = rest.split_first_chunk::<8>() {
        let (event, after) = after[4..].split_at(u64::from_le_bytes(*length) as usize);
        rest = &after[4..];
        let event = fields(event);
        let number = |field: &Field| field.number;
        let step = event.iter().find(|field| field.tag == 2).map_or(0, number);
        for summary in event.iter().filter(|field| field.tag == 5) {
            for value in fields(summary.bytes).iter().filter(|field| field.tag == 1) {
                let value = fields(value.bytes);
                let tag = value.iter().find(|field| field.tag == 1).unwrap().bytes;
                if let Some(scalar) = value.iter().find(|field| field.tag == 2) {
                    let tag = String::from_utf8(tag.to_vec()).unwrap();
                    found.push((step, tag, f32::from_bits(scalar.number as u32)));
                }
            }
        }
    }
    found
}

/// A field of a protobuf message: a number, or bytes.
struct Field<'a> {
    tag: u64,
    number: u64,
    bytes: &'a [u8],
}

fn fields(mut message: &[u8]) -> Vec<Field<'_>> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let (byte, rest) = bytes.split_first().unwrap();
            *bytes = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        value
    }
    let mut found = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message);
        let mut take = |count: usize| {
            let (taken, rest) = message.split_at(count);
            message = rest;
            taken
        };
        let (number, bytes): (u64, &[u8]) = match key & 7 {
            0 => (varint(&mut message), &[]),
            1 => (u64::from_le_bytes(take(8).try_into().unwrap()), &[]),
            5 => (u32::from_le_bytes(take(4).try_into().unwrap()).into(), &[]),
            _ => {
                let length = varint(&mut message) as usize;
                let (taken, rest) = message.split_at(length);
                message = rest;
                (0, taken)
            }
        };
        found.push(Field {
            tag: key >> 3,
            number,
            bytes,
        });
    }
    found
}

#[test]
fn tensorboards_files_hold_the_logs_rows() {
    let data = DataSet::with_features();
    data.succeeds(&[
        "train",
        "--data=data",
        "--epochs=1",
        "--output=run",
        "--log-every=1",
        "--tensorboard",
    ]);
    let files = || -> Vec<_> {
        let entries = fs::read_dir(data.path("run/tensorboard")).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let bytes = fs::read(&files()[0]).unwrap();
    let scalars = scalars(&bytes);
    let of = |tag: &str| -> Vec<_> {
        let own = scalars.iter().filter(|(_, name, _)| name == tag);
        own.map(|(step, _, value)| (*step, *value)).collect()
    };
    let log: Vec<_> = data
        .losses("run")
        .into_iter()
        .map(|(step, loss)| (step, loss as f32))
        .collect();
    assert_eq!(of("training/loss"), log);
    assert_eq!(
        of("validation/cross-entropy"),
        [(2, data.cross_entropy("run") as f32)]
    );
    let samples = fs::read_to_string(data.path("run/samples.txt")).unwrap();
    let caption = samples.lines().last().unwrap();
    assert!(
        bytes
            .windows(caption.len())
            .any(|part| part == caption.as_bytes())
    );
    data.succeeds(&[
        "train",
        "--output=run",
        "--resume",
        "--epochs=2",
        "--tensorboard",
    ]);
    assert_eq!(files().len(), 2);
}
