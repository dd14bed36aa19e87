//! `glimpse train`: a caption decoder from cached features.

mod average;
mod batch;
mod benchmark;
mod checkpoint;
mod config;
mod glove;
mod log;
mod objective;
mod optimizer;
mod origin;
mod packed;
mod resume;
mod samples;
mod self_critical;
mod state;
mod step;
mod text;
mod truth;
mod validate;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Error, Result, ensure};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use indicatif::{ProgressBar, ProgressStyle};
use model_export::decoder::Decoder;
use model_export::vocabulary::Vocabulary;
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

pub(crate) use batch::{EncodedPhoto, encode};
pub(crate) use benchmark::{Arguments as BenchmarkArguments, run as benchmark};
pub(crate) use checkpoint::{best_decoder, best_progress};
pub(crate) use config::{Arguments, TrainConfig};
pub(crate) use objective::measure;
pub(crate) use origin::commands;

use average::WeightAverage;
use batch::{Pass, SetShare, cached_features, with_features};
use checkpoint::{Best, Checkpoint, Checkpoints};
use glove::WordVectors;
use log::{SetRow, StepRow, TrainLog, ValidationRow};
use optimizer::Optimizer;
use origin::Origin;
use packed::PackedPhotos;
use self_critical::Reward;
use state::State;
use step::Seen;
use text::CaptionText;
use validate::{Validation, ValidationSet};

use crate::features::{FeatureCache, Key, RowKey, View};
use crate::image_classes;
use crate::preset::TextRecipe;
use crate::{files, lock, memory};

/// File of the run's configuration.
const CONFIG: &str = "config.json";
/// File of the run's vocabulary.
const VOCABULARY: &str = "vocabulary.json";

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    // Two would write into the same files.
    lock::with_folder(&arguments.output, "train", || run_alone(arguments))
}

fn run_alone(arguments: &Arguments) -> Result<()> {
    let folder = &arguments.output;
    let config = if arguments.resume {
        arguments.resumed(read_config(folder)?)?
    } else {
        ensure!(
            !folder.join(CONFIG).exists(),
            "{} holds a training run already: go on with --resume, or choose another --output",
            folder.display()
        );
        arguments.config()?
    };
    let mut diet = config.diet()?;
    diet.report();
    let device = arguments.device.open()?;
    let key = Key::new(config.encoder(), config.encoder_weights()?.checksum());
    let features = FeatureCache::open(&config.features, &key, config.views.mirrored_view)?;

    for set in &mut diet.sets {
        features.identify(&mut set.dataset)?;
    }
    if arguments.resume {
        resume::compare_data(folder, &diet)?;
    }
    let fingerprints = resume::fingerprints(&diet);

    let vocabulary = match config.from.as_slice() {
        _ if arguments.resume => read_vocabulary(folder)?,
        // Its words go with its weights.
        [first, others @ ..] => {
            let vocabulary = Origin::open(first)?.vocabulary()?;
            for other in others {
                ensure!(
                    Origin::open(other)?.vocabulary()? == vocabulary,
                    "{} and {} have different vocabularies, so their weights have no mean",
                    first.display(),
                    other.display()
                );
            }
            vocabulary
        }
        [] => {
            let rules = config.recipe.text.rules;
            let frequent = Vocabulary::from_captions(
                diet.captions(),
                rules,
                config.recipe.text.vocabulary,
                config.recipe.text.least_count,
            );
            let words = match config.recipe.decoder.image_classes() {
                // Those that no caption has may be written too.
                Some(_) => {
                    let names: Vec<_> = image_classes::words(rules).flatten().collect();
                    frequent.with_words(names.iter().map(String::as_str))
                }
                None => frequent,
            };
            words.with_styles(diet.styles()).map_err(Error::msg)?
        }
    };
    let config = config.with_vocabulary(&vocabulary)?;
    let TextRecipe {
        rules,
        caption_words,
        ..
    } = config.recipe.text;
    let max_words = config.recipe.decoder.max_words();
    // [START] comes on top of the words; [END] is lost where a caption is cut.
    let train_words = max_words.min(caption_words + 1);
    let views = config.views.list();
    let options = config.views.options();
    let mut photos = PackedPhotos::default();
    let mut sets = Vec::new();
    let mut dev = Vec::new();
    for set in &mut diet.sets {
        let start = vocabulary.start(set.style.as_deref()).map_err(Error::msg)?;
        // As text they are not needed any more, and large data sets have millions.
        let captions = std::mem::take(&mut set.dataset.train);
        let before = photos.len();
        let encoded = encode(captions, &vocabulary, start, rules, train_words);
        with_features(encoded, &features, &options, |photo| photos.push(&photo))
            .with_context(|| set.dataset.name.clone())?;
        sets.push(SetShare {
            photos: photos.len() - before,
            share: set.share,
        });
        if set.dataset.dev.is_empty() {
            continue;
        }
        let mut own = Vec::new();
        let encoded = encode(&set.dataset.dev, &vocabulary, start, rules, max_words);
        with_features(encoded, &features, &options, |photo| {
            own.push(photo);
            Ok(())
        })
        .with_context(|| set.dataset.name.clone())?;
        let captioned = set.dataset.dev.iter();
        dev.push(ValidationSet::new(
            set.dataset.name.clone(),
            own,
            captioned.filter(|photo| features.holds(RowKey::upright(photo.content))),
        ));
    }
    ensure!(
        !dev.is_empty(),
        "no photo is left for validation: a data set needs two photos at least, or a validation split"
    );
    for &view in &views {
        for photo in photos.iter() {
            let photo = photo?;
            ensure!(
                features.holds(photo.row.seen(view)),
                "there are no features of a view of {}: run `glimpse features{options}`",
                photo.name
            );
        }
    }
    let reward = match config.self_critical {
        Some(_) => {
            let photos_by_view = views
                .iter()
                .flat_map(|&view| photos.seen(view, &vocabulary))
                .collect::<Result<Vec<_>>>()?;
            let weight = config.truth_reward;
            Some(Reward::new(&photos_by_view, &vocabulary, weight))
        }
        None => None,
    };
    let text = match config.text.as_slice() {
        [] => None,
        paths => Some(CaptionText::read(
            paths,
            diet.sets.iter().flat_map(|set| &set.dataset.dev),
            &vocabulary,
            rules,
            train_words,
            config.recipe.training.photos_per_step,
            config.seed,
        )?),
    };
    drop(diet);
    memory::give_back();
    let run = Run {
        folder,
        config: &config,
        vocabulary: &vocabulary,
        features: &features,
        photos: &photos,
        sets: &sets,
        views: &views,
        dev: &dev,
        reward,
        text,
        device: device.autodiff(),
        interrupted: Arc::new(AtomicBool::new(false)),
    };
    let mut state = run.state()?;
    // Patience may be another one now.
    let impatient = state.progress.epochs_without_improvement;
    state.progress.stopped &= impatient >= config.recipe.training.patience;
    // Only now: a run that cannot begin leaves nothing behind.
    write_run(folder, &config, &vocabulary)?;
    if !arguments.resume {
        resume::note_data(folder, &fingerprints)?;
    }
    run.train(state)
}

/// Makes a run's folder, with all that decides the run.
fn write_run(folder: &Path, config: &TrainConfig, vocabulary: &Vocabulary) -> Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let vocabulary = serde_json::to_string(vocabulary)?;
    files::write_whole(&folder.join(VOCABULARY), vocabulary.as_bytes())?;
    let config = serde_json::to_string_pretty(config)?;
    files::write_whole(&folder.join(CONFIG), config.as_bytes())
}

/// The configuration of a run.
///
/// # Errors
/// When the folder holds no run.
pub(crate) fn read_config(folder: &Path) -> Result<TrainConfig> {
    let path = folder.join(CONFIG);
    let bytes = files::read(&path)
        .with_context(|| format!("{} holds no training run", folder.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is damaged", path.display()))
}

/// The vocabulary of a run.
///
/// # Errors
/// When the folder holds no run.
pub(crate) fn read_vocabulary(folder: &Path) -> Result<Vocabulary> {
    let path = folder.join(VOCABULARY);
    let bytes = files::read(&path)?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is damaged", path.display()))
}

struct Run<'a> {
    folder: &'a Path,
    config: &'a TrainConfig,
    vocabulary: &'a Vocabulary,
    features: &'a FeatureCache,
    /// The training photos.
    photos: &'a PackedPhotos,
    /// The data sets that they come from, one after the other.
    sets: &'a [SetShare],
    /// The views that they are seen in.
    views: &'a [View],
    dev: &'a [ValidationSet],
    /// Of captions of all `views`, one after the other, where training is self-critical.
    reward: Option<Reward>,
    /// Captions without photos to train on too.
    text: Option<CaptionText>,
    device: Device,
    interrupted: Arc<AtomicBool>,
}

impl Run<'_> {
    /// How far the run is: as its last checkpoint says, or at its beginning.
    fn state(&self) -> Result<State> {
        match Checkpoints::new(self.folder).latest()? {
            Some(path) => {
                let state = self.restore(&path)?;
                eprintln!("resuming after step {}", state.progress.step);
                Ok(state)
            }
            None => self.begin(),
        }
    }

    fn train(&self, mut state: State) -> Result<()> {
        let checkpoints = Checkpoints::new(self.folder);
        let mut log = TrainLog::open(self.folder, state.progress.step)?;
        self.handle_interrupt();
        eprintln!(
            "{} words, {} parameters, {} steps an epoch",
            self.vocabulary.len(),
            state.decoder.num_params(),
            self.steps_per_epoch()
        );
        if self.config.recipe.training.epochs == 0 {
            self.finish_epoch(&mut state, &mut log, &checkpoints, 0.0)?;
        }
        while state.progress.epoch < self.config.recipe.training.epochs && !state.progress.stopped {
            if !self.epoch(&mut state, &mut log, &checkpoints)? {
                eprintln!("interrupted: go on with --resume");
                return Ok(());
            }
        }
        let best = &state.progress.best;
        eprintln!(
            "best: step {}, validation cross-entropy {:.4}, accuracy {:.4}, CIDEr {:.1}",
            best.step,
            best.measures.cross_entropy,
            best.measures.accuracy,
            100.0 * best.cider
        );
        Ok(())
    }

    /// Steps of a reporting epoch.
    fn steps_per_epoch(&self) -> u64 {
        let given = self.config.recipe.training.epoch_steps;
        given.unwrap_or_else(|| self.steps_per_pass())
    }

    /// Steps in which every photo is seen once, or as its data set's share says.
    fn steps_per_pass(&self) -> u64 {
        let photos_per_step = self.config.recipe.training.photos_per_step;
        let photos: usize = self.sets.iter().map(SetShare::photos_per_pass).sum();
        photos.div_ceil(photos_per_step) as u64
    }

    /// The photos of each step of a pass.
    fn pass(&self, pass: u64) -> Pass {
        Pass::new(
            self.photos,
            self.sets,
            self.config.recipe.training.photos_per_step,
            self.config.seed,
            pass,
        )
    }

    fn begin(&self) -> Result<State> {
        self.device.seed(self.config.seed);
        if !self.config.from.is_empty() {
            let new = self.pretrained_decoder()?.valid();
            let origins = self.config.from.iter();
            let decoders = origins
                .map(|path| {
                    let origin = Origin::open(path)?;
                    let decoder = origin.decoder(&new, self.config.encoder(), &self.device)?;
                    // Blocks that it has not trained are the pretrained ones.
                    Ok(WeightAverage::mean(&[decoder]).apply(new.clone()))
                })
                .collect::<Result<Vec<_>>>()?;
            let mean = WeightAverage::mean(&decoders).apply(new).train();
            return Ok(State::new(self.config, mean));
        }
        let captions = self
            .photos
            .iter()
            .flatten()
            .flat_map(|photo| photo.captions);
        let bias = self.vocabulary.log_frequency_bias(captions);
        let mut decoder = self.pretrained_decoder()?.with_output_bias(bias);
        if let Some(path) = &self.config.word_vectors {
            let vectors = WordVectors::read(path, self.vocabulary)?;
            let embedding = decoder.token_embedding();
            let [_, units] = embedding.dims();
            let embedding = embedding
                .into_data()
                .try_into_vec()
                .map_err(|error| anyhow::anyhow!("the device failed: {error:?}"))?;
            decoder = decoder.with_token_embedding(vectors.overwrite(embedding, units)?);
        }
        // Parameters draw their first values when they are first read: now and in their own order,
        // so that these do not depend on how a step is shared out.
        Ok(State::new(self.config, decoder.valid().train()))
    }

    /// A decoder with random weights, but for the layers that it takes over from the image network.
    fn pretrained_decoder(&self) -> Result<Decoder> {
        let decoder = Decoder::new(&self.config.recipe.decoder, &self.device);
        let layer = self.config.encoder().feature_layer;
        if !layer.leaves_a_tail() {
            return Ok(decoder);
        }
        let weights = self.config.encoder_weights()?;
        let (_, mut tail) = weights.load(layer, &Device::flex())?;
        if self.config.recipe.decoder.image_classes().is_some() {
            tail.classifier = Some(weights.classifier(&Device::flex())?);
        }
        Ok(decoder.with_image_tail(tail))
    }

    fn restore(&self, path: &Path) -> Result<State> {
        let decoder = Decoder::new(&self.config.recipe.decoder, &self.device);
        let Checkpoint {
            decoder,
            optimizer,
            average,
            progress,
        } = Checkpoint::load(path, decoder, |decoder| {
            Optimizer::new(self.config, decoder)
        })?;
        Ok(State {
            decoder,
            optimizer,
            average: WeightAverage::restore(self.config.recipe.training.weight_average, &average),
            progress,
            reward: Vec::new(),
        })
    }

    /// Trains to the end of the epoch; false if interrupted, and then all is saved.
    fn epoch(
        &self,
        state: &mut State,
        log: &mut TrainLog,
        checkpoints: &Checkpoints,
    ) -> Result<bool> {
        let config = self.config;
        let per_epoch = self.steps_per_epoch();
        let per_pass = self.steps_per_pass();
        let mut pass = self.pass(state.progress.step / per_pass);
        let bar = ProgressBar::new(per_epoch).with_style(
            ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} {msg}, {eta} left")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar.set_prefix(format!("epoch {}", state.progress.epoch + 1));
        let start = state.progress.step % per_epoch;
        bar.set_position(start);
        let clock = std::time::Instant::now();
        let mut losses = LossSum::default();
        for step in start..per_epoch {
            let place = state.progress.step % per_pass;
            if place == 0 && step > start {
                pass = self.pass(state.progress.step / per_pass);
            }
            let photos = self.seen(pass.step(place as usize), state.progress.step)?;
            losses.add(self.step(state, &photos)?);
            bar.inc(1);

            let last = step + 1 == per_epoch;
            let interrupted = self.interrupted.load(Ordering::Relaxed);
            if losses.steps == config.log_every || last || interrupted {
                let loss = losses.take()?;
                ensure!(
                    loss.is_finite(),
                    "the loss is {loss} at step {}: try a smaller --learning-rate",
                    state.progress.step
                );
                let learning_rate = optimizer::learning_rate(
                    &config.recipe.training,
                    state.progress.step,
                    self.total_steps(),
                );
                let rewards = std::mem::take(&mut state.reward);
                let reward = (!rewards.is_empty())
                    .then(|| rewards.iter().sum::<f64>() / rewards.len() as f64);
                log.step(&StepRow {
                    step: state.progress.step,
                    loss,
                    learning_rate,
                    reward,
                })?;
                bar.set_message(match reward {
                    Some(reward) => format!("reward {reward:.3}"),
                    None => format!("loss {loss:.3}"),
                });
                // Only where the log is complete, so that a resumed run's log is the same.
                let due = state.progress.step - state.progress.saved >= config.checkpoint_every;
                if (due || interrupted) && !last {
                    self.save(state, checkpoints)?;
                }
                // An epoch that is complete is validated and saved first.
                if interrupted && !last {
                    bar.finish();
                    return Ok(false);
                }
            }
        }
        bar.finish_and_clear();
        self.finish_epoch(state, log, checkpoints, clock.elapsed().as_secs_f64())?;
        Ok(!self.interrupted.load(Ordering::Relaxed))
    }

    /// Photos of a step, each in a view and with captions drawn by the step alone, with their places among
    /// those of all views.
    fn seen(&self, places: impl Iterator<Item = usize>, step: u64) -> Result<Vec<Seen>> {
        let mut random = ChaCha8Rng::seed_from_u64(self.config.seed);
        random.set_stream(u64::MAX - step);
        places
            .map(|place| {
                let view = random.random_range(0..self.views.len());
                let mut photo = self.photos.get(place)?;
                if let Some(count) = self.config.captions_per_photo {
                    photo.captions.shuffle(&mut random);
                    photo.captions.truncate(count);
                }
                Ok((
                    view * self.photos.len() + place,
                    photo.seen(self.views[view], self.vocabulary),
                ))
            })
            .collect()
    }

    fn total_steps(&self) -> u64 {
        self.steps_per_epoch() * self.config.recipe.training.epochs as u64
    }

    fn finish_epoch(
        &self,
        state: &mut State,
        log: &mut TrainLog,
        checkpoints: &Checkpoints,
        seconds: f64,
    ) -> Result<()> {
        let averaged = state.average.apply(state.decoder.valid());
        let device = self.device.clone().inner();
        let validations = self
            .dev
            .iter()
            .map(|set| set.validate(&averaged, self.vocabulary, self.features, &device))
            .collect::<Result<Vec<_>>>()?;
        let Validation { measures, cider } = Validation::mean(&validations);
        let progress = &mut state.progress;
        progress.epoch += 1;
        let best = &progress.best;
        let improved = best.step == 0
            || cider > best.cider
            || cider == best.cider && measures.cross_entropy < best.measures.cross_entropy;
        if improved {
            progress.best = Best {
                step: progress.step,
                measures,
                cider,
            };
            progress.epochs_without_improvement = 0;
            checkpoints.save_best(averaged.clone(), progress)?;
        } else {
            progress.epochs_without_improvement += 1;
            progress.stopped =
                progress.epochs_without_improvement >= self.config.recipe.training.patience;
        }
        log.validation(&ValidationRow {
            epoch: progress.epoch,
            step: progress.step,
            cross_entropy: measures.cross_entropy,
            accuracy: measures.accuracy,
            cider,
            seconds,
        })?;
        eprintln!(
            "epoch {}: validation cross-entropy {:.4}, accuracy {:.4}, CIDEr {:.1}{} ({seconds:.0} s)",
            progress.epoch,
            measures.cross_entropy,
            measures.accuracy,
            100.0 * cider,
            if improved { ", the best so far" } else { "" }
        );
        for (set, own) in self.dev.iter().zip(&validations) {
            log.set(&SetRow {
                epoch: progress.epoch,
                step: progress.step,
                set: set.name.clone(),
                cross_entropy: own.measures.cross_entropy,
                accuracy: own.measures.accuracy,
                cider: own.cider,
            })?;
            if self.dev.len() > 1 {
                eprintln!(
                    "  {}: cross-entropy {:.4}, CIDEr {:.1}",
                    set.name,
                    own.measures.cross_entropy,
                    100.0 * own.cider
                );
            }
        }
        let epoch = progress.epoch;
        for photo in self.dev.iter().map(ValidationSet::example) {
            let features = cached_features(&[photo], self.features, &device)?;
            samples::print_and_save(
                self.folder,
                &format!("epoch {epoch}, {}", photo.name),
                epoch as u64,
                &averaged,
                features,
                photo.start(),
                self.vocabulary,
            )?;
        }
        log.plot()?;
        self.save(state, checkpoints)
    }

    fn save(&self, state: &mut State, checkpoints: &Checkpoints) -> Result<()> {
        state.progress.saved = state.progress.step;
        checkpoints.save(&Checkpoint {
            decoder: state.decoder.clone(),
            optimizer: state.optimizer.clone(),
            average: state.average.apply(state.decoder.valid()),
            progress: state.progress.clone(),
        })
    }

    /// On Ctrl-C the run saves itself before it ends.
    fn handle_interrupt(&self) {
        let interrupted = self.interrupted.clone();
        // Without a handler Ctrl-C ends the run at once; the last checkpoint is still whole.
        let _ = ctrlc::set_handler(move || {
            if interrupted.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        });
    }
}

/// The mean loss since the last row of the log, summed on the device.
#[derive(Default)]
struct LossSum {
    sum: Option<Tensor<1>>,
    steps: u64,
}

impl LossSum {
    fn add(&mut self, loss: Tensor<1>) {
        self.sum = Some(match self.sum.take() {
            Some(sum) => sum + loss,
            None => loss,
        });
        self.steps += 1;
    }

    fn take(&mut self) -> Result<f64> {
        let steps = std::mem::take(&mut self.steps);
        let sum = self.sum.take().context("no step since the last row")?;
        let sum = sum
            .try_into_scalar::<f32>()
            .map_err(|error| anyhow::anyhow!("the device failed: {error:?}"))?;
        Ok(f64::from(sum) / steps as f64)
    }
}
