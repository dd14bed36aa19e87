//! What the people who made well-known data sets ask for.

/// By what a data set's name has in it.
const KNOWN: [(&str, &str); 4] = [
    (
        "flickr8k",
        "for research and teaching only, not commercial; the photos belong to those who put them on Flickr",
    ),
    (
        "flickr30k",
        "for research and teaching only, not commercial; the photos belong to those who put them on Flickr",
    ),
    (
        "coco",
        "the captions are CC BY 4.0; the photos belong to those who put them on Flickr",
    ),
    (
        "conceptualcaptions",
        "the table is free to use, with attribution; a photo is under the terms of the site that it is on",
    ),
];

/// The terms of a data set, as far as its name tells.
pub(crate) fn terms(name: &str) -> &'static str {
    let name: String = name.to_lowercase();
    let letters: String = name.chars().filter(|it| it.is_alphanumeric()).collect();
    let known = KNOWN.iter().find(|(part, _)| letters.contains(part));
    known.map_or(
        "not known to the program that wrote this card; see where it was published",
        |(_, terms)| terms,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_set_is_known_however_it_is_written() {
        for name in ["Flickr8k", "flickr_8k", "Flickr30k", "my flickr-30k"] {
            assert!(terms(name).contains("research"), "{name}");
        }
        assert!(terms("Conceptual Captions").contains("attribution"));
        assert!(terms("mine").contains("not known"));
    }
}
