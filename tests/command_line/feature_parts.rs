//! Features that several processes compute, each a part.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{DataSet, any_with_ending, root};

/// What a command says of its work.
fn said(data: &DataSet, arguments: &[&str]) -> String {
    let output = data.run(arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    errors
}

#[test]
fn parts_that_several_processes_compute_train_as_the_whole_does() {
    let data = DataSet::drawn();
    let features = |features: &'static str| ["features", "--data=data", "--features", features];
    data.succeeds(&features("whole"));
    let processes = ["1/3", "2/3", "3/3"].map(|part| {
        let arguments = [&features("shared")[..], &["--part", part]].concat();
        data.command(&arguments).spawn().unwrap()
    });
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    assert!(!any_with_ending(&data.path("shared"), ".partial"));

    let train = |features: &'static str| {
        let run = ["train", "--data=data", "--epochs=1", "--features", features];
        said(&data, &[&run[..], &["--output", features]].concat())
    };
    let whole = train("whole");
    let shared = train("shared");
    assert!(!whole.contains("computing its features"), "{whole}");
    assert!(!shared.contains("computing its features"), "{shared}");
    assert_eq!(data.losses("shared"), data.losses("whole"));

    // Nothing is left for one that computes what lacks.
    let nothing = said(&data, &features("shared"));
    assert!(nothing.contains(" 0 computed"), "{nothing}");

    // A part that is lost is computed again alone; without it, training computes what lacks.
    fs::remove_dir_all(data.path("shared/part-2-of-3")).unwrap();
    let again = said(&data, &[&features("shared")[..], &["--part=2/3"]].concat());
    assert!(!again.contains(" 0 computed"), "{again}");
    fs::remove_dir_all(data.path("shared/part-2-of-3")).unwrap();
    let run = ["train", "--data=data", "--epochs=1", "--features=shared"];
    let lacking = said(&data, &[&run[..], &["--output=lacking"]].concat());
    assert!(lacking.contains("computing its features"), "{lacking}");
    assert_eq!(data.losses("lacking"), data.losses("whole"));
}

#[test]
fn a_part_that_there_is_not_is_refused() {
    let data = DataSet::drawn();
    let refusal = data.run(&["features", "--data=data", "--part=4/3"]);
    let errors = String::from_utf8(refusal.stderr).unwrap();
    assert!(errors.contains("a part is written 3/16"), "{errors}");
    assert!(!data.path("features").exists());
}

/// What `docs/cluster` has for Slurm and Kubernetes, run as each of them would.
#[test]
#[cfg(unix)]
fn the_cluster_files_compute_their_parts() {
    let data = DataSet::drawn();
    let glimpse = Path::new(env!("CARGO_BIN_EXE_glimpse"));
    let path = format!(
        "{}:{}",
        glimpse.parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let shell = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = Command::new("sh");
        command.args(arguments).env("PATH", &path);
        command.envs(variables.iter().copied());
        assert!(command.status().unwrap().success());
    };
    let folder = |name: &str| data.path(name).display().to_string();
    let script = root().join("docs/cluster/slurm-array.sh");
    for number in ["1", "2"] {
        shell(
            &[script.to_str().unwrap()],
            &[
                ("DATA", &folder("data")),
                ("FEATURES", &folder("slurm")),
                ("SLURM_ARRAY_TASK_ID", number),
                ("SLURM_ARRAY_TASK_COUNT", "2"),
            ],
        );
    }

    let job = fs::read_to_string(root().join("docs/cluster/kubernetes-job.yaml")).unwrap();
    let (_, line) = job.split_once("- exec glimpse ").unwrap();
    let line = format!("exec glimpse {}", line.lines().next().unwrap())
        .replace("--data /data", "--data \"$DATA\"")
        .replace("--features /features", "--features \"$FEATURES\"");
    for number in ["0", "1"] {
        shell(
            &["-c", &line],
            &[
                ("DATA", &folder("data")),
                ("FEATURES", &folder("kubernetes")),
                ("JOB_COMPLETION_INDEX", number),
                ("PARTS", "2"),
            ],
        );
    }
    for cache in ["slurm", "kubernetes"] {
        let rest = ["features", "--data=data", "--preset=glimpse", "--features"];
        let rest = said(&data, &[&rest[..], &[cache]].concat());
        assert!(rest.contains(" 0 computed"), "{rest}");
    }
}
