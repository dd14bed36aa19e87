//! Archives, from the web to the data set's folder.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use temp_dir::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::server::{Reply, Server};
use super::settings;
use crate::data::Dataset;
use crate::fetch::archive::{BOUNDS, Bounds, unpack};
use crate::fetch::catalogue::{FLICKR8K, Source};
use crate::fetch::data_set;
use crate::fetch::options::{Connections, DataSet};

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn arguments(folder: &Path, server: &Server) -> DataSet {
    DataSet {
        folder: folder.to_owned(),
        mirror: Some(server.url("/copy")),
        keep_archives: false,
        again: false,
        connections: Connections {
            connections_per_host: 3,
        },
    }
}

fn texts() -> Vec<u8> {
    zip_of(&[
        (
            "Flickr8k.token.txt",
            b"a.jpg#0\tA dog .\nb.jpg#0\tA cat .\n".as_slice(),
        ),
        ("Flickr_8k.trainImages.txt", b"a.jpg\n"),
        ("Flickr_8k.devImages.txt", b"b.jpg\n"),
        ("__MACOSX/._Flickr8k.token.txt", b"x"),
    ])
}

fn photos() -> Vec<u8> {
    zip_of(&[
        ("Flicker8k_Dataset/a.jpg", b"photo a".as_slice()),
        ("Flicker8k_Dataset/b.jpg", b"photo b"),
    ])
}

#[test]
fn flickr8k_is_fetched_read_and_not_fetched_again() {
    let server = Server::start(|request| match request.path.as_str() {
        "/copy/Flickr8k_text.zip" => Reply::ok(texts()),
        "/copy/Flickr8k_Dataset.zip" => {
            let reply = Reply::file(request, &photos(), "\"one\"");
            match request.before {
                0 => reply.cut_after(100),
                _ => reply,
            }
        }
        _ => Reply::new("404 Not Found", ""),
    });
    let folder = TempDir::new().unwrap();
    let folder = folder.path().join("flickr8k");
    let mut arguments = arguments(&folder, &server);
    data_set::fetch(&FLICKR8K, &arguments, &settings()).unwrap();
    let dataset = Dataset::open(&folder, None).unwrap();
    assert_eq!(dataset.train[0].captions, ["A dog ."]);
    assert_eq!(
        dataset.photos.read("Flicker8k_Dataset/b.jpg").unwrap(),
        b"photo b"
    );
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            ".fetch.lock",
            "Flicker8k_Dataset",
            "Flickr8k.token.txt",
            "Flickr_8k.devImages.txt",
            "Flickr_8k.trainImages.txt",
            "fetched.json"
        ]
    );
    let photos = "/copy/Flickr8k_Dataset.zip";
    assert_eq!(server.requests(photos)[1].headers["range"], "bytes=100-");
    data_set::fetch(&FLICKR8K, &arguments, &settings()).unwrap();
    assert_eq!(server.requests(photos).len(), 2);
    arguments.again = true;
    arguments.keep_archives = true;
    data_set::fetch(&FLICKR8K, &arguments, &settings()).unwrap();
    assert_eq!(server.requests(photos).len(), 3);
    assert!(folder.join("Flickr8k_Dataset.zip").exists());
}

#[test]
fn a_failing_archive_is_noted_and_the_others_are_fetched() {
    let server = Server::start(|request| match (request.path.as_str(), request.before) {
        ("/copy/Flickr8k_text.zip", _) => Reply::ok(texts()),
        (_, 0) => Reply::new("404 Not Found", ""),
        _ => Reply::ok(photos()),
    });
    let folder = TempDir::new().unwrap();
    let arguments = arguments(folder.path(), &server);
    let error = data_set::fetch(&FLICKR8K, &arguments, &settings()).unwrap_err();
    assert!(
        format!("{error:#}").contains("1 of 2 archives"),
        "{error:#}"
    );
    assert!(folder.path().join("Flickr8k.token.txt").exists());
    let failures = folder.path().join("fetch-failures.jsonl");
    let text = fs::read_to_string(&failures).unwrap();
    assert!(
        text.contains("Flickr8k_Dataset.zip") && text.contains("404"),
        "{text}"
    );
    data_set::fetch(&FLICKR8K, &arguments, &settings()).unwrap();
    assert!(!failures.exists());
    assert_eq!(server.requests("/copy/Flickr8k_text.zip").len(), 1);
}

#[test]
fn a_file_that_changed_since_the_first_fetch_is_noticed() {
    let server = Server::start(|request| match (request.path.as_str(), request.before) {
        ("/copy/Flickr8k_text.zip", 0) => Reply::ok(texts()),
        ("/copy/Flickr8k_text.zip", _) => Reply::ok(zip_of(&[("Flickr8k.token.txt", b"other")])),
        _ => Reply::ok(photos()),
    });
    let folder = TempDir::new().unwrap();
    let mut arguments = arguments(folder.path(), &server);
    data_set::fetch(&FLICKR8K, &arguments, &settings()).unwrap();
    arguments.again = true;
    data_set::fetch(&FLICKR8K, &arguments, &settings()).unwrap_err();
    let text = fs::read_to_string(folder.path().join("fetch-failures.jsonl")).unwrap();
    assert!(text.contains("SHA-256"), "{text}");
    let token = fs::read_to_string(folder.path().join("Flickr8k.token.txt")).unwrap();
    assert!(token.starts_with("a.jpg"));
}

#[test]
fn a_damaged_first_archive_is_fetched_anew() {
    let server = Server::start(|request| match (request.path.as_str(), request.before) {
        ("/copy/Flickr8k_text.zip", 0) => Reply::ok("no archive"),
        ("/copy/Flickr8k_text.zip", _) => Reply::ok(texts()),
        _ => Reply::ok(photos()),
    });
    let folder = TempDir::new().unwrap();
    let arguments = arguments(folder.path(), &server);
    data_set::fetch(&FLICKR8K, &arguments, &settings()).unwrap_err();
    assert!(!folder.path().join("Flickr8k_text.zip").exists());
    let text = fs::read_to_string(folder.path().join("fetch-failures.jsonl")).unwrap();
    assert!(text.contains("was removed"), "{text}");
    data_set::fetch(&FLICKR8K, &arguments, &settings()).unwrap();
    assert!(Dataset::open(folder.path(), None).is_ok());
}

#[test]
fn an_archive_stays_where_the_disk_is_at_fault() {
    let server = Server::start(|request| match request.path.as_str() {
        "/copy/Flickr8k_text.zip" => Reply::ok(texts()),
        _ => Reply::ok(photos()),
    });
    let folder = TempDir::new().unwrap();
    let in_the_way = folder.path().join("Flickr8k.token.txt");
    fs::create_dir(&in_the_way).unwrap();
    let arguments = arguments(folder.path(), &server);
    data_set::fetch(&FLICKR8K, &arguments, &settings()).unwrap_err();
    assert!(folder.path().join("Flickr8k_text.zip").exists());
    fs::remove_dir(&in_the_way).unwrap();
    data_set::fetch(&FLICKR8K, &arguments, &settings()).unwrap();
    assert_eq!(server.requests("/copy/Flickr8k_text.zip").len(), 1);
}

#[test]
fn a_published_checksum_is_held_against_the_archive() {
    let server = Server::start(|_| Reply::ok(photos()));
    let folder = TempDir::new().unwrap();
    let source = Source {
        name: "photos.zip",
        folder: "http://127.0.0.1:1/",
        sha256: Some("00"),
        largest: 1 << 20,
        wanted: |_| true,
    };
    let arguments = arguments(folder.path(), &server);
    data_set::fetch(&[source], &arguments, &settings()).unwrap_err();
    assert!(!folder.path().join("Flicker8k_Dataset").exists());
    assert!(!folder.path().join("photos.zip").exists());
}

#[test]
fn two_fetches_into_one_folder_are_one_too_many() {
    let server = Server::start(|_| Reply::ok(""));
    let folder = TempDir::new().unwrap();
    let _locked = crate::lock::folder(folder.path(), "fetch").unwrap();
    let error = data_set::fetch(&FLICKR8K, &arguments(folder.path(), &server), &settings());
    let sentence = format!("{:#}", error.unwrap_err());
    assert!(sentence.contains("another `glimpse fetch`"), "{sentence}");
}

/// Unpacks into `inner` of a folder, so that what escapes is seen.
struct Unpacked {
    folder: TempDir,
    result: anyhow::Result<usize>,
}

impl Unpacked {
    fn new(zip: &[u8], bounds: Bounds) -> Self {
        let folder = TempDir::new().unwrap();
        let archive = folder.path().join("a.zip");
        fs::write(&archive, zip).unwrap();
        fs::create_dir(folder.path().join("inner")).unwrap();
        let inner = folder.path().join("inner");
        let result = unpack(&archive, &inner, |_| true, bounds, &ProgressBar::hidden());
        Self { folder, result }
    }

    fn inner(&self) -> PathBuf {
        self.folder.path().join("inner")
    }

    /// That it was refused with a word on why, and that nothing was written anywhere.
    fn assert_refused(&self, reason: &str) {
        let sentence = match &self.result {
            Ok(members) => panic!("{members} members were unpacked"),
            Err(error) => format!("{error:#}"),
        };
        assert!(sentence.contains(reason), "{sentence}");
        assert_eq!(fs::read_dir(self.inner()).unwrap().count(), 0);
        assert_eq!(fs::read_dir(self.folder.path()).unwrap().count(), 2);
    }
}

#[test]
fn members_that_would_escape_are_refused_with_all_others() {
    for name in [
        "../evil",
        "a/../../evil",
        "/evil",
        "..\\evil",
        "C:evil",
        "a/..",
    ] {
        let zip = zip_of(&[("good", b"good".as_slice()), (name, b"evil")]);
        Unpacked::new(&zip, BOUNDS).assert_refused("leads out of the folder");
    }
    let absolute = std::env::temp_dir().join("glimpse-evil");
    let zip = zip_of(&[(absolute.to_str().unwrap(), b"evil")]);
    Unpacked::new(&zip, BOUNDS).assert_refused("leads out of the folder");
    assert!(!absolute.exists());
}

#[test]
fn links_in_archives_are_refused() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("photos", "/tmp", SimpleFileOptions::default())
        .unwrap();
    zip.start_file("photos/evil", SimpleFileOptions::default())
        .unwrap();
    zip.write_all(b"evil").unwrap();
    let zip = zip.finish().unwrap().into_inner();
    Unpacked::new(&zip, BOUNDS).assert_refused("symbolic link");
}

#[test]
fn bombs_are_refused() {
    let zip = zip_of(&[("zeros", &vec![0; 1 << 20])]);
    Unpacked::new(&zip, BOUNDS).assert_refused("20 times its own size");
    let bounds = Bounds {
        member: 1000,
        ..BOUNDS
    };
    Unpacked::new(&zip, bounds).assert_refused("1000 are allowed");
    let many = zip_of(&[("a", b"1".as_slice()), ("b", b"2"), ("c", b"3")]);
    let bounds = Bounds {
        members: 2,
        ..BOUNDS
    };
    Unpacked::new(&many, bounds).assert_refused("2 are allowed");
}

#[test]
fn a_member_that_lies_about_its_size_is_cut_off() {
    // Small enough that only its true size exceeds the bounds.
    let mut zip = zip_of(&[("zeros", &vec![0; 100_000])]);
    let size = 100_000_u32.to_le_bytes();
    let places: Vec<_> = (0..zip.len() - 4)
        .filter(|&at| zip[at..at + 4] == size)
        .collect();
    assert_eq!(places.len(), 2);
    for at in places {
        zip[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
    }
    let unpacked = Unpacked::new(&zip, BOUNDS);
    assert!(unpacked.result.is_err());
    assert_eq!(fs::read_dir(unpacked.inner()).unwrap().count(), 0);
}

#[test]
fn damage_is_noticed() {
    let text = b"a text of some length, stored as it is";
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("text", stored).unwrap();
    zip.write_all(text).unwrap();
    let mut zip = zip.finish().unwrap().into_inner();
    let at = zip.windows(4).position(|it| it == b"some").unwrap();
    zip[at] = b'S';
    Unpacked::new(&zip, BOUNDS).assert_refused("is damaged");
    Unpacked::new(b"no archive", BOUNDS).assert_refused("cannot unpack");
}

#[test]
fn a_cut_unpacking_is_gone_on_with() {
    let zip = zip_of(&[("a/1", b"one".as_slice()), ("a/2", b"two"), ("a/", b"")]);
    let unpacked = Unpacked::new(&zip, BOUNDS);
    assert_eq!(*unpacked.result.as_ref().unwrap(), 2);
    let one = unpacked.inner().join("a/1");
    let two = unpacked.inner().join("a/2");
    fs::write(&two, "twx").unwrap();
    let before = fs::metadata(&one).unwrap().modified().unwrap();
    let archive = unpacked.folder.path().join("a.zip");
    unpack(
        &archive,
        &unpacked.inner(),
        |_| true,
        BOUNDS,
        &ProgressBar::hidden(),
    )
    .unwrap();
    assert_eq!(fs::read_to_string(&two).unwrap(), "two");
    assert_eq!(fs::metadata(&one).unwrap().modified().unwrap(), before);
}
