//! Captions read aloud by the system's own speech service.
//!
//! A program that the system has, not a library: the libraries need the service's headers to build, and
//! macOS, Windows and Linux each have such a program.

use std::env;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// Programs that read standard input aloud and end when they have.
#[cfg(target_os = "macos")]
const SERVICES: &[(&str, &[&str])] = &[("say", &["-f", "-"])];
#[cfg(windows)]
const SERVICES: &[(&str, &[&str])] = &[(
    "powershell.exe",
    &[
        "-NoProfile",
        "-Command",
        "Add-Type -AssemblyName System.Speech; \
         (New-Object System.Speech.Synthesis.SpeechSynthesizer).Speak([Console]::In.ReadToEnd())",
    ],
)];
#[cfg(not(any(target_os = "macos", windows)))]
const SERVICES: &[(&str, &[&str])] = &[
    ("spd-say", &["--wait", "--pipe-mode"]),
    ("espeak-ng", &["--stdin"]),
    ("espeak", &["--stdin"]),
];

/// The system's speech service.
pub(super) struct Speech {
    program: PathBuf,
    arguments: &'static [&'static str],
}

impl Speech {
    /// The first of the known services that is installed.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn find() -> Result<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        for &(name, arguments) in SERVICES {
            let installed = env::split_paths(&path)
                .map(|folder| folder.join(name))
                .find(|program| program.is_file());
            if let Some(program) = installed {
                return Ok(Self { program, arguments });
            }
        }
        let names: Vec<_> = SERVICES.iter().map(|(name, _)| *name).collect();
        bail!(
            "--speak needs a speech service, but there is none of these: {}; on Debian, \
             `apt install speech-dispatcher` or `apt install espeak-ng`",
            names.join(", ")
        )
    }

    /// Reads a text aloud, and returns when it has been read.
    ///
    /// # Errors
    /// When the service fails.
    pub(super) fn say(&self, text: &str) -> Result<()> {
        let speak = || -> Result<()> {
            let mut child = Command::new(&self.program)
                .args(self.arguments)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()?;
            // Its end tells the service that this is all.
            if let Some(mut input) = child.stdin.take() {
                writeln!(input, "{text}")?;
            }
            let status = child.wait()?;
            ensure!(status.success(), "it ended with {status}");
            Ok(())
        };
        speak().with_context(|| {
            format!(
                "the speech service {} did not speak",
                self.program.display()
            )
        })
    }
}
