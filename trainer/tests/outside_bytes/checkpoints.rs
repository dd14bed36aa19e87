//! Weights that PyTorch wrote, as a zip archive and in the format before that.

use std::fs;

use model_export::encoder::Architecture;
use proptest::prelude::*;
use proptest::sample::select;
use temp_dir::TempDir;
use trainer::encoder_weights::import;

use crate::allowed;
use crate::outside_bytes::{Alone, config, mutated, mutations};

const FILES: [&[u8]; 2] = [
    include_bytes!("../fixtures/checkpoints/zip.pth"),
    include_bytes!("../fixtures/checkpoints/legacy.pth"),
];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn damaged_weights_are_refused(file in select(&FILES[..]), changes in mutations()) {
        let alone = Alone::wait();
        let folder = TempDir::new().unwrap();
        let path = folder.child("weights.pth");
        let bytes = mutated(file, &changes);
        fs::write(&path, &bytes).unwrap();
        let (imported, peak) =
            alone.peak(|| import(&path, Architecture::MobileNetV3Small, None));
        // They are of no image network, whole or damaged.
        prop_assert!(imported.is_err());
        prop_assert!(peak <= allowed(bytes.len()), "{peak} bytes for a file of {}", bytes.len());
    }
}
