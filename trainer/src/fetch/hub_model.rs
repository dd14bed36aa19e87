//! Models of Hugging Face's Hub, called `hf:OWNER/NAME` or `hf:OWNER/NAME@REVISION`: the `model.safetensors` of a
//! repository, kept on this computer, so that it is fetched once.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use indicatif::MultiProgress;

use super::address::Address;
use super::bars;
use super::client::Client;
use super::download::{Wanted, download};
use super::options::is_hub_name;
use super::settings::Settings;
use crate::export::MODEL_FILE;
use crate::lock;

const PREFIX: &str = "hf:";
/// A captioner is smaller than that by far; whatever else is called so need not fill the disk.
const LARGEST: u64 = 2 << 30;

/// A model on the Hub.
#[derive(Debug, PartialEq)]
pub(super) struct HubModel<'a> {
    name: &'a str,
    revision: &'a str,
}

impl<'a> HubModel<'a> {
    /// What a model's address says, if it is one of the Hub's.
    ///
    /// # Errors
    /// When it begins like one, and names no repository.
    pub(super) fn parse(address: &'a str) -> Result<Option<Self>> {
        let Some(model) = address.strip_prefix(PREFIX) else {
            return Ok(None);
        };
        let (name, revision) = model.split_once('@').unwrap_or((model, "main"));
        let is_whole = name
            .split_once('/')
            .is_some_and(|(owner, name)| is_hub_name(owner) && is_hub_name(name));
        ensure!(
            is_whole && is_hub_name(revision),
            "{address} names no model: hf:OWNER/NAME does, or hf:OWNER/NAME@REVISION"
        );
        Ok(Some(Self { name, revision }))
    }

    /// The file below `folder`, fetched from `hub` if it is not there.
    ///
    /// # Errors
    /// When it cannot be had.
    pub(super) fn fetch(&self, hub: &str, folder: &Path, settings: &Settings) -> Result<PathBuf> {
        let Self { name, revision } = self;
        let folder = folder.join(name).join(revision);
        let path = folder.join(MODEL_FILE);
        if path.exists() {
            return Ok(path);
        }
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let _locked = lock::folder(&folder, "fetch")?;
        let address = format!(
            "{}/{name}/resolve/{revision}/{MODEL_FILE}",
            hub.trim_end_matches('/')
        );
        let address = Address::parse(&address).map_err(|sentence| anyhow!(sentence))?;
        eprintln!("fetching {}, once, to {}", address.as_str(), path.display());
        let client = Client::new(settings.file, settings.connections_per_host).keeping_encryption();
        let bar = bars::bytes(&MultiProgress::new(), name);
        let wanted = Wanted {
            address: &address,
            path: &path,
            checksum: None,
            largest: LARGEST,
        };
        let fetched = download(&client, &settings.file_policy, &wanted, &bar);
        bar.finish_and_clear();
        fetched.map_err(|problem| anyhow!("cannot fetch {}: {problem}", address.as_str()))?;
        Ok(path)
    }
}
