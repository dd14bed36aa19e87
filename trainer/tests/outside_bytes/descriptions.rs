//! What is said of photos in their files: XMP, EXIF and IPTC data in every kind of container.

use std::io::Cursor;
use std::path::Path;
use std::sync::LazyLock;

use image::{DynamicImage, ImageFormat};
use proptest::prelude::*;
use proptest::sample::Index;
use trainer::xmp::{Description, described, embedded};

use crate::allowed;
use crate::outside_bytes::{Alone, config, mutated, mutations};

fn description() -> Description {
    Description {
        text: "a cat".to_owned(),
        language: "en".to_owned(),
        writer: "a test".to_owned(),
        alt_text: true,
    }
}

/// A photo of each kind with a packet, and JPEG's with EXIF and IPTC data too.
static PHOTOS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let picture = DynamicImage::new_rgb8(16, 8);
    let kinds = [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::WebP,
        ImageFormat::Tiff,
    ];
    let mut photos: Vec<_> = kinds
        .map(|kind| {
            let mut bytes = Cursor::new(Vec::new());
            picture.write_to(&mut bytes, kind).unwrap();
            embedded(&bytes.into_inner(), &description(), false).unwrap()
        })
        .into();
    let segments = [
        b"\xFF\xE1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x0E\x01\x02\0\x02\0\0\0A\0\0\0\0\0\0\0"
            .to_vec(),
        b"\xFF\xED\0\x22Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x06\x1C\x02\x78\0\x01A".to_vec(),
    ];
    let jpeg = &photos[0];
    photos.push([&jpeg[..2], &segments.concat(), &jpeg[2..]].concat());
    photos
});

#[test]
fn photos_with_descriptions_are_described() {
    for photo in PHOTOS.iter() {
        assert!(described(Path::new("nowhere.jpg"), photo).unwrap());
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn damaged_photos_are_an_error_or_get_a_description(which in any::<Index>(), of_photo in mutations()) {
        let alone = Alone::wait();
        let photo = mutated(which.get::<Vec<u8>>(&PHOTOS), &of_photo);
        let ((_, new), peak) = alone.peak(|| {
            let before = described(Path::new("nowhere.jpg"), &photo);
            (before, embedded(&photo, &description(), true))
        });
        let length = photo.len();
        prop_assert!(peak <= allowed(length), "{peak} bytes for a file of {length}");
        if let Ok(new) = new {
            prop_assert!(described(Path::new("nowhere.jpg"), &new).unwrap());
            prop_assert!(embedded(&new, &description(), true).is_ok());
        }
    }
}
