//! What a run shows while it is under way: curves, speed and captions where there is a terminal, else plain lines.

mod screen;

use std::io::{IsTerminal, Stderr, stderr};
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use ratatui::backend::CrosstermBackend;
use ratatui::text::Text;
use ratatui::widgets::{Paragraph, Widget};
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::run_folder::StepRow;

/// Rows of the terminal that the view takes.
const ROWS: u16 = 14;

/// On a GPU steps are faster than eyes.
const BETWEEN_FRAMES: Duration = Duration::from_millis(100);

/// How a run is watched. Flattened into a command's arguments.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Watching {
    /// Also write loss, measures and sample captions to OUTPUT/tensorboard, for TensorBoard.
    #[arg(long)]
    pub tensorboard: bool,
    /// Say in plain lines how training goes, in a terminal too.
    #[arg(long)]
    pub plain: bool,
}

/// What is known of a run while it is under way.
#[derive(Clone, Debug, Default)]
struct State {
    epoch: usize,
    epochs: usize,
    /// Steps of this epoch, and how many of them are done.
    steps: u64,
    done: u64,
    photos_per_second: f64,
    /// Until the last epoch ends, if none before it is the last.
    left: Duration,
    /// Loss, or in self-critical training the reward, by step.
    learning: Vec<(f64, f64)>,
    is_reward: bool,
    /// CIDEr-D times 100 of greedy captions, by step.
    cider: Vec<(f64, f64)>,
    /// The newest sample captions.
    samples: String,
}

/// What shows it.
enum Shown {
    Bar(ProgressBar),
    Screen(Box<Terminal<CrosstermBackend<Stderr>>>),
}

/// Shows how a run goes on.
pub(super) struct View {
    shown: Shown,
    state: State,
    photos_per_step: usize,
    clock: Instant,
    /// Steps of the epoch that were done before the clock started.
    before: u64,
    drawn: Instant,
}

impl View {
    /// For a run of so many epochs; with `plain`, or where there is no terminal, lines and a bar.
    pub(super) fn new(watching: Watching, epochs: usize, photos_per_step: usize) -> Self {
        let screen = (!watching.plain && stderr().is_terminal())
            .then(|| {
                let viewport = Viewport::Inline(ROWS);
                Terminal::with_options(
                    CrosstermBackend::new(stderr()),
                    TerminalOptions { viewport },
                )
            })
            // A terminal that does not answer gets lines.
            .and_then(Result::ok);
        Self {
            shown: match screen {
                Some(terminal) => Shown::Screen(Box::new(terminal)),
                None => Shown::Bar(ProgressBar::hidden()),
            },
            state: State {
                epochs,
                ..State::default()
            },
            photos_per_step,
            clock: Instant::now(),
            before: 0,
            drawn: Instant::now(),
        }
    }

    /// An epoch, counted from 0, of so many steps begins, or goes on after some.
    pub(super) fn epoch(&mut self, epoch: usize, steps: u64, done: u64) {
        let state = &mut self.state;
        (state.epoch, state.steps, state.done) = (epoch + 1, steps, done);
        (self.clock, self.before) = (Instant::now(), done);
        if let Shown::Bar(bar) = &mut self.shown {
            let style = "{prefix} {bar:30} {pos}/{len} {msg}, {eta} left";
            let style = ProgressStyle::with_template(style);
            *bar = ProgressBar::new(steps)
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
                .with_prefix(format!("epoch {}", epoch + 1));
            bar.set_position(done);
        }
        self.draw();
    }

    /// A step is done.
    pub(super) fn step(&mut self) {
        let state = &mut self.state;
        state.done += 1;
        let seconds = self.clock.elapsed().as_secs_f64();
        let steps = state.done - self.before;
        state.photos_per_second = steps as f64 * self.photos_per_step as f64 / seconds;
        let epochs = state.epochs.saturating_sub(state.epoch) as u64;
        let left = state.steps - state.done + epochs * state.steps;
        state.left = Duration::from_secs_f64(left as f64 * seconds / steps as f64);
        if let Shown::Bar(bar) = &self.shown {
            bar.inc(1);
        }
        if self.drawn.elapsed() > BETWEEN_FRAMES {
            self.draw();
        }
    }

    /// What has been logged of the last steps.
    pub(super) fn logged(&mut self, row: &StepRow) {
        self.state.is_reward = row.reward.is_some();
        let value = row.reward.unwrap_or(row.loss);
        self.state.learning.push((row.step as f64, value));
        if let Shown::Bar(bar) = &self.shown {
            let name = learning_name(self.state.is_reward);
            bar.set_message(format!("{name} {value:.3}"));
        }
        self.draw();
    }

    /// The epoch's steps are done, or the run is interrupted.
    pub(super) fn epoch_ends(&mut self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }

    /// The CIDEr-D (0 to 10) of greedy captions after a step.
    pub(super) fn validated(&mut self, step: u64, cider: f64) {
        self.state.cider.push((step as f64, 100.0 * cider));
        self.draw();
    }

    /// Sample captions, which are said too.
    pub(super) fn samples(&mut self, samples: &str) {
        self.say(samples.trim_end());
        samples.clone_into(&mut self.state.samples);
        self.draw();
    }

    /// Says something above what is shown.
    pub(super) fn say(&mut self, lines: &str) {
        match &mut self.shown {
            Shown::Bar(_) => eprintln!("{lines}"),
            Shown::Screen(terminal) => {
                let width = terminal.size().map_or(80, |size| size.width);
                let text = Text::raw(textwrap(lines, width));
                let height = text.height() as u16;
                // A terminal that has gone away is no reason to stop training.
                let _ = terminal.insert_before(height, |buffer| {
                    Paragraph::new(text).render(buffer.area, buffer);
                });
            }
        }
    }

    fn draw(&mut self) {
        if let Shown::Screen(terminal) = &mut self.shown {
            let state = &self.state;
            self.drawn = Instant::now();
            let _ = terminal.draw(|frame| screen::draw(frame, state));
        }
    }
}

impl Drop for View {
    /// Leaves what was said, and not the view.
    fn drop(&mut self) {
        if let Shown::Screen(terminal) = &mut self.shown {
            // What is said next stands in its place, from the beginning of a line.
            let place = terminal.get_frame().area().as_position();
            let _ = terminal.clear();
            let _ = terminal.set_cursor_position(place);
        }
    }
}

/// What is learned by.
fn learning_name(is_reward: bool) -> &'static str {
    if is_reward { "reward" } else { "loss" }
}

/// Lines that are no wider than a terminal.
fn textwrap(lines: &str, width: u16) -> String {
    let width = usize::from(width.max(1));
    let mut wrapped = Vec::new();
    for line in lines.lines() {
        let characters: Vec<_> = line.chars().collect();
        match characters.as_slice() {
            [] => wrapped.push(String::new()),
            some => wrapped.extend(some.chunks(width).map(|part| part.iter().collect())),
        }
    }
    wrapped.join("\n")
}
