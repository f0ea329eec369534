//! Every revision of an entry: who, when, why, on what basis, and what it changed.

use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::time::Instant;
use crate::domain::vocabulary::{Action, Kind};
use crate::http::explorer::address::Address;
use crate::http::explorer::changed::{self, Change};
use crate::http::explorer::frame::{Frame, clock};
use crate::http::explorer::page::Desk;
use crate::registry::read::history;
use crate::registry::read::view::EntryView;
use crate::store::version::Version;

/// How many revisions are told; earlier ones are to be had as data.
const MOST: i64 = 100;

/// One revision as it is told.
pub struct Revision {
    pub number: i64,
    pub position: i64,
    pub action: String,
    pub word: &'static str,
    pub when: String,
    pub actor: String,
    pub reason: Option<String>,
    pub basis: Option<String>,
    /// The position of the redaction that erased its content, or its reason and basis.
    pub erased_by: Option<i64>,
    pub note_erased_by: Option<i64>,
    pub changes: Vec<Change>,
    /// The entry's page as it was right after.
    pub then: Address,
    /// Beside the revision before.
    pub compare: Option<Address>,
    pub proof: String,
}

/// The newest revisions first.
pub fn of(desk: &mut Desk, version: &Version) -> Result<Vec<Revision>, Problem> {
    let skipped = (version.revision - MOST - 1).max(0);
    let shown = entries(desk, version, skipped)?;
    let mut revisions = Vec::new();
    let mut before: Option<&EntryView> = None;
    for entry in &shown {
        if entry.revision > skipped + 1 || skipped == 0 {
            revisions.push(revision(&desk.frame, before, entry)?);
        }
        before = Some(entry);
    }
    revisions.reverse();
    Ok(revisions)
}

/// Revisions after a number, oldest first, as they were.
pub fn entries(desk: &mut Desk, version: &Version, after: i64) -> Result<Vec<EntryView>, Problem> {
    history::revisions(desk.snapshot, desk.cache, version, &desk.at, after, MOST)
}

pub fn revision(frame: &Frame, before: Option<&EntryView>, entry: &EntryView) -> Result<Revision, Problem> {
    let changes = match before {
        Some(before) => changed::told(frame, &changed::between(before, entry)?),
        None => Vec::new(),
    };
    let page = page_of(frame, entry);
    let resource = match entry.kind {
        Kind::Standard => "standards",
        Kind::Framework => "frameworks",
    };
    let (id, number) = (&entry.id, entry.revision);
    Ok(Revision {
        number,
        position: entry.position,
        word: Action::from_id(&entry.action).map_or("", |action| frame.term(action)),
        action: entry.action.clone(),
        when: when(&entry.recorded_at),
        actor: entry.actor.clone(),
        reason: entry.reason.clone(),
        basis: entry.basis.clone(),
        erased_by: entry.redacted_by,
        note_erased_by: entry.note_redacted_by,
        changes,
        then: frame
            .to(&page)
            .without(&["valid_at"])
            .with("as_of", entry.position.to_string()),
        compare: before.map(|before| {
            frame
                .to(&format!("{page}/diff"))
                .plus("from", before.revision.to_string())
                .plus("to", number.to_string())
        }),
        proof: format!("/v1/{resource}/{id}/revisions/{number}/tlog-proof"),
    })
}

/// Where an entry is shown.
pub fn page_of(frame: &Frame, entry: &EntryView) -> String {
    match entry.kind {
        Kind::Standard => frame.standard(&entry.id).path().to_owned(),
        Kind::Framework => frame.framework(&entry.id).path().to_owned(),
    }
}

/// An instant as entries spell it, as a clock shows it.
pub fn when(recorded_at: &str) -> String {
    Instant::parse(recorded_at).map_or_else(|| recorded_at.to_owned(), clock)
}
