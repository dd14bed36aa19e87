//! Single large files.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use temp_dir::TempDir;

use super::server::{Reply, Request, Server};
use super::{noise, settings};
use crate::checksum;
use crate::fetch::address::Address;
use crate::fetch::client::Client;
use crate::fetch::download::{Wanted, download};
use crate::fetch::retry::Problem;

const LENGTH: usize = 300_000;

struct Target {
    folder: TempDir,
}

impl Target {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("file")
    }

    fn fetch(&self, server: &Server, checksum: Option<&str>) -> Result<String, Problem> {
        self.fetch_from(&server.url("/file"), checksum)
    }

    fn fetch_from(&self, url: &str, checksum: Option<&str>) -> Result<String, Problem> {
        let settings = settings();
        let client = Client::new(settings.file, settings.connections_per_host);
        let wanted = Wanted {
            address: &Address::parse(url).unwrap(),
            path: &self.path(),
            checksum,
            largest: 1 << 20,
        };
        download(
            &client,
            &settings.file_policy,
            &wanted,
            &ProgressBar::hidden(),
        )
    }

    /// The file, and that nothing else is left.
    fn assert_whole(&self, body: &[u8]) {
        assert!(fs::read(self.path()).unwrap() == body);
        assert_eq!(fs::read_dir(self.folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_cut_is_continued_where_it_was() {
    let body = noise(LENGTH);
    let served = body.clone();
    let server = Server::start(move |request| {
        let reply = Reply::file(request, &served, "\"one\"");
        match request.before {
            0 => reply.cut_after(100_000),
            1 => reply.stalling_after(50_000, Duration::from_millis(400)),
            _ => reply,
        }
    });
    let target = Target::new();
    let sum = target.fetch(&server, None).unwrap();
    target.assert_whole(&body);
    assert_eq!(sum, checksum::of_file(&target.path()).unwrap());
    let requests = server.requests("/file");
    let range = |request: &Request| request.headers.get("range").cloned();
    assert_eq!(range(&requests[0]), None);
    assert_eq!(range(&requests[1]).as_deref(), Some("bytes=100000-"));
    assert_eq!(range(&requests[2]).as_deref(), Some("bytes=150000-"));
    assert_eq!(requests[1].headers["if-range"], "\"one\"");
    assert_eq!(requests.len(), 3);
}

#[test]
fn an_interrupted_run_is_gone_on_with() {
    let body = noise(LENGTH);
    let served = body.clone();
    let well = std::sync::Arc::new(AtomicBool::new(false));
    let is_well = std::sync::Arc::clone(&well);
    let server = Server::start(move |request| {
        let reply = Reply::file(request, &served, "\"one\"");
        if is_well.load(Ordering::SeqCst) {
            return reply;
        }
        match request.before {
            0 => reply.cut_after(200_000),
            _ => Reply::new("503 Service Unavailable", ""),
        }
    });
    let target = Target::new();
    let problem = target.fetch(&server, None).unwrap_err();
    assert!(problem.to_string().contains("503"), "{problem}");
    assert!(!target.path().exists());
    let tried = server.requests("/file").len();
    well.store(true, Ordering::SeqCst);
    target.fetch(&server, None).unwrap();
    target.assert_whole(&body);
    let requests = server.requests("/file");
    assert_eq!(requests.len(), tried + 1);
    assert_eq!(requests[tried].headers["range"], "bytes=200000-");
}

#[test]
fn two_versions_of_a_file_are_not_glued_together() {
    let new = noise(LENGTH + 7);
    let served = new.clone();
    let server = Server::start(move |request| match request.before {
        0 => Reply::file(request, &noise(LENGTH)[1..], "\"old\"").cut_after(100_000),
        _ => Reply::file(request, &served, "\"new\""),
    });
    let target = Target::new();
    target.fetch(&server, None).unwrap();
    target.assert_whole(&new);
    assert_eq!(server.requests("/file")[1].headers["if-range"], "\"old\"");
}

#[test]
fn without_a_version_a_file_is_begun_again() {
    let body = noise(LENGTH);
    let served = body.clone();
    let server = Server::start(move |request| match request.before {
        0 => Reply::ok(&*served).cut_after(100_000),
        1 => Reply::ok(&*served)
            .header("ETag", "W/\"weak\"")
            .cut_after(100_000),
        _ => Reply::ok(&*served),
    });
    let target = Target::new();
    target.fetch(&server, None).unwrap();
    target.assert_whole(&body);
    let requests = server.requests("/file");
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|it| !it.headers.contains_key("range")));
}

#[test]
fn a_server_that_sends_another_range_is_not_believed() {
    let body = noise(LENGTH);
    let served = body.clone();
    let server = Server::start(move |request| match request.before {
        0 => Reply::file(request, &served, "\"one\"").cut_after(100_000),
        1 => Reply::new("206 Partial Content", &served[50_000..])
            .header("ETag", "\"one\"")
            .header(
                "Content-Range",
                format!("bytes 50000-{}/{LENGTH}", LENGTH - 1),
            ),
        _ => Reply::file(request, &served, "\"one\""),
    });
    let target = Target::new();
    target.fetch(&server, None).unwrap();
    target.assert_whole(&body);
}

#[test]
fn what_passes_is_waited_for() {
    let server = Server::start(|request| match request.before {
        0 => Reply::new("503 Service Unavailable", "busy"),
        1 => Reply::new("429 Too Many Requests", "slower").header("Retry-After", "1"),
        _ => Reply::ok("done"),
    });
    let target = Target::new();
    let started = Instant::now();
    target.fetch(&server, None).unwrap();
    target.assert_whole(b"done");
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[test]
fn what_does_not_pass_is_not_tried_again() {
    let server = Server::start(|request| match request.path.as_str() {
        "/page" => Reply::ok("<!doctype html>").header("Content-Type", "text/html; charset=utf-8"),
        "/large" => Reply::ok(vec![0; (1 << 20) + 1]),
        "/endless" => Reply::ok(vec![0; (1 << 20) + 1]).of_unknown_length(),
        _ => Reply::new("404 Not Found", "gone"),
    });
    for (path, reason) in [
        ("/file", "404"),
        ("/page", "web page"),
        ("/large", "larger than"),
        ("/endless", "larger than"),
    ] {
        let target = Target::new();
        let problem = target.fetch_from(&server.url(path), None).unwrap_err();
        assert!(
            matches!(&problem, Problem::Permanent(_) | Problem::Refused { .. }),
            "{problem:?}"
        );
        assert!(problem.to_string().contains(reason), "{problem}");
        assert_eq!(server.requests(path).len(), 1);
        assert!(!target.path().exists());
    }
}

#[test]
fn a_stalling_server_is_given_up_in_time() {
    let stall = Duration::from_secs(20);
    let server = Server::start(move |request| match request.path.as_str() {
        "/silent" => Reply::ok("never").after(stall),
        _ => Reply::ok("slow").stalling_after(1, stall),
    });
    for path in ["/silent", "/file"] {
        let started = Instant::now();
        let problem = Target::new()
            .fetch_from(&server.url(path), None)
            .unwrap_err();
        assert!(problem.to_string().contains("stalled"), "{problem}");
        assert!(started.elapsed() < Duration::from_secs(5));
        assert_eq!(server.requests(path).len(), 4);
    }
}

#[test]
fn redirects_are_followed_but_not_for_ever_nor_anywhere() {
    let server = Server::start(|request| {
        let to = |place: &str| Reply::new("302 Found", "").header("Location", place);
        match request.path.as_str() {
            "/file" => to("/a/b"),
            "/a/b" => to("../c?d=e"),
            "/c?d=e" => Reply::ok("there"),
            "/loop" => to("loop"),
            "/local" => to("file:///etc/passwd"),
            _ => Reply::new("302 Found", ""),
        }
    });
    let target = Target::new();
    target.fetch(&server, None).unwrap();
    target.assert_whole(b"there");
    for (path, reason, requests) in [
        ("/loop", "redirected more than 5 times", 6),
        ("/local", "no http or https address", 1),
        ("/nowhere", "redirect to nowhere", 1),
    ] {
        let problem = Target::new()
            .fetch_from(&server.url(path), None)
            .unwrap_err();
        assert!(problem.to_string().contains(reason), "{problem}");
        assert_eq!(server.requests(path).len(), requests, "{path}");
    }
}

#[test]
fn another_file_than_the_known_one_is_refused() {
    let server = Server::start(|_| Reply::ok("abc"));
    let target = Target::new();
    let problem = target.fetch(&server, Some("ba7816be")).unwrap_err();
    assert!(
        problem.to_string().contains("SHA-256 is ba7816bf8f01"),
        "{problem}"
    );
    assert_eq!(fs::read_dir(target.folder.path()).unwrap().count(), 0);
    assert_eq!(server.requests("/file").len(), 1);
    target.fetch(&server, Some("ba7816bf")).unwrap();
    target.assert_whole(b"abc");
}

#[test]
fn a_wrong_sum_of_glued_pieces_is_begun_again_once() {
    let body = noise(LENGTH);
    let served = body.clone();
    // Changes the file, but not its version.
    let server = Server::start(move |request| match request.before {
        0 => Reply::file(request, &vec![0; LENGTH], "\"one\"").cut_after(100_000),
        _ => Reply::file(request, &served, "\"one\""),
    });
    let whole = TempDir::new().unwrap();
    let path = whole.path().join("whole");
    fs::write(&path, &body).unwrap();
    let sum = checksum::of_file(&path).unwrap();
    let target = Target::new();
    target.fetch(&server, Some(&sum)).unwrap();
    target.assert_whole(&body);
    assert_eq!(server.requests("/file").len(), 3);
}

#[test]
fn nobody_there_is_a_passing_problem() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/file", listener.local_addr().unwrap());
    drop(listener);
    let problem = Target::new().fetch_from(&url, None).unwrap_err();
    assert!(problem.is_unreachable(), "{problem:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_stops_and_says_so() {
    let server = Server::start(|_| Reply::ok(noise(LENGTH)).header("ETag", "\"one\""));
    let target = Target::new();
    // Everything written there meets a full disk.
    std::os::unix::fs::symlink("/dev/full", target.path().with_extension("part")).unwrap();
    let problem = target.fetch(&server, None).unwrap_err();
    assert!(matches!(&problem, Problem::Disk(_)), "{problem:?}");
    assert!(
        problem.to_string().contains("the disk is full"),
        "{problem}"
    );
    assert_eq!(server.requests("/file").len(), 1);
}
