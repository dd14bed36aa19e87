//! Photos, and the orientation in their EXIF data.

use std::io::Cursor;
use std::sync::LazyLock;

use image::{DynamicImage, ImageEncoder, ImageFormat, RgbImage};
use model_export::photo::{MAX_PIXELS, MAX_SIDE, decode, from_rgba};
use moxcms::ColorProfile;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::outside_bytes::{Alone, config, mutated, mutations};

/// Bytes that decoding may take for each pixel that the header claims.
const BYTES_PER_PIXEL: u64 = 24;
/// Bytes that it may take for each byte of the file.
const BYTES_PER_BYTE: u64 = 8;
/// Bytes that it may take besides.
const BYTES_BESIDES: u64 = 16 << 20;

/// Decodes and holds memory and result against what is promised.
fn check(alone: &Alone, bytes: &[u8]) -> Result<(), TestCaseError> {
    let claimed = claimed_sizes(bytes);
    let (result, peak) = alone.peak(|| decode(bytes));
    let pixels = claimed
        .iter()
        .map(|&(width, height)| u64::from(width) * u64::from(height))
        // What is too large is refused by its header.
        .filter(|&pixels| pixels <= MAX_PIXELS)
        .max()
        .unwrap_or(0);
    let allowed = pixels * BYTES_PER_PIXEL + bytes.len() as u64 * BYTES_PER_BYTE + BYTES_BESIDES;
    prop_assert!(
        peak as u64 <= allowed,
        "{peak} bytes for {claimed:?} in a file of {} bytes",
        bytes.len()
    );
    if let Ok(photo) = result {
        let (width, height) = photo.dimensions();
        prop_assert!(width <= MAX_SIDE && height <= MAX_SIDE);
        prop_assert!(claimed.contains(&(width, height)) || claimed.contains(&(height, width)));
    }
    Ok(())
}

/// The sizes that a file's header may claim: of whatever looks like one.
fn claimed_sizes(bytes: &[u8]) -> Vec<(u32, u32)> {
    // The header may be all there is.
    let bytes = [bytes, &[0; 18]].concat();
    let of_jpeg = bytes.windows(9).filter_map(|frame| match *frame {
        [0xFF, 0xC0..=0xC2, _, _, _, a, b, c, d] => {
            let [height, width] = [[a, b], [c, d]].map(u16::from_be_bytes);
            Some((width.into(), height.into()))
        }
        _ => None,
    });
    let of_png = bytes.windows(12).filter_map(|header| match *header {
        [b'I', b'H', b'D', b'R', a, b, c, d, e, f, g, h] => {
            let [width, height] = [[a, b, c, d], [e, f, g, h]].map(u32::from_be_bytes);
            Some((width, height))
        }
        _ => None,
    });
    let of_webp = bytes.windows(18).flat_map(|chunk| {
        let [a, b, c, d, e, f] = chunk[12..].try_into().unwrap();
        match chunk[..4] {
            [b'V', b'P', b'8', b' '] => {
                // Behind the start code's last two bytes.
                Some([[c, d], [e, f]].map(|side| u32::from(u16::from_le_bytes(side) & 0x3FFF)))
            }
            [b'V', b'P', b'8', b'L'] => {
                let sides = u32::from_le_bytes(chunk[9..13].try_into().unwrap());
                Some([sides, sides >> 14].map(|side| (side & 0x3FFF) + 1))
            }
            [b'V', b'P', b'8', b'X'] => {
                Some([[a, b, c, 0], [d, e, f, 0]].map(|side| u32::from_le_bytes(side) + 1))
            }
            _ => None,
        }
        .map(|[width, height]| (width, height))
    });
    of_jpeg.chain(of_png).chain(of_webp).collect()
}

/// Small pictures in every format, with and without transparency, with 8 and 16 bits, with EXIF data.
static PICTURES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let rgb = DynamicImage::from(RgbImage::from_fn(40, 24, |x, y| {
        image::Rgb([(x * 6) as u8, (y * 10) as u8, (x * y) as u8])
    }));
    let written = |photo: &DynamicImage, format| {
        let mut bytes = Cursor::new(Vec::new());
        photo.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    };
    let mut pictures = vec![
        written(&rgb, ImageFormat::Jpeg),
        written(&rgb.to_luma8().into(), ImageFormat::Jpeg),
        written(&rgb, ImageFormat::Png),
        written(&rgb.to_luma8().into(), ImageFormat::Png),
        written(&rgb.to_rgba16().into(), ImageFormat::Png),
        written(&rgb, ImageFormat::WebP),
        written(&rgb.to_rgba8().into(), ImageFormat::WebP),
    ];
    pictures.extend(with(Beside::Exif(&EXIF)));
    pictures.extend(with(Beside::Profile(&PROFILE)));
    pictures.extend(FOREIGN.map(<[u8]>::to_vec));
    pictures.extend(ODD.map(<[u8]>::to_vec));
    pictures
});

/// Kinds that the image library reads and does not write.
const FOREIGN: [&[u8]; 7] = [
    include_bytes!("../fixtures/pictures/progressive.jpg"),
    include_bytes!("../fixtures/pictures/cmyk.jpg"),
    include_bytes!("../fixtures/pictures/restarts.jpg"),
    include_bytes!("../fixtures/pictures/palette.png"),
    include_bytes!("../fixtures/pictures/lossy.webp"),
    include_bytes!("../fixtures/pictures/lossy-glass.webp"),
    include_bytes!("../fixtures/pictures/animated.webp"),
];

/// What is read in a way of its own.
const ODD: [&[u8]; 12] = [
    include_bytes!("../fixtures/pictures/odd/fine-colours.jpg"),
    include_bytes!("../fixtures/pictures/odd/planes-with-coarse-colours.jpg"),
    include_bytes!("../fixtures/pictures/odd/progressive-without-end.jpg"),
    include_bytes!("../fixtures/pictures/odd/zeros-without-end.jpg"),
    include_bytes!("../fixtures/pictures/odd/standard-tables-left-out.jpg"),
    include_bytes!("../fixtures/pictures/odd/jfif-and-adobe-rgb.jpg"),
    include_bytes!("../fixtures/pictures/odd/icc-in-two-parts.jpg"),
    include_bytes!("../fixtures/pictures/odd/animated-without-first.png"),
    include_bytes!("../fixtures/pictures/odd/chromaticities.png"),
    include_bytes!("../fixtures/pictures/odd/rgba-interlaced.png"),
    include_bytes!("../fixtures/pictures/odd/alpha-announced-not-there.webp"),
    include_bytes!("../fixtures/pictures/odd/animated-offset-on-blue.webp"),
];

/// A TIFF header and one entry: the orientation, 6.
const EXIF: [u8; 26] = [
    b'M', b'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
];

/// Display P3, as phones write it.
static PROFILE: LazyLock<Vec<u8>> =
    LazyLock::new(|| ColorProfile::new_display_p3().encode().unwrap());

/// What stands beside the pixels.
#[derive(Clone, Copy)]
enum Beside<'a> {
    Exif(&'a [u8]),
    Profile(&'a [u8]),
}

/// A picture in every format with this beside it.
fn with(beside: Beside) -> [Vec<u8>; 3] {
    let photo = RgbImage::from_fn(24, 16, |x, y| {
        image::Rgb([(x * 9) as u8, (y * 9) as u8, 90])
    });
    let mut jpeg = Vec::new();
    let mut png = Vec::new();
    let mut webp = Vec::new();
    macro_rules! write {
        ($encoder:expr) => {{
            let mut encoder = $encoder;
            match beside {
                Beside::Exif(exif) => encoder.set_exif_metadata(exif.to_vec()).unwrap(),
                Beside::Profile(profile) => encoder.set_icc_profile(profile.to_vec()).unwrap(),
            }
            let color = image::ExtendedColorType::Rgb8;
            encoder.write_image(&photo, 24, 16, color).unwrap();
        }};
    }
    write!(image::codecs::jpeg::JpegEncoder::new(&mut jpeg));
    write!(image::codecs::png::PngEncoder::new(&mut png));
    write!(image::codecs::webp::WebPEncoder::new_lossless(&mut webp));
    [jpeg, png, webp]
}

/// The bytes with the checksums of PNG's chunks set right, so that changes come to the decoder's eyes.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    if !bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return bytes;
    }
    let mut at = 8;
    while let Some(length) = bytes.get(at..at + 4) {
        let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
        let checksum = match bytes.get(at + 4..at + 8 + length) {
            Some(chunk) => crc32fast::hash(chunk),
            None => break,
        };
        at += 8 + length;
        if let Some(place) = bytes.get_mut(at..at + 4) {
            place.copy_from_slice(&checksum.to_be_bytes());
        }
        at += 4;
    }
    bytes
}

/// What the files of each format begin with.
const MAGIC: [&[u8]; 6] = [
    b"",
    b"\xFF\xD8\xFF",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\x40\0\0\0WEBPVP8 ",
    b"RIFF\x40\0\0\0WEBPVP8L",
    b"RIFF\x40\0\0\0WEBPVP8X",
];

#[test]
fn every_picture_is_read() {
    let alone = Alone::wait();
    for picture in PICTURES.iter() {
        decode(picture).unwrap();
        check(&alone, picture).unwrap();
    }
}

/// Found by the properties below: memory for the size that the picture claims, or a read beyond its end.
#[test]
fn a_webp_picture_of_another_size_than_its_frame_is_refused() {
    let alone = Alone::wait();
    let [.., still, animated] = FOREIGN;
    for whole in [still, animated] {
        let start = whole
            .windows(3)
            .position(|bytes| bytes == [0x9D, 0x01, 0x2A])
            .unwrap();
        for [width, height] in [
            [8, 8],
            [41, 24],
            [40, 25],
            [48, 24],
            [80, 48],
            [16_383, 16_383u16],
        ] {
            let mut changed = whole.to_vec();
            changed[start + 3..start + 5].copy_from_slice(&width.to_le_bytes());
            changed[start + 5..start + 7].copy_from_slice(&height.to_le_bytes());
            assert!(decode(&changed).is_err(), "{width} {height}");
            check(&alone, &changed).unwrap();
        }
    }
}

/// Found by the properties below: memory for as much EXIF data as the length says.
#[test]
fn webp_exif_data_that_is_not_there_takes_no_memory() {
    let alone = Alone::wait();
    let [_, _, whole] = with(Beside::Exif(&EXIF));
    let start = whole.windows(4).position(|name| name == b"EXIF").unwrap();
    for length in [EXIF.len() as u32 + 2, 1 << 25, u32::MAX] {
        let mut changed = whole.clone();
        changed[start + 4..start + 8].copy_from_slice(&length.to_le_bytes());
        assert_eq!(decode(&changed).unwrap().dimensions(), (24, 16));
        check(&alone, &changed).unwrap();
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_behind_any_magic_number_are_an_error_or_a_photo(
        magic in prop::sample::select(&MAGIC),
        bytes in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let alone = Alone::wait();
        check(&alone, &sealed([magic, &bytes].concat()))?;
    }

    #[test]
    fn a_changed_picture_is_an_error_or_a_photo(
        picture in any::<Index>(),
        mutations in mutations(),
    ) {
        let alone = Alone::wait();
        check(&alone, &sealed(mutated(&PICTURES[picture.index(PICTURES.len())], &mutations)))?;
    }

    #[test]
    fn exif_data_of_any_bytes_leaves_the_photo(exif in prop::collection::vec(any::<u8>(), 0..300)) {
        let alone = Alone::wait();
        for picture in with(Beside::Exif(&exif)) {
            prop_assert!(decode(&picture).is_ok());
            check(&alone, &picture)?;
        }
    }

    #[test]
    fn changed_exif_data_leaves_the_photo(mutations in mutations()) {
        let alone = Alone::wait();
        for picture in with(Beside::Exif(&mutated(&EXIF, &mutations))) {
            prop_assert!(decode(&picture).is_ok());
            check(&alone, &picture)?;
        }
    }

    #[test]
    fn a_colour_profile_of_any_bytes_leaves_the_photo(profile in prop::collection::vec(any::<u8>(), 1..600)) {
        let alone = Alone::wait();
        for picture in with(Beside::Profile(&profile)) {
            prop_assert!(decode(&picture).is_ok());
            check(&alone, &picture)?;
        }
    }

    #[test]
    fn a_changed_colour_profile_leaves_the_photo(mutations in mutations()) {
        let alone = Alone::wait();
        for picture in with(Beside::Profile(&mutated(&PROFILE, &mutations))) {
            prop_assert!(decode(&picture).is_ok());
            check(&alone, &picture)?;
        }
    }

    #[test]
    fn pixels_of_any_number_are_an_error_or_a_photo(
        width in prop_oneof![0..20u32, any::<u32>()],
        height in prop_oneof![0..20u32, any::<u32>()],
        surplus in -8..8i64,
    ) {
        let _alone = Alone::wait();
        let whole = u128::from(width) * u128::from(height) * 4;
        let count = (whole.min(1 << 20) as i64 + surplus).max(0);
        let fits = count as u128 == whole && whole > 0;
        let result = from_rgba(width, height, vec![7; count as usize]);
        prop_assert_eq!(result.is_ok(), fits);
    }
}
