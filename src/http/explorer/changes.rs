//! What changed lately, day by day, the newest first, with what each change made different.

use actix_web::HttpRequest;
use askama::Template;
use chrono::Days;
use uuid::Uuid;

use crate::domain::problem::Problem;
use crate::domain::time::AsOf;
use crate::http::explorer::address::Address;
use crate::http::explorer::frame::{Frame, Section};
use crate::http::explorer::page::{Desk, Page, rendered};
use crate::http::explorer::sheets;
use crate::http::explorer::timeline::{self, Revision};
use crate::http::params::Params;
use crate::http::standards::query;
use crate::registry::read::audit::{self, AuditFilters, AuditRow};
use crate::registry::read::history::{self, Name};
use crate::registry::read::view::EntryView;
use crate::registry::read::{At, span, view};

/// How far one page looks back along the log.
const POSITIONS: i64 = 200;

/// So many in a row of one kind are told as one.
const MANY: usize = 4;

/// The days the first page looks back, today included.
const WEEK: u64 = 7;

/// What the page is asked for.
pub struct Asked {
    before: Option<i64>,
    owners: Vec<String>,
}

#[derive(Template)]
#[template(path = "changes.html")]
struct ChangesPage {
    frame: Frame,
    days: Vec<Day>,
    total: usize,
    week: bool,
    earlier: Option<Address>,
    owner: Option<String>,
    downloads: Vec<(&'static str, Address)>,
}

pub struct Day {
    pub day: String,
    pub groups: Vec<Group>,
}

/// Changes in a row that somebody made for one reason.
pub struct Group {
    pub changes: Vec<Changed>,
    /// Whether there are more of it, farther back than this page looks.
    pub goes_on: bool,
}

/// One revision and the entry it is of.
pub struct Changed {
    pub revision: Revision,
    pub number: Option<String>,
    pub title: String,
    pub owner: String,
    pub href: Address,
    day: String,
}

impl Page for Asked {
    const SECTION: Section = Section::Changes;

    fn ask(_: &HttpRequest, params: &mut Params) -> Result<Self, Problem> {
        Ok(Self {
            before: params.integer("before", 1..=i64::MAX),
            owners: query::divisions(params, "owner"),
        })
    }

    fn write(self, desk: &mut Desk) -> Result<String, Problem> {
        let until = self
            .before
            .map_or(desk.at.position, |before| (before - 1).min(desk.at.position));
        let week = self.before.is_none();
        let since = if week { since_a_week(desk)? } else { 0 };
        let begin = (since - 1).max(0);
        let after = (until - POSITIONS).max(begin);
        let changes = between(desk, &self.owners, after, until)?;
        let frame = desk.frame.clone();
        let page = ChangesPage {
            total: changes.len(),
            days: days(changes, after > begin),
            week,
            earlier: (after > 0).then(|| frame.here.clone().with("before", (after + 1).to_string())),
            owner: self.owners.first().map(|code| frame.division(code)),
            downloads: downloads(&frame, after),
            frame,
        };
        rendered(&page)
    }
}

impl Group {
    /// What all of them have in common.
    pub fn first(&self) -> Option<&Changed> {
        self.changes.first()
    }

    pub fn is_many(&self) -> bool {
        self.changes.len() >= MANY
    }
}

/// The newest `most` groups of the week's changes, and how many changes there are beyond them.
pub fn latest(desk: &mut Desk, most: usize) -> Result<(Vec<Day>, usize), Problem> {
    let since = since_a_week(desk)?;
    let until = desk.at.position;
    let begin = (since - 1).max(0);
    let after = (until - POSITIONS).max(begin);
    let changes = between(desk, &[], after, until)?;
    // What lies farther back than this looks is counted by its positions.
    let all = changes.len() + usize::try_from(after - begin).unwrap_or_default();
    let mut days = days(changes, after > begin);
    let mut left = most;
    for day in &mut days {
        day.groups.truncate(left);
        left -= day.groups.len();
    }
    days.retain(|day| !day.groups.is_empty());
    let groups = days.iter().flat_map(|day| &day.groups);
    let shown: usize = groups.map(|group| group.changes.len()).sum();
    Ok((days, all.saturating_sub(shown)))
}

/// The first position of the last seven days.
fn since_a_week(desk: &mut Desk) -> Result<i64, Problem> {
    let today = desk.at.as_of.shanghai_day();
    // Where nothing was written lately, the clock says more than the log.
    let today = match desk.frame.as_of() {
        None => today.max(crate::domain::time::Instant::now().shanghai_day()),
        Some(_) => today,
    };
    let first = today.checked_sub_days(Days::new(WEEK - 1)).unwrap_or(today);
    span::since(desk.snapshot, AsOf::Day(first))
}

/// Revisions between two positions, newest first.
fn between(desk: &mut Desk, owners: &[String], after: i64, until: i64) -> Result<Vec<Changed>, Problem> {
    let filters = AuditFilters {
        owners: owners.to_vec(),
        ..AuditFilters::default()
    };
    let mut rows = audit::revisions(desk.snapshot, &filters, (after, until), POSITIONS)?;
    rows.reverse();
    rows.into_iter().map(|row| changed(desk, row)).collect()
}

fn changed(desk: &mut Desk, row: AuditRow) -> Result<Changed, Problem> {
    let before = before(desk, &row.entry)?;
    let frame = &desk.frame;
    let revision = timeline::revision(frame, before.as_ref(), &row.entry)?;
    let page = timeline::page_of(frame, &row.entry);
    Ok(Changed {
        revision,
        number: row.number,
        title: frame.titled(&row.title),
        owner: frame.division(&row.entry.owner),
        href: frame.to(&page),
        day: row.recorded_at.shanghai_day().to_string(),
    })
}

/// The revision before one, if there is one.
fn before(desk: &mut Desk, entry: &EntryView) -> Result<Option<EntryView>, Problem> {
    if entry.revision == 1 {
        return Ok(None);
    }
    let id = Uuid::parse_str(&entry.id).map_err(Problem::internal)?;
    let at = At::Position(entry.position);
    let version = history::version_at(desk.snapshot, entry.kind, &Name::Id(id), at)?;
    let before = history::revision(desk.snapshot, &version, entry.revision - 1, &desk.at)?;
    let shown = view::show_plain(desk.snapshot, desk.cache, &[before])?;
    Ok(shown.into_iter().next())
}

/// By day, and within a day by who did the same for the same reason in a row.
fn days(changes: Vec<Changed>, goes_on: bool) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for change in changes {
        if days.last().is_none_or(|day| day.day != change.day) {
            days.push(Day {
                day: change.day.clone(),
                groups: Vec::new(),
            });
        }
        let Some(day) = days.last_mut() else { continue };
        let together = day.groups.last_mut().filter(|group| {
            group
                .first()
                .is_some_and(|first| belongs_with(&first.revision, &change.revision))
        });
        match together {
            Some(group) => group.changes.push(change),
            None => day.groups.push(Group {
                changes: vec![change],
                goes_on: false,
            }),
        }
    }
    if let Some(oldest) = days.last_mut().and_then(|day| day.groups.last_mut()) {
        oldest.goes_on = goes_on;
    }
    days
}

fn belongs_with(one: &Revision, other: &Revision) -> bool {
    let same = |one: &Revision| {
        (
            one.action.clone(),
            one.actor.clone(),
            one.reason.clone(),
            one.basis.clone(),
        )
    };
    same(one) == same(other)
}

/// The feed as it goes on from here, and what it comes to as a table.
fn downloads(frame: &Frame, after: i64) -> Vec<(&'static str, Address)> {
    let of_owner = |address: Address| match frame.here.first("owner") {
        Some(owner) => address.plus("owner", owner),
        None => address,
    };
    let diff = of_owner(Address::new("/v1/diff").plus("from", after.to_string()));
    let feed = of_owner(Address::new("/v1/changes").plus("after", after.to_string()));
    let tables = sheets::forms(frame, &diff).into_iter().take(2);
    tables.chain([("JSON", feed)]).collect()
}
