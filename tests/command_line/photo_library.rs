//! `glimpse caption` over folders, with descriptions in files beside the photos.

use std::fs;
use std::process::Command;

use temp_dir::TempDir;

use crate::photo_folder::{PhotoFolder, captions, errors};
use crate::support::root;

const KINDS: [&str; 6] = [
    "a.JPG",
    "b.png",
    "sub/c.webp",
    "sub/d.tif",
    "sub/deeper/e.tiff",
    "sub/f.jpeg",
];

/// The first bytes of an iPhone's photo.
const HEIC: &[u8] = b"\0\0\0\x24ftypheic\0\0\0\0mif1MiHEmiaf";

/// Photos of every kind, and all else that lies in people's folders.
fn library() -> PhotoFolder {
    let library = PhotoFolder::with(&KINDS);
    let jpeg = library.read("a.JPG");
    library.write("broken.jpg", &jpeg[..jpeg.len() / 3]);
    library.write("empty.png", b"");
    library.write("sub/IMG_1.HEIC", HEIC);
    library.write("sub/notes.txt", b"no photo");
    library.write("sub/film.mp4", b"no photo");
    library.write(".thumbnails/a.jpg", &jpeg);
    library.write("@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg", &jpeg);
    #[cfg(unix)]
    std::os::unix::fs::symlink("..", library.path("sub/round")).unwrap();
    library
}

#[test]
fn a_library_is_described_and_a_second_run_writes_nothing() {
    let library = library();
    let before = library.snapshot();
    let output = library.run(&[".", "--recursive", "--xmp", "sidecar"]);
    let said = errors(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for line in [
        "broken.jpg: the photo is cut short",
        "empty.png: the photo is empty",
        "IMG_1.HEIC: HEIC photos are not read",
        "6 descriptions written, 0 photos had one already",
        "error: 3 of 9 photos got no caption",
    ] {
        assert_eq!(said.matches(line).count(), 1, "{line}: {said}");
    }
    assert_eq!(said.lines().count(), 5, "{said}");

    let described = captions(&output);
    let photos: Vec<_> = described.iter().map(|(photo, _)| photo.as_str()).collect();
    assert_eq!(
        photos,
        [
            "./a.JPG",
            "./b.png",
            "./sub/c.webp",
            "./sub/d.tif",
            "./sub/deeper/e.tiff",
            "./sub/f.jpeg"
        ]
    );
    for (photo, caption) in &described {
        let sidecar = format!("{photo}.xmp");
        assert!(!caption.is_empty());
        for tag in ["XMP-dc:Description", "XMP-dc:Description-en"] {
            assert_eq!(&library.tag(tag, &sidecar), caption, "{sidecar}");
        }
        let writer = library.tag("XMP-photoshop:CaptionWriter", &sidecar);
        assert!(
            writer.starts_with("Glimpse ") && writer.contains("machine-written"),
            "{writer}"
        );
    }
    // The photos are as they were, and nothing but the files beside them has come.
    let after = library.snapshot();
    assert!(
        before
            .iter()
            .all(|(path, file)| after.get(path) == Some(file))
    );
    assert_eq!(after.len(), before.len() + 6);

    for again in [
        &["--xmp", "sidecar"][..],
        &["--xmp", "sidecar", "--skip-described"],
    ] {
        let output = library.run(&[&[".", "-r"], again].concat());
        let said = errors(&output);
        assert!(
            said.contains("0 descriptions written, 6 photos had one already"),
            "{said}"
        );
        let skips = again.contains(&"--skip-described");
        assert_eq!(output.stdout.is_empty(), skips);
        assert!(library.snapshot() == after);
    }
    // A run that was ended goes on: here it lacks one.
    fs::remove_file(library.path("sub/c.webp.xmp")).unwrap();
    let output = library.run(&[".", "-r", "--xmp", "sidecar", "--skip-described"]);
    assert!(errors(&output).contains("1 descriptions written, 5 photos had one"));
    assert_eq!(captions(&output).len(), 1);
    let all = library.snapshot();
    assert!(after.iter().all(|(path, (bytes, _))| &all[path].0 == bytes));
}

#[test]
fn folders_give_their_own_photos_unless_more_are_asked_for() {
    let library = library();
    let output = library.run(&["sub", "a.JPG"]);
    let photos: Vec<_> = captions(&output)
        .into_iter()
        .map(|(photo, _)| photo)
        .collect();
    assert_eq!(photos, ["sub/c.webp", "sub/d.tif", "sub/f.jpeg", "a.JPG"]);
    let none = library.run(&["sub/deeper/../../@eaDir"]);
    assert_eq!(none.status.code(), Some(1));
    let said = errors(&none);
    assert!(
        said.contains("there is no photo in") && said.contains("--recursive"),
        "{said}"
    );
}

#[test]
fn sidecars_are_called_as_asked_and_extended_as_they_are() {
    let photos = PhotoFolder::with(&["one.jpg", "two.jpg", "two.png", "three.jpg"]);
    photos.exiftool(&["-XMP:Rating=4", "-XMP-xmp:CreatorTool=Camera", "one.xmp"]);
    let before = photos.tags("one.xmp");
    let flags = [
        "--xmp",
        "sidecar",
        "--sidecar-name",
        "IMG.xmp",
        "--alt-text",
    ];
    let captions = photos.captions(&[&["one.jpg"][..], &flags].concat());
    let caption = captions[0].1.as_str();
    for tag in ["XMP-dc:Description", "XMP-iptcCore:AltTextAccessibility"] {
        assert_eq!(photos.tag(tag, "one.xmp"), caption, "{tag}");
    }
    let after = photos.tags("one.xmp");
    for (tag, value) in before {
        assert_eq!(after.get(&tag), Some(&value), "{tag}");
    }
    // A second file would hide the first one's rating.
    let other = photos.run(&["one.jpg", "--xmp", "sidecar", "--replace"]);
    let said = errors(&other);
    assert!(
        said.contains("--sidecar-name IMG.xmp writes into it"),
        "{said}"
    );
    assert!(!photos.path("one.jpg.xmp").exists());
    // One for two photos would be wrong of one of them.
    let both = photos.run(&[&["two.jpg", "two.png", "three.jpg"][..], &flags].concat());
    let said = errors(&both);
    assert_eq!(said.matches("two.xmp would be ").count(), 2, "{said}");
    assert!(
        said.contains("2 of 3 captions could not be written"),
        "{said}"
    );
    assert!(!photos.path("two.xmp").exists() && photos.path("three.xmp").exists());
}

#[test]
fn a_damaged_sidecar_is_told_and_not_touched() {
    let photos = PhotoFolder::with(&["one.jpg", "two.jpg"]);
    photos.write(
        "one.jpg.xmp",
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF>",
    );
    let before = photos.snapshot();
    let output = photos.run(&[".", "--xmp", "sidecar"]);
    let said = errors(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("one.jpg.xmp: its XMP is damaged"), "{said}");
    let after = photos.snapshot();
    assert!(
        before
            .iter()
            .all(|(path, file)| after.get(path) == Some(file))
    );
    assert_eq!(
        photos.tag("XMP-dc:Description", "two.jpg.xmp"),
        captions(&output)[0].1
    );
}

#[test]
fn the_command_carries_its_model_and_says_how_sure_it_is() {
    let folder = TempDir::new().unwrap();
    fs::copy(root().join("www/samples/cat.jpg"), folder.child("cat.jpg")).unwrap();
    let caption = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_glimpse"))
            .current_dir(folder.path())
            .args(["caption", "cat.jpg"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let shipped = root().join("www/models/glimpse.safetensors");
    let carried = caption(&[]);
    assert_eq!(carried, caption(&["--model", shipped.to_str().unwrap()]));
    // Nothing is this sure.
    let none = caption(&["--xmp", "sidecar", "--min-confidence", "1"]);
    assert!(none.is_empty() && !folder.child("cat.jpg.xmp").exists());
    caption(&["--xmp", "sidecar", "--min-confidence", "0"]);
    let sidecar = fs::read_to_string(folder.child("cat.jpg.xmp")).unwrap();
    let (_, rest) = sidecar
        .split_once("machine-written, confidence 0.")
        .unwrap();
    assert!(
        rest[2..].starts_with(")</photoshop:CaptionWriter>"),
        "{sidecar}"
    );
}

#[test]
fn shells_and_man_are_told_of_every_option() {
    let glimpse = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_glimpse"))
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    for shell in ["bash", "zsh", "fish"] {
        let script = glimpse(&["completions", shell]);
        assert!(script.contains("skip-described"), "{script}");
        assert!(!script.contains("\\u{"), "{script}");
    }
    let folder = TempDir::new().unwrap();
    let pages = folder.child("share/man1");
    glimpse(&["man", pages.to_str().unwrap()]);
    let page = fs::read_to_string(pages.join("glimpse-caption.1")).unwrap();
    assert!(page.contains("skip\\-described"), "{page}");
    assert!(pages.join("glimpse.1").exists() && pages.join("glimpse-fetch-flickr8k.1").exists());
}
