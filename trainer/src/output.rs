//! What is said to people, and how the program ends. What others have written, such as names of files, reaches
//! a terminal with its control characters escaped; a stream that nobody reads any more stops nothing.

use std::fmt::{self, Write as _};
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use anyhow::{Context, Error, Result};

/// What has ended the program before it was done, though nothing went wrong.
#[derive(Clone, Copy, Debug)]
pub enum Ended {
    /// Nobody reads standard output any more, `| head` for one: no reason to complain.
    BrokenPipe,
    /// Ctrl-C. A script must not go on as if all were done.
    Interrupted,
}

impl Ended {
    /// What a shell sees of it: 128 and the number of the signal, SIGPIPE or SIGINT.
    pub(crate) fn status(self) -> u8 {
        match self {
            Self::BrokenPipe => 141,
            Self::Interrupted => 130,
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::BrokenPipe => "standard output is closed",
            Self::Interrupted => "interrupted",
        })
    }
}

impl std::error::Error for Ended {}

/// Says something on standard error, as the standard library's macro does, which panics where nobody listens
/// and leaves control characters as they are. In this crate it has that macro's place.
#[doc(hidden)]
#[macro_export]
macro_rules! eprintln {
    ($($argument:tt)*) => {
        $crate::output::say(format_args!("{}\n", format_args!($($argument)*)))
    };
}

/// As [`eprintln`], without a line's end.
#[doc(hidden)]
#[macro_export]
macro_rules! eprint {
    ($($argument:tt)*) => { $crate::output::say(format_args!($($argument)*)) };
}

/// Writes to standard error.
pub fn say(text: fmt::Arguments<'_>) {
    // There is nobody else to be told.
    let _ = io::stderr().write_all(escaped(&text.to_string()).as_bytes());
}

/// Writes to standard output.
///
/// # Errors
/// [`Ended::BrokenPipe`], or when the disk is full, for one.
pub fn print(text: &str) -> Result<()> {
    let mut output = io::stdout().lock();
    let written = output
        .write_all(escaped(text).as_bytes())
        .and_then(|()| output.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Error::new(Ended::BrokenPipe)),
        written => written.context("cannot write to standard output"),
    }
}

/// A text with its control characters as escapes, but for line ends and tabs.
fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() && !matches!(character, '\n' | '\t') {
            // Writing to memory does not fail.
            let _ = write!(result, "{}", character.escape_default());
        } else {
            result.push(character);
        }
    }
    result
}

/// Says what went wrong, if anything did.
pub fn exit(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast_ref::<Ended>() {
            Some(ended) => ExitCode::from(ended.status()),
            None => {
                eprintln!("error: {error:#}");
                ExitCode::FAILURE
            }
        },
    }
}

/// Prints what the command line's parser has to say: what is wrong, help or the version.
pub fn usage(message: &clap::Error) -> ExitCode {
    let printed = message.print().and_then(|()| io::stdout().flush());
    match printed {
        Ok(()) => ExitCode::from(message.exit_code().clamp(0, 255) as u8),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            ExitCode::from(Ended::BrokenPipe.status())
        }
        Err(error) => {
            eprintln!("error: cannot write to standard output: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_foreign_control_characters() {
        assert_eq!(
            escaped("a\tb\n\u{1B}[31mred\u{7}\u{9B} é 개\r"),
            "a\tb\n\\u{1b}[31mred\\u{7}\\u{9b} é 개\\r"
        );
    }
}
