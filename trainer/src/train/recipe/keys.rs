//! Keys of a preset's file that nothing reads: misspelt ones would be as good as not there.

use anyhow::{Result, bail};
use toml::Table;

/// Whether a preset, written as TOML, has every key of the file that it was read from.
///
/// # Errors
/// When it lacks one; the sentence names it and its table.
pub(super) fn check(file: &Table, preset: &Table) -> Result<()> {
    compare(file, preset, "")
}

fn compare(file: &Table, known: &Table, table: &str) -> Result<()> {
    for (key, value) in file {
        let path = match table {
            "" => key.clone(),
            _ => format!("{table}.{key}"),
        };
        match (value.as_table(), known.get(key)) {
            (_, None) if table.is_empty() => bail!("there is no key `{key}`"),
            (_, None) => bail!("the table [{table}] has no key `{key}`"),
            (Some(below), Some(known)) => {
                compare(below, known.as_table().unwrap_or(&Table::new()), &path)?;
            }
            (None, Some(_)) => {}
        }
    }
    Ok(())
}
