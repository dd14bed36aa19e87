//! The CPU and the GPU give the same caption, and devices have names.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::{DataSet, root};

fn caption(device: &str) -> Result<Value, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_glimpse"))
        .current_dir(root())
        .args([
            "caption",
            "--json",
            "--device",
            device,
            "www/samples/cat.jpg",
        ])
        .output()
        .unwrap();
    match output.status.code() {
        Some(0) => Ok(serde_json::from_slice(&output.stdout).unwrap()),
        Some(1) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        other => panic!(
            "{device}: {other:?}, {}",
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}

#[test]
fn the_gpu_gives_the_cpus_caption_or_says_that_it_is_not_there() {
    let cpu = caption("cpu").unwrap();
    match caption("gpu") {
        Ok(gpu) => {
            assert_eq!(gpu["text"], cpu["text"]);
            let numbers = |caption: &Value| -> Vec<f64> {
                let words = caption["words"].as_array().unwrap();
                let maps = words.iter().map(|word| word["map"].as_array().unwrap());
                maps.flatten()
                    .map(|weight| weight.as_f64().unwrap())
                    .collect()
            };
            for (gpu, cpu) in numbers(&gpu).iter().zip(numbers(&cpu)) {
                assert!((gpu - cpu).abs() < 1e-3, "{gpu} {cpu}");
            }
        }
        // A machine without an adapter: then the message is what is tested.
        Err(errors) => {
            println!("{errors}");
            assert!(errors.contains("the GPU cannot be used"), "{errors}");
        }
    }
}

#[test]
fn devices_are_listed_and_one_that_is_not_there_is_refused() {
    let list = Command::new(env!("CARGO_BIN_EXE_glimpse"))
        .arg("devices")
        .output()
        .unwrap();
    assert!(list.status.success());
    let list = String::from_utf8(list.stdout).unwrap();
    assert!(list.contains("--device"), "{list}");
    assert!(list.lines().any(|line| line.starts_with("cpu ")), "{list}");
    let refusal = caption("gpu:99").unwrap_err();
    assert!(refusal.contains("the GPU cannot be used"), "{refusal}");
    // Adapters are listed best first.
    let first = list.lines().find(|line| line.starts_with("gpu:0 "));
    if first.is_some_and(|line| line.contains(" software ")) {
        let refusal = caption("gpu").unwrap_err();
        assert!(refusal.contains("--device gpu:software"), "{refusal}");
    }
}

#[test]
fn a_run_on_the_cpu_goes_on_where_no_gpu_can_be_opened() {
    let data = DataSet::with_features();
    let steps = || data.losses("run").last().unwrap().0;
    data.succeeds(&["train", "--data=data", "--output=run", "--epochs=1"]);
    let an_epoch = steps();
    let resumed = data
        .command(&["train", "--output=run", "--resume", "--epochs=2"])
        // As on a machine without a driver for Vulkan or OpenGL.
        .env("VK_DRIVER_FILES", "none.json")
        .env("__EGL_VENDOR_LIBRARY_FILENAMES", "none.json")
        // burn's own choice is none of the user's.
        .env("BURN_DEVICE", "typewriter")
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&resumed.stderr);
    assert!(resumed.status.success(), "{errors}");
    assert_eq!(steps(), 2 * an_epoch);
}

#[test]
fn a_run_notes_on_what_it_trains() {
    let data = DataSet::with_features();
    let train = ["train", "--data=data", "--output=run", "--epochs=1"];
    data.succeeds(&train);
    data.succeeds(&["train", "--output=run", "--resume", "--epochs=2"]);
    let devices = fs::read_to_string(data.path("run/devices.csv")).unwrap();
    assert_eq!(devices, "step,device\n0,\"cpu, burn-flex\"\n");
}
