//! Model files, whole and broken in every way that we could think of.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::collections::HashMap;

use burn::tensor::{Device, TensorData};
use model_export::confidence::{
    Calibration, CaptionFeature, Decoding, Input, Logistic, WordFeature,
};
use model_export::decoder::{
    Activation, Decoder, DecoderConfig, DropoutRates, Normalization, TransformerConfig,
};
use model_export::encoder::{Architecture, Encoder, EncoderConfig};
use model_export::generate::generate;
use model_export::model_file::{
    FORMAT_VERSION, Manifest, ModelError, ModelFile, Precision, TrainingRecord, WriteError,
    load_parameters, parameters, read_encoder, serialize,
};
use model_export::photo::PhotoError;
use model_export::text::TextRules;
use model_export::vocabulary::Vocabulary;
use model_export::{CaptionError, CaptionOptions, Captioner, Strategy};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

const ENCODER: EncoderConfig = EncoderConfig::whole(Architecture::EfficientNetLite0);

fn encoder(device: &Device) -> Encoder {
    let weights = include_bytes!("../weights/efficientnet-lite0.safetensors");
    read_encoder(weights, ENCODER, device).unwrap()
}

fn manifest() -> Manifest {
    let vocabulary = Vocabulary::from_captions(
        ["a dog runs on the grass", "a cat sleeps"],
        TextRules::TfTutorial,
        50,
        1,
    );
    Manifest {
        format_version: FORMAT_VERSION,
        name: "test".to_owned(),
        encoder: ENCODER,
        preparation: ENCODER.architecture.preparation(),
        grid: ENCODER.grid(),
        language: "ko".to_owned(),
        mirrored_view: false,
        decoder: DecoderConfig::Transformer(TransformerConfig {
            vocabulary: vocabulary.len(),
            max_words: 12,
            layers: 2,
            units: 16,
            heads: 4,
            head_size: 4,
            feed_forward_units: 32,
            activation: Activation::Relu,
            normalization: Normalization::Pre,
            norm_epsilon: 1e-5,
            image_channels: ENCODER.channels(),
            image_blocks: Vec::new(),
            image_head_units: None,
            image_encoder_heads: None,
            image_classes: None,
            image_positions: Some(49),
            image_projection: true,
            tied_output: true,
            dropout: DropoutRates::NONE,
        }),
        text: TextRules::TfTutorial,
        vocabulary,
        confidence: None,
        training: TrainingRecord::default(),
        licence: "MIT".to_owned(),
        attribution: vec!["nobody".to_owned()],
    }
}

/// Weights that look random and are the same at every call.
fn decoder(device: &Device) -> Decoder {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    load_parameters(
        Decoder::new(&manifest().decoder, device),
        "decoder",
        device,
        |_, shape| {
            let values: Vec<f32> = (0..shape.iter().product()).map(|_| next()).collect();
            Ok::<_, std::convert::Infallible>(TensorData::new(values, shape.to_vec()))
        },
    )
    .unwrap()
}

fn file(precision: Precision) -> Vec<u8> {
    let device = Device::flex();
    serialize(&manifest(), &encoder(&device), &decoder(&device), precision).unwrap()
}

/// The file with its manifest's text changed, checksum included.
fn with_manifest(change: impl Fn(&str) -> String) -> Vec<u8> {
    rewritten(|manifest, _| *manifest = change(manifest))
}

/// The file with manifest and tensors changed, checksum included.
fn rewritten(change: impl Fn(&mut String, &mut Vec<(String, TensorView)>)) -> Vec<u8> {
    let bytes = file(Precision::Int8);
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let mut manifest = metadata.metadata().as_ref().unwrap()["glimpse"].clone();
    let container = SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors = container.tensors();
    change(&mut manifest, &mut tensors);
    let write = |checksum: u32| {
        let metadata = HashMap::from([
            ("glimpse".to_owned(), manifest.clone()),
            ("crc32".to_owned(), format!("{checksum:08x}")),
        ]);
        safetensors::serialize(tensors.clone(), Some(metadata)).unwrap()
    };
    let draft = write(0);
    let header = u64::from_le_bytes(*draft.first_chunk::<8>().unwrap()) as usize;
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(manifest.as_bytes());
    hasher.update(&draft[8 + header..]);
    write(hasher.finalize())
}

fn refusal(bytes: &[u8]) -> ModelError {
    match Captioner::from_bytes(bytes, &Device::flex()) {
        Ok(_) => panic!("a broken file was read"),
        Err(error) => error,
    }
}

#[test]
fn a_file_comes_back_in_every_precision() {
    let device = Device::flex();
    let original = parameters(&decoder(&device));
    let mut sizes = Vec::new();
    for (precision, tolerance) in [
        (Precision::F32, 0.0),
        (Precision::F16, 1e-3),
        (Precision::Int8, 0.5 / 127.0 + 1e-6),
    ] {
        let bytes = file(precision);
        let parsed = ModelFile::parse(&bytes).unwrap();
        assert_eq!(parsed.manifest(), &manifest());
        let (_, decoder) = parsed.load(&device).unwrap();
        for (before, after) in original.iter().zip(parameters(&decoder)) {
            assert_eq!(before.name, after.name);
            let before = before.data.clone().try_into_vec::<f32>().unwrap();
            let after = after.data.try_into_vec::<f32>().unwrap();
            let largest = before.iter().map(|value| value.abs()).fold(0.0, f32::max);
            for (before, after) in before.iter().zip(&after) {
                assert!(
                    (before - after).abs() <= tolerance * largest,
                    "{before} {after}"
                );
            }
        }
        sizes.push(bytes.len());
    }
    assert!(
        sizes[0] > sizes[1] * 19 / 10 && sizes[1] > sizes[2] * 19 / 10,
        "{sizes:?}"
    );
}

#[test]
fn the_same_model_is_the_same_file_to_the_byte() {
    let device = Device::flex();
    let (encoder, decoder, manifest) = (encoder(&device), decoder(&device), manifest());
    let write = || serialize(&manifest, &encoder, &decoder, Precision::Int8).unwrap();
    let first = write();
    assert_eq!(u64::from_le_bytes(first[..8].try_into().unwrap()) % 8, 0);
    // A hash map's two keys come in the other order every second time.
    for _ in 0..16 {
        assert!(write() == first);
    }
}

#[test]
fn a_captioner_captions_and_refuses_what_is_no_photo() {
    let captioner = Captioner::from_bytes(&file(Precision::Int8), &Device::flex()).unwrap();
    let mut photo = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(300, 200, |x, y| image::Rgb([x as u8, y as u8, 90]))
        .write_to(&mut photo, image::ImageFormat::Jpeg)
        .unwrap();
    let caption_with = |photo: &[u8], options: CaptionOptions| {
        let mut seen = Vec::new();
        let result = pollster::block_on(captioner.caption_bytes(photo, &options, &mut |word| {
            seen.push(word.text.clone());
        }));
        (result, seen)
    };
    let caption = |photo: &[u8], max_words| {
        let options = CaptionOptions {
            max_words,
            ..CaptionOptions::greedy()
        };
        caption_with(photo, options)
    };

    // However a caption is found, its words are told, and only its.
    let options = CaptionOptions {
        captions: 3,
        strategy: Strategy::Beam { width: 3 },
        ..CaptionOptions::default()
    };
    let (result, seen) = caption_with(photo.get_ref(), options.clone());
    let best = result.unwrap();
    assert_eq!(best.text, seen.join(" "));
    assert_eq!(best.alternatives.len(), 2);
    let prepared = captioner.prepare(photo.get_ref()).unwrap();
    let batch = [prepared.clone(), prepared];
    for same in pollster::block_on(captioner.caption_features(captioner.features(&batch), &options))
        .unwrap()
    {
        assert_eq!(same.text, best.text);
        for (same, other) in same.alternatives.iter().zip(&best.alternatives) {
            assert_eq!(same.text, other.text);
            assert!((same.score - other.score).abs() < 1e-3);
            assert!(same.score <= best.score);
        }
    }

    let (result, seen) = caption(photo.get_ref(), 50);
    let result = result.unwrap();
    assert_eq!(
        result
            .words
            .iter()
            .map(|word| &word.text)
            .cloned()
            .collect::<Vec<_>>(),
        seen
    );
    assert_eq!(result.text, seen.join(" "));
    // No more than the positions that the model has.
    assert!(seen.len() <= 11);
    for word in &result.words {
        assert_eq!(word.map.len(), 49);
        assert!((word.map.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        assert!((0.0..=1.0).contains(&word.probability));
    }
    assert!(caption(photo.get_ref(), 2).1.len() <= 2);
    let (result, _) = caption(b"no photo", 50);
    assert!(matches!(
        result,
        Err(CaptionError::Photo(PhotoError::UnknownFormat))
    ));
}

#[test]
fn with_the_mirrored_view_a_photo_and_its_mirror_image_are_the_same_but_for_the_maps() {
    let bytes = with_manifest(|manifest| {
        manifest.replace("\"mirrored_view\":false", "\"mirrored_view\":true")
    });
    let captioner = Captioner::from_bytes(&bytes, &Device::flex()).unwrap();
    assert!(captioner.manifest().mirrored_view);
    let photo = image::RgbImage::from_fn(224, 224, |x, y| image::Rgb([x as u8, y as u8, 90]));
    let mirrored = image::imageops::flip_horizontal(&photo);
    let captions = pollster::block_on(captioner.caption_features(
        captioner.features(&[photo, mirrored]),
        &CaptionOptions::greedy(),
    ))
    .unwrap();
    let [photo, mirrored] = &captions[..] else {
        panic!("two photos, {} captions", captions.len());
    };
    assert_eq!(photo.text, mirrored.text);
    assert!((photo.log_probability - mirrored.log_probability).abs() < 1e-3);
    assert!(!photo.words.is_empty());
    for (word, other) in photo.words.iter().zip(&mirrored.words) {
        assert_eq!(word.map.len(), 49);
        assert!((word.map.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        let rows = word.map.chunks(7).zip(other.map.chunks(7));
        for (weight, other) in rows.flat_map(|(row, other)| row.iter().zip(other.iter().rev())) {
            assert!((weight - other).abs() < 1e-4, "{weight} {other}");
        }
    }
}

#[test]
fn a_file_cut_short_is_refused_at_every_length() {
    let whole = file(Precision::Int8);
    for length in (0..whole.len())
        .step_by(9973)
        .chain([7, 8, 9, 100, whole.len() - 1])
    {
        let error = refusal(&whole[..length]);
        assert!(
            matches!(error, ModelError::Container { .. }),
            "{length}: {error}"
        );
    }
    let error = refusal(&whole[..1000]).to_string();
    assert!(error.contains("1000 bytes"), "{error}");
}

#[test]
fn a_flipped_byte_is_noticed_wherever_it_is() {
    let whole = file(Precision::Int8);
    let header = u64::from_le_bytes(*whole.first_chunk::<8>().unwrap()) as usize + 8;
    for place in (0..header)
        .step_by(211)
        .chain((header..whole.len()).step_by(100_003))
    {
        let mut flipped = whole.clone();
        flipped[place] ^= 0x01;
        refusal(&flipped);
    }
    let mut flipped = whole;
    flipped[header + 5000] ^= 0x80;
    assert!(matches!(refusal(&flipped), ModelError::Checksum { .. }));
}

#[test]
fn another_version_is_refused_by_its_number() {
    let later =
        with_manifest(|manifest| manifest.replace("\"format_version\":2", "\"format_version\":3"));
    let error = refusal(&later);
    assert!(matches!(error, ModelError::Version { found: 3 }), "{error}");
}

#[test]
fn other_files_are_no_models() {
    assert!(matches!(refusal(b""), ModelError::Container { .. }));
    assert!(matches!(
        refusal(b"<!DOCTYPE html><html>"),
        ModelError::Container { .. }
    ));
    let foreign = safetensors::serialize(Vec::<(String, TensorView)>::new(), None).unwrap();
    assert!(matches!(refusal(&foreign), ModelError::NoManifest));
    // A header that claims to be longer than any memory.
    let mut huge = u64::MAX.to_le_bytes().to_vec();
    huge.extend([b' '; 100]);
    assert!(matches!(refusal(&huge), ModelError::Container { .. }));
}

#[test]
fn a_manifest_that_contradicts_itself_is_refused_before_anything_is_allocated() {
    for (from, to) in [
        ("\"units\":16", "\"units\":9000000000"),
        ("\"units\":16", "\"units\":0"),
        ("\"layers\":2", "\"layers\":100000"),
        ("\"image_channels\":1280", "\"image_channels\":576"),
        ("\"image_positions\":49", "\"image_positions\":64"),
        ("\"rows\":7", "\"rows\":8"),
        ("\"size\":224", "\"size\":100000"),
        ("\"dog\"", "\"dog\",\"wolf\""),
    ] {
        let error = refusal(&with_manifest(|manifest| {
            assert!(manifest.contains(from), "{from}");
            manifest.replace(from, to)
        }));
        assert!(
            matches!(error, ModelError::Inconsistent(_)),
            "{to}: {error}"
        );
    }
    let error = refusal(&with_manifest(|manifest| {
        manifest.replace("\"units\":16", "\"units\":32")
    }));
    assert!(matches!(error, ModelError::Tensor { .. }), "{error}");
    let error = refusal(&with_manifest(|manifest| {
        manifest.replace("efficientnet", "mystery")
    }));
    assert!(matches!(error, ModelError::Manifest(_)), "{error}");
}

#[test]
fn a_missing_a_left_over_and_a_misshapen_tensor_are_named() {
    let name = "decoder.layers.0.feed_forward.inner.weight";
    let error = refusal(&rewritten(|_, tensors| {
        tensors.retain(|(found, _)| found != name)
    }));
    assert!(
        matches!(&error, ModelError::Missing(missing) if missing == name),
        "{error}"
    );

    let error = refusal(&rewritten(|_, tensors| {
        let copy = tensors[0].1.clone();
        tensors.push(("decoder.extra".to_owned(), copy));
    }));
    assert!(
        matches!(&error, ModelError::Unexpected(extra) if extra == "decoder.extra"),
        "{error}"
    );

    let error = refusal(&rewritten(|_, tensors| {
        let other = tensors
            .iter()
            .find(|(found, _)| found.ends_with("outer.weight"))
            .unwrap()
            .1
            .clone();
        tensors
            .iter_mut()
            .find(|(found, _)| found == name)
            .unwrap()
            .1 = other;
    }));
    assert!(
        matches!(&error, ModelError::Tensor { name: bad, .. } if bad == name),
        "{error}"
    );
}

fn calibration() -> Calibration {
    fn logistic<Feature: Copy>(features: &[Feature]) -> Logistic<Feature> {
        let inputs = features.iter().map(|&feature| Input {
            feature,
            mean: -0.1,
            deviation: 2.5,
            weight: 0.7,
        });
        Logistic {
            bias: 0.3,
            inputs: inputs.collect(),
        }
    }
    Calibration {
        decoding: Decoding::of(&CaptionOptions::default()).unwrap(),
        caption: logistic(&CaptionFeature::ALL),
        word: logistic(&WordFeature::ALL),
        function_words: Vec::new(),
    }
}

/// A file with a calibration, made of the one without.
fn calibrated() -> Vec<u8> {
    let bytes = file(Precision::Int8);
    let mut manifest = manifest();
    manifest.confidence = Some(calibration());
    let parsed = ModelFile::parse(&bytes).unwrap();
    parsed.with_manifest(&manifest).unwrap()
}

fn tensors(file: &[u8]) -> &[u8] {
    let header = u64::from_le_bytes(*file.first_chunk::<8>().unwrap()) as usize;
    &file[8 + header..]
}

#[test]
fn a_calibration_comes_back_beside_the_very_same_weights() {
    let (before, after) = (file(Precision::Int8), calibrated());
    assert!(tensors(&before) == tensors(&after), "weights have changed");
    let parsed = ModelFile::parse(&after).unwrap();
    assert_eq!(parsed.manifest().confidence, Some(calibration()));
    // Taken out again, the file is the one that it was.
    let again = parsed.with_manifest(&manifest()).unwrap();
    assert_eq!(ModelFile::parse(&again).unwrap().manifest(), &manifest());
    assert!(tensors(&before) == tensors(&again), "weights have changed");
}

#[test]
fn a_calibrated_file_says_how_sure_its_captions_are_and_another_does_not() {
    let photo = image::RgbImage::from_fn(224, 224, |x, y| image::Rgb([x as u8, y as u8, 90]));
    let photos = [photo];
    let caption = |captioner: &Captioner, options: &CaptionOptions| {
        let mut captions =
            pollster::block_on(captioner.caption_features(captioner.features(&photos), options))
                .unwrap();
        captions.remove(0)
    };
    let device = Device::flex();
    let plain = Captioner::from_bytes(&file(Precision::Int8), &device).unwrap();
    let calibrated = Captioner::from_bytes(&calibrated(), &device).unwrap();
    let options = CaptionOptions::default();

    let without = caption(&plain, &options);
    assert_eq!(without.confidence, None);
    assert!(without.words.iter().all(|word| word.confidence.is_none()));

    let with = caption(&calibrated, &options);
    // The runners-up are searched for, but neither handed out nor of influence.
    assert_eq!(with.text, without.text);
    assert!(with.alternatives.is_empty());
    let search = calibration().decoding.options(calibrated.content_words());
    let features = calibrated.features(&photos);
    let found = pollster::block_on(generate(
        calibrated.decoder(),
        features,
        &search,
        &mut |_, _| {},
    ));
    let found = found.unwrap().remove(0);
    assert_eq!(found.len(), 5);
    let expected = calibration().caption_confidence(&found);
    let assert_close = |found: Option<f32>, expected: f32| {
        let found = found.unwrap();
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    };
    assert_close(with.confidence, expected);
    assert_eq!(with.words.len(), found[0].tokens.len());
    for (word, token) in with.words.iter().zip(&found[0].tokens) {
        let expected = calibration().word_confidence(token, &word.text);
        assert_close(word.confidence, expected.unwrap());
    }

    // However many captions are asked for; but with no other search.
    let two = CaptionOptions {
        captions: 2,
        ..options
    };
    let two = caption(&calibrated, &two);
    assert_eq!(two.alternatives.len(), 1);
    assert_close(two.confidence, expected);
    let greedy = caption(&calibrated, &CaptionOptions::greedy());
    assert_eq!(greedy.confidence, None);
    assert!(greedy.words.iter().all(|word| word.confidence.is_none()));
}

#[test]
fn a_calibration_of_bad_numbers_is_refused() {
    let with = |from: &str, to: &str| {
        let text = serde_json::to_string(&calibration()).unwrap();
        assert!(text.contains(from), "{from}");
        let text = text.replacen(from, to, 1);
        refusal(&with_manifest(|manifest| {
            manifest.replacen('{', &format!("{{\"confidence\":{text},"), 1)
        }))
    };
    for (from, to) in [
        ("\"deviation\":2.5", "\"deviation\":0.0"),
        ("\"deviation\":2.5", "\"deviation\":-1.0"),
        ("\"beams\":5", "\"beams\":0"),
        ("\"length\"", "\"agreement\""),
    ] {
        let error = with(from, to);
        let is_inconsistent = matches!(error, ModelError::Inconsistent(_));
        assert!(is_inconsistent, "{to}: {error}");
    }
    for (from, to) in [
        ("\"weight\":0.7", "\"weight\":1e999"),
        ("\"weight\":0.7", "\"weight\":null"),
        ("\"weight\":0.7", "\"other\":0.7"),
        ("\"bias\":0.3,", ""),
        ("\"length\"", "\"mystery\""),
    ] {
        let error = with(from, to);
        assert!(matches!(error, ModelError::Manifest(_)), "{to}: {error}");
    }
    // And none is written.
    let bytes = file(Precision::Int8);
    let mut bad = manifest();
    let mut calibration = calibration();
    calibration.caption.bias = f64::NAN;
    bad.confidence = Some(calibration);
    let error = ModelFile::parse(&bytes).unwrap().with_manifest(&bad);
    let error = error.unwrap_err();
    assert!(matches!(error, WriteError::Refused(_)), "{error}");
}
