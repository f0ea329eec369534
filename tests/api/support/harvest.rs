//! Words of those who harvest by OAI-PMH.

use super::xml::Element;
use super::{Client, Registry};

/// A header with the record's metadata, if it came with any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Harvested {
    pub identifier: String,
    /// The entry's id, last part of the identifier.
    pub id: String,
    pub datestamp: String,
    pub deleted: bool,
    pub sets: Vec<String>,
    pub metadata: Option<Element>,
}

impl Harvested {
    pub fn of(record: &Element) -> Self {
        let header = if record.name == "header" {
            record
        } else {
            record.one("header")
        };
        let identifier = header.one("identifier").text.clone();
        Self {
            id: identifier.rsplit(':').next().unwrap_or_default().to_owned(),
            identifier,
            datestamp: header.one("datestamp").text.clone(),
            deleted: header.attribute("status") == Some("deleted"),
            sets: header.texts("setSpec").into_iter().map(str::to_owned).collect(),
            metadata: record
                .all("metadata")
                .first()
                .map(|metadata| metadata.children[0].clone()),
        }
    }
}

impl Client {
    /// One reply of the protocol.
    #[track_caller]
    pub fn oai(&self, query: &str) -> Element {
        let answer = self.get(&format!("/oai?{query}")).expect(200);
        assert_eq!(
            answer.header("Content-Type").as_deref(),
            Some("text/xml; charset=UTF-8")
        );
        let reply = Element::parse(answer.text());
        assert_eq!(reply.name, "OAI-PMH");
        reply
    }

    /// The codes of the errors that a request meets.
    #[track_caller]
    pub fn oai_errors(&self, query: &str) -> Vec<String> {
        let reply = self.oai(query);
        let errors = reply.all("error");
        assert!(errors.iter().all(|error| !error.text.is_empty()), "{reply:#?}");
        let code = |error: &&Element| error.attribute("code").unwrap_or_default().to_owned();
        errors.iter().map(code).collect()
    }

    /// The parts of a list from a first request on.
    #[track_caller]
    pub fn parts(&self, verb: &str, arguments: &str) -> Vec<Element> {
        let mut parts = vec![self.oai(&format!("verb={verb}&{arguments}"))];
        while let Some(token) = token_of(&parts[parts.len() - 1], verb) {
            parts.push(self.oai(&format!("verb={verb}&resumptionToken={token}")));
        }
        parts
    }

    /// Every record of a list; none when none match.
    #[track_caller]
    pub fn harvest(&self, verb: &str, arguments: &str) -> Vec<Harvested> {
        records_of(&self.parts(verb, arguments), verb)
    }
}

/// Where a list goes on, if it does.
pub fn token_of(reply: &Element, verb: &str) -> Option<String> {
    let list = reply.all(verb);
    let tokens = list.first()?.all("resumptionToken");
    let token = tokens.first()?.text.clone();
    (!token.is_empty()).then_some(token)
}

pub fn records_of(parts: &[Element], verb: &str) -> Vec<Harvested> {
    let name = if verb == "ListIdentifiers" {
        "header"
    } else {
        "record"
    };
    let lists = parts.iter().flat_map(|part| part.all(verb));
    lists.flat_map(|list| list.all(name)).map(Harvested::of).collect()
}

impl Registry {
    /// Waits until everything written so far can be harvested.
    #[track_caller]
    pub fn settle(&self) {
        let anyone = self.anonymous();
        let newest = anyone.get("/v1/standards?limit=1").expect(200);
        let newest = newest.header("As-Of").expect("a list says of when it speaks");
        self.wait_until("done with the newest second", || {
            anyone.oai("verb=Identify").one("responseDate").text[..19] > newest[..19]
        });
    }
}
