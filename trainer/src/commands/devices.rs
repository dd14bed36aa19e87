//! `glimpse devices`: where models can be trained and run on this machine.

use anyhow::Result;
use trainer::{device, output};

pub(crate) fn run() -> Result<()> {
    if !cfg!(feature = "gpu") {
        eprintln!(
            "this glimpse was built without its feature `gpu`, and sees no graphics adapters: cargo install --locked \
             --path trainer --features gpu"
        );
    }
    output::print(&device::table())
}
