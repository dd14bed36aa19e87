//! The CPU and the GPU give the same caption.

use std::process::Command;

use serde_json::Value;

use crate::support::root;

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
