//! `examples/caption.rs`, which cargo builds with the tests.

use std::path::Path;
use std::process::Command;

#[test]
fn the_example_captions_a_photo_as_the_command_does() {
    let glimpse = Path::new(env!("CARGO_BIN_EXE_glimpse"));
    let name = format!("caption{}", std::env::consts::EXE_SUFFIX);
    let example = glimpse.with_file_name("examples").join(name);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = |program: &Path, arguments: &[&str]| {
        let run = Command::new(program)
            .args(arguments)
            .current_dir(&root)
            .output();
        let run = run.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let errors = String::from_utf8_lossy(&run.stderr).into_owned();
        (String::from_utf8(run.stdout).unwrap(), errors)
    };
    let model = "www/models/glimpse.safetensors";
    let photo = "www/samples/polar-bear.jpg";
    let (wanted, _) = output(glimpse, &["caption", "--model", model, photo]);
    assert!(wanted.contains(' '), "{wanted:?}");
    let (found, errors) = output(&example, &[model, photo]);
    assert_eq!(found, wanted, "{errors}");
    let (found, errors) = output(&example, &[model, "www/samples/ATTRIBUTION.md"]);
    assert!(
        found.is_empty() && errors.contains("UnknownFormat"),
        "{errors}"
    );
}
