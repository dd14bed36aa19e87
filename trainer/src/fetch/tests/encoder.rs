//! Weights of image networks.

use std::fs;

use model_export::encoder::Architecture;
use temp_dir::TempDir;

use super::server::{Reply, Server};
use super::settings;
use crate::fetch::encoder::fetch_to;
use crate::fetch::options::Weights;

#[test]
fn weights_that_are_not_the_published_ones_are_refused() {
    let server = Server::start(|_| Reply::ok("other weights"));
    let folder = TempDir::new().unwrap();
    for network in [
        Architecture::EfficientNetLite1,
        Architecture::MobileNetV3Small,
        Architecture::MobileNetV3Large,
        Architecture::InceptionV3,
    ] {
        let arguments = Weights {
            network,
            output: folder.path().to_owned(),
            mirror: Some(server.address.clone()),
        };
        let error = format!("{:#}", fetch_to(&arguments, &settings()).unwrap_err());
        assert!(error.contains("SHA-256"), "{error}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let path = "/mobilenet_v3_small-047dcff4.pth";
    assert_eq!(server.requests(path).len(), 1);
    // Nor are files that were there before.
    fs::write(folder.path().join(&path[1..]), "more weights").unwrap();
    let arguments = Weights {
        network: Architecture::MobileNetV3Small,
        output: folder.path().to_owned(),
        mirror: Some(server.address.clone()),
    };
    let error = format!("{:#}", fetch_to(&arguments, &settings()).unwrap_err());
    assert!(error.contains("remove it"), "{error}");
}

#[test]
fn carried_weights_are_not_fetched() {
    for network in [
        Architecture::EfficientNetLite0,
        Architecture::EfficientNetLite2,
        Architecture::TfMobileNetV3Small,
    ] {
        let arguments = Weights {
            network,
            output: "nowhere".into(),
            mirror: Some("nowhere".into()),
        };
        assert_eq!(fetch_to(&arguments, &settings()).unwrap(), None);
    }
}
