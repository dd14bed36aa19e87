//! `glimpse caption --xmp embed`: descriptions in photos' files, all else in them as it was, whatever happens.

use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Instant;

use crate::photo_folder::{PhotoFolder, captions, errors, is_partial};

/// What people and cameras say of a photo, but no description.
const TAGS: [&str; 8] = [
    "-EXIF:Make=Camera",
    "-EXIF:Orientation=Rotate 90 CW",
    "-EXIF:GPSLatitude=48.1",
    "-XMP-xmp:CreatorTool=An editor",
    "-XMP:Rating=4",
    "-XMP-dc:Subject=cat",
    "-XMP-dc:Title=Oma & Opa",
    "-overwrite_original",
];

#[test]
fn embedding_changes_the_description_and_nothing_else() {
    let names = ["new.jpg", "new.png", "new.webp", "new.tif"];
    let edited = ["edited.jpg", "edited.png", "edited.webp", "edited.tif"];
    let photos = PhotoFolder::with(&[names, edited].concat());
    photos.exiftool(&[&TAGS[..], &edited].concat());
    photos.exiftool(&["-IPTC:Keywords=cat", "-overwrite_original", "edited.jpg"]);
    let all = [names, edited].concat();
    let before: Vec<_> = all.iter().map(|name| photos.tags(name)).collect();
    let pixels = |name: &str| image::open(photos.path(name)).unwrap();
    let pictures: Vec<_> = all.iter().map(|name| pixels(name)).collect();

    let captions = photos.captions(&[&["--xmp", "embed", "--alt-text"], &all[..]].concat());
    for (((name, caption), before), picture) in captions.iter().zip(before).zip(pictures) {
        assert_eq!(&photos.tag("XMP-dc:Description", name), caption);
        let after = photos.tags(name);
        for (tag, value) in &before {
            assert!(
                after.get(tag) == Some(value) || is_header(name, tag),
                "{tag} of {name}"
            );
        }
        let new: Vec<_> = after
            .keys()
            .filter(|tag| !before.contains_key(*tag))
            .collect();
        for tag in &new {
            let is_ours = [
                "XMP-dc:Description",
                "XMP-photoshop:CaptionWriter",
                "XMP-iptcCore:AltTextAccessibility",
            ]
            .contains(&tag.trim_end_matches("-en"));
            assert!(is_ours || is_header(name, tag), "{tag} of {name}");
        }
        assert!(new.len() >= 3, "{new:?}");
        assert!(pixels(name) == picture, "{name}");
    }
    // Again nothing is written, and nothing changes.
    let after = photos.snapshot();
    photos.captions(&[&["--xmp", "embed", "--alt-text"], &all[..]].concat());
    assert!(photos.snapshot() == after);
    assert_eq!(after.len(), all.len());
}

/// Whether a tag says of a WebP file that it has XMP at all.
fn is_header(name: &str, tag: &str) -> bool {
    name == "new.webp" && ["RIFF:WebP_Flags", "File:FileType"].contains(&tag)
}

#[test]
fn a_persons_description_survives_wherever_it_is() {
    let described = ["xmp.jpg", "iptc.jpg", "exif.jpg", "exif.webp", "beside.png"];
    let photos = PhotoFolder::with(&[&described[..], &["none.jpg"]].concat());
    let write = |tag: &str, file: &str| {
        photos.exiftool(&[tag, "-overwrite_original", file]);
    };
    write("-XMP-dc:Description-de=Oma im Garten", "xmp.jpg");
    write("-IPTC:Caption-Abstract=Oma", "iptc.jpg");
    write("-EXIF:ImageDescription=Oma", "exif.jpg");
    write("-EXIF:ImageDescription=Oma", "exif.webp");
    photos.exiftool(&["-XMP-dc:Description=Oma", "beside.xmp"]);
    let before = photos.snapshot();
    for target in ["embed", "sidecar"] {
        for skip in [&[][..], &["--skip-described"]] {
            photos.captions(&[&["--xmp", target][..], skip, &described].concat());
            assert!(photos.snapshot() == before, "{target} {skip:?}");
        }
    }
    let some = photos.captions(&[".", "--skip-described"]);
    assert_eq!(some.len(), 1, "{some:?}");

    let replaced = photos.captions(&["xmp.jpg", "--xmp", "embed", "--replace"]);
    assert_eq!(photos.tag("XMP-dc:Description", "xmp.jpg"), replaced[0].1);
    assert_eq!(photos.tag("XMP-dc:Description-de", "xmp.jpg"), "");
}

#[test]
fn photos_that_cannot_be_written_stay_and_are_told() {
    let photos = PhotoFolder::with(&["damaged.jpg", "locked.jpg", "good.jpg"]);
    photos.exiftool(&["-XMP:Rating=4", "-overwrite_original", "damaged.jpg"]);
    let damaged = photos.read("damaged.jpg");
    let at = damaged
        .windows(9)
        .position(|part| part == b"</rdf:RDF")
        .unwrap();
    let damaged = [&damaged[..at], b"</rdf:XXX", &damaged[at + 9..]].concat();
    photos.write("damaged.jpg", &damaged);
    let mut permissions = fs::metadata(photos.path("locked.jpg"))
        .unwrap()
        .permissions();
    permissions.set_readonly(true);
    fs::set_permissions(photos.path("locked.jpg"), permissions.clone()).unwrap();
    let locked = photos.read("locked.jpg");

    let output = photos.run(&[".", "--xmp", "embed"]);
    let said = errors(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("damaged.jpg: its XMP is damaged"), "{said}");
    assert!(said.contains("locked.jpg: it is read-only"), "{said}");
    assert!(photos.read("damaged.jpg") == damaged && photos.read("locked.jpg") == locked);
    let captions = captions(&output);
    assert_eq!(
        photos.tag("XMP-dc:Description", "./good.jpg"),
        captions[0].1
    );
    assert_eq!(photos.snapshot().len(), 3);
}

/// A limit on the size of files stands for a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_no_photo() {
    use std::process::Command;
    let photos = PhotoFolder::with(&["one.png", "two.png"]);
    let before = photos.snapshot();
    let glimpse = photos.command(&[".", "--xmp", "embed"]);
    let output = Command::new("sh")
        .current_dir(photos.path(""))
        .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh"])
        .arg(glimpse.get_program())
        .args(glimpse.get_args())
        .output()
        .unwrap();
    let said = errors(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.matches("File too large").count(), 2, "{said}");
    assert!(photos.snapshot() == before);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_of_a_photo_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let photos = PhotoFolder::with(&["kept/one.jpg"]);
    let mode = |mode| fs::Permissions::from_mode(mode);
    fs::set_permissions(photos.path("kept/one.jpg"), mode(0o640)).unwrap();
    symlink("kept/one.jpg", photos.path("link.jpg")).unwrap();
    let captions = photos.captions(&["link.jpg", "--xmp", "embed"]);
    let twice = photos.run(&["link.jpg", "kept/one.jpg", "--xmp", "embed"]);
    assert!(
        errors(&twice).contains("kept/one.jpg is given twice"),
        "{}",
        errors(&twice)
    );
    assert!(
        fs::symlink_metadata(photos.path("link.jpg"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(
        photos.tag("XMP-dc:Description", "kept/one.jpg"),
        captions[0].1
    );
    let permissions = fs::metadata(photos.path("kept/one.jpg"))
        .unwrap()
        .permissions();
    assert_eq!(permissions.mode() & 0o777, 0o640);
}

/// Moments at which a run is killed. `GLIMPSE_KILLS` asks for more.
const KILLS: u32 = 5;

#[test]
fn a_run_killed_at_any_moment_leaves_every_photo_whole_and_goes_on() {
    let names: Vec<_> = (0..200).map(|index| format!("{index}.jpg")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let photos = PhotoFolder::with(&names);
    let before = photos.snapshot();
    let started = Instant::now();
    photos.captions(&[".", "--xmp", "embed"]);
    let whole_run = started.elapsed();
    let after = photos.snapshot();
    assert_eq!(after.len(), 200);

    let kills = std::env::var("GLIMPSE_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let mut between = 0;
    for kill in 0..kills {
        for (path, (bytes, _)) in &before {
            fs::write(path, bytes).unwrap();
        }
        let mut run = photos
            .command(&[".", "--xmp", "embed", "--skip-described"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // All over the run, and a little differently each time.
        let moment = f64::from(kill) + f64::from(started.elapsed().subsec_micros() % 1000) / 1000.0;
        sleep(whole_run.mul_f64(moment / f64::from(kills)));
        run.kill().unwrap();
        run.wait().unwrap();
        let mut written = 0;
        for (path, (bytes, _)) in photos.snapshot() {
            if !is_partial(&path) {
                let is_written = bytes == after[&path].0;
                assert!(is_written || bytes == before[&path].0, "{}", path.display());
                written += u32::from(is_written);
            }
        }
        between += u32::from((1..200).contains(&written));
    }
    assert!(
        between > 0,
        "no run was killed between its first photo and its last"
    );

    // What was left is done, and nothing lies about.
    let output = photos.run(&[".", "--xmp", "embed", "--skip-described"]);
    assert!(output.status.success(), "{}", errors(&output));
    let end = photos.snapshot();
    assert!(end.keys().eq(after.keys()));
    assert!(end.iter().all(|(path, (bytes, _))| bytes == &after[path].0));
}
