//! Photos good and bad.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use model_export::photo::{PhotoError, decode, squash};

/// Red on the left, blue on the right; wider than high.
fn picture() -> RgbImage {
    RgbImage::from_fn(64, 32, |x, _| {
        if x < 32 {
            Rgb([250, 10, 10])
        } else {
            Rgb([10, 10, 250])
        }
    })
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn is_red(pixel: &Rgb<u8>) -> bool {
    pixel.0[0] > 200 && pixel.0[2] < 60
}

#[test]
fn reads_jpeg_png_and_webp() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let photo = decode(&encoded(format)).unwrap();
        assert_eq!(photo.dimensions(), (64, 32), "{format:?}");
        assert!(is_red(photo.get_pixel(4, 16)) && !is_red(photo.get_pixel(60, 16)));
    }
}

#[cfg(feature = "tiff")]
#[test]
fn reads_tiff_of_any_depth_and_turns_it() {
    let deep = DynamicImage::from(picture()).into_rgb16().into();
    for picture in [DynamicImage::from(picture()), deep] {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Tiff).unwrap();
        let photo = decode(&bytes.into_inner()).unwrap();
        assert_eq!(photo.dimensions(), (64, 32));
        assert!(is_red(photo.get_pixel(4, 16)) && !is_red(photo.get_pixel(60, 16)));
    }
    // Two grey pixels, the camera turned: each field its tag, that it is a number, one of it, and which.
    let mut file = b"II*\0\x08\0\0\0\x09\0".to_vec();
    for (tag, value) in [
        (256u16, 2u16),
        (257, 1),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 122),
        (274, 6),
        (278, 1),
        (279, 2),
    ] {
        file.extend(tag.to_le_bytes());
        file.extend([3, 0, 1, 0, 0, 0]);
        file.extend(value.to_le_bytes());
        file.extend([0, 0]);
    }
    file.extend([0, 0, 0, 0, 10, 200]);
    let photo = decode(&file).unwrap();
    assert_eq!(photo.dimensions(), (1, 2));
    assert_eq!(
        (photo.get_pixel(0, 0).0, photo.get_pixel(0, 1).0),
        ([10; 3], [200; 3])
    );
    for length in 0..file.len() {
        assert!(decode(&file[..length]).is_err(), "{length}");
    }
}

#[test]
fn turns_a_photo_as_its_exif_orientation_says() {
    // A JPEG with an APP1 segment: TIFF header, one entry, tag 0x0112 (orientation) = 6 (the camera
    // was turned; show it rotated by 90° clockwise).
    let mut tiff = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01".to_vec();
    tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]);
    let plain = encoded(ImageFormat::Jpeg);
    let mut turned = plain[..2].to_vec();
    turned.extend([0xFF, 0xE1]);
    turned.extend((tiff.len() as u16 + 2).to_be_bytes());
    turned.extend(tiff);
    turned.extend(&plain[2..]);
    let photo = decode(&turned).unwrap();
    assert_eq!(photo.dimensions(), (32, 64));
    // The left edge has become the top.
    assert!(is_red(photo.get_pixel(16, 4)) && !is_red(photo.get_pixel(16, 60)));
}

#[test]
fn transparent_pixels_are_white() {
    let mut bytes = Cursor::new(Vec::new());
    RgbaImage::from_pixel(4, 4, Rgba([0, 0, 0, 0]))
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    let photo = decode(bytes.get_ref()).unwrap();
    assert_eq!(photo.get_pixel(1, 1).0, [255; 3]);
}

#[test]
fn squashes_to_a_square() {
    let square = squash(&picture(), 224);
    assert_eq!(square.dimensions(), (224, 224));
    assert!(is_red(square.get_pixel(10, 200)) && !is_red(square.get_pixel(200, 10)));
    assert_eq!(squash(&square, 224), square);
}

#[test]
fn other_files_are_no_photos() {
    assert!(matches!(decode(&[]), Err(PhotoError::Empty)));
    for bytes in [
        &b"hello, world"[..],
        b"%PDF-1.7",
        b"GIF89a\x01\0\x01\0",
        &[0xFF],
    ] {
        let error = decode(bytes).unwrap_err();
        assert!(matches!(error, PhotoError::UnknownFormat), "{error}");
    }
}

#[test]
fn a_photo_cut_short_is_an_error_at_every_length() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let whole = encoded(format);
        // PNG's last 20 bytes are two checksums and the end, and hold no pixel.
        for length in (1..whole.len() - 20).step_by(7) {
            assert!(
                decode(&whole[..length]).is_err(),
                "{format:?} of {length} bytes"
            );
        }
    }
    let jpeg = encoded(ImageFormat::Jpeg);
    let error = decode(&jpeg[..jpeg.len() - 20]).unwrap_err();
    assert!(matches!(error, PhotoError::Truncated { .. }), "{error}");
}

#[test]
fn flipped_bytes_never_panic() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let whole = encoded(format);
        for place in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[place] ^= 0x55;
            let _ = decode(&flipped);
        }
    }
}

#[test]
fn a_decompression_bomb_is_refused_by_its_header() {
    // 40,000 × 40,000 pixels of one colour: 4.8 GB as RGB. Only the header is needed.
    let small = {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(1, 1)
            .write_to(&mut bytes, ImageFormat::Png)
            .unwrap();
        bytes.into_inner()
    };
    let mut bomb = small;
    bomb[16..20].copy_from_slice(&40_000u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&40_000u32.to_be_bytes());
    let checksum = crc32fast::hash(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
    let error = decode(&bomb).unwrap_err();
    assert!(
        matches!(
            error,
            PhotoError::TooLarge {
                width: 40_000,
                height: 40_000
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("40000"));
}
