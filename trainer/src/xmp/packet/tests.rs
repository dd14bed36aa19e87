use super::*;

fn description() -> Description {
    Description {
        text: "a cat & a \"dog\" <on> a sofa".to_owned(),
        language: "en".to_owned(),
        writer: "Glimpse 1.2.3 (machine-written, confidence 0.83)".to_owned(),
        alt_text: false,
    }
}

fn read(packet: &str) -> Packet<'_> {
    Packet::read(packet.as_bytes()).unwrap()
}

/// Texts of the description in a packet.
fn descriptions(packet: &str) -> Vec<(Option<String>, String)> {
    let packet = read(packet);
    let texts = packet.texts(Property::Description).into_iter();
    texts
        .map(|(language, text)| (language.map(str::to_owned), text.to_owned()))
        .collect()
}

fn both(text: &str) -> Vec<(Option<String>, String)> {
    ["x-default", "en"]
        .map(|language| (Some(language.to_owned()), text.to_owned()))
        .to_vec()
}

/// As an editor writes it: properties as attributes and as elements, a history, padding.
const EDITED: &str = r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 5.6">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about='uuid:1"2'
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
    xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
   xmp:CreatorTool="ILCE-7M3 v3.10"   xmp:Rating='4'
   photoshop:CaptionWriter = "Somebody">
   <!-- a comment with dc:description -->
   <dc:creator><rdf:Seq><rdf:li>A. &amp; B.</rdf:li></rdf:Seq></dc:creator>
   <xmp:History>
    <rdf:Seq>
     <rdf:li rdf:parseType="Resource"><dc:description>of an event, not of the photo</dc:description></rdf:li>
    </rdf:Seq>
   </xmp:History>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
                                                                                
                                                                                
<?xpacket end="w"?>"#;

#[test]
fn a_new_packet_says_the_description_and_who_wrote_it() {
    let packet = new(&description());
    assert_eq!(descriptions(&packet), both(&description().text));
    let packet = read(&packet);
    assert!(packet.has_description());
    assert_eq!(
        packet.texts(Property::CaptionWriter),
        [(None, description().writer.as_str())]
    );
    assert!(packet.texts(Property::AltText).is_empty());
}

/// The page's sidecars: `a sidecar is what the command writes` in tests/browser/sidecars.test.js has the same text.
#[test]
fn a_new_packet_is_what_the_page_writes() {
    let description = Description {
        text: "a cat & a \"dog's\" <on> a sofa".to_owned(),
        ..description()
    };
    assert_eq!(
        new(&description) + "\n",
        include_str!("../../../../tests/browser/fixtures/sidecar.xmp")
    );
}

#[test]
fn all_else_in_a_packet_stays_to_the_byte() {
    assert!(!read(EDITED).has_description());
    let packet = read(EDITED).with(&description(), false);
    assert_eq!(descriptions(&packet), both(&description().text));
    // Without what was put in and cut out, and the padding, it is what it was.
    let at = packet.rfind("  <rdf:Description").unwrap();
    let end = packet.rfind("</rdf:Description>\n").unwrap() + "</rdf:Description>\n".len();
    let rest = [&packet[..at], &packet[end..]].concat();
    let expected = EDITED.replace("\n   photoshop:CaptionWriter = \"Somebody\"", "");
    let body = |text: &str| text.split_once("</x:xmpmeta>").unwrap().0.to_owned();
    assert_eq!(body(&rest), body(&expected));
    assert!(
        packet[at..end].contains("rdf:about=\"uuid:1&quot;2\""),
        "{packet}"
    );
    // The padding was too small, and a line end of it stays.
    assert!(packet.ends_with("</x:xmpmeta>\n<?xpacket end=\"w\"?>"));
    let padded = EDITED.replace(
        "<?xpacket end",
        &format!("{}\n<?xpacket end", " ".repeat(2000)),
    );
    assert_eq!(
        read(&padded).with(&description(), false).len(),
        padded.len()
    );
}

#[test]
fn a_description_is_replaced_whole_and_not_said_twice() {
    let old = EDITED.replace(
        "</rdf:Description>",
        "<dc:description><rdf:Alt><rdf:li xml:lang='x-default'>Oma</rdf:li>\n\
         <rdf:li xml:lang='de'> Oma\u{e4} &#x41;<![CDATA[ & Opa]]></rdf:li></rdf:Alt></dc:description>\
         <t:ImageDescription xmlns:t='http://ns.adobe.com/tiff/1.0/'>Oma</t:ImageDescription></rdf:Description>",
    );
    assert!(read(&old).has_description());
    assert_eq!(
        descriptions(&old),
        [
            (Some("x-default".to_owned()), "Oma".to_owned()),
            (Some("de".to_owned()), " Oma\u{e4} A & Opa".to_owned())
        ]
    );
    let packet = read(&old).with(&description(), true);
    assert_eq!(descriptions(&packet), both(&description().text));
    assert!(!packet.contains("Oma"), "{packet}");
    // Again and again, it does not grow.
    assert_eq!(read(&packet).with(&description(), true), packet);
}

#[test]
fn a_text_for_those_who_do_not_see_is_not_replaced_unless_asked() {
    let alt_text = Description {
        alt_text: true,
        ..description()
    };
    let packet = new(&alt_text);
    let texts = read(&packet).texts(Property::AltText).len();
    assert_eq!(texts, 2);
    let persons = packet
        .replace(&escape(&alt_text.text).into_owned(), "Oma")
        .replace("dc:description", "dc:title");
    let texts = |packet: &str| -> Vec<String> {
        let packet = read(packet);
        let texts = packet.texts(Property::AltText).into_iter();
        texts.map(|(_, text)| text.to_owned()).collect()
    };
    let kept = read(&persons).with(&alt_text, false);
    assert_eq!(texts(&kept), ["Oma", "Oma"]);
    assert_eq!(descriptions(&kept), both(&alt_text.text));
    let replaced = read(&persons).with(&alt_text, true);
    assert_eq!(texts(&replaced), [alt_text.text.as_str(); 2]);
    assert_eq!(
        texts(&read(&persons).with(&description(), true)),
        ["Oma", "Oma"]
    );
}

#[test]
fn packets_of_all_kinds_are_read() {
    let rdf = "xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'";
    let dc = "xmlns:d='http://purl.org/dc/elements/1.1/'";
    for (packet, says) in [
        (format!("<r:RDF {rdf}/>"), None),
        (format!("\u{FEFF}<r:RDF {rdf} />\0\0"), None),
        (format!("<r:RDF {rdf}></r:RDF>"), None),
        (
            format!(
                "<m xmlns='adobe:ns:meta/'><r:RDF {rdf}><r:Description {dc} d:description='Oma'/></r:RDF></m>"
            ),
            Some("Oma"),
        ),
        (
            format!(
                "<r:RDF {rdf}><r:Description {dc}><d:description>Oma</d:description></r:Description></r:RDF>"
            ),
            Some("Oma"),
        ),
        (
            format!(
                "<r:RDF {rdf}><r:Description {dc}><d:description> <r:Alt>\n</r:Alt></d:description></r:Description></r:RDF>"
            ),
            None,
        ),
    ] {
        let read = read(&packet);
        assert_eq!(read.has_description(), says.is_some(), "{packet}");
        let new = read.with(&description(), true);
        assert_eq!(descriptions(&new), both(&description().text), "{new}");
        assert!(!new.contains("Oma"), "{new}");
        assert_eq!(new.ends_with('\0'), packet.ends_with('\0'));
    }
}

#[test]
fn damaged_packets_are_refused() {
    let cut = &EDITED[..EDITED.len() / 2];
    for (packet, says) in [
        (cut.to_owned(), "damaged"),
        ("".to_owned(), "no rdf:RDF"),
        ("<x/>".to_owned(), "no rdf:RDF"),
        (EDITED.replace("</dc:creator>", "</dc:other>"), "damaged"),
        (EDITED.replace("xmlns:dc=", "xmlns:other="), "not declared"),
        (EDITED.replace("&amp;", "&what;"), "damaged"),
        (
            format!("<!DOCTYPE x>{}", new(&description())),
            "document type",
        ),
        (
            new(&description()).replace(
                "</x:xmpmeta>",
                "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/></x:xmpmeta>",
            ),
            "more than one",
        ),
    ] {
        let error = format!(
            "{:#}",
            Packet::read(packet.as_bytes())
                .map(|_| packet.clone())
                .unwrap_err()
        );
        assert!(error.contains(says), "{error}: {packet}");
    }
    let utf16: Vec<u8> = new(&description())
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let error = Packet::read(&utf16).unwrap_err().to_string();
    assert!(error.contains("UTF-8"), "{error}");
}
