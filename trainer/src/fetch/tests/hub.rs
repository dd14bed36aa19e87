//! A Hub on this computer: lists in pages, files on another server, and data sets that are not for everybody.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use temp_dir::TempDir;

use super::server::{Reply, Request, Server};
use super::{noise, settings};
use crate::data::{Dataset, Split};
use crate::fetch::hub::fetch;
use crate::fetch::options::{Connections, HubDataSet};

const TOKEN: &str = "hf_secret";

fn arguments(folder: &Path, server: &Server) -> HubDataSet {
    HubDataSet {
        name: "owner/circles".to_owned(),
        folder: folder.to_owned(),
        revision: None,
        config: None,
        split: Vec::new(),
        mirror: Some(server.url("/")),
        connections: Connections {
            connections_per_host: 3,
        },
    }
}

fn run(arguments: &HubDataSet) -> Result<(), String> {
    fetch(arguments, None, &settings()).map_err(|error| format!("{error:#}"))
}

fn sha256(bytes: &[u8]) -> String {
    let sum = Sha256::digest(bytes);
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file as the Hub lists it.
fn listed(path: &str, bytes: &[u8]) -> Value {
    let lfs = json!({"oid": sha256(bytes), "size": bytes.len(), "pointerSize": 130});
    json!({"type": "file", "oid": "0", "size": bytes.len(), "path": path, "lfs": lfs})
}

fn tree(revision: &str) -> String {
    format!("/api/datasets/owner/circles/tree/{revision}?recursive=true")
}

/// What is served of a revision: the paths' files hold their paths.
fn hub(revision: &'static str, paths: &'static [&'static str]) -> Server {
    Server::start(move |request| {
        let files = format!("/datasets/owner/circles/resolve/{revision}/");
        if request.path == tree(revision) {
            let list = paths.iter().map(|path| listed(path, path.as_bytes()));
            Reply::ok(Value::from_iter(list).to_string())
        } else if request.path == tree("main") {
            Reply::ok("[]")
        } else if let Some(path) = request.path.strip_prefix(&files) {
            Reply::file(request, path.as_bytes(), "\"one\"")
        } else {
            Reply::new("404 Not Found", "")
        }
    })
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new("tests/fixtures/parquet/data");
    fs::read(folder.join(name)).unwrap()
}

#[test]
fn a_data_set_is_fetched_checked_read_and_not_fetched_again() {
    const NAMES: [&str; 2] = [
        "train-00000-of-00002.parquet",
        "validation-00000-of-00001.parquet",
    ];
    // Where the Hub keeps large files: it knows nobody.
    let storage = Server::start(|request| {
        let name = request.path.rsplit('/').next().unwrap();
        let reply = Reply::file(request, &fixture(name), "\"one\"");
        match request.before {
            0 if name == NAMES[0] => reply.cut_after(1000),
            _ => reply,
        }
    });
    let to = storage.address.clone();
    let server = Server::start(move |request| {
        if request.headers.get("authorization").map(String::as_str) != Some("Bearer hf_secret") {
            return Reply::new("401 Unauthorized", "");
        }
        let [first, second] = NAMES.map(|name| listed(&format!("data/{name}"), &fixture(name)));
        let folder = json!({"type": "directory", "oid": "0", "size": 0, "path": "data"});
        let card = json!({"type": "file", "oid": "0", "size": 3, "path": "README.md"});
        match request.path.as_str() {
            path if path == tree("main") => {
                let next = format!("<{}&cursor=x>; rel=\"next\"", tree("main"));
                Reply::ok(json!([folder, card, first]).to_string()).header("Link", next)
            }
            path if path.ends_with("cursor=x") => Reply::ok(json!([second]).to_string()),
            path => match path.strip_prefix("/datasets/owner/circles/resolve/main/data/") {
                Some(name) => {
                    Reply::new("302 Found", "").header("Location", format!("{to}/x/{name}"))
                }
                None => Reply::new("404 Not Found", ""),
            },
        }
    });
    let folder = TempDir::new().unwrap();
    let arguments = arguments(folder.path(), &server);
    let error = run(&arguments).unwrap_err();
    assert!(
        error.contains("401") && error.contains("set HF_TOKEN"),
        "{error}"
    );

    let fetch = || fetch(&arguments, Some(TOKEN.to_owned()), &settings());
    fetch().unwrap();
    let dataset = Dataset::open(folder.path(), None).unwrap();
    assert_eq!((dataset.train.len(), dataset.dev.len()), (2, 1));
    let first = dataset.train[0].captions.iter().next();
    assert_eq!(first, Some("A red circle."));
    let [path, _] = NAMES.map(|name| format!("/x/{name}"));
    let range = |request: &Request| request.headers.get("range").cloned();
    let requests = storage.requests(&path);
    assert_eq!(requests.len(), 2);
    assert_eq!(range(&requests[1]).as_deref(), Some("bytes=1000-"));
    let knows = |request: &Request| request.headers.contains_key("authorization");
    assert!(!requests.iter().any(knows));

    fetch().unwrap();
    assert_eq!(storage.requests(&path).len(), 2);
    assert_eq!(server.requests(&tree("main")).len(), 3);
    let record = fs::read_to_string(folder.child("fetched.json")).unwrap();
    assert!(
        record.contains(&sha256(&fixture(NAMES[0]))) && !record.contains(TOKEN),
        "{record}"
    );
}

#[test]
fn what_the_hub_has_converted_is_taken_where_nothing_else_is() {
    let server = hub(
        "refs%2Fconvert%2Fparquet",
        &[
            "default/train/0000.parquet",
            "default/validation/0000.parquet",
        ],
    );
    let folder = TempDir::new().unwrap();
    let mut arguments = arguments(folder.path(), &server);
    arguments.split = vec![Split::Dev];
    run(&arguments).unwrap();
    let fetched = fs::read_to_string(folder.child("default/validation/0000.parquet")).unwrap();
    assert_eq!(fetched, "default/validation/0000.parquet");
    assert!(!folder.child("default/train").exists());
    arguments.revision = Some("main".to_owned());
    let error = run(&arguments).unwrap_err();
    assert!(
        error.contains("no .parquet file at the revision main"),
        "{error}"
    );
}

#[test]
fn one_of_several_configurations_is_to_be_chosen() {
    let server = hub(
        "main",
        &[
            "en/train-0.parquet",
            "ko/train-0.parquet",
            "ko/test-0.parquet",
        ],
    );
    let folder = TempDir::new().unwrap();
    let mut arguments = arguments(folder.path(), &server);
    let error = run(&arguments).unwrap_err();
    assert!(error.contains("several configurations, en, ko"), "{error}");
    arguments.config = Some("de".to_owned());
    let error = run(&arguments).unwrap_err();
    assert!(error.contains("no configuration de, but en, ko"), "{error}");
    arguments.config = Some("ko".to_owned());
    run(&arguments).unwrap();
    assert!(folder.child("ko/test-0.parquet").is_file());
    assert!(!folder.child("en").exists());
}

#[test]
fn files_that_are_not_what_the_hub_says_are_refused() {
    let body = noise(3000);
    let served = body.clone();
    let server = Server::start(move |request| {
        let file = match request.path.split("/tree/").nth(1) {
            Some(list) if list.starts_with("other") => listed("a.parquet", b"other"),
            Some(list) if list.starts_with("sum") => listed("a.parquet", &[b'x'; 3000]),
            Some(list) if list.starts_with("out") => listed("../a.parquet", &served),
            Some(list) if list.starts_with("unsummed") => {
                json!({"type": "file", "path": "a.parquet", "size": 3000, "lfs": {"oid": ""}})
            }
            Some(list) if list.starts_with("gone") => return Reply::new("404 Not Found", ""),
            Some(list) if list.starts_with("gated") => return Reply::new("403 Forbidden", ""),
            Some(list) if list.starts_with("page") => return Reply::ok("<html>"),
            _ => return Reply::file(request, &served, "\"one\""),
        };
        Reply::ok(json!([file]).to_string())
    });
    let folder = TempDir::new().unwrap();
    let mut arguments = arguments(&folder.child("data"), &server);
    for (revision, says) in [
        ("other", "1 of 1 files could not be fetched"),
        ("sum", "1 of 1 files could not be fetched"),
        ("out", "leads out of the folder"),
        ("unsummed", "no SHA-256 of a.parquet"),
        ("gone", "no such data set or revision"),
        ("gated", "accept its terms on"),
        ("page", "cannot be understood"),
    ] {
        arguments.revision = Some(revision.to_owned());
        let error = fetch(&arguments, Some(TOKEN.to_owned()), &settings()).unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains(says) && !error.contains(TOKEN), "{error}");
        assert!(!folder.child("a.parquet").exists());
        assert!(!folder.child("data/a.parquet").exists());
    }
}
