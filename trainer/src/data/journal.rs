//! What is to be said of files that were read: records that had to be left out, and notices.

use std::fmt::Display;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// Of so many records one may be bad; more make an error.
const RECORDS_PER_BAD_ONE: usize = 10;

/// Records that were read, and what was wrong with others.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Journal {
    /// Good and bad ones.
    records: usize,
    /// Where each bad record is and what is wrong with it.
    pub(crate) bad: Vec<String>,
    /// What else is to be said.
    pub(crate) notices: Vec<String>,
}

impl Journal {
    /// Counts records that are as they should be.
    pub fn good(&mut self, records: usize) {
        self.records += records;
    }

    /// Leaves a record out; `what` says where it is and what is wrong with it.
    pub fn bad(&mut self, what: String) {
        self.records += 1;
        self.bad.push(what);
    }

    /// A record as it was read, counted. One that is bad is left out; `place` says where it is.
    pub fn take<T>(
        &mut self,
        record: Result<T, impl Display>,
        place: impl FnOnce() -> String,
    ) -> Option<T> {
        match record {
            Ok(record) => {
                self.good(1);
                Some(record)
            }
            Err(why) => {
                self.bad(format!("{}: {why}", place()));
                None
            }
        }
    }

    /// Says something, once.
    pub fn notice(&mut self, text: String) {
        if !self.notices.contains(&text) {
            self.notices.push(text);
        }
    }

    /// Goes on with what another one says.
    pub(super) fn append(&mut self, other: Self) {
        self.records += other.records;
        self.bad.extend(other.bad);
        for notice in other.notices {
            self.notice(notice);
        }
    }

    /// # Errors
    /// When more than a tenth of the records is bad: then it is likelier that something else is wrong.
    pub fn check(&self) -> Result<()> {
        let bad = self.bad.len();
        ensure!(
            bad * RECORDS_PER_BAD_ONE <= self.records,
            "{bad} of {} records cannot be read, more than a tenth; the first: {}",
            self.records,
            self.bad.first().map_or("", String::as_str)
        );
        Ok(())
    }

    /// The lines that tell it.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = self.notices.clone();
        if let Some(first) = self.bad.first() {
            lines.push(format!(
                "left out: {} of {} records that cannot be read, the first: {first}",
                self.bad.len(),
                self.records
            ));
        }
        lines
    }

    /// Prints it.
    pub fn report(&self) {
        for line in self.lines() {
            eprintln!("{line}");
        }
    }

    /// # Errors
    /// When a record was left out, and `strict` says that none may be.
    pub fn refuse(&self, strict: bool) -> Result<()> {
        ensure!(
            !strict || self.bad.is_empty(),
            "--strict: {} of {} records cannot be read:\n  {}",
            self.bad.len(),
            self.records,
            self.bad.join("\n  ")
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_may_be_bad() {
        let mut journal = Journal::default();
        journal.good(9);
        journal.bad("a.csv, line 3: no caption".to_owned());
        assert!(journal.check().is_ok());
        let line = journal.lines().concat();
        assert!(
            line.contains("1 of 10") && line.contains("a.csv, line 3"),
            "{line}"
        );
        assert!(journal.refuse(false).is_ok());
        let error = journal.refuse(true).unwrap_err().to_string();
        assert!(error.contains("a.csv, line 3"), "{error}");
        journal.bad("a.csv, line 4: no caption".to_owned());
        let error = journal.check().unwrap_err().to_string();
        assert!(
            error.contains("2 of 11") && error.contains("line 3"),
            "{error}"
        );
    }
}
