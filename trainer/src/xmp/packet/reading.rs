//! The places in a packet that are about a photo's description.

use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use quick_xml::NsReader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{NamespaceResolver, QName, ResolveResult};

use super::{Found, Node, Property, RDF, XML};

/// What an element that is open is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Rdf,
    /// Holds properties.
    Node,
    /// A property that is read here.
    Property,
    /// One of a property's texts.
    Item,
    Other,
}

/// The state of reading a packet.
pub(super) struct Reading<'a> {
    text: &'a str,
    open: Vec<Role>,
    pub(super) nodes: Vec<Node>,
    pub(super) found: Vec<Found>,
    pub(super) about: Option<String>,
    pub(super) room: Option<(Range<usize>, Option<&'a str>)>,
}

impl<'a> Reading<'a> {
    /// Reads a packet.
    ///
    /// # Errors
    /// When it is no whole XML, or has more than one element `rdf:RDF`.
    pub(super) fn of(text: &'a str) -> Result<Self> {
        let mut this = Self {
            text,
            open: Vec::new(),
            nodes: Vec::new(),
            found: Vec::new(),
            about: None,
            room: None,
        };
        this.read()?;
        Ok(this)
    }

    fn read(&mut self) -> Result<()> {
        let mark = if self.text.starts_with('\u{FEFF}') {
            '\u{FEFF}'.len_utf8()
        } else {
            0
        };
        // Some programs leave a zero behind a text.
        let mut reader = NsReader::from_str(self.text[mark..].trim_end_matches('\0'));
        loop {
            let start = mark + reader.buffer_position() as usize;
            let event = reader.read_event()?;
            let place = start..mark + reader.buffer_position() as usize;
            match event {
                Event::Start(tag) => self.start(&tag, reader.resolver(), &place, false)?,
                Event::Empty(tag) => {
                    self.start(&tag, reader.resolver(), &place, true)?;
                    self.end(&place);
                }
                Event::End(_) => self.end(&place),
                Event::Text(text) => self.said(&text.xml10_content()),
                Event::CData(text) => self.said(&text.xml10_content()),
                Event::GeneralRef(name) => {
                    self.said(&unescape(&format!("&{};", name.xml10_content()))?);
                }
                Event::DocType(_) => bail!("it declares a document type"),
                Event::Eof => break,
                Event::Comment(_) | Event::PI(_) => self.holds_others(),
                Event::Decl(_) => {}
            }
        }
        ensure!(self.open.is_empty(), "it ends within an element");
        Ok(())
    }

    fn start(
        &mut self,
        tag: &BytesStart<'a>,
        names: &NamespaceResolver,
        place: &Range<usize>,
        is_empty: bool,
    ) -> Result<()> {
        let (namespace, local) = names.resolve_element(tag.name());
        known(&namespace, tag.name())?;
        let is_rdf = matches!(namespace, ResolveResult::Bound(name) if name.0 == RDF);
        let local = local.into_inner();
        let role = match self.open.last() {
            Some(Role::Rdf) => {
                let before = self.text[..place.start].trim_end_matches([' ', '\t']);
                self.nodes.push(Node {
                    place: before.len()..place.end,
                    has_others: local != "Description",
                });
                Role::Node
            }
            Some(Role::Node) => match Property::of((&namespace, local)) {
                Some(property) => {
                    self.found.push(Found {
                        property,
                        place: place.clone(),
                        texts: Vec::new(),
                        node: self.nodes.len() - 1,
                    });
                    Role::Property
                }
                None => {
                    self.holds_others();
                    Role::Other
                }
            },
            _ if is_rdf && local == "RDF" => {
                ensure!(self.room.is_none(), "it has more than one rdf:RDF");
                // Of an element with content, its end is put here when it comes.
                let name = tag_name(&self.text[place.clone()]);
                self.room = Some((place.end - "/>".len()..place.end, is_empty.then_some(name)));
                Role::Rdf
            }
            _ => Role::Other,
        };
        let mut language = None;
        for attribute in tag.attributes() {
            let attribute = attribute?;
            let (namespace, local) = names.resolve_attribute(attribute.key);
            known(&namespace, attribute.key)?;
            let local = local.into_inner();
            let is_of =
                |wanted: &str| matches!(&namespace, ResolveResult::Bound(name) if name.0 == wanted);
            let value = || unescape(&attribute.value).map(|value| value.into_owned());
            if is_of(XML) && local == "lang" {
                language = Some(value()?);
            }
            if role != Role::Node {
                continue;
            }
            if local == "about" {
                if self.about.is_none() {
                    self.about = Some(value()?);
                }
            } else if let Some(property) = Property::of((&namespace, local)) {
                self.found.push(Found {
                    property,
                    place: self.attribute(attribute.key, &attribute.value, place)?,
                    texts: vec![(None, value()?)],
                    node: self.nodes.len() - 1,
                });
            } else if attribute.key.as_namespace_binding().is_none() {
                self.set_has_others();
            }
        }
        let is_item = is_rdf && local == "li" && self.open.contains(&Role::Property);
        if let Some(found) = self.found.last_mut().filter(|_| is_item) {
            found.texts.push((language, String::new()));
        }
        self.open.push(if is_item { Role::Item } else { role });
        Ok(())
    }

    /// The place of an attribute in a tag, with the blanks before it.
    fn attribute(&self, name: QName, value: &str, tag: &Range<usize>) -> Result<Range<usize>> {
        let text = &self.text[tag.clone()];
        // Each name is in a tag once, and no value holds what would look the same: names follow blanks.
        let mut names = text.match_indices(name.0);
        let place = names.find_map(|(at, _)| {
            let before = text[..at].trim_end();
            let rest = text[at + name.0.len()..]
                .trim_start()
                .strip_prefix('=')?
                .trim_start();
            let rest = rest
                .strip_prefix(['"', '\''])?
                .strip_prefix(value)?
                .strip_prefix(['"', '\''])?;
            (before.len() < at).then_some(tag.start + before.len()..tag.end - rest.len())
        });
        place.context("an attribute is not where it was read")
    }

    /// Something that is not read here stands where properties do.
    fn holds_others(&mut self) {
        if self.open.last() == Some(&Role::Node) {
            self.set_has_others();
        }
    }

    fn set_has_others(&mut self) {
        if let Some(node) = self.nodes.last_mut() {
            node.has_others = true;
        }
    }

    fn end(&mut self, place: &Range<usize>) {
        match self.open.pop() {
            Some(Role::Node) => {
                let behind = &self.text[place.end..];
                let line_end = usize::from(behind.starts_with('\n'));
                if let Some(node) = self.nodes.last_mut() {
                    node.place.end = place.end + line_end;
                }
            }
            Some(Role::Rdf) => {
                let before = &self.text[..place.start];
                let line = before.trim_end_matches([' ', '\t']);
                let at = if line.ends_with('\n') { line } else { before }.len();
                if let Some((room, None)) = &mut self.room {
                    *room = at..at;
                }
            }
            Some(Role::Property) => {
                if let Some(found) = self.found.last_mut() {
                    found.place.end = place.end;
                }
            }
            _ => {}
        }
    }

    fn said(&mut self, text: &str) {
        if !self.open.contains(&Role::Property) {
            return;
        }
        let Some(found) = self.found.last_mut() else {
            return;
        };
        match found.texts.last_mut() {
            // Between the elements of a list.
            _ if text.trim().is_empty() && !self.open.contains(&Role::Item) => {}
            Some((_, said)) => said.push_str(text),
            None => found.texts.push((None, text.to_owned())),
        }
    }
}

/// The name in an element's tag.
fn tag_name(tag: &str) -> &str {
    let name = tag.trim_start_matches('<');
    let end = name.find(|letter: char| letter.is_whitespace() || matches!(letter, '/' | '>'));
    &name[..end.unwrap_or(name.len())]
}

fn known(namespace: &ResolveResult, name: QName) -> Result<()> {
    ensure!(
        !matches!(namespace, ResolveResult::Unknown(_)),
        "the prefix of {} is not declared",
        name.0
    );
    Ok(())
}
