//! `cargo xtask`: everything that is done to this project as one command each.

mod assets;
mod bench;
mod browser_tools;
mod build_progress;
mod check;
mod command;
mod compress;
mod debian;
mod exiftool;
mod extension;
mod fuzz;
mod licences;
mod offline;
mod package;
mod reproduce;
mod sample_models;
mod serve;
mod server;
mod site;
mod site_path;
mod test;
mod training;
mod wasm_target;
mod web_build;
mod workspace;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Builds, serves and tests Glimpse.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what builds and tests need: the wasm target, a browser, Node packages, ExifTool.
    Setup,
    /// Build both WebAssembly modules and put the page together.
    Build {
        /// Build one module, and take the other as the last build left it, if it did.
        #[arg(long, value_enum)]
        only: Option<web_build::Backend>,
        /// Build also the module that panics when it is told to; prints its folder, GLIMPSE_PANICKING of the browser's tests.
        #[arg(long)]
        panicking: bool,
    },
    /// Build the page, and write the folder to upload to any static web server.
    Site {
        /// The folder, which is made to hold the page and nothing else; below cargo's target directory where not given.
        #[arg(long, value_name = "FOLDER")]
        output: Option<PathBuf>,
        /// Take both modules as the last build left them.
        #[arg(long)]
        no_build: bool,
    },
    /// Build the page for the CPU, serve it on this computer, and build what it needs for GPUs meanwhile.
    Serve {
        /// Port to listen on; 0 takes any free one. Default: the first free one from 8080 on.
        #[arg(long)]
        port: Option<u16>,
        /// Serve what the last build left.
        #[arg(long)]
        no_build: bool,
        /// A model file for the page to open in the place of its own.
        #[arg(long, value_name = "FILE")]
        model: Option<PathBuf>,
    },
    /// Build the page and make the npm package of its captioner, for other pages and applications.
    Package {
        /// Take what the last build left.
        #[arg(long)]
        no_build: bool,
    },
    /// Build the page and make the browser extension of its captioner, for Chromium and for Firefox.
    Extension {
        /// Take what the last build left.
        #[arg(long)]
        no_build: bool,
    },
    /// Train a small model of each preset for a few minutes: the models that the browser's tests open.
    SampleModels {
        /// Data set: a folder in one of the layouts that `glimpse train` reads.
        data: PathBuf,
        /// Word vectors in GloVe's text format, for the preset merge-lstm.
        #[arg(long, value_name = "FILE")]
        word_vectors: Option<PathBuf>,
        /// Folder of features and training runs; below cargo's target directory where not given.
        #[arg(long)]
        work: Option<PathBuf>,
    },
    /// Train the four captioners that this project grew out of, each as its source says: hours. Writes what they reach
    /// into docs/reproductions.md, and the page's other models. Started again, it goes on where it was.
    Reproduce {
        /// Data set: a folder in one of the layouts that `glimpse train` reads.
        data: PathBuf,
        /// Word vectors in GloVe's text format, for the preset merge-lstm.
        #[arg(long, value_name = "FILE")]
        word_vectors: Option<PathBuf>,
        /// InceptionV3's weights, as `glimpse encoder import` writes them: for the presets that are published on it.
        #[arg(long, value_name = "FILE")]
        inception: Option<PathBuf>,
        /// One preset alone; may be given several times.
        #[arg(long = "preset", value_name = "PRESET")]
        presets: Vec<String>,
        /// One image network alone; may be given several times.
        #[arg(long = "encoder", value_name = "NAME")]
        encoders: Vec<String>,
        /// Folder of features and training runs; below cargo's target directory where not given.
        #[arg(long)]
        work: Option<PathBuf>,
    },
    /// Check formatting, licences, lints, the scripts' types and documentation, the cheapest first.
    Check,
    /// Run every test, the browser's included.
    Test {
        /// Run only one half of the tests.
        #[arg(long, value_enum)]
        only: Option<test::Half>,
    },
    /// Measure, beside another runtime where there is one.
    Bench {
        #[command(subcommand)]
        benchmark: bench::Benchmark,
    },
    /// Try the readers of files from outside with damaged ones, other ones in every round.
    Fuzz {
        /// How long.
        #[arg(long, default_value_t = 10)]
        minutes: u64,
    },
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let workspace = Workspace::find()?;
    match arguments.task {
        Task::Setup => {
            wasm_target::Toolchain::ready(&workspace)?;
            browser_tools::BrowserTools::ready(&workspace)?;
            exiftool::ready()
        }
        Task::Build { only, panicking } => {
            site::build(&workspace, only)?;
            if panicking {
                println!("{}", web_build::build_panicking(&workspace)?.display());
            }
            Ok(())
        }
        Task::Site { output, no_build } => {
            let folder = output.unwrap_or_else(|| workspace.site());
            site::guard(&folder)?;
            if !no_build {
                web_build::build(&workspace, None)?;
            }
            site::put_together(&workspace, &folder, &web_build::BUILDS)
        }
        Task::Serve {
            port,
            no_build,
            model,
        } => {
            if let Some(model) = &model {
                // Before the long build.
                ensure!(
                    model.is_file(),
                    "there is no model file {}",
                    model.display()
                );
            }
            if no_build {
                server::serve(&workspace.site(), port, model.as_deref())
            } else {
                serve::build_and_serve(workspace, port, model.as_deref())
            }
        }
        Task::Package { no_build } => {
            if !no_build {
                site::build(&workspace, None)?;
            }
            println!("{}", package::package(&workspace)?.display());
            Ok(())
        }
        Task::Extension { no_build } => {
            if !no_build {
                site::build(&workspace, None)?;
            }
            println!("{}", extension::extension(&workspace)?.display());
            Ok(())
        }
        Task::SampleModels {
            data,
            word_vectors,
            work,
        } => {
            let work = work.unwrap_or_else(|| workspace.target.join("sample-models"));
            sample_models::make(&workspace, &data, word_vectors.as_deref(), &work)
        }
        Task::Reproduce {
            data,
            word_vectors,
            inception,
            presets,
            encoders,
            work,
        } => {
            let work = work.unwrap_or_else(|| workspace.target.join("reproductions"));
            let wanted = reproduce::Wanted {
                data: &data,
                word_vectors: word_vectors.as_deref(),
                inception: inception.as_deref(),
                presets: &presets,
                encoders: &encoders,
            };
            reproduce::reproduce(&workspace, &wanted, &work)
        }
        Task::Check => check::check(&workspace),
        Task::Test { only } => test::test(&workspace, only),
        Task::Bench { benchmark } => bench::run(&workspace, benchmark),
        Task::Fuzz { minutes } => fuzz::fuzz(&workspace, minutes),
    }
}
