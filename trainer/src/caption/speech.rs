//! Captions read aloud by the system's own speech service.
//!
//! A program that the system has, not a library: the libraries need the service's headers to build, and
//! macOS, Windows and Linux each have such a program.

use std::env;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// A program that reads standard input aloud and ends when it has.
struct Service {
    name: &'static str,
    arguments: &'static [&'static str],
    /// The option that is followed by a language; where there is none, the system's own voice speaks.
    language: Option<&'static str>,
}

#[cfg(target_os = "macos")]
const SERVICES: &[Service] = &[Service {
    name: "say",
    arguments: &["-f", "-"],
    language: None,
}];
#[cfg(windows)]
const SERVICES: &[Service] = &[Service {
    name: "powershell.exe",
    arguments: &[
        "-NoProfile",
        "-Command",
        "Add-Type -AssemblyName System.Speech; \
         (New-Object System.Speech.Synthesis.SpeechSynthesizer).Speak([Console]::In.ReadToEnd())",
    ],
    language: None,
}];
#[cfg(not(any(target_os = "macos", windows)))]
const SERVICES: &[Service] = &[
    Service {
        name: "spd-say",
        arguments: &["--wait", "--pipe-mode"],
        language: Some("--language"),
    },
    Service {
        name: "espeak-ng",
        arguments: &["--stdin"],
        language: Some("-v"),
    },
    Service {
        name: "espeak",
        arguments: &["--stdin"],
        language: Some("-v"),
    },
];

/// The system's speech service.
pub struct Speech {
    program: PathBuf,
    service: &'static Service,
}

impl Speech {
    /// The first of the known services that is installed.
    ///
    /// # Errors
    /// When there is none.
    pub fn find() -> Result<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        for service in SERVICES {
            let installed = env::split_paths(&path)
                .map(|folder| folder.join(service.name))
                .find(|program| program.is_file());
            if let Some(program) = installed {
                return Ok(Self { program, service });
            }
        }
        let names: Vec<_> = SERVICES.iter().map(|service| service.name).collect();
        bail!(
            "--speak needs a speech service, but there is none of these: {}; on Debian, \
             `apt install speech-dispatcher` or `apt install espeak-ng`",
            names.join(", ")
        )
    }

    /// Reads a text in a language (a tag of BCP 47) aloud, and returns when it has been read.
    ///
    /// # Errors
    /// When the service fails.
    pub fn say(&self, text: &str, language: &str) -> Result<()> {
        let speak = || -> Result<()> {
            let mut command = Command::new(&self.program);
            command.args(self.service.arguments);
            if let Some(option) = self.service.language {
                // Services know few of the longer tags.
                command.args([option, language.split('-').next().unwrap_or(language)]);
            }
            let mut child = command
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
