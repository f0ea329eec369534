//! One row that drifts, as people are told of it.

use crate::domain::term::Term;
use crate::http::explorer::address::Address;
use crate::http::explorer::frame::Frame;
use crate::registry::read::drift::{DriftFinding, RestsOn};

/// What happened to what a row rests on, and what to do about it.
pub struct Item {
    pub class: &'static str,
    pub severity: &'static str,
    pub what: &'static str,
    pub action: &'static str,
    pub row: Named,
    pub owner: String,
    /// What it happened to; nothing where it is the row's own standard.
    pub rests_on: Option<Named>,
    /// Each step to it.
    pub way: Vec<String>,
    pub since: Option<String>,
    pub successors: Vec<Named>,
}

pub struct Named {
    pub number: Option<String>,
    pub title: Option<String>,
    pub href: Option<Address>,
}

pub fn item(frame: &Frame, one: &DriftFinding) -> Item {
    let way = one.path.iter().map(|step| {
        let word = step.relation.map_or("", |relation| frame.term(relation));
        let to = &step.to;
        let name = to.number.as_deref().or(to.title.as_deref()).unwrap_or_default();
        format!("{word} {name}")
    });
    Item {
        class: one.severity.id(),
        severity: frame.term(one.severity),
        what: frame.term(one.drift),
        action: frame.term(one.action),
        row: Named {
            number: one.row.number.clone(),
            title: Some(frame.titled(&one.row.title)),
            href: Some(frame.standard(&one.row.id)),
        },
        owner: frame.division(&one.row.owner),
        rests_on: (one.depth > 0).then(|| named(frame, &one.rests_on)),
        way: way.collect(),
        since: one.since.map(|day| day.to_string()),
        successors: one
            .successors
            .iter()
            .map(|successor| Named {
                number: successor.number.clone(),
                title: Some(frame.titled(&successor.title)),
                href: Some(frame.standard(&successor.id)),
            })
            .collect(),
    }
}

/// A standard that is named may be registered or not.
fn named(frame: &Frame, rests_on: &RestsOn) -> Named {
    let registered = rests_on.id.as_deref().filter(|_| rests_on.owner.is_some());
    Named {
        number: rests_on.number.clone(),
        title: rests_on.title.as_deref().map(|title| frame.titled(title)),
        href: registered.map(|id| frame.standard(id)),
    }
}
