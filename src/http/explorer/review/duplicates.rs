//! Rows that look like one standard, beside each other, with what differs marked.

use actix_web::HttpRequest;
use askama::Template;

use crate::domain::coverage::DuplicateReason;
use crate::domain::framework::FrameworkContent;
use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::http::coverage::{duplicates::USUAL_THRESHOLD, listed};
use crate::http::explorer::address::Address;
use crate::http::explorer::fields;
use crate::http::explorer::frame::{Frame, Section};
use crate::http::explorer::marks::{self, Part as Marked};
use crate::http::explorer::page::{Desk, Page, rendered};
use crate::http::explorer::review::scope::{Head, Scope, place};
use crate::http::explorer::review::turn::{self, Part, Turn};
use crate::http::explorer::sheets;
use crate::http::params::Params;
use crate::registry::moment::ReadAt;
use crate::registry::read::coverage::duplicates::{self, DuplicateGroup, DuplicateRow, Question};

/// How many rows of a group are shown.
const MOST_ROWS: usize = 12;

/// What the page is asked for.
pub struct Asked {
    scope: Scope,
    reasons: Vec<DuplicateReason>,
    turn: Option<Turn>,
}

#[derive(Template)]
#[template(path = "review/duplicates.html")]
struct DuplicatesPage {
    frame: Frame,
    head: Head,
    /// Nothing where too many rows would have to be compared.
    part: Option<Part<Group>>,
    reasons: Vec<(&'static str, usize, Address, bool)>,
    downloads: Vec<(&'static str, Address)>,
}

/// Rows that may be one.
struct Group {
    word: &'static str,
    sure: bool,
    place: Option<String>,
    /// How alike titles are, in percent, where that is what brought them together.
    likeness: Option<String>,
    differs: Vec<String>,
    rows: Vec<Twin>,
    more: usize,
}

struct Twin {
    number: Option<String>,
    /// With what differs from the row beside it marked.
    title: Vec<Marked>,
    owner: String,
    implemented_on: Option<String>,
    href: Address,
}

impl Page for Asked {
    const SECTION: Section = Section::Review;

    fn ask(_: &HttpRequest, params: &mut Params) -> Result<Self, Problem> {
        Ok(Self {
            scope: Scope::ask(params),
            reasons: listed(params, "reason"),
            turn: Turn::ask(params),
        })
    }

    fn pinned(&self) -> Option<ReadAt> {
        self.turn.as_ref().map(Turn::read_at)
    }

    fn write(self, desk: &mut Desk) -> Result<String, Problem> {
        let framework = self.scope.open(desk)?;
        let head = self.scope.head(desk)?;
        let found = if head.is_too_much() {
            None
        } else {
            let question = Question {
                framework: framework.slug.clone(),
                filters: self.scope.filters(),
                reasons: Vec::new(),
                threshold: USUAL_THRESHOLD,
            };
            Some(duplicates::find(desk.snapshot, &framework, &question, &desk.at)?)
        };
        let frame = desk.frame.clone();
        let reasons = self.reasons(&frame, found.as_deref().unwrap_or_default());
        let part = found.map(|mut found| {
            found.retain(|one| self.reasons.is_empty() || self.reasons.contains(&one.reason));
            let groups = found.iter().map(|one| group(&frame, &framework, one));
            turn::part(&frame, desk.at, self.turn, groups.collect())
        });
        rendered(&DuplicatesPage {
            downloads: sheets::of(&frame, "/v1/coverage/duplicates"),
            head,
            part,
            reasons,
            frame,
        })
    }
}

impl Asked {
    /// Every reason there is a group for, with the list of those alone.
    fn reasons(&self, frame: &Frame, found: &[DuplicateGroup]) -> Vec<(&'static str, usize, Address, bool)> {
        let first_page = frame.here.clone().without(&["cursor", "reason"]);
        let reasons = DuplicateReason::ALL.iter().map(|reason| {
            let chosen = self.reasons.contains(reason);
            let href = if chosen {
                first_page.clone()
            } else {
                first_page.clone().plus("reason", reason.id())
            };
            let count = found.iter().filter(|one| one.reason == *reason).count();
            (frame.term(*reason), count, href, chosen)
        });
        reasons.filter(|(_, count, _, _)| *count > 0).collect()
    }
}

fn group(frame: &Frame, framework: &FrameworkContent, one: &DuplicateGroup) -> Group {
    let title = |index: usize| one.items.get(index).map_or("", |item| item.row.title.as_str());
    Group {
        word: frame.term(one.reason),
        sure: matches!(
            one.reason,
            DuplicateReason::NumberDiffers | DuplicateReason::SameNumber
        ),
        place: one.cell.as_ref().map(|cell| place(frame, framework, cell)),
        likeness: (one.reason == DuplicateReason::NearTitle).then(|| format!("{:.0}", one.score * 100.0)),
        differs: one
            .differs
            .iter()
            .map(|member| fields::label(frame.language, member))
            .collect(),
        rows: one
            .items
            .iter()
            .take(MOST_ROWS)
            .enumerate()
            .map(|(index, row)| twin(frame, title(usize::from(index == 0)), row))
            .collect(),
        more: one.rows.saturating_sub(MOST_ROWS),
    }
}

/// A row beside another title: that of the first row, and for the first that of the second.
fn twin(frame: &Frame, beside: &str, row: &DuplicateRow) -> Twin {
    let (_, title) = marks::differences(beside, &frame.titled(&row.row.title));
    Twin {
        number: row.row.number.clone(),
        title,
        owner: frame.division(&row.row.owner),
        implemented_on: row.implemented_on.clone(),
        href: frame.standard(&row.row.id),
    }
}
