//! What differs between two moments, told by who wrote it and why: a thousand rows of one import read as one.

use crate::domain::term::Term;
use crate::http::explorer::address::Address;
use crate::http::explorer::changed::{self, Change};
use crate::http::explorer::frame::Frame;
use crate::registry::read::catalogue_diff::{DiffCounts, Difference, Differs, Side};

/// One of the three lists, or its beginning.
pub struct Listed {
    pub class: &'static str,
    pub label: &'static str,
    pub count: u64,
    pub groups: Vec<Group>,
    /// The way to the whole list, where this is its beginning.
    pub whole: Option<Address>,
}

/// Entries in a row that somebody wrote on one day for one reason.
pub struct Group {
    pub day: String,
    pub owner: String,
    pub actor: String,
    pub reason: Option<String>,
    pub items: Vec<Item>,
}

/// A standard that differs.
pub struct Item {
    pub href: Address,
    pub number: Option<String>,
    pub title: String,
    /// How it came or went, where that is out of the ordinary.
    pub word: Option<&'static str>,
    pub changes: Vec<Change>,
    /// The fields that differ, in words.
    pub fields: String,
    pub compare: Option<Address>,
}

/// How many entries stand in one list.
pub fn counted(counts: &DiffCounts, side: Side) -> u64 {
    match side {
        Side::Added => counts.added,
        Side::Changed => counts.changed,
        Side::Withdrawn => counts.withdrawn,
    }
}

impl Listed {
    pub fn of(
        frame: &Frame,
        side: Side,
        counts: &DiffCounts,
        found: &[Difference],
        whole: Option<Address>,
    ) -> Self {
        let together = found.chunk_by(|one, other| {
            let said = |one: &Difference| {
                let day = one.instant.shanghai_day();
                (day, one.owner.clone(), one.actor.clone(), one.reason.clone())
            };
            said(one) == said(other)
        });
        Self {
            class: side.id(),
            label: frame.term(side),
            count: counted(counts, side),
            groups: together.filter_map(|found| group(frame, found)).collect(),
            whole,
        }
    }
}

fn group(frame: &Frame, found: &[Difference]) -> Option<Group> {
    let first = found.first()?;
    Some(Group {
        day: first.instant.shanghai_day().to_string(),
        owner: frame.division(&first.owner),
        actor: first.actor.clone(),
        reason: first.reason.clone(),
        items: found.iter().map(|one| item(frame, one)).collect(),
    })
}

fn item(frame: &Frame, one: &Difference) -> Item {
    let page = frame.standard(&one.id);
    let changes = changed::told(frame, one.changes.as_deref().unwrap_or_default());
    let labels: Vec<&str> = changes.iter().map(|change| change.label.as_str()).collect();
    let compare = one.from_revision.filter(|from| *from != one.revision);
    Item {
        compare: compare.map(|from| {
            let path = format!("{}/diff", page.path());
            let address = page.clone().at(path);
            address
                .plus("from", from.to_string())
                .plus("to", one.revision.to_string())
        }),
        href: page,
        number: one.number.clone(),
        title: frame.titled(&one.title),
        word: match one.change {
            Differs::Created | Differs::Updated | Differs::Withdrawn => None,
            Differs::Restored | Differs::Entered | Differs::Left => Some(frame.term(one.change)),
        },
        fields: labels.join(frame.t("、", ", ")),
        changes,
    }
}
