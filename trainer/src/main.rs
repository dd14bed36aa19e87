//! `glimpse`: the library's capabilities on the command line.
#![deny(
    clippy::print_stdout,
    reason = "a pipe that is closed or a disk that is full is no reason to panic: output::print"
)]

// They take the places of the standard library's: nothing is said past the library's output.
#[macro_use(eprintln)]
extern crate trainer;

mod commands;

use std::env;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use commands::{
    benchmark, calibrate, caption, compare, completions, data, devices, encoder, evaluate, export,
    features, fetch, man, presets, runs, score, train,
};
use trainer::output;

/// glibc gives large buffers back to the system at once; every step of training asks for them again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Trains image captioners that run in the browser, and captions photos.
#[derive(Parser)]
#[command(name = "glimpse", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fetch a data set, or published weights of an image network, from the web.
    #[command(subcommand)]
    Fetch(fetch::Command),
    /// Show what is read of a data set, and ten of its photos with their captions.
    Data(data::Arguments),
    /// List what --device can name here: the CPU and the graphics adapters.
    Devices,
    /// Compute the image features of a data set once, for training.
    Features(features::Arguments),
    /// Train a caption decoder on cached features.
    Train(Box<train::Arguments>),
    /// Compare training runs: what differs in their recipes, their scores and curves.
    Runs(runs::Arguments),
    /// List the captioners that can be trained, or print one of them as TOML.
    Presets(presets::Arguments),
    /// Write a trained model to one file, for the browser and for `caption`.
    Export(export::Arguments),
    /// Measure a model file on a split: cross-entropy, accuracy, and scores of its captions.
    Evaluate(evaluate::Arguments),
    /// Score COCO results files: BLEU, METEOR, ROUGE-L, CIDEr.
    Score(score::Arguments),
    /// Compare two models by their results files: differences, their intervals, and wins per photo.
    Compare(compare::Arguments),
    /// Fit how sure a model's captions are, and store it in the model file.
    Calibrate(calibrate::Arguments),
    /// Time training steps on made-up data; prints JSON.
    Benchmark(benchmark::Arguments),
    /// Caption photos, and describe them where photo libraries look for it.
    Caption(Box<caption::Arguments>),
    /// Handle the weights of pretrained image networks.
    #[command(subcommand)]
    Encoder(encoder::Command),
    /// Print what a shell needs to complete this command's options.
    Completions(completions::Arguments),
    /// Write manual pages of this command.
    Man(man::Arguments),
}

/// What nobody gave a device comes up on burn's default one, the states of optimisers for one. With code for GPUs
/// that is a GPU, whether or not the machine has one and the run is to use it.
fn make_the_cpu_burns_default() {
    #[expect(unsafe_code, reason = "the environment is read by all threads")]
    // SAFETY: there is no other thread yet.
    unsafe {
        env::set_var("BURN_DEVICE", "flex");
    }
}

fn main() -> ExitCode {
    make_the_cpu_burns_default();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => return output::usage(&message),
    };
    let result = match cli.command {
        Command::Fetch(command) => fetch::run(&command),
        Command::Data(arguments) => data::run(&arguments),
        Command::Devices => devices::run(),
        Command::Features(arguments) => features::run(&arguments),
        Command::Train(arguments) => train::run(&arguments),
        Command::Runs(arguments) => runs::run(&arguments),
        Command::Presets(arguments) => presets::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::Score(arguments) => score::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Calibrate(arguments) => calibrate::run(&arguments),
        Command::Benchmark(arguments) => benchmark::run(&arguments),
        Command::Caption(arguments) => caption::run(&arguments),
        Command::Encoder(command) => encoder::run(&command),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    };
    output::exit(result)
}
