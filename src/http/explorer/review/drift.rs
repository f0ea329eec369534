//! Rows that rest on something that was replaced, abolished or renumbered, or soon will be: what to do about each.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use askama::Template;

use crate::domain::drift::{Drift, Severity};
use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::http::coverage::listed;
use crate::http::drift::{USUAL_DAYS, USUAL_DEPTH};
use crate::http::explorer::address::Address;
use crate::http::explorer::bar::{self, Piece};
use crate::http::explorer::frame::{Frame, Section};
use crate::http::explorer::page::{Desk, Page, rendered};
use crate::http::explorer::review::drifted::{Item, item};
use crate::http::explorer::review::scope::{Head, Scope};
use crate::http::explorer::review::turn::{self, Part, Turn};
use crate::http::explorer::sheets;
use crate::http::params::Params;
use crate::registry::moment::ReadAt;
use crate::registry::read::drift::{self, DriftFinding, Question};
use crate::registry::read::filter::{Filter, Place};

/// How many catalogues are drawn.
const MOST_OWNERS: usize = 12;

/// What the page is asked for.
pub struct Asked {
    scope: Scope,
    severities: Vec<Severity>,
    drifts: Vec<Drift>,
    turn: Option<Turn>,
}

#[derive(Template)]
#[template(path = "review/drift.html")]
struct DriftPage {
    frame: Frame,
    head: Head,
    severities: Vec<Choice>,
    drifts: Vec<Choice>,
    owners: Vec<Owner>,
    more_owners: usize,
    /// Nothing where too many rows would have to be followed.
    part: Option<Part<Item>>,
    downloads: Vec<(&'static str, Address)>,
}

struct Choice {
    class: &'static str,
    label: &'static str,
    count: usize,
    href: Address,
    chosen: bool,
}

/// One catalogue's findings as a bar.
struct Owner {
    name: String,
    count: u64,
    pieces: Vec<Piece>,
    href: Address,
}

impl Page for Asked {
    const SECTION: Section = Section::Review;

    fn ask(_: &HttpRequest, params: &mut Params) -> Result<Self, Problem> {
        Ok(Self {
            scope: Scope::ask(params),
            severities: listed(params, "severity"),
            drifts: listed(params, "drift"),
            turn: Turn::ask(params),
        })
    }

    fn pinned(&self) -> Option<ReadAt> {
        self.turn.as_ref().map(Turn::read_at)
    }

    fn write(self, desk: &mut Desk) -> Result<String, Problem> {
        let head = self.scope.head(desk)?;
        let found = if head.is_too_much() {
            None
        } else {
            Some(find(desk, &self.scope)?)
        };
        let frame = desk.frame.clone();
        let all = found.as_deref().unwrap_or_default();
        let owners = owners(&frame, all);
        let (severities, drifts) = (self.severities(&frame, all), self.drifts(&frame, all));
        let part = found.map(|mut found| {
            found.retain(|one| self.wants(one));
            let items = found.iter().map(|one| item(&frame, one)).collect();
            turn::part(&frame, desk.at, self.turn, items)
        });
        rendered(&DriftPage {
            downloads: sheets::of(&frame, "/v1/drift"),
            more_owners: owners.len().saturating_sub(MOST_OWNERS),
            owners: owners.into_iter().take(MOST_OWNERS).collect(),
            head,
            severities,
            drifts,
            part,
            frame,
        })
    }
}

/// Everything that drifts in a catalogue, asked for as programs ask when they say no more.
pub fn find(desk: &mut Desk, scope: &Scope) -> Result<Vec<DriftFinding>, Problem> {
    let mut filters = scope.filters();
    if scope.framework.is_some() {
        filters.all.push(Filter::Placed(Place {
            framework: scope.open(desk)?.slug,
            ..Place::default()
        }));
    }
    let question = Question {
        filters,
        since: None,
        severities: Vec::new(),
        drifts: Vec::new(),
        depth: USUAL_DEPTH,
        days: USUAL_DAYS,
    };
    drift::find(desk.snapshot, &question, &desk.at)
}

/// How many findings press how much.
pub fn pressing(frame: &Frame, found: &[DriftFinding], whole: u64) -> Vec<Piece> {
    let parts = Severity::ALL.iter().map(|severity| {
        let here = found.iter().filter(|one| one.severity == *severity);
        (severity.id(), frame.term(*severity), here.count() as u64)
    });
    bar::pieces(parts, whole)
}

impl Asked {
    fn wants(&self, one: &DriftFinding) -> bool {
        (self.severities.is_empty() || self.severities.contains(&one.severity))
            && (self.drifts.is_empty() || self.drifts.contains(&one.drift))
    }

    fn severities(&self, frame: &Frame, found: &[DriftFinding]) -> Vec<Choice> {
        let chosen = |term| self.severities.contains(&term);
        choices(frame, "severity", found, |one| one.severity, chosen)
    }

    fn drifts(&self, frame: &Frame, found: &[DriftFinding]) -> Vec<Choice> {
        choices(
            frame,
            "drift",
            found,
            |one| one.drift,
            |term| self.drifts.contains(&term),
        )
    }
}

/// Every value some finding has, with the list of those alone.
fn choices<T: Term + PartialEq>(
    frame: &Frame,
    name: &str,
    found: &[DriftFinding],
    of: impl Fn(&DriftFinding) -> T,
    is_chosen: impl Fn(T) -> bool,
) -> Vec<Choice> {
    let first_page = frame.here.clone().without(&["cursor", name]);
    let choices = T::ALL.iter().map(|term| {
        let chosen = is_chosen(*term);
        Choice {
            class: term.id(),
            label: frame.term(*term),
            count: found.iter().filter(|one| of(one) == *term).count(),
            href: if chosen {
                first_page.clone()
            } else {
                first_page.clone().plus(name, term.id())
            },
            chosen,
        }
    });
    choices.filter(|choice| choice.count > 0).collect()
}

/// Catalogues, the one with most findings first.
fn owners(frame: &Frame, found: &[DriftFinding]) -> Vec<Owner> {
    let mut owned: BTreeMap<&str, Vec<DriftFinding>> = BTreeMap::new();
    for one in found {
        owned.entry(&one.row.owner).or_default().push(one.clone());
    }
    let most = owned.values().map(Vec::len).max().unwrap_or_default() as u64;
    let mut owners: Vec<Owner> = owned
        .iter()
        .map(|(code, found)| Owner {
            name: frame.division(code),
            count: found.len() as u64,
            pieces: pressing(frame, found, most),
            href: frame
                .here
                .clone()
                .without(&["cursor", "owner", "owner_exact"])
                .plus("owner_exact", *code),
        })
        .collect();
    owners.sort_by_key(|owner| std::cmp::Reverse(owner.count));
    owners
}
