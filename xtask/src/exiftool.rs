//! ExifTool, with which the tests read what the command writes into photos.

use anyhow::{Result, bail};

use crate::debian;
use crate::workspace::on_path;

const PROGRAM: &str = "exiftool";
const DEBIAN_EXIFTOOL: &str = "libimage-exiftool-perl";

/// Finds it, or else installs it. Fast and silent when nothing is to be done.
pub(crate) fn ready() -> Result<()> {
    if on_path(PROGRAM).is_none() && debian::can_install() {
        debian::install(&[DEBIAN_EXIFTOOL])?;
    }
    if on_path(PROGRAM).is_none() {
        bail!(
            "the descriptions that `glimpse caption` writes are tested with ExifTool: https://exiftool.org"
        );
    }
    Ok(())
}
