//! What the documents say of the programs and their tests, against the sources.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::support::root;

/// Every document, and its text.
fn documents() -> Vec<(PathBuf, String)> {
    let mut paths = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    let docs = fs::read_dir(root().join("docs")).unwrap();
    paths.extend(docs.map(|entry| entry.unwrap().path()));
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

fn document(name: &str) -> String {
    fs::read_to_string(root().join("docs").join(name)).unwrap()
}

/// The sources below some folders, as their strings are printed: lines that end in `\` go on.
fn sources(folders: &[&str]) -> String {
    let mut text = String::new();
    let mut waiting: Vec<_> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            if path.is_dir() && !path.ends_with("node_modules") {
                waiting.push(path);
            } else if matches!(ending, Some("rs" | "js")) {
                for part in fs::read_to_string(&path).unwrap().split("\\\n") {
                    text.push_str(part.trim_start());
                }
            }
        }
    }
    text
}

/// What stands between backticks, blocks of code excepted.
fn code_spans(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    let spans = prose.split('`').skip(1).step_by(2);
    spans.map(|span| span.replace('\n', " ")).collect()
}

#[test]
fn the_documents_name_every_option_of_training() {
    let document = document("training-options.md");
    for command in ["features", "train"] {
        let output = Command::new(env!("CARGO_BIN_EXE_glimpse"))
            .args([command, "--help"])
            .output()
            .unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        let options: Vec<_> = help
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("--"))
            .filter_map(|line| line.split([' ', '[']).next())
            .collect();
        assert!(options.contains(&"data"), "{help}");
        for option in options {
            let named = |end| document.contains(&format!("`--{option}{end}"));
            assert!(
                named('`') || named(' '),
                "--{option} of `glimpse {command}`"
            );
        }
    }
}

#[test]
fn messages_in_the_documents_are_the_programs_own() {
    let sources = sources(&["model-export/src", "trainer/src", "xtask/src", "www"]);
    let document = document("troubleshooting.md");
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `"));
    let messages: Vec<_> = rows.filter_map(|row| row.split_once("` |")).collect();
    assert!(messages.len() > 30, "{} messages", messages.len());
    for (message, _) in messages {
        for part in message.split('…').map(str::trim) {
            assert!(sources.contains(part), "{part:?} of {message:?}");
        }
    }
}

#[test]
fn tests_that_the_documents_name_are_there() {
    let sources = sources(&["model-export", "trainer", "xtask/src", "tests"]);
    let mut named = 0;
    for (path, text) in documents() {
        for name in code_spans(&text) {
            let is_rusts = name.matches('_').count() >= 3
                && name
                    .chars()
                    .all(|letter| letter.is_ascii_lowercase() || letter == '_');
            let is_browsers = path.ends_with("security.md") && name.split(' ').count() >= 5;
            let wanted = if is_rusts {
                format!("fn {name}(")
            } else if is_browsers {
                name
            } else {
                continue;
            };
            assert!(
                sources.contains(&wanted),
                "{wanted:?} in {}",
                path.display()
            );
            named += 1;
        }
    }
    assert!(named > 40, "{named} tests");
}

#[test]
fn files_that_the_documents_name_are_there() {
    let endings = [".rs", ".js", ".py", ".toml", ".md", ".json", ".safetensors"];
    let folders = [
        "trainer/",
        "model-export/",
        "web-runtime/",
        "xtask/",
        "tests/",
        "docs/",
    ];
    let mut named = 0;
    for (document, text) in documents() {
        for name in code_spans(&text) {
            let is_file = folders.iter().any(|folder| name.starts_with(folder))
                && endings.iter().any(|ending| name.ends_with(ending));
            // NAME and the like stand for what the reader adds.
            if is_file && !name.contains(|letter: char| letter.is_ascii_uppercase()) {
                assert!(
                    root().join(&name).exists(),
                    "{name} in {}",
                    document.display()
                );
                named += 1;
            }
        }
    }
    assert!(named > 15, "{named} files");
}

#[test]
fn links_of_the_documents_lead_somewhere() {
    let mut followed = 0;
    for (document, text) in documents() {
        let targets = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'));
        for (target, _) in targets.filter(|(target, _)| !target.contains("://")) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = match file {
                "" => document.clone(),
                _ => document.parent().unwrap().join(file),
            };
            let place = format!("{target} in {}", document.display());
            assert!(path.exists(), "{place}");
            if !heading.is_empty() {
                let text = fs::read_to_string(path).unwrap();
                let mut headings = text.lines().filter(|line| line.starts_with('#'));
                assert!(headings.any(|line| anchor(line) == heading), "{place}");
            }
            followed += 1;
        }
    }
    assert!(followed > 50, "{followed} links");
}

/// What a link calls a heading: its letters, digits and hyphens in lower case, hyphens for spaces.
fn anchor(heading: &str) -> String {
    let name = heading.trim_start_matches('#').trim().to_lowercase();
    name.chars()
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'))
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}
