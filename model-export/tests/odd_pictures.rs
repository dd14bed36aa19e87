//! Pictures as cameras, phones, scanners, editors and broken downloads leave them: read as browsers show them.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::fs;
use std::path::PathBuf;

use image::RgbImage;
use model_export::photo::{PhotoError, decode};

/// Fields of a picture whose means are compared: columns and rows.
const FIELDS: [u32; 2] = [8, 6];
/// How far the mean of a field may be from the browser's, of 255: decoders of lossy formats round differently.
const TOLERANCE: u8 = 3;
/// Formats that are the browser's alone to decode.
const OF_BROWSERS: [&str; 3] = ["avif", "bmp", "gif"];

fn folder() -> PathBuf {
    PathBuf::from("tests/fixtures/pictures")
}

fn odd(name: &str) -> Vec<u8> {
    fs::read(folder().join("odd").join(name)).unwrap()
}

/// The means of the fields, row by row: red, green and blue of each.
fn means(photo: &RgbImage) -> Vec<u8> {
    let border = |index, count, length| index * length / count;
    let [across, down] = FIELDS;
    let mut means = Vec::new();
    for (row, column) in (0..down).flat_map(|row| (0..across).map(move |column| (row, column))) {
        let left = border(column, across, photo.width());
        let top = border(row, down, photo.height());
        let right = border(column + 1, across, photo.width()).max(left + 1);
        let bottom = border(row + 1, down, photo.height()).max(top + 1);
        for channel in 0..3 {
            let sum: u32 = (top..bottom)
                .flat_map(|y| (left..right).map(move |x| (x, y)))
                .map(|(x, y)| u32::from(photo.get_pixel(x, y).0[channel]))
                .sum();
            means.push((sum / ((right - left) * (bottom - top))) as u8);
        }
    }
    means
}

#[test]
fn every_odd_picture_is_read_as_browsers_show_it() {
    let shown = fs::read_to_string(folder().join("shown.csv")).unwrap();
    let mut names = Vec::new();
    let mut differing = Vec::new();
    for line in shown.lines() {
        let [name, width, height, digits] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
        names.push(name.to_owned());
        let photo = match decode(&odd(name)) {
            Ok(photo) => photo,
            Err(PhotoError::UnknownFormat)
                if OF_BROWSERS.iter().any(|ending| name.ends_with(ending)) =>
            {
                continue;
            }
            Err(error) => {
                differing.push(format!("{name}: {error}"));
                continue;
            }
        };
        if photo.dimensions() != (width.parse().unwrap(), height.parse().unwrap()) {
            differing.push(format!("{name}: {:?}", photo.dimensions()));
            continue;
        }
        let shown = (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap());
        let means = means(&photo);
        assert_eq!(means.len(), digits.len() / 2, "{name}");
        let difference = means.iter().zip(shown).map(|(a, b)| a.abs_diff(b)).max();
        if difference > Some(TOLERANCE) {
            differing.push(format!("{name}: colours differ by {difference:?}"));
        }
    }
    assert!(differing.is_empty(), "{differing:#?}");

    let mut files: Vec<String> = fs::read_dir(folder().join("odd"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    names.sort();
    assert_eq!(names, files);
}

/// Wherever it is cut: the picture is whole, or it is refused.
#[test]
fn a_cut_picture_is_the_whole_one_or_an_error() {
    let mut whole_ones = 0;
    for name in [
        "exif-6.jpg",
        "progressive.jpg",
        "restarts.jpg",
        "restarts-progressive.jpg",
        "planes.jpg",
        "planes-with-coarse-colours.jpg",
        "fine-colours.jpg",
        "grey.jpg",
        "cmyk.jpg",
        "odd-size-420.jpg",
        "exif-6.png",
        "rgba-interlaced.png",
        "grey-1-bit.png",
    ] {
        let file = odd(name);
        let whole = decode(&file).unwrap();
        for length in 0..file.len() {
            // What is missing may have been set aside for it.
            for zeros in [0, 500] {
                let mut cut = file[..length].to_vec();
                cut.resize(length + zeros, 0);
                if let Ok(photo) = decode(&cut) {
                    assert!(photo == whole, "{name} of {length} bytes and {zeros} zeros");
                    whole_ones += 1;
                }
            }
        }
        assert!(
            decode(&file[..file.len() - 2]).is_ok(),
            "{name} without its last two bytes"
        );
        assert!(decode(&file[..file.len() - 80]).is_err(), "{name}");
    }
    assert!(whole_ones > 0);
}
