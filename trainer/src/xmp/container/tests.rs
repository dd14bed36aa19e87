use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::{DynamicImage, ImageFormat, RgbImage};

use super::*;

const PACKET: &str = "<a packet of XMP>";

fn picture() -> DynamicImage {
    RgbImage::from_fn(24, 16, |x, y| image::Rgb([(x * 9) as u8, (y * 9) as u8, 7])).into()
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn xmp(file: &[u8]) -> Option<Vec<u8>> {
    let container = Container::of(file).unwrap();
    container.metadata(file).unwrap().xmp
}

fn with(file: &[u8], packet: &str) -> Vec<u8> {
    Container::of(file).unwrap().with_xmp(file, packet).unwrap()
}

fn is_same(old: &[u8], new: &[u8]) -> bool {
    let container = Container::of(old).unwrap();
    container.is_same_but_xmp(old, new).unwrap_or(false)
}

fn error(file: &[u8]) -> String {
    let result = Container::of(file).and_then(|container| container.with_xmp(file, PACKET));
    format!("{:#}", result.unwrap_err())
}

/// A segment of a JPEG file.
fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u16 + 2).to_be_bytes();
    [&[0xFF, marker][..], &length, content].concat()
}

/// A JPEG file with segments behind its first one, which is JFIF's.
fn jpeg(segments: &[Vec<u8>]) -> Vec<u8> {
    let file = written(&picture(), ImageFormat::Jpeg);
    let first = 2 + 2 + usize::from(u16::from_be_bytes([file[4], file[5]]));
    [&file[..first], &segments.concat(), &file[first..]].concat()
}

#[test]
fn every_kind_takes_a_packet_and_stays_the_same_picture() {
    let rgb = picture();
    let kinds = [
        written(&rgb, ImageFormat::Jpeg),
        written(&rgb, ImageFormat::Png),
        written(&rgb, ImageFormat::WebP),
        written(&rgb.to_rgba8().into(), ImageFormat::WebP),
        written(&rgb, ImageFormat::Tiff),
    ];
    for file in kinds {
        // What programs put behind a picture stays: Android's films, for one.
        let file = [&file[..], b"behind the picture"].concat();
        let container = Container::of(&file).unwrap();
        assert_eq!(xmp(&file), None);
        let pixels = image::load_from_memory(&file).unwrap();
        let mut new = file.clone();
        for packet in [PACKET, "another one, which is longer", ""] {
            new = with(&new, packet);
            assert_eq!(xmp(&new), Some(packet.as_bytes().to_vec()), "{container:?}");
            assert!(is_same(&file, &new), "{container:?}");
            assert_eq!(
                image::load_from_memory(&new).unwrap(),
                pixels,
                "{container:?}"
            );
            if container != Container::Tiff {
                assert!(new.ends_with(b"behind the picture"), "{container:?}");
            }
        }
        // The check itself sees a change of anything else.
        let last = &file[file.len() - 30..file.len() - 20];
        let at = new.windows(10).position(|part| part == last).unwrap();
        let mut changed = new.clone();
        changed[at] ^= 1;
        assert!(!is_same(&file, &changed), "{container:?}");
        for length in 0..file.len() - 18 {
            // Whatever comes of it, it does not panic.
            let cut = &file[..length];
            if let Ok(container) = Container::of(cut) {
                let _ = container.with_xmp(cut, PACKET);
                let _ = container.metadata(cut);
            }
        }
    }
}

#[test]
fn a_packet_is_put_behind_exif_and_before_all_else() {
    let exif = segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\0\0");
    let profile = segment(0xE2, b"ICC_PROFILE\0\x01\x01nothing");
    let file = jpeg(&[exif.clone(), profile.clone()]);
    let new = with(&file, PACKET);
    let at = |part: &[u8]| new.windows(part.len()).position(|it| it == part).unwrap();
    assert_eq!(
        at(&exif) + exif.len() + 4,
        at(b"http://ns.adobe.com/xap/1.0/\0")
    );
    assert!(at(PACKET.as_bytes()) < at(&profile));
}

#[test]
fn what_a_jpeg_file_says_in_other_ways_is_read() {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x0e\0\x02\0\0\0\x06\0\0\0\x1a\0\0\0\0".to_vec();
    tiff.extend_from_slice(b"a cat\0");
    let iim = b"\x1c\x02\x05\0\x01x\x1c\x02\x78\0\x05a cat";
    let mut resources = b"Photoshop 3.0\x008BIM\x03\xed\x01a\0\0\0\x03abc\0".to_vec();
    resources.extend_from_slice(b"8BIM\x04\x04\0\0\0\0\0");
    resources.push(iim.len() as u8);
    resources.extend_from_slice(iim);
    let extended = |start: u8, part: &[u8]| {
        let name = b"http://ns.adobe.com/xmp/extension/\0";
        let sum = [b'0'; 32];
        let part = [&name[..], &sum, &[0, 0, 0, 8, 0, 0, 0, start], part].concat();
        segment(0xE1, &part)
    };
    // Apart, with its parts in another order.
    let (half, other) = resources.split_at(30);
    let file = jpeg(&[
        segment(0xE1, &[b"Exif\0\0", &tiff[..]].concat()),
        extended(5, b"XMP"),
        segment(0xED, half),
        segment(0xED, &[b"Photoshop 3.0\0", other].concat()),
        extended(0, b"more "),
    ]);
    let metadata = Container::Jpeg.metadata(&file).unwrap();
    assert_eq!(metadata.extended_xmp.as_deref(), Some(&b"more XMP"[..]));
    let exif = metadata.exif.unwrap();
    let fields = Fields::read(exif).unwrap();
    let text = fields.bytes(exif, tiff_fields::IMAGE_DESCRIPTION);
    assert_eq!(text, Some(&b"a cat\0"[..]));
    let iptc = metadata.iptc.unwrap();
    assert_eq!(iptc::caption(&iptc), Some(&b"a cat"[..]));
    // They stay beside a packet.
    assert!(is_same(&file, &with(&file, PACKET)));
    let broken = jpeg(&[extended(6, b"XMP")]);
    let error = Container::Jpeg.metadata(&broken).unwrap_err();
    assert!(error.to_string().contains("extended"), "{error}");
}

#[test]
fn jpeg_files_in_doubt_are_refused() {
    let packet = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>");
    let further = segment(0xE2, b"MPF\0II*\0");
    assert!(error(&jpeg(&[packet.clone(), packet.clone()])).contains("two packets"));
    assert!(error(&jpeg(&[further.clone(), packet.clone()])).contains("further pictures"));
    // Before them it may grow: they are told by how far behind their list they are.
    let before = jpeg(&[packet, further]);
    assert!(is_same(&before, &with(&before, PACKET)));
    assert!(error(&jpeg(&[b"garbage".to_vec()])).contains("between its segments"));
    let file = jpeg(&[]);
    let result = Container::Jpeg.with_xmp(&file, &" ".repeat(65_505));
    assert!(result.unwrap_err().to_string().contains("65504"));
    assert_eq!(
        xmp(&with(&file, &" ".repeat(65_504))).unwrap().len(),
        65_504
    );
    // Fill bytes are no doubt.
    let filled = jpeg(&[[&[0xFF, 0xFF][..], &segment(0xFE, b"comment")].concat()]);
    assert!(is_same(&filled, &with(&filled, PACKET)));
}

#[test]
fn a_packed_packet_of_a_png_file_is_read() {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    packed.write_all(PACKET.as_bytes()).unwrap();
    let text = [
        b"iTXtXML:com.adobe.xmp\0\x01\0en\0Xmp\0",
        &packed.finish().unwrap()[..],
    ]
    .concat();
    let file = written(&picture(), ImageFormat::Png);
    let chunk = [
        &(text.len() as u32 - 4).to_be_bytes()[..],
        &text,
        &crc32fast::hash(&text).to_be_bytes(),
    ]
    .concat();
    let header = 8 + 25;
    let file = [&file[..header], &chunk, &file[header..]].concat();
    assert_eq!(xmp(&file), Some(PACKET.as_bytes().to_vec()));
    let new = with(&file, "another one");
    assert_eq!(xmp(&new), Some(b"another one".to_vec()));
    assert!(is_same(&file, &new));
    let twice = [&file[..header], &chunk, &file[header..]].concat();
    assert!(error(&twice).contains("two packets"));
}

#[test]
fn a_webp_file_gets_the_header_that_announces_its_packet() {
    let transparent = picture().to_rgba8().into();
    for (picture, flags) in [(picture(), 0x04), (transparent, 0x14)] {
        let file = written(&picture, ImageFormat::WebP);
        assert_eq!(&file[12..16], b"VP8L");
        let new = with(&file, PACKET);
        assert_eq!(&new[12..16], b"VP8X");
        assert_eq!(new[20] & !0x10, flags & !0x10);
        assert_eq!(new[24..30], [23, 0, 0, 15, 0, 0]);
        assert_eq!(
            u32::from_le_bytes(new[4..8].try_into().unwrap()) as usize,
            new.len() - 8
        );
    }
}

#[test]
fn a_tiff_file_of_either_byte_order_keeps_its_fields_in_order() {
    // Fields 256, 700 with a packet, and 33432; then the next picture's place.
    let mut big = b"MM\0*\0\0\0\x08\0\x03".to_vec();
    big.extend_from_slice(b"\x01\0\0\x03\0\0\0\x01\0\x09\0\0");
    big.extend_from_slice(b"\x02\xbc\0\x01\0\0\0\x03abc\0");
    big.extend_from_slice(b"\x82\x98\0\x02\0\0\0\x02A\0\0\0");
    big.extend_from_slice(&[0, 0, 0x12, 0x34]);
    assert_eq!(xmp(&big), Some(b"abc".to_vec()));
    let new = with(&big, PACKET);
    assert_eq!(xmp(&new), Some(PACKET.as_bytes().to_vec()));
    assert!(is_same(&big, &new));
    let fields = Fields::read(&new).unwrap();
    let tags: Vec<_> = fields
        .entries
        .iter()
        .map(|entry| [entry[0], entry[1]])
        .collect();
    assert_eq!(tags, [[0x01, 0x00], [0x02, 0xBC], [0x82, 0x98]]);
    assert_eq!(fields.next, [0, 0, 0x12, 0x34]);
    assert!(error(b"II\x2B\0\x08\0\0\0\0\0\0\0").contains("BigTIFF"));
    assert!(error(b"II\x2A\0\xFF\xFF\xFF\xFF\0\0").contains("out of the file"));
}
