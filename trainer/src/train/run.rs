//! A run: one epoch after the other, validated and saved, until the last or until nothing improves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use model_export::decoder::Decoder;

use super::input::Input;
use super::learn::Learner;
use super::recipe::TrainConfig;
use super::run_folder::{Best, Progress, RunFolder, SetRow, StepRow, TrainLog, ValidationRow};
use super::validate::{Validation, ValidationSet};
use super::view::{View, Watching};
use crate::output::Ended;

/// A run under way.
pub(super) struct Run<'a> {
    folder: &'a RunFolder,
    config: &'a TrainConfig,
    input: &'a Input,
    learner: Learner<'a>,
    progress: Progress,
    /// With automatic differentiation.
    device: &'a Device,
    validation: Vec<ValidationSet<'a>>,
    log: TrainLog,
    view: View,
    interrupted: Arc<AtomicBool>,
}

impl<'a> Run<'a> {
    /// A run that is so far.
    ///
    /// # Errors
    /// When its log cannot be opened.
    pub(super) fn new(
        folder: &'a RunFolder,
        config: &'a TrainConfig,
        input: &'a Input,
        learner: Learner<'a>,
        progress: Progress,
        device: &'a Device,
        watching: Watching,
    ) -> Result<Self> {
        let training = &config.recipe.training;
        Ok(Self {
            folder,
            config,
            input,
            learner,
            validation: input.validation.iter().map(ValidationSet::new).collect(),
            log: folder.log(progress.step, watching.tensorboard)?,
            view: View::new(watching, training.epochs, training.photos_per_step),
            progress,
            device,
            interrupted: Arc::new(AtomicBool::new(false)),
        })
    }

    /// Trains to the end, or until it is interrupted; then all is saved, and it is false.
    ///
    /// # Errors
    /// When the device or the disk fails, or the loss is no number any more.
    pub(super) fn train(mut self) -> Result<bool> {
        self.handle_interrupt();
        let epochs = self.config.recipe.training.epochs;
        self.view.say(&format!(
            "{} words, {} parameters, {} steps an epoch",
            self.input.vocabulary.len(),
            self.learner.state.decoder.num_params(),
            self.learner.steps_per_epoch()
        ));
        if epochs == 0 {
            self.finish_epoch(0.0)?;
        }
        while self.progress.epoch < epochs && !self.progress.stopped {
            if !self.epoch()? {
                self.view.say("interrupted: go on with --resume");
                return Ok(false);
            }
        }
        let best = &self.progress.best;
        self.view.say(&format!(
            "best: step {}, validation cross-entropy {:.4}, accuracy {:.4}, CIDEr {:.1}",
            best.step,
            best.measures.cross_entropy,
            best.measures.accuracy,
            100.0 * best.cider
        ));
        Ok(true)
    }

    /// Trains to the end of the epoch; false if interrupted, and then all is saved.
    fn epoch(&mut self) -> Result<bool> {
        let per_epoch = self.learner.steps_per_epoch();
        let per_pass = self.input.steps_per_pass();
        let mut pass = self.input.pass(self.progress.step / per_pass);
        let start = self.progress.step % per_epoch;
        self.view.epoch(self.progress.epoch, per_epoch, start);
        let clock = Instant::now();
        let mut losses = LossSum::default();
        for step in start..per_epoch {
            let place = self.progress.step % per_pass;
            if place == 0 && step > start {
                pass = self.input.pass(self.progress.step / per_pass);
            }
            let photos = self
                .input
                .seen(pass.step(place as usize), self.progress.step)?;
            losses.add(self.learner.learn(&photos, self.progress.step)?);
            self.progress.step += 1;
            self.view.step();

            let last = step + 1 == per_epoch;
            let interrupted = self.interrupted.load(Ordering::Relaxed);
            if losses.steps == self.config.learning.log_every || last || interrupted {
                self.log_steps(&mut losses)?;
                // Only where the log is complete, so that a resumed run's log is the same.
                let unsaved = self.progress.step - self.progress.saved;
                let due = unsaved >= self.config.learning.checkpoint_every;
                if (due || interrupted) && !last {
                    self.save()?;
                }
                // An epoch that is complete is validated and saved first.
                if interrupted && !last {
                    self.view.epoch_ends();
                    return Ok(false);
                }
            }
        }
        self.view.epoch_ends();
        self.finish_epoch(clock.elapsed().as_secs_f64())?;
        Ok(!self.interrupted.load(Ordering::Relaxed))
    }

    /// Logs the steps since the row before.
    fn log_steps(&mut self, losses: &mut LossSum) -> Result<()> {
        let step = self.progress.step;
        let loss = losses.take()?;
        ensure!(
            loss.is_finite(),
            "the loss is {loss} at step {step}: try a smaller --learning-rate"
        );
        let reward = self.learner.take_reward();
        let row = StepRow {
            step,
            loss,
            learning_rate: self.learner.learning_rate(step),
            reward,
        };
        self.log.step(&row)?;
        self.view.logged(&row);
        Ok(())
    }

    /// Validates what has been learned, keeps it if it is the best so far, and saves all.
    fn finish_epoch(&mut self, seconds: f64) -> Result<()> {
        let averaged = self.learner.state.averaged();
        let device = self.device.clone().inner();
        let validations = self
            .validation
            .iter()
            .map(|set| set.validate(&averaged, self.input, &device))
            .collect::<Result<Vec<_>>>()?;
        self.judge(&averaged, &validations, seconds)?;
        let epoch = self.progress.epoch;
        for set in &self.validation {
            let samples = set.samples(&averaged, self.input, &device, epoch)?;
            self.view.samples(&samples);
            self.log.samples(self.progress.step, set.name(), &samples)?;
        }
        self.log.plot()?;
        self.save()
    }

    /// Logs validations, and decides by their mean whether they are the best and whether the run goes on.
    fn judge(
        &mut self,
        averaged: &Decoder,
        validations: &[Validation],
        seconds: f64,
    ) -> Result<()> {
        let Validation { measures, cider } = Validation::mean(validations);
        let progress = &mut self.progress;
        progress.epoch += 1;
        let (epoch, step) = (progress.epoch, progress.step);
        let best = &progress.best;
        let improved = best.step == 0
            || cider > best.cider
            || cider == best.cider && measures.cross_entropy < best.measures.cross_entropy;
        if improved {
            progress.best = Best {
                step,
                measures,
                cider,
            };
            progress.epochs_without_improvement = 0;
            let checkpoints = self.folder.checkpoints();
            checkpoints.save_best(averaged.clone(), progress)?;
        } else {
            progress.epochs_without_improvement += 1;
            progress.stopped =
                progress.epochs_without_improvement >= self.config.recipe.training.patience;
        }
        self.log.validation(&ValidationRow {
            epoch,
            step,
            cross_entropy: measures.cross_entropy,
            accuracy: measures.accuracy,
            cider,
            seconds,
        })?;
        self.view.validated(step, cider);
        self.view.say(&format!(
            "epoch {epoch}: validation cross-entropy {:.4}, accuracy {:.4}, CIDEr {:.1}{} ({seconds:.0} s)",
            measures.cross_entropy,
            measures.accuracy,
            100.0 * cider,
            if improved { ", the best so far" } else { "" }
        ));
        for (set, own) in self.validation.iter().zip(validations) {
            self.log.set(&SetRow {
                epoch,
                step,
                set: set.name().to_owned(),
                cross_entropy: own.measures.cross_entropy,
                accuracy: own.measures.accuracy,
                cider: own.cider,
            })?;
            if validations.len() > 1 {
                self.view.say(&format!(
                    "  {}: cross-entropy {:.4}, CIDEr {:.1}",
                    set.name(),
                    own.measures.cross_entropy,
                    100.0 * own.cider
                ));
            }
        }
        Ok(())
    }

    fn save(&mut self) -> Result<()> {
        self.progress.saved = self.progress.step;
        let checkpoints = self.folder.checkpoints();
        checkpoints.save(&self.learner.state, &self.progress)
    }

    /// On Ctrl-C the run saves itself before it ends.
    fn handle_interrupt(&self) {
        let interrupted = self.interrupted.clone();
        // Without a handler Ctrl-C ends the run at once; the last checkpoint is still whole.
        let _ = ctrlc::set_handler(move || {
            if interrupted.swap(true, Ordering::Relaxed) {
                std::process::exit(Ended::Interrupted.status().into());
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
            .map_err(|error| anyhow!("the device failed: {error:?}"))?;
        Ok(f64::from(sum) / steps as f64)
    }
}
