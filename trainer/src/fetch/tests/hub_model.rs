//! A model on a Hub on this computer.

use std::fs;

use temp_dir::TempDir;

use super::server::{Reply, Server};
use super::settings;
use crate::fetch::hub_model::HubModel;

#[test]
fn a_model_is_fetched_once_by_its_name() {
    let server = Server::start(|request| match request.path.as_str() {
        "/owner/photos/resolve/main/model.safetensors" => {
            Reply::file(request, b"newest", "\"two\"")
        }
        "/owner/photos/resolve/v1.0/model.safetensors" => Reply::file(request, b"first", "\"one\""),
        _ => Reply::new("404 Not Found", ""),
    });
    let cache = TempDir::new().unwrap();
    let fetch = |address: &str, hub: &str| {
        let model = HubModel::parse(address).unwrap().unwrap();
        let path = model.fetch(hub, cache.path(), &settings());
        path.map(|path| fs::read(path).unwrap())
            .map_err(|error| format!("{error:#}"))
    };
    let hub = server.url("/");
    assert_eq!(fetch("hf:owner/photos", &hub).unwrap(), b"newest");
    assert_eq!(fetch("hf:owner/photos@v1.0", &hub).unwrap(), b"first");
    let error = fetch("hf:owner/nothing", &hub).unwrap_err();
    assert!(
        error.contains("/owner/nothing/resolve/main/model.safetensors"),
        "{error}"
    );
    assert!(error.contains("404"), "{error}");
    drop(server);
    // Nobody is asked again.
    assert_eq!(fetch("hf:owner/photos", &hub).unwrap(), b"newest");
}

#[test]
fn other_addresses_are_files_and_half_a_name_is_refused() {
    assert_eq!(HubModel::parse("run/model.safetensors").unwrap(), None);
    for address in [
        "hf:photos",
        "hf:",
        "hf:owner/",
        "hf:owner/../x",
        "hf:owner/x@../y",
        "hf:a/b/c",
    ] {
        let error = HubModel::parse(address).unwrap_err().to_string();
        assert!(
            error.contains(address) && error.contains("hf:OWNER/NAME"),
            "{error}"
        );
    }
}
