//! XML written element by element, with whatever the texts hold.

use std::borrow::Cow;
use std::io::Result as Written;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// A document in the making.
pub struct Xml(Writer<Vec<u8>>);

impl Xml {
    /// Begins a document.
    pub fn begin() -> Written<Self> {
        let mut writer = Writer::new(Vec::new());
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        Ok(Self(writer))
    }

    pub fn finish(self) -> Vec<u8> {
        self.0.into_inner()
    }

    /// An element with what `inner` writes.
    pub fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        inner: impl FnOnce(&mut Self) -> Written<()>,
    ) -> Written<()> {
        self.0.write_event(Event::Start(start(name, attributes)))?;
        inner(self)?;
        self.0.write_event(Event::End(BytesEnd::new(name)))
    }

    /// An element that holds a text.
    pub fn text(&mut self, name: &str, text: &str) -> Written<()> {
        self.text_with(name, &[], text)
    }

    /// An element that holds a text and has attributes.
    pub fn text_with(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) -> Written<()> {
        self.element(name, attributes, |xml| {
            xml.0.write_event(Event::Text(BytesText::new(&fit(text))))
        })
    }
}

fn start<'n>(name: &'n str, attributes: &[(&str, &str)]) -> BytesStart<'n> {
    let mut start = BytesStart::new(name);
    for (name, value) in attributes {
        start.push_attribute((*name, fit(value).as_ref()));
    }
    start
}

/// A text without the characters that XML 1.0 has no way to write, not even escaped.
pub fn fit(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_fit) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|c| is_fit(*c)).collect())
    }
}

/// XML 1.0 §2.2.
fn is_fit(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_characters_are_escaped_or_left_out() {
        let mut xml = Xml::begin().unwrap();
        xml.text_with("title", &[("of", "\"<\u{1}&")], "𠮷 ]]> \r\n\u{8}\u{ffff}<&")
            .unwrap();
        assert_eq!(
            String::from_utf8(xml.finish()).unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <title of=\"&quot;&lt;&amp;\">𠮷 ]]&gt; &#13;\n&lt;&amp;</title>"
        );
    }
}
