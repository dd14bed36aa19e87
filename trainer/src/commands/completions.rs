//! `glimpse completions`: what a shell needs to complete the command's options.

use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use trainer::output;

use crate::Cli;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "glimpse", &mut script);
    output::print(&String::from_utf8(script)?)
}
