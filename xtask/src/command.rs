//! Running other programs: each is printed before it starts, and a failure names it.

use std::env;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Cargo of the active toolchain, started in `folder`, without what the cargo that runs us left in the environment.
pub(crate) fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(folder);
    clear_cargo_environment(&mut cargo);
    cargo
}

/// Removes what `cargo run` sets for the program that it runs: build scripts ask for some of these, and would run
/// again whenever they differ.
pub(crate) fn clear_cargo_environment(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
}

/// Runs a command to its end, with our standard output and error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    announce(command);
    let status = command.status().with_context(|| could_not_start(command))?;
    succeeded(command, status)
}

/// Runs a command to its end with our standard error; `read` gets its standard output.
pub(crate) fn run_reading(
    command: &mut Command,
    read: impl FnOnce(ChildStdout) -> Result<()>,
) -> Result<()> {
    announce(command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| could_not_start(command))?;
    let output = child.stdout.take().context("the command has no output")?;
    let reading = read(output);
    succeeded(command, child.wait()?)?;
    reading
}

/// Runs a command, and ends it when it takes longer than `limit`.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    announce(command);
    let mut child = command.spawn().with_context(|| could_not_start(command))?;
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return succeeded(command, status);
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            bail!("`{}` took longer than {} s", line(command), limit.as_secs());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Runs a command quietly and returns its standard output.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>> {
    let output = command.output().with_context(|| could_not_start(command))?;
    if !output.status.success() {
        bail!(
            "`{}` failed ({}): {}",
            line(command),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(output.stdout)
}

/// Whether a command can be started and succeeds; it prints nothing.
pub(crate) fn works(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("`{}` failed ({status})", line(command));
    }
    Ok(())
}

fn could_not_start(command: &Command) -> String {
    format!("could not start `{}`", line(command))
}

/// Prints a command as one would type it; to standard error, for standard output is the tasks' own.
fn announce(command: &Command) {
    eprintln!("$ {}", line(command));
}

fn line(command: &Command) -> String {
    let mut words = Vec::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            words.push(format!("{}={}", name.to_string_lossy(), quoted(value)));
        }
    }
    // The whole path of cargo or node tells a reader nothing.
    let program = Path::new(command.get_program());
    words.push(quoted(program.file_name().unwrap_or(program.as_os_str())));
    words.extend(command.get_args().map(quoted));
    words.join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    if word.is_empty() || word.contains(char::is_whitespace) {
        format!("'{word}'")
    } else {
        word.into_owned()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`sh -c 'exit 3'` failed (exit status: 3)"
        );
    }

    #[test]
    fn a_command_that_hangs_is_ended() {
        let started = Instant::now();
        let error =
            run_within(Command::new("sleep").arg("60"), Duration::from_millis(200)).unwrap_err();
        assert!(error.to_string().contains("took longer"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn the_environment_is_shown() {
        let mut command = Command::new("/usr/bin/cargo");
        command.env("RUSTFLAGS", "-a -b").env_remove("HOME");
        command.args(["build", "--locked"]);
        assert_eq!(line(&command), "RUSTFLAGS='-a -b' cargo build --locked");
    }
}
