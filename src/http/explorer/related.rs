//! Relations from both ends, in words.

use serde_json::Value;

use crate::domain::term::Term;
use crate::domain::vocabulary::RelationType;
use crate::http::explorer::address::Address;
use crate::http::explorer::fields;
use crate::http::explorer::frame::Frame;
use crate::registry::read::relations::{IncomingRelation, OutgoingRelation, RelatedEntry, Relations};

/// How many impacted entries are listed; the rest is to be had as data.
const MOST_IMPACT: usize = 50;

pub struct Related {
    pub outgoing: Vec<Relation>,
    pub incoming: Vec<Relation>,
    /// What rests on it through others: depth and entry.
    pub impact: Vec<(usize, Relation)>,
    pub more_impact: usize,
}

pub struct Relation {
    /// `代替`, `被代替`
    pub word: String,
    pub name: String,
    pub title: Option<String>,
    pub owner: Option<String>,
    pub href: Option<Address>,
    pub note: Option<String>,
    pub withdrawn: bool,
}

impl Related {
    pub fn is_empty(&self) -> bool {
        self.outgoing.is_empty() && self.incoming.is_empty()
    }
}

/// Both ends of every relation.
pub fn told(frame: &Frame, relations: &Relations) -> Related {
    let further = relations.impact.iter().filter(|one| one.depth > 1);
    let impact: Vec<(usize, Relation)> = further
        .map(|one| {
            let way = one.via.iter().map(|word| passive(frame, word));
            let way: Vec<String> = way.collect();
            (one.depth, entry(frame, way.join(" › "), &one.entry))
        })
        .collect();
    let more_impact = impact.len().saturating_sub(MOST_IMPACT);
    Related {
        outgoing: relations
            .outgoing
            .iter()
            .map(|one| outgoing(frame, one))
            .collect(),
        incoming: relations
            .incoming
            .iter()
            .map(|one| incoming(frame, one))
            .collect(),
        impact: impact.into_iter().take(MOST_IMPACT).collect(),
        more_impact,
    }
}

fn outgoing(frame: &Frame, one: &OutgoingRelation) -> Relation {
    let text = |name: &str| one.relation.get(name).and_then(Value::as_str);
    let kind = text("type").unwrap_or_default();
    let mut word = RelationType::from_id(kind)
        .map_or(kind, |kind| frame.term(kind))
        .to_owned();
    for name in ["extent", "degree", "aspects"] {
        if let Some(value) = one.relation.get(name).filter(|value| *value != "whole") {
            word = format!("{word} · {}", fields::value(frame.language, name, value));
        }
    }
    let note = text("note").map(str::to_owned);
    if let Some(found) = &one.entry {
        return Relation {
            note,
            ..entry(frame, word, found)
        };
    }
    let target = one.relation.get("target");
    let document = target.and_then(|target| target.get("document"));
    let url = document
        .and_then(|document| document.get("url"))
        .and_then(Value::as_str);
    let safe = url.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
    Relation {
        word,
        name: target.map_or_else(String::new, |target| {
            fields::value(frame.language, "target", target)
        }),
        title: None,
        owner: None,
        href: safe.map(Address::new),
        note,
        withdrawn: false,
    }
}

fn incoming(frame: &Frame, one: &IncomingRelation) -> Relation {
    let mut word = passive(frame, &one.relation_type);
    if let Some(extent) = one.extent.as_deref().filter(|extent| *extent != "whole") {
        word = format!(
            "{word} · {}",
            fields::value(frame.language, "extent", &extent.into())
        );
    }
    entry(frame, word, &one.entry)
}

fn entry(frame: &Frame, word: String, found: &RelatedEntry) -> Relation {
    Relation {
        word,
        name: found.number.clone().unwrap_or_else(|| found.title.clone()),
        title: found.number.as_ref().map(|_| found.title.clone()),
        owner: Some(frame.division(&found.owner)),
        href: Some(frame.standard(&found.id)),
        note: None,
        withdrawn: found.withdrawn,
    }
}

/// A relation seen from the end it leads to.
fn passive(frame: &Frame, kind: &str) -> String {
    let (zh, en) = match RelationType::from_id(kind) {
        Some(RelationType::Replaces) => ("被代替于", "Replaced by"),
        Some(RelationType::Amends) => ("被修改于", "Amended by"),
        Some(RelationType::DerivesFrom) => ("被细化为", "Detailed in"),
        Some(RelationType::Adopts) => ("被采用于", "Adopted by"),
        Some(RelationType::Cites) => ("被引用于", "Cited by"),
        Some(RelationType::Implements) => ("被落实于", "Implemented by"),
        Some(RelationType::PromotedFrom) => ("上升为", "Promoted to"),
        Some(RelationType::CopiedFrom) => ("被复制为", "Copied as"),
        None => (kind, kind),
    };
    frame.t(zh, en).to_owned()
}
