//! The page as soon as it can caption: on the CPU first. What GPUs need takes longer to build, and comes behind the open
//! page; until it is there the page captions on the CPU, and notes nothing of having looked for it in vain.

use std::path::Path;
use std::thread;

use anyhow::Result;

use crate::web_build::{self, BUILDS, Backend};
use crate::workspace::Workspace;
use crate::{server, site};

/// Serves until the program is ended.
pub(crate) fn build_and_serve(
    workspace: Workspace,
    port: Option<u16>,
    model: Option<&Path>,
) -> Result<()> {
    web_build::build(&workspace, Some(Backend::Cpu))?;
    let builds = web_build::builds_beside_cpu(&workspace);
    site::put_together(&workspace, &workspace.site(), builds)?;
    let folder = workspace.site();
    thread::spawn(move || match complete(&workspace) {
        Ok(()) => eprintln!("The page can use GPUs now: reload it."),
        Err(error) => eprintln!("The page stays on the CPU: {error:#}"),
    });
    server::serve(&folder, port, model)
}

/// Builds what GPUs need, and puts it into the page.
fn complete(workspace: &Workspace) -> Result<()> {
    web_build::build(workspace, Some(Backend::Gpu))?;
    site::put_together(workspace, &workspace.site(), &BUILDS)
}
