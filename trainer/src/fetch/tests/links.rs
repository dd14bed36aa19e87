//! Conceptual Captions: many links, some of them dead.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use temp_dir::TempDir;

use super::server::{Reply, Server};
use super::settings;
use crate::data::Dataset;
use crate::fetch::conceptual_captions::{Counts, fetch, fetch_table};
use crate::fetch::options::{Connections, Links};

const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0 and more";
const PNG: &[u8] = b"\x89PNG\r\n\x1A\n and more";
const WEBP: &[u8] = b"RIFF\x10\0\0\0WEBP and more";

struct Set {
    folder: TempDir,
}

impl Set {
    fn new(server: &Server, paths: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let lines: String = paths
            .iter()
            .map(|path| match path.starts_with('/') {
                true => format!("a photo\t{}\n", server.url(path)),
                false => format!("a photo\t{path}\n"),
            })
            .collect();
        fs::write(folder.path().join("cc.tsv"), lines).unwrap();
        Self { folder }
    }

    fn arguments(&self) -> Links {
        Links {
            folder: self.folder.path().join("data"),
            tsv: vec![self.folder.path().join("cc.tsv")],
            limit: None,
            retry_failed: false,
            connections_in_all: 8,
            connections: Connections {
                connections_per_host: 3,
            },
        }
    }

    /// Fetches what is left.
    fn fetch(&self, retry_failed: bool) -> anyhow::Result<Counts> {
        let data = self.path("");
        fs::create_dir_all(&data).unwrap();
        fs::copy(self.folder.path().join("cc.tsv"), self.path("cc.tsv")).unwrap();
        let arguments = Links {
            retry_failed,
            ..self.arguments()
        };
        fetch_table(&self.path("cc.tsv"), &arguments, &settings())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("data").join(name)
    }

    fn failures(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("cc.failures.jsonl")).unwrap();
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn photos_are_fetched_and_dead_links_noted_and_left_out() {
    let server = Server::start(|request| match request.path.as_str() {
        "/0" => Reply::ok(JPEG).header("Content-Type", "text/plain"),
        "/1" => Reply::ok("\n<!DOCTYPE html>").header("Content-Type", "image/jpeg"),
        "/2" => Reply::new("404 Not Found", "gone"),
        "/3" => Reply::ok(PNG),
        "/4" => Reply::new("301 Moved Permanently", "").header("Location", "/a b"),
        "/a%20b" => Reply::ok(WEBP),
        "/5" if request.before == 0 => {
            Reply::new("429 Too Many Requests", "").header("Retry-After", "1")
        }
        "/5" => Reply::ok(JPEG).of_unknown_length(),
        "/6" => Reply::ok(JPEG).cut_after(3),
        "/7" if request.before < 2 => Reply::new("503 Service Unavailable", ""),
        "/7" => Reply::ok(JPEG),
        "/8" => Reply::ok("GIF89a and more"),
        _ => Reply::ok(""),
    });
    let set = Set::new(
        &server,
        &[
            "/0",
            "/1",
            "/2",
            "/3",
            "/4",
            "/5",
            "/6",
            "/7",
            "/8",
            "/9",
            "ftp://x/y",
        ],
    );
    let started = Instant::now();
    fetch(&set.arguments(), &settings()).unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(
        names(&set.path("photos/cc")),
        [
            "000000000.jpg",
            "000000003.png",
            "000000004.webp",
            "000000005.jpg",
            "000000007.jpg"
        ]
    );
    let failures = set.failures();
    assert_eq!(failures.len(), 6);
    for (failure, (name, reason)) in failures.iter().zip([
        (
            "000000001",
            "web page instead of a photo (the server calls it image/jpeg)",
        ),
        ("000000002", "404"),
        ("000000006", "cut off"),
        ("000000008", "not read here"),
        ("000000009", "empty"),
        ("000000010", "no http or https address"),
    ]) {
        assert!(
            failure.contains(name) && failure.contains(reason),
            "{failure}"
        );
    }
    let dataset = Dataset::open(&set.path(""), None).unwrap();
    let photos = dataset.train.len() + dataset.dev.len();
    assert_eq!((photos, dataset.missing()), (5, 6));
}

#[test]
fn a_second_run_fetches_only_what_is_left() {
    let well = Arc::new(AtomicBool::new(false));
    let is_well = Arc::clone(&well);
    let server = Server::start(move |request| match request.path.as_str() {
        "/1" if !is_well.load(Ordering::SeqCst) => Reply::new("404 Not Found", ""),
        _ => Reply::ok(JPEG),
    });
    let set = Set::new(&server, &["/0", "/1", "/2"]);
    let counts = |fetched, there, failed, failed_before| Counts {
        fetched,
        there,
        failed,
        failed_before,
    };
    assert_eq!(set.fetch(false).unwrap(), counts(2, 0, 1, 0));
    // What a power cut may leave.
    fs::write(set.path("photos/cc/000000002.jpg"), "").unwrap();
    assert_eq!(set.fetch(false).unwrap(), counts(1, 1, 0, 1));
    assert_eq!(set.fetch(false).unwrap(), counts(0, 2, 0, 1));
    let asked = |path| server.requests(path).len();
    assert_eq!((asked("/0"), asked("/1"), asked("/2")), (1, 1, 2));
    well.store(true, Ordering::SeqCst);
    assert_eq!(set.fetch(true).unwrap(), counts(1, 2, 0, 0));
    assert_eq!(set.failures(), Vec::<String>::new());
}

#[test]
fn no_host_gets_more_connections_than_stated() {
    let server = Server::start(|_| Reply::ok(JPEG).after(Duration::from_millis(30)));
    let paths: Vec<_> = (0..40).map(|number| format!("/{number}")).collect();
    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
    let set = Set::new(&server, &paths);
    let counts = set.fetch(false).unwrap();
    assert_eq!(counts.fetched, 40);
    assert_eq!(server.most_connections(), 3);
}

#[test]
fn a_crowded_host_does_not_hold_up_the_others() {
    let slow = Server::start(|_| Reply::ok(JPEG).after(Duration::from_millis(150)));
    // The same computer under another name is another host.
    let quick = Server::start(|_| Reply::ok(JPEG));
    let port = quick.address.rsplit(':').next().unwrap();
    let mut paths: Vec<_> = (0..12)
        .map(|number| slow.url(&format!("/{number}")))
        .collect();
    paths.push(format!("http://localhost:{port}/last"));
    let lines: Vec<_> = paths.iter().map(String::as_str).collect();
    let set = Set::new(&slow, &lines);
    let started = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| assert_eq!(set.fetch(false).unwrap().fetched, 13));
        while quick.requests("/last").is_empty() {
            assert!(started.elapsed() < Duration::from_millis(450));
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    assert_eq!(slow.most_connections(), 3);
}

#[test]
fn without_a_connection_no_link_is_given_up() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = format!("http://{}/x", listener.local_addr().unwrap());
    drop(listener);
    let server = Server::start(|_| Reply::ok(JPEG));
    let set = Set::new(&server, &[dead.as_str(); 5]);
    let error = format!("{:#}", set.fetch(false).unwrap_err());
    assert!(error.contains("Is this computer connected?"), "{error}");
    assert_eq!(set.failures(), Vec::<String>::new());
    // Among links that are answered a dead host is just a dead host.
    let set = Set::new(&server, &[dead.as_str(), "/1"]);
    let counts = set.fetch(false).unwrap();
    assert_eq!((counts.fetched, counts.failed), (1, 1));
    assert_eq!(set.failures().len(), 1);
}

#[test]
fn tables_are_checked_before_anything_is_fetched() {
    let server = Server::start(|_| Reply::ok(JPEG));
    let set = Set::new(&server, &["/0"]);
    let mut arguments = set.arguments();
    arguments.limit = Some(0);
    fetch(&arguments, &settings()).unwrap();
    assert_eq!(names(&set.path("photos/cc")), Vec::<String>::new());
    fs::write(set.folder.path().join("cc.tsv"), "a caption only\n").unwrap();
    let error = format!("{:#}", fetch(&arguments, &settings()).unwrap_err());
    assert!(error.contains("is another table"), "{error}");
    fs::remove_file(set.path("cc.tsv")).unwrap();
    let error = format!("{:#}", fetch(&arguments, &settings()).unwrap_err());
    assert!(error.contains("line 1"), "{error}");
    let empty = TempDir::new().unwrap();
    let arguments = Links {
        folder: empty.path().to_owned(),
        tsv: Vec::new(),
        ..set.arguments()
    };
    let error = format!("{:#}", fetch(&arguments, &settings()).unwrap_err());
    assert!(error.contains("--tsv"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_stops_and_is_no_links_fault() {
    let server = Server::start(|_| Reply::ok(JPEG));
    let set = Set::new(&server, &["/0"]);
    fs::create_dir_all(set.path("photos/cc")).unwrap();
    std::os::unix::fs::symlink("/dev/full", set.path("photos/cc/000000000.jpg.partial")).unwrap();
    let error = format!("{:#}", set.fetch(false).unwrap_err());
    assert!(error.contains("the disk is full"), "{error}");
    assert_eq!(set.failures(), Vec::<String>::new());
}
