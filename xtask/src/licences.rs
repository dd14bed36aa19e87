//! The licences of all that is built into the programs, against those that `deny.toml` allows. What of that file needs
//! the network, or another tool, is for `cargo deny` in the public CI.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use spdx::{Expression, Licensee, ParseMode};

use crate::command;
use crate::wasm_target;
use crate::workspace::Workspace;

/// The part of `deny.toml` that is read here.
#[derive(Deserialize)]
struct Deny {
    licenses: Licences,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
    exceptions: Vec<Exception>,
}

/// What one crate may have besides.
#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

/// Fails where a dependency has a licence that is not allowed.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let file = workspace.root.join("deny.toml");
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let deny: Deny = toml::from_str(&text).with_context(|| file.display().to_string())?;
    let refused = refused(&dependencies(workspace)?, &deny.licenses)?;
    if !refused.is_empty() {
        bail!(
            "licences that deny.toml does not allow:\n{}",
            refused.join("\n")
        );
    }
    Ok(())
}

/// The name and the licence of each crate that the programs for this computer or for the browser are made of.
fn dependencies(workspace: &Workspace) -> Result<BTreeSet<(String, String)>> {
    let mut found = BTreeSet::new();
    for target in [&[][..], &["--target", wasm_target::TARGET]] {
        let mut tree = command::cargo(&workspace.root);
        tree.args(["tree", "--locked", "--workspace", "--edges", "normal"])
            .args(["--features", "web-runtime/cpu,web-runtime/gpu,trainer/gpu"])
            .args(["--prefix", "none", "--format", "{p}\t{l}\t"])
            .args(target);
        let lines = String::from_utf8(command::output(&mut tree)?)
            .context("cargo tree did not answer in UTF-8")?;
        for line in lines.lines().filter(|line| !line.is_empty()) {
            let mut parts = line.split('\t');
            let name = parts.next().and_then(|package| package.split(' ').next());
            let licence = parts.next();
            let (name, licence) = name
                .zip(licence)
                .with_context(|| format!("cargo tree says {line:?}"))?;
            found.insert((name.to_owned(), licence.to_owned()));
        }
    }
    Ok(found)
}

/// A line for each crate whose licence is not allowed, or is none.
fn refused(dependencies: &BTreeSet<(String, String)>, licences: &Licences) -> Result<Vec<String>> {
    let mut refused = Vec::new();
    for (name, licence) in dependencies {
        let exceptions = licences.exceptions.iter().filter(|it| it.name == *name);
        let allowed: Vec<_> = exceptions
            .flat_map(|exception| &exception.allow)
            .chain(&licences.allow)
            .map(|licence| Licensee::parse(licence))
            .collect::<Result<_, _>>()
            .context("deny.toml")?;
        // Older crates write `MIT/Apache-2.0`.
        let is_allowed = Expression::parse_mode(licence, ParseMode::LAX).is_ok_and(|expression| {
            expression.evaluate(|wanted| allowed.iter().any(|it| it.satisfies(wanted)))
        });
        if !is_allowed {
            refused.push(format!("  {name}: {licence:?}"));
        }
    }
    Ok(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_allowed_is_named() {
        let licences = Licences {
            allow: vec!["MIT".to_owned(), "Zlib".to_owned()],
            exceptions: vec![Exception {
                name: "excepted".to_owned(),
                allow: vec!["MPL-2.0".to_owned()],
            }],
        };
        let dependencies = [
            ("plain", "MIT"),
            ("choice", "GPL-3.0-only OR Zlib"),
            ("old", "MIT/Apache-2.0"),
            ("excepted", "MPL-2.0"),
            ("copyleft", "MPL-2.0"),
            ("both", "MIT AND GPL-3.0-only"),
            ("none", ""),
            ("nonsense", "do what you like"),
        ]
        .map(|(name, licence)| (name.to_owned(), licence.to_owned()));
        let found = refused(&BTreeSet::from(dependencies), &licences).unwrap();
        let names: Vec<_> = found
            .iter()
            .filter_map(|line| line.trim().split(':').next())
            .collect();
        assert_eq!(names, ["both", "copyleft", "none", "nonsense"]);
    }
}
