//! XML read strictly into a tree: what does not read here, no parser reads.

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

/// An element with what stands in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// With its prefix.
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// All text directly in it.
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    /// Reads a document, and fails the test where it is not well-formed.
    #[track_caller]
    pub fn parse(document: &str) -> Self {
        if let Some(unfit) = document.chars().find(|c| !is_xml(*c)) {
            panic!("XML 1.0 has no character {unfit:?}");
        }
        let mut reader = Reader::from_str(document);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().expect("well-formed XML") {
                Event::Start(start) => open.push(Self::begun(&start)),
                Event::Empty(empty) => innermost(&mut open).children.push(Self::begun(&empty)),
                Event::End(_) => {
                    let closed = open.pop().expect("an open element");
                    innermost(&mut open).children.push(closed);
                }
                Event::Text(text) => {
                    let text = text.xml10_content();
                    assert!(!text.contains("]]>"), "]]> stands in a text");
                    innermost(&mut open).text.push_str(&text);
                }
                Event::GeneralRef(reference) => {
                    let written = format!("&{};", reference.into_inner());
                    let character = unescape(&written).expect("a known reference").into_owned();
                    innermost(&mut open).text.push_str(&character);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(open.len(), 1, "every element is closed");
        let document = open.pop().expect("a document");
        assert_eq!(document.children.len(), 1, "one root");
        document.children.into_iter().next().expect("a root")
    }

    fn begun(start: &BytesStart) -> Self {
        let attributes = start.attributes().map(|attribute| {
            let attribute = attribute.expect("an attribute");
            let value = unescape(&attribute.value).expect("an escaped value").into_owned();
            (attribute.key.0.to_owned(), value)
        });
        Self {
            name: start.name().0.to_owned(),
            attributes: attributes.collect(),
            ..Self::default()
        }
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The children of a name.
    pub fn all(&self, name: &str) -> Vec<&Self> {
        self.children.iter().filter(|child| child.name == name).collect()
    }

    /// The one child of a name.
    #[track_caller]
    pub fn one(&self, name: &str) -> &Self {
        match self.all(name).as_slice() {
            [one] => one,
            found => panic!("{} {name} in {self:#?}", found.len()),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        !self.all(name).is_empty()
    }

    /// The texts of the children of a name.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        self.all(name).iter().map(|child| child.text.as_str()).collect()
    }
}

fn innermost(open: &mut [Element]) -> &mut Element {
    open.last_mut().expect("an open element")
}

fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
