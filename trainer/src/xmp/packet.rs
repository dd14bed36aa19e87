//! An XMP packet (ISO 16684-1): what it says of a photo's description, and the same packet with another one. What is
//! not the description stays as it is, to the byte: places of the text are cut out and put in, and nothing is written
//! anew.

mod reading;

use std::ops::Range;

use anyhow::{Context, Result};
use quick_xml::escape::escape;
use quick_xml::name::ResolveResult;

use super::Description;
use reading::Reading;

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const PHOTOSHOP: &str = "http://ns.adobe.com/photoshop/1.0/";
const IPTC_CORE: &str = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/";
const TIFF: &str = "http://ns.adobe.com/tiff/1.0/";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// What packets begin and end with, so that programs find them in files that they do not know.
const BEGIN: &str = "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>";
const END: &str = "<?xpacket end=";

/// A property that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Property {
    /// `dc:description`.
    Description,
    /// `tiff:ImageDescription`, which means the same.
    ImageDescription,
    /// `Iptc4xmpCore:AltTextAccessibility`.
    AltText,
    /// `photoshop:CaptionWriter`: who wrote the description.
    CaptionWriter,
}

impl Property {
    fn of(name: (&ResolveResult, &str)) -> Option<Self> {
        let (ResolveResult::Bound(namespace), local) = name else {
            return None;
        };
        match (namespace.0, local) {
            (DC, "description") => Some(Self::Description),
            (TIFF, "ImageDescription") => Some(Self::ImageDescription),
            (IPTC_CORE, "AltTextAccessibility") => Some(Self::AltText),
            (PHOTOSHOP, "CaptionWriter") => Some(Self::CaptionWriter),
            _ => None,
        }
    }
}

/// A property in a packet.
#[derive(Debug)]
struct Found {
    property: Property,
    /// Its element, or its attribute with the blanks before it.
    place: Range<usize>,
    /// Its texts, each with its language where it has one.
    texts: Vec<(Option<String>, String)>,
    /// The index of the node that it is in.
    node: usize,
}

/// An element that holds properties.
#[derive(Debug)]
struct Node {
    /// With the blanks before it and the line's end behind it.
    place: Range<usize>,
    /// Whether it holds anything that is not read here.
    has_others: bool,
}

impl Found {
    fn is_blank(&self) -> bool {
        self.texts.iter().all(|(_, text)| text.trim().is_empty())
    }
}

/// A packet that has been read.
#[derive(Debug)]
pub(super) struct Packet<'a> {
    text: &'a str,
    nodes: Vec<Node>,
    found: Vec<Found>,
    /// What all properties are said to be about: nothing but `""` in most packets.
    about: String,
    /// Where more can be said: before the end of the element `rdf:RDF`, or in place of the end of its tag.
    room: (Range<usize>, Option<&'a str>),
}

impl<'a> Packet<'a> {
    /// Reads a packet.
    ///
    /// # Errors
    /// When it is no whole XML in UTF-8 with one element `rdf:RDF`.
    pub(super) fn read(packet: &'a [u8]) -> Result<Self> {
        let text = std::str::from_utf8(packet).context("its XMP is not UTF-8")?;
        let reading = Reading::of(text).context("its XMP is damaged")?;
        Ok(Self {
            text,
            nodes: reading.nodes,
            found: reading.found,
            about: reading.about.unwrap_or_default(),
            room: reading
                .room
                .context("its XMP is damaged: it has no rdf:RDF")?,
        })
    }

    /// The texts of a property, each with its language where it has one.
    pub(super) fn texts(&self, property: Property) -> Vec<(Option<&str>, &str)> {
        let found = self.found.iter().filter(|found| found.property == property);
        found
            .flat_map(|found| &found.texts)
            .map(|(language, text)| (language.as_deref(), text.as_str()))
            .collect()
    }

    /// Whether it says what is to be seen.
    pub(super) fn has_description(&self) -> bool {
        self.has(Property::Description) || self.has(Property::ImageDescription)
    }

    fn has(&self, property: Property) -> bool {
        let mut found = self.found.iter();
        found.any(|found| found.property == property && !found.is_blank())
    }

    /// The packet with a description in place of its own one. A text for those who do not see stays if it has one, unless
    /// that is to be replaced too.
    pub(super) fn with(&self, description: &Description, replace: bool) -> String {
        let alt_text = description.alt_text && (replace || !self.has(Property::AltText));
        let goes = |found: &&Found| found.property != Property::AltText || alt_text;
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        for (index, node) in self.nodes.iter().enumerate() {
            let found = self.found.iter().filter(|found| found.node == index);
            let places: Vec<_> = found.clone().filter(goes).map(|it| &it.place).collect();
            // One that would be left with nothing was made for them, by this program for one.
            if !node.has_others && !places.is_empty() && places.len() == found.count() {
                edits.push((node.place.clone(), String::new()));
            } else {
                edits.extend(
                    places
                        .into_iter()
                        .map(|place| (place.clone(), String::new())),
                );
            }
        }
        let node = node(description, alt_text, &self.about);
        let (place, name) = self.room.clone();
        edits.push(match name {
            None => (place, node),
            Some(name) => (place, format!(">{node}</{name}>")),
        });
        edits.sort_by_key(|(place, _)| place.start);
        let mut text = String::with_capacity(self.text.len() + 1000);
        let mut at = 0;
        for (place, new) in edits {
            text += &self.text[at..place.start];
            text += &new;
            at = place.end;
        }
        text += &self.text[at..];
        shorten_padding(&mut text, self.text.len());
        text
    }
}

/// A packet that says nothing but a description.
pub(super) fn new(description: &Description) -> String {
    let node = node(description, description.alt_text, "");
    format!(
        "{BEGIN}\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n <rdf:RDF xmlns:rdf=\"{RDF}\">\n{node} </rdf:RDF>\n\
         </x:xmpmeta>\n{END}\"w\"?>"
    )
}

/// Takes blanks from before a packet's end, where programs leave some for others, as far as it has become longer.
fn shorten_padding(text: &mut String, length: usize) {
    let Some(end) = text.rfind(END) else {
        return;
    };
    let start = text[..end].trim_end_matches([' ', '\t', '\n', '\r']).len();
    // One line end stays.
    let spare = (end - start).saturating_sub(1);
    let longer = text.len().saturating_sub(length);
    text.replace_range(start..start + spare.min(longer), "");
}

fn node(description: &Description, alt_text: bool, about: &str) -> String {
    let [text, language, writer, about] = [
        description.text.as_str(),
        &description.language,
        &description.writer,
        about,
    ]
    .map(|text| escape(text).into_owned());
    let alternatives = |property: &str| {
        format!(
            "   <{property}>\n    <rdf:Alt>\n     \
             <rdf:li xml:lang=\"x-default\">{text}</rdf:li>\n     \
             <rdf:li xml:lang=\"{language}\">{text}</rdf:li>\n    </rdf:Alt>\n   </{property}>\n"
        )
    };
    let mut node = format!(
        "  <rdf:Description rdf:about=\"{about}\"\n    xmlns:rdf=\"{RDF}\"\n    xmlns:dc=\"{DC}\"\n    \
         xmlns:photoshop=\"{PHOTOSHOP}\""
    );
    if alt_text {
        node += &format!("\n    xmlns:Iptc4xmpCore=\"{IPTC_CORE}\"");
    }
    node += ">\n";
    node += &alternatives("dc:description");
    if alt_text {
        node += &alternatives("Iptc4xmpCore:AltTextAccessibility");
    }
    node += &format!("   <photoshop:CaptionWriter>{writer}</photoshop:CaptionWriter>\n");
    node + "  </rdf:Description>\n"
}

#[cfg(test)]
mod tests;
