//! Beam search and sampling against what can be enumerated, and against teacher forcing: the decoder
//! reads a finished caption at once, without cached keys and values and without other hypotheses
//! beside it.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

#[allow(dead_code, reason = "each test file uses its part")]
mod common;

use std::collections::HashSet;
use std::convert::Infallible;

use burn::tensor::{Device, Int, Tensor, TensorData};
use model_export::attention::mean_over_layers_and_heads;
use model_export::content_words::ContentWords;
use model_export::decoder::{
    Activation, Decoder, DecoderConfig, DropoutRates, Normalization, TransformerConfig,
};
use model_export::generate::{
    GenerateOptions, GeneratedCaption, Sampling, Strategy, generate, sample_ids,
};
use model_export::model_file::load_parameters;
use model_export::text::TextRules;
use model_export::vocabulary::{END, START, Vocabulary};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

const POSITIONS: usize = 6;
const CHANNELS: usize = 5;
/// The id of the first word after the special tokens.
const FIRST_WORD: u32 = 4;

/// A small decoder with drawn weights, and drawn image features of some photos.
struct Model {
    decoder: Decoder,
    features: Tensor<3>,
    device: Device,
    words: u32,
}

fn model(words: u32, photos: usize, seed: u64) -> Model {
    let device = common::device();
    let config = DecoderConfig::Transformer(TransformerConfig {
        vocabulary: (FIRST_WORD + words) as usize,
        max_words: 12,
        layers: 2,
        units: 8,
        heads: 2,
        head_size: 4,
        feed_forward_units: 16,
        activation: Activation::Gelu,
        normalization: Normalization::Pre,
        norm_epsilon: 1e-5,
        image_channels: CHANNELS,
        image_blocks: Vec::new(),
        image_head_units: None,
        image_encoder_heads: None,
        image_classes: None,
        image_positions: Some(POSITIONS),
        image_projection: true,
        tied_output: false,
        dropout: DropoutRates::NONE,
    });
    config.validate().unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = |count: usize| -> Vec<f32> {
        (0..count)
            .map(|_| random.next_u32() as f32 / u32::MAX as f32 * 2.0 - 1.0)
            .collect()
    };
    let decoder = load_parameters(
        Decoder::new(&config, &device),
        "decoder",
        &device,
        |_, shape| {
            let values = draw(shape.iter().product());
            Ok::<_, Infallible>(TensorData::new(values, shape.to_vec()))
        },
    )
    .unwrap();
    let features = TensorData::new(
        draw(photos * POSITIONS * CHANNELS),
        [photos, POSITIONS, CHANNELS],
    );
    Model {
        decoder,
        features: Tensor::from_data(features, &device),
        device,
        words,
    }
}

/// What teacher forcing says of a caption: the log-probability and map of each word, and of `[END]`.
struct Forced {
    log_probabilities: Vec<f64>,
    maps: Vec<Vec<f32>>,
}

impl Forced {
    fn sum(&self) -> f64 {
        self.log_probabilities.iter().sum()
    }

    fn score(&self, length_penalty: f64) -> f64 {
        self.sum() / (self.log_probabilities.len() as f64).powf(length_penalty)
    }
}

impl Model {
    fn photo(&self, photo: usize) -> Tensor<3> {
        self.features.clone().slice(photo..photo + 1)
    }

    fn forced(&self, photo: usize, words: &[u32]) -> Forced {
        self.forced_from(START, photo, words)
    }

    fn forced_from(&self, start: u32, photo: usize, words: &[u32]) -> Forced {
        let input: Vec<i32> = std::iter::once(start)
            .chain(words.iter().copied())
            .map(|id| id as i32)
            .collect();
        let length = input.len();
        let tokens: Tensor<2, Int> =
            Tensor::from_data(TensorData::new(input, [1, length]), &self.device);
        let output = self.decoder.forward(tokens, self.photo(photo));
        let [_, _, units] = output.hidden.dims();
        let logits = self.decoder.logits(output.hidden.reshape([length, units]));
        let [_, vocabulary] = logits.dims();
        let logits = logits.into_data().try_into_vec::<f32>().unwrap();
        let targets = words.iter().copied().chain(std::iter::once(END));
        let log_probabilities = logits
            .chunks(vocabulary)
            .zip(targets)
            .map(|(logits, id)| {
                let exps = logits.iter().map(|&logit| f64::from(logit).exp());
                f64::from(logits[id as usize]) - exps.sum::<f64>().ln()
            })
            .collect();
        let maps = mean_over_layers_and_heads(&output.attention)
            .into_data()
            .try_into_vec::<f32>()
            .unwrap();
        Forced {
            log_probabilities,
            maps: maps.chunks(POSITIONS).map(<[f32]>::to_vec).collect(),
        }
    }

    fn generate(&self, options: &GenerateOptions) -> Vec<Vec<GeneratedCaption>> {
        let features = self.features.clone();
        pollster::block_on(generate(&self.decoder, features, options, &mut |_, _| {})).unwrap()
    }

    /// Checks a caption's every number against teacher forcing.
    fn assert_is_forced(&self, photo: usize, caption: &GeneratedCaption, length_penalty: f64) {
        let forced = self.forced(photo, &ids(caption));
        assert_close(caption.log_probability, forced.sum());
        assert_close(caption.score, forced.score(length_penalty));
        for (token, (log_probability, map)) in caption
            .tokens
            .iter()
            .zip(forced.log_probabilities.iter().zip(&forced.maps))
        {
            assert_close(f64::from(token.probability), log_probability.exp());
            assert_eq!(token.attention.len(), POSITIONS);
            assert_close(f64::from(token.attention.iter().sum::<f32>()), 1.0);
            for (weight, expected) in token.attention.iter().zip(map) {
                assert_close(f64::from(*weight), f64::from(*expected));
            }
        }
    }

    /// Every caption of at most `max_words` words with its score, the best first.
    fn enumerate(
        &self,
        photo: usize,
        max_words: usize,
        length_penalty: f64,
    ) -> Vec<(Vec<u32>, f64)> {
        let mut all: Vec<Vec<u32>> = vec![Vec::new()];
        let mut longest = all.clone();
        for _ in 0..max_words {
            let ids = FIRST_WORD..FIRST_WORD + self.words;
            longest = longest
                .iter()
                .flat_map(|words| ids.clone().map(|id| [words.as_slice(), &[id]].concat()))
                .collect();
            all.extend(longest.iter().cloned());
        }
        let mut scored: Vec<_> = all
            .into_iter()
            .map(|words| {
                let score = self.forced(photo, &words).score(length_penalty);
                (words, score)
            })
            .collect();
        scored.sort_by(|a, b| b.1.total_cmp(&a.1));
        scored
    }

    /// Beam search by its definition: no cached keys and values, no pruning, no early end.
    fn plain_beam_search(
        &self,
        photo: usize,
        width: usize,
        max_words: usize,
        length_penalty: f64,
    ) -> Vec<(Vec<u32>, f64)> {
        let mut open: Vec<Vec<u32>> = vec![Vec::new()];
        let mut ended = Vec::new();
        for length in 0..=max_words {
            let mut continuations = Vec::new();
            for words in &open {
                let whole = self.forced(photo, words);
                continuations.push((words.clone(), END, whole.sum(), whole.score(length_penalty)));
                if length < max_words {
                    for id in FIRST_WORD..FIRST_WORD + self.words {
                        let longer = [words.as_slice(), &[id]].concat();
                        let forced = self.forced(photo, &longer);
                        // Without the end.
                        let sum = forced.sum() - forced.log_probabilities.last().unwrap();
                        continuations.push((longer, id, sum, 0.0));
                    }
                }
            }
            continuations.sort_by(|a, b| b.2.total_cmp(&a.2));
            continuations.truncate(width);
            open.clear();
            for (words, id, _, score) in continuations {
                match id {
                    END => ended.push((words, score)),
                    _ => open.push(words),
                }
            }
        }
        ended.sort_by(|a, b| b.1.total_cmp(&a.1));
        ended
    }
}

fn ids(caption: &GeneratedCaption) -> Vec<u32> {
    caption.tokens.iter().map(|token| token.id).collect()
}

fn assert_close(found: f64, expected: f64) {
    let difference = (found - expected).abs();
    assert!(difference < 1e-4, "{found} is not {expected}");
}

fn beams(width: usize, captions: usize, max_words: usize, length_penalty: f64) -> GenerateOptions {
    GenerateOptions {
        start: START,
        max_words,
        repeat_block: 0,
        said_once: ContentWords::default(),
        length_penalty,
        captions,
        strategy: Strategy::Beam { width },
    }
}

fn draws(captions: usize, max_words: usize, sampling: Sampling) -> GenerateOptions {
    GenerateOptions {
        start: START,
        max_words,
        repeat_block: 0,
        said_once: ContentWords::default(),
        length_penalty: 1.0,
        captions,
        strategy: Strategy::Sample(sampling),
    }
}

#[test]
fn a_beam_of_width_one_takes_the_likeliest_word_each_time() {
    let mut lengths = HashSet::new();
    for seed in 0..4 {
        let model = model(9, 3, seed);
        let found = model.generate(&beams(1, 1, 8, 0.7));
        for (photo, captions) in found.iter().enumerate() {
            let mut words = Vec::new();
            loop {
                // The word that teacher forcing finds likeliest after those before it.
                let (_, next) = (END..FIRST_WORD + model.words)
                    .map(|id| {
                        let longer = [words.as_slice(), &[id]].concat();
                        let forced = model.forced(photo, &longer);
                        (forced.log_probabilities[words.len()], id)
                    })
                    .max_by(|a, b| a.0.total_cmp(&b.0))
                    .unwrap();
                if next == END || words.len() == 8 {
                    break;
                }
                words.push(next);
            }
            assert_eq!(captions.len(), 1);
            assert_eq!(ids(&captions[0]), words);
            model.assert_is_forced(photo, &captions[0], 0.7);
            lengths.insert(words.len());
        }
    }
    assert!(
        lengths.len() > 1,
        "captions of one length only: {lengths:?}"
    );
}

#[test]
fn a_wide_beam_finds_the_best_captions_of_all() {
    for length_penalty in [0.0, 0.7, 1.0, 2.0] {
        for seed in 0..3 {
            let model = model(3, 2, seed);
            for photo in 0..2 {
                let expected = model.enumerate(photo, 3, length_penalty);
                assert_eq!(expected.len(), 1 + 3 + 9 + 27);
                for captions in [1, 5, 40] {
                    let found = &model.generate(&beams(200, captions, 3, length_penalty))[photo];
                    assert_eq!(found.len(), captions);
                    for (found, (words, score)) in found.iter().zip(&expected) {
                        assert_eq!(&ids(found), words);
                        assert_close(found.score, *score);
                    }
                }
            }
        }
    }
}

#[test]
fn a_narrow_beam_finds_what_the_definition_finds() {
    let mut differences = 0;
    for (seed, width, length_penalty) in [(0, 2, 0.7), (1, 3, 0.0), (2, 3, 1.0), (3, 5, 0.7)] {
        let model = model(7, 2, seed);
        for captions in [1, width] {
            let found = model.generate(&beams(width, captions, 6, length_penalty));
            let greedy = model.generate(&beams(1, 1, 6, length_penalty));
            for (photo, found) in found.iter().enumerate() {
                let expected = model.plain_beam_search(photo, width, 6, length_penalty);
                let expected: Vec<_> = expected.iter().map(|(words, _)| words.clone()).collect();
                let found_words: Vec<_> = found.iter().map(ids).collect();
                assert_eq!(found_words, expected[..found_words.len()]);
                assert_eq!(found.len(), captions.min(expected.len()));
                differences += usize::from(found_words[0] != ids(&greedy[photo][0]));
            }
        }
    }
    assert!(
        differences > 0,
        "no beam found anything else than greedy decoding"
    );
}

#[test]
fn probabilities_scores_and_maps_are_those_of_teacher_forcing() {
    for seed in 0..3 {
        let model = model(20, 4, seed);
        for options in [
            beams(5, 5, 9, 0.7),
            draws(4, 9, Sampling::default()),
            draws(
                3,
                9,
                Sampling {
                    temperature: 1.7,
                    top_k: 12,
                    top_p: 0.9,
                    seed,
                },
            ),
        ] {
            for (photo, captions) in model.generate(&options).iter().enumerate() {
                for caption in captions {
                    model.assert_is_forced(photo, caption, options.length_penalty);
                }
            }
        }
    }
}

#[test]
fn captions_of_a_beam_are_sorted_and_distinct() {
    let model = model(20, 3, 5);
    for captions in model.generate(&beams(6, 6, 9, 0.7)) {
        assert!(captions.len() > 1);
        assert!(captions.is_sorted_by(|a, b| a.score >= b.score));
        let distinct: HashSet<_> = captions.iter().map(ids).collect();
        assert_eq!(distinct.len(), captions.len());
    }
}

#[test]
fn the_best_caption_is_the_same_however_many_are_wanted() {
    let model = model(20, 3, 6);
    let all = model.generate(&beams(6, 6, 9, 0.7));
    for captions in 1..6 {
        let some = model.generate(&beams(6, captions, 9, 0.7));
        for (some, all) in some.iter().zip(&all) {
            let best: Vec<_> = all.iter().take(captions).map(ids).collect();
            assert_eq!(some.iter().map(ids).collect::<Vec<_>>(), best);
        }
    }
}

fn repeats(words: &[u32], length: usize) -> bool {
    let windows: Vec<_> = words.windows(length).collect();
    windows.iter().collect::<HashSet<_>>().len() < windows.len()
}

#[test]
fn blocked_sequences_do_not_stand_twice() {
    for strategy in [
        Strategy::Beam { width: 3 },
        Strategy::Sample(Sampling::default()),
    ] {
        for length in 1..=3 {
            let mut repeated = 0;
            for seed in 0..6 {
                let model = model(3, 3, seed);
                let mut options = GenerateOptions {
                    start: START,
                    max_words: 11,
                    repeat_block: 0,
                    said_once: ContentWords::default(),
                    length_penalty: 1.0,
                    captions: 3,
                    strategy: strategy.clone(),
                };
                let free = model.generate(&options);
                let words = free.iter().flatten().map(ids);
                repeated += words.filter(|words| repeats(words, length)).count();
                options.repeat_block = length;
                for (photo, captions) in model.generate(&options).iter().enumerate() {
                    for caption in captions {
                        assert!(!repeats(&ids(caption), length), "{caption:?}");
                        // What is blocked keeps its probability: the others' are the model's own.
                        model.assert_is_forced(photo, caption, 1.0);
                    }
                }
            }
            assert!(repeated > 0, "nothing repeats {length} words anyway");
        }
    }
}

#[test]
fn content_words_do_not_stand_twice_in_either_number() {
    let words = "a the and dog dogs cat";
    let vocabulary = Vocabulary::from_captions([words], TextRules::TfTutorial, 100, 1);
    let id = |word: &str| vocabulary.id(word).unwrap();
    let (dog, dogs, cat) = (id("dog"), id("dogs"), id("cat"));
    let free_words = ["a", "the", "and"].map(id);
    let count = |caption: &GeneratedCaption, words: &[u32]| {
        let ids = ids(caption);
        ids.iter().filter(|id| words.contains(id)).count()
    };
    let is_blocked =
        |caption: &GeneratedCaption| count(caption, &[dog, dogs]) > 1 || count(caption, &[cat]) > 1;
    for strategy in [
        Strategy::Beam { width: 3 },
        Strategy::Sample(Sampling::default()),
    ] {
        let (mut repeated, mut function_words) = (0, 0);
        for seed in 0..6 {
            let model = model(6, 3, seed);
            let mut options = GenerateOptions {
                strategy: strategy.clone(),
                ..beams(3, 3, 11, 1.0)
            };
            let free = model.generate(&options);
            repeated += free.iter().flatten().filter(|it| is_blocked(it)).count();
            options.said_once = ContentWords::of(&vocabulary, "en");
            for (photo, captions) in model.generate(&options).iter().enumerate() {
                for caption in captions {
                    assert!(!is_blocked(caption), "{caption:?}");
                    let is_twice = |word: &u32| count(caption, &[*word]) > 1;
                    function_words += usize::from(free_words.iter().any(is_twice));
                    model.assert_is_forced(photo, caption, 1.0);
                }
            }
        }
        assert!(
            repeated > 0 && function_words > 0,
            "{repeated}, {function_words}"
        );
    }
}

#[test]
fn a_photo_gets_the_same_captions_alone_and_in_a_batch() {
    let sampling = Sampling {
        temperature: 0.9,
        top_k: 10,
        top_p: 0.95,
        seed: 11,
    };
    for options in [
        beams(1, 1, 9, 0.7),
        beams(4, 3, 9, 0.7),
        draws(1, 9, sampling.clone()),
        draws(3, 9, sampling.clone()),
    ] {
        let mut different = 0;
        for seed in 0..5 {
            let model = model(20, 5, seed);
            let together = model.generate(&options);
            assert_eq!(together.len(), 5);
            for (photo, captions) in together.iter().enumerate() {
                different += usize::from(ids(&captions[0]) != ids(&together[0][0]));
                let alone = pollster::block_on(generate(
                    &model.decoder,
                    model.photo(photo),
                    &options,
                    &mut |_, _| {},
                ))
                .unwrap();
                assert_eq!(alone.len(), 1);
                assert_eq!(alone[0].len(), captions.len());
                for (alone, caption) in alone[0].iter().zip(captions) {
                    assert_eq!(ids(alone), ids(caption));
                    assert_close(alone.log_probability, caption.log_probability);
                }
            }
        }
        assert!(different > 0, "all photos have the same captions anyway");
    }
}

#[test]
fn words_are_drawn_as_often_as_they_are_likely() {
    let model = model(4, 1, 8);
    let expected: Vec<f64> = (END..FIRST_WORD + 4)
        .map(|id| model.forced(0, &[id]).log_probabilities[0].exp())
        .collect();
    // Banned tokens cannot be drawn, whatever the model says.
    let possible: f64 = expected.iter().sum();
    let mut counts = [0u32; 5];
    for seed in 0..5 {
        let sampling = Sampling {
            seed,
            ..Sampling::default()
        };
        for caption in &model.generate(&draws(1000, 1, sampling))[0] {
            let first = ids(caption).first().copied().unwrap_or(END);
            counts[(first - END) as usize] += 1;
        }
    }
    for (count, probability) in counts.iter().zip(&expected) {
        let share = f64::from(*count) / 5000.0;
        assert!(
            (share - probability / possible).abs() < 0.025,
            "{counts:?} {expected:?}"
        );
    }
}

#[test]
fn one_likeliest_word_at_random_is_greedy_decoding() {
    let model = model(20, 4, 9);
    let sampling = Sampling {
        top_k: 1,
        seed: 3,
        ..Sampling::default()
    };
    let greedy = model.generate(&beams(1, 1, 9, 1.0));
    let nearly_none = Sampling {
        top_p: 1e-6,
        seed: 3,
        ..Sampling::default()
    };
    for sampling in [sampling, nearly_none] {
        let drawn = model.generate(&draws(2, 9, sampling));
        for (drawn, greedy) in drawn.iter().zip(&greedy) {
            assert!(drawn.iter().all(|caption| ids(caption) == ids(&greedy[0])));
        }
    }
}

#[test]
fn captions_begin_with_the_token_of_their_style() {
    let (plain, style) = (START, 19);
    let greedy_of = |model: &Model, start| {
        let options = GenerateOptions {
            start,
            ..GenerateOptions::greedy()
        };
        model.generate(&options)
    };
    // A decoder whose first word depends on what it begins with.
    let model = (0..100)
        .map(|seed| model(20, 2, seed))
        .find(|model| {
            let [plain, style] = [plain, style].map(|start| greedy_of(model, start));
            plain
                .iter()
                .zip(&style)
                .all(|(a, b)| ids(&a[0]) != ids(&b[0]))
        })
        .unwrap();
    let greedy = |start| greedy_of(&model, start);
    let styled = greedy(style);
    for (photo, captions) in styled.iter().enumerate() {
        let forced = model.forced_from(style, photo, &ids(&captions[0]));
        assert_close(captions[0].log_probability, forced.sum());
    }
    // Drawn ones may be of another style for each photo.
    let nearly_greedy = Sampling {
        temperature: 1e-3,
        ..Sampling::default()
    };
    let drawn = pollster::block_on(sample_ids(
        &model.decoder,
        model.features.clone(),
        &[style, plain],
        30,
        1,
        &nearly_greedy,
    ))
    .unwrap();
    assert_eq!(drawn[0][0], ids(&styled[0][0]));
    assert_eq!(drawn[1][0], ids(&greedy(plain)[1][0]));
}

#[test]
fn sampled_ids_are_those_of_the_documented_streams() {
    let model = model(20, 1, 10);
    let sampling = Sampling {
        seed: 21,
        ..Sampling::default()
    };
    let features = model.features.clone();
    // The same photo three times: only the streams differ.
    let drawn = pollster::block_on(sample_ids(
        &model.decoder,
        features.clone().repeat_dim(0, 3),
        &[START; 3],
        9,
        2,
        &sampling,
    ))
    .unwrap();
    assert_eq!(drawn.len(), 3);
    assert!(drawn.iter().all(|captions| captions.len() == 2));
    // As captions of one photo, streams 0 to 5 give the same.
    let one = pollster::block_on(sample_ids(
        &model.decoder,
        features,
        &[START],
        9,
        6,
        &sampling,
    ))
    .unwrap();
    assert_eq!(drawn.concat(), one[0]);
    let distinct: HashSet<_> = one[0].iter().collect();
    assert!(distinct.len() > 3, "{one:?}");
    // And so does `generate`, but sorted.
    let mut generated: Vec<_> = model.generate(&draws(6, 9, sampling))[0]
        .iter()
        .map(ids)
        .collect();
    generated.sort();
    let mut sorted = one[0].clone();
    sorted.sort();
    assert_eq!(generated, sorted);
}

#[test]
fn no_caption_is_longer_than_wanted_or_than_the_decoder_allows() {
    let model = model(20, 4, 11);
    for strategy in [
        Strategy::Beam { width: 2 },
        Strategy::Sample(Sampling::default()),
    ] {
        for (wanted, most) in [(1, 1), (4, 4), (1000, 11)] {
            let options = GenerateOptions {
                start: START,
                max_words: wanted,
                repeat_block: 0,
                said_once: ContentWords::default(),
                length_penalty: 1.0,
                captions: 2,
                strategy: strategy.clone(),
            };
            for (photo, captions) in model.generate(&options).iter().enumerate() {
                for caption in captions {
                    assert!(caption.tokens.len() <= most);
                    model.assert_is_forced(photo, caption, 1.0);
                }
            }
        }
    }
}

#[test]
fn words_are_told_as_soon_as_they_are_certain() {
    let model = model(20, 3, 12);
    for (options, certain) in [
        (beams(1, 1, 9, 0.7), true),
        (draws(1, 9, Sampling::default()), true),
        (beams(3, 1, 9, 0.7), false),
        (draws(2, 9, Sampling::default()), false),
    ] {
        let mut told = vec![Vec::new(); 3];
        let captions = pollster::block_on(generate(
            &model.decoder,
            model.features.clone(),
            &options,
            &mut |photo, token| told[photo].push(token.id),
        ))
        .unwrap();
        for (told, captions) in told.iter().zip(&captions) {
            let expected = if certain {
                ids(&captions[0])
            } else {
                Vec::new()
            };
            assert_eq!(told, &expected);
        }
    }
}

#[test]
fn no_photos_get_no_captions_and_bad_options_are_refused() {
    let model = model(3, 1, 13);
    let none = Tensor::zeros([0, POSITIONS, CHANNELS], &model.device);
    let options = beams(2, 1, 5, 0.7);
    let captions =
        pollster::block_on(generate(&model.decoder, none, &options, &mut |_, _| {})).unwrap();
    assert!(captions.is_empty());
    let features = model.features.clone();
    let wrong = beams(2, 3, 5, 0.7);
    let error = pollster::block_on(generate(&model.decoder, features, &wrong, &mut |_, _| {}));
    assert!(error.unwrap_err().to_string().contains("3 captions"));
}

#[test]
fn a_model_whose_output_is_no_number_is_a_failure() {
    let model = model(3, 1, 14);
    let broken = Tensor::full([1, POSITIONS, CHANNELS], f32::NAN, &model.device);
    for options in [beams(2, 1, 5, 0.7), draws(1, 5, Sampling::default())] {
        let features = broken.clone();
        let error =
            pollster::block_on(generate(&model.decoder, features, &options, &mut |_, _| {}))
                .unwrap_err();
        assert!(error.to_string().contains("not numbers"), "{error}");
    }
}
