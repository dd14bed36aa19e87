//! Model files, and those that hold an image network alone.

use std::collections::HashMap;
use std::sync::LazyLock;

use burn::tensor::Device;
use model_export::decoder::{
    Activation, ClassMemoryConfig, Decoder, DecoderConfig, DropoutRates, GruAttentionConfig,
    MergeLstmConfig, Normalization, TransformerConfig,
};
use model_export::encoder::{Architecture, EncoderConfig, FeatureLayer};
use model_export::model_file::{
    FORMAT_VERSION, Manifest, Precision, TrainingRecord, read_classifier, read_encoder, serialize,
    serialize_encoder,
};
use model_export::text::TextRules;
use model_export::vocabulary::Vocabulary;
use model_export::{CaptionOptions, Captioner};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::outside_bytes::{Alone, config, mutated, mutations};

/// Bytes that reading may take for each byte of a file: tensors are widened, and JSON is longer in memory than it is
/// written.
const BYTES_PER_BYTE: usize = 64;
/// Bytes that it may take besides.
const BYTES_BESIDES: usize = 16 << 20;

/// Reads a file; one that is read captions a photo, or says why not.
fn check(alone: &Alone, bytes: &[u8]) -> Result<(), TestCaseError> {
    let (captioner, peak) = alone.peak(|| Captioner::from_bytes(bytes, &Device::flex()));
    let allowed = bytes.len() * BYTES_PER_BYTE + BYTES_BESIDES;
    let length = bytes.len();
    prop_assert!(peak <= allowed, "{peak} bytes for a file of {length}");
    if let Ok(captioner) = captioner {
        let photo = image::RgbImage::from_pixel(8, 8, image::Rgb([200, 100, 50]));
        let options = CaptionOptions {
            max_words: 3,
            ..CaptionOptions::default()
        };
        let mut ignore = |_: &_| {};
        let caption = captioner.caption_pixels(&photo, &options, &mut ignore);
        if let Ok(caption) = pollster::block_on(caption) {
            prop_assert!(caption.words.len() <= 3);
        }
    }
    Ok(())
}

/// A file of every kind of decoder, as small as its image network lets it be.
static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mobilenet = EncoderConfig {
        architecture: Architecture::MobileNetV3Small,
        feature_layer: FeatureLayer::Head,
        photo_size: Some(64),
    };
    let transformer = TransformerConfig {
        vocabulary: 0,
        max_words: 5,
        layers: 1,
        units: 8,
        heads: 2,
        head_size: 4,
        feed_forward_units: 8,
        activation: Activation::Gelu,
        normalization: Normalization::Pre,
        norm_epsilon: 1e-5,
        image_channels: 0,
        image_blocks: Vec::new(),
        image_head_units: None,
        image_encoder_heads: None,
        image_classes: None,
        image_positions: Some(4),
        image_projection: true,
        tied_output: true,
        dropout: DropoutRates::NONE,
    };
    let classes = ClassMemoryConfig {
        likeliest: 2,
        words: Vec::new(),
    };
    let files = [
        (mobilenet, DecoderConfig::Transformer(transformer.clone())),
        (
            mobilenet,
            DecoderConfig::GruAttention(GruAttentionConfig {
                vocabulary: 0,
                max_words: 5,
                image_channels: 0,
                image_units: 8,
                embedding_units: 8,
                units: 8,
                dropout: 0.0,
            }),
        ),
        (
            EncoderConfig {
                feature_layer: FeatureLayer::Pooled,
                ..mobilenet
            },
            DecoderConfig::MergeLstm(MergeLstmConfig {
                vocabulary: 0,
                max_words: 5,
                image_channels: 0,
                embedding_units: 8,
                frozen_embedding: false,
                units: 8,
                image_dropout: 0.0,
                embedding_dropout: 0.0,
            }),
        ),
        (
            EncoderConfig {
                architecture: Architecture::EfficientNetLite0,
                feature_layer: FeatureLayer::Blocks,
                ..mobilenet
            },
            DecoderConfig::Transformer(TransformerConfig {
                image_classes: Some(classes),
                ..transformer
            }),
        ),
    ];
    files
        .into_iter()
        .map(|(encoder, decoder)| file(encoder, decoder))
        .collect()
});

fn file(encoder: EncoderConfig, mut decoder: DecoderConfig) -> Vec<u8> {
    let device = Device::flex();
    let vocabulary = Vocabulary::from_captions(["a dog runs"], TextRules::TfTutorial, 50, 1);
    decoder.fit(vocabulary.len(), encoder).unwrap();
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        name: "small".to_owned(),
        language: "en".to_owned(),
        encoder,
        preparation: encoder.preparation(),
        grid: encoder.grid(),
        mirrored_view: false,
        decoder,
        text: TextRules::TfTutorial,
        vocabulary,
        confidence: None,
        training: TrainingRecord::default(),
        licence: "MIT".to_owned(),
        attribution: Vec::new(),
    };
    let decoder = Decoder::new(&manifest.decoder, &device);
    serialize(&manifest, &encoder.init(&device), &decoder, Precision::Int8).unwrap()
}

/// A file taken apart: the header's entries, the manifest, and the tensors' bytes.
#[derive(Clone)]
struct Parts {
    header: Value,
    manifest: Value,
    data: Vec<u8>,
}

impl Parts {
    fn of(file: &[u8]) -> Self {
        let length = u64::from_le_bytes(*file.first_chunk().unwrap()) as usize;
        let (header, data) = file[8..].split_at(length);
        let mut header: Value = serde_json::from_slice(header).unwrap();
        let metadata = header.as_object_mut().unwrap().remove("__metadata__");
        let manifest = metadata.unwrap()["glimpse"].take();
        Self {
            header,
            manifest: serde_json::from_str(manifest.as_str().unwrap()).unwrap(),
            data: data.to_vec(),
        }
    }

    /// Put together again, with the checksum that belongs to it.
    fn sealed(mut self) -> Vec<u8> {
        let manifest = self.manifest.to_string();
        let checksum = crc32fast::hash(&[manifest.as_bytes(), &self.data].concat());
        if let Some(header) = self.header.as_object_mut() {
            let metadata = json!({ "glimpse": manifest, "crc32": format!("{checksum:08x}") });
            header.insert("__metadata__".to_owned(), metadata);
        }
        let mut header = self.header.to_string().into_bytes();
        header.resize(header.len().next_multiple_of(8), b' ');
        let length = (header.len() as u64).to_le_bytes();
        [&length, &header[..], &self.data].concat()
    }
}

/// A change of one of the values of a JSON text: which, and what it becomes.
type Change = (usize, Replacement);

#[derive(Clone, Debug)]
enum Replacement {
    Value(Value),
    /// What another place holds.
    Other(usize),
    /// A list twice as long, a number one more, a text with a letter more.
    More,
    Gone,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let values = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(2),
        json!(64),
        json!(-1),
        json!(65_536),
        json!(u64::MAX),
        json!(1e308),
        json!(0.5),
        json!(""),
        json!("head"),
        json!("pooled"),
        json!([]),
        json!({}),
        json!([[0, 0], [1, 1], [2, 99]]),
    ];
    let replacement = prop_oneof![
        4 => prop::sample::select(values).prop_map(Replacement::Value),
        2 => any::<usize>().prop_map(Replacement::Other),
        1 => Just(Replacement::More),
        1 => Just(Replacement::Gone),
    ];
    prop::collection::vec((any::<usize>(), replacement), 1..4)
}

/// Every place in a JSON value, as a pointer.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{index}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(field, &format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
}

fn change(value: &mut Value, changes: &[Change]) {
    for (place, replacement) in changes {
        let mut all = Vec::new();
        places(value, "", &mut all);
        let place = &all[place % all.len()];
        let other = match replacement {
            Replacement::Other(place) => value.pointer(&all[place % all.len()]).cloned(),
            _ => None,
        };
        if let (Replacement::Gone, Some((parent, name))) = (replacement, place.rsplit_once('/')) {
            match value.pointer_mut(parent) {
                Some(Value::Object(fields)) => drop(fields.remove(name)),
                Some(Value::Array(items)) => drop(items.remove(name.parse().unwrap())),
                _ => {}
            }
            continue;
        }
        let Some(target) = value.pointer_mut(place) else {
            continue;
        };
        match replacement {
            Replacement::Value(new) => *target = new.clone(),
            Replacement::Other(_) => *target = other.unwrap_or_default(),
            Replacement::More => match target {
                Value::Array(items) => items.extend_from_within(..),
                Value::String(text) => text.push('x'),
                Value::Number(number) => {
                    *target = json!(number.as_f64().map_or(0.0, |number| number + 1.0) as u64);
                }
                _ => {}
            },
            Replacement::Gone => {}
        }
    }
}

#[test]
fn every_file_is_read() {
    let alone = Alone::wait();
    for file in FILES.iter() {
        assert!(Captioner::from_bytes(file, &Device::flex()).is_ok());
        assert!(Captioner::from_bytes(&Parts::of(file).sealed(), &Device::flex()).is_ok());
        check(&alone, file).unwrap();
    }
}

/// Of the header's and of the tensors' bytes one in so many; `GLIMPSE_EVERY_BYTE` asks for all, which takes minutes.
const STRIDES: [usize; 2] = [7, 1009];

/// No file that was damaged on its way captions as if it were whole: the checksum holds for the manifest and the tensors,
/// and the header has to say what the manifest makes of them.
#[test]
fn a_flipped_byte_and_a_cut_are_errors_wherever_they_are() {
    let _alone = Alone::wait();
    let device = Device::flex();
    let [in_header, in_data] = match std::env::var_os("GLIMPSE_EVERY_BYTE") {
        Some(_) => [1, 1],
        None => STRIDES,
    };
    let file = FILES.iter().min_by_key(|file| file.len()).unwrap();
    let header = 8 + u64::from_le_bytes(*file.first_chunk().unwrap()) as usize;
    let places = || {
        (0..header)
            .step_by(in_header)
            .chain((header..file.len()).step_by(in_data))
    };
    let checksum = file
        .windows(9)
        .position(|bytes| bytes == b"\"crc32\":\"")
        .unwrap()
        + 9;
    let mut damaged = file.clone();
    let mut read = Vec::new();
    for place in places() {
        for mask in [0x01, 0x20, 0xff] {
            damaged[place] ^= mask;
            match Captioner::from_bytes(&damaged, &device) {
                // A digit of the checksum, A in the place of a.
                Ok(_) if mask == 0x20 && (checksum..checksum + 8).contains(&place) => {}
                Ok(_) => read.push((place, mask)),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
            damaged[place] ^= mask;
        }
    }
    println!("{} bytes, of them {} flipped", file.len(), places().count());
    assert_eq!(read, [], "read although flipped");
    for length in places() {
        assert!(
            Captioner::from_bytes(&file[..length], &device).is_err(),
            "cut to {length}"
        );
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..2000), length in any::<u8>()) {
        let alone = Alone::wait();
        check(&alone, &bytes)?;
        // Behind a length that fits.
        check(&alone, &[&u64::from(length).to_le_bytes()[..], &bytes].concat())?;
        let _ = read_encoder(&bytes, EncoderConfig::whole(Architecture::MobileNetV3Small), &Device::flex());
    }

    #[test]
    fn a_changed_file_is_an_error_or_a_captioner(file in any::<Index>(), mutations in mutations()) {
        let alone = Alone::wait();
        check(&alone, &mutated(&FILES[file.index(FILES.len())], &mutations))?;
    }

    #[test]
    fn a_changed_manifest_is_an_error_or_a_captioner(file in any::<Index>(), changes in changes()) {
        let alone = Alone::wait();
        let mut parts = Parts::of(&FILES[file.index(FILES.len())]);
        change(&mut parts.manifest, &changes);
        check(&alone, &parts.sealed())?;
    }

    #[test]
    fn a_changed_header_is_an_error_or_a_captioner(file in any::<Index>(), changes in changes()) {
        let alone = Alone::wait();
        let mut parts = Parts::of(&FILES[file.index(FILES.len())]);
        change(&mut parts.header, &changes);
        check(&alone, &parts.sealed())?;
    }

    #[test]
    fn changed_weights_are_an_error_or_a_captioner(file in any::<Index>(), mutations in mutations()) {
        let alone = Alone::wait();
        let mut parts = Parts::of(&FILES[file.index(FILES.len())]);
        parts.data = mutated(&parts.data, &mutations);
        check(&alone, &parts.sealed())?;
    }

    #[test]
    fn a_changed_image_network_is_an_error_or_an_encoder(changes in changes(), mutations in mutations()) {
        let alone = Alone::wait();
        let device = Device::flex();
        let config = EncoderConfig::whole(Architecture::MobileNetV3Small);
        for bytes in [mutated(&NETWORK, &mutations), {
            let length = u64::from_le_bytes(*NETWORK.first_chunk().unwrap()) as usize;
            let (header, data) = NETWORK[8..].split_at(length);
            let mut header: Value = serde_json::from_slice(header).unwrap();
            change(&mut header, &changes);
            let header = header.to_string().into_bytes();
            [&(header.len() as u64).to_le_bytes()[..], &header, data].concat()
        }] {
            let (_, peak) = alone.peak(|| {
                let _ = read_encoder(&bytes, config, &device);
                let _ = read_classifier(&bytes, [576, 3], &device);
            });
            prop_assert!(peak <= bytes.len() * BYTES_PER_BYTE + BYTES_BESIDES);
        }
    }
}

/// An image network by itself.
static NETWORK: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let encoder = EncoderConfig::whole(Architecture::MobileNetV3Small).init(&Device::flex());
    serialize_encoder(&encoder, None, Precision::F16, HashMap::new()).unwrap()
});

/// The texts that are longest in memory: what the manifest's reader keeps aside, and the shortest of words.
#[test]
fn a_manifest_of_many_small_things_takes_a_bounded_memory() {
    let alone = Alone::wait();
    let file = Parts::of(&FILES[0]);
    let fields: serde_json::Map<_, _> = (0..100_000)
        .map(|number| (number.to_string(), json!(0)))
        .collect();
    let words: Vec<_> = (0..100_000).map(|number| number.to_string()).collect();
    for (name, value) in [
        ("unknown", json!(vec![0; 500_000])),
        ("unknown", json!(vec![json!({}); 500_000])),
        ("unknown", json!(fields)),
        ("vocabulary", json!(words)),
        ("attribution", json!(vec![""; 500_000])),
    ] {
        let mut parts = file.clone();
        parts.manifest[name] = value;
        let bytes = parts.sealed();
        check(&alone, &bytes).unwrap();
    }
}
