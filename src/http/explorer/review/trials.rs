//! Days ahead: trials that end, standards about to begin or to end. Month by month, the nearest first.

use actix_web::HttpRequest;
use askama::Template;
use chrono::NaiveDate;

use crate::domain::coverage::Milestone;
use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::vocabulary::Kind;
use crate::http::coverage::listed;
use crate::http::coverage::trials::{MOST_DAYS, USUAL_DAYS};
use crate::http::explorer::address::Address;
use crate::http::explorer::frame::{Frame, Section};
use crate::http::explorer::page::{Desk, Page, rendered};
use crate::http::explorer::review::months::Months;
use crate::http::explorer::review::scope::{Head, Scope};
use crate::http::explorer::review::turn::{self, Part, Turn};
use crate::http::explorer::sheets;
use crate::http::params::Params;
use crate::registry::moment::ReadAt;
use crate::registry::read::coverage::milestones::{self, MilestoneFinding, Question};

/// How far ahead people may want to look, in days.
const SPANS: [u32; 4] = [30, 90, 180, 730];

/// What the page is asked for.
pub struct Asked {
    scope: Scope,
    days: u32,
    milestones: Vec<Milestone>,
    turn: Option<Turn>,
}

#[derive(Template)]
#[template(path = "review/trials.html")]
struct TrialsPage {
    frame: Frame,
    head: Head,
    spans: Vec<(u32, Address, bool)>,
    days: u32,
    kinds: Vec<(&'static str, &'static str, usize, Address, bool)>,
    /// Nothing where nothing lies ahead.
    months: Option<Months>,
    part: Part<Item>,
    downloads: Vec<(&'static str, Address)>,
}

struct Item {
    class: &'static str,
    word: &'static str,
    on: NaiveDate,
    days: i64,
    number: Option<String>,
    title: String,
    owner: String,
    href: Address,
}

impl Page for Asked {
    const SECTION: Section = Section::Review;

    fn ask(_: &HttpRequest, params: &mut Params) -> Result<Self, Problem> {
        let days = params.integer("days", 1..=MOST_DAYS);
        Ok(Self {
            scope: Scope::ask(params),
            days: days
                .and_then(|days| u32::try_from(days).ok())
                .unwrap_or(USUAL_DAYS),
            milestones: listed(params, "milestone"),
            turn: Turn::ask(params),
        })
    }

    fn pinned(&self) -> Option<ReadAt> {
        self.turn.as_ref().map(Turn::read_at)
    }

    fn write(self, desk: &mut Desk) -> Result<String, Problem> {
        let framework = match &self.scope.framework {
            Some(_) => Some(self.scope.open(desk)?),
            None => None,
        };
        let head = self.scope.head(desk)?;
        let question = Question {
            framework: self.scope.framework.clone(),
            owner: self.scope.owner.clone(),
            owner_exact: self.scope.owner_exact.clone(),
            days: self.days,
            milestones: Vec::new(),
        };
        let mut found = milestones::find(desk.snapshot, desk.cache, framework.as_ref(), &question, &desk.at)?;
        let frame = desk.frame.clone();
        let kinds = self.kinds(&frame, &found);
        found.retain(|one| self.milestones.is_empty() || self.milestones.contains(&one.milestone));
        let months = Months::draw(&frame, desk.at.valid_at, self.days, &found);
        let items = found.into_iter().map(|one| item(&frame, one)).collect();
        rendered(&TrialsPage {
            spans: self.spans(&frame),
            days: self.days,
            part: turn::part(&frame, desk.at, self.turn, items),
            downloads: sheets::of(&frame, "/v1/coverage/trials"),
            head,
            kinds,
            months,
            frame,
        })
    }
}

impl Asked {
    fn spans(&self, frame: &Frame) -> Vec<(u32, Address, bool)> {
        let first_page = frame.here.clone().without(&["cursor"]);
        let spans = SPANS.iter().map(|days| {
            let href = first_page.clone().with("days", days.to_string());
            (*days, href, *days == self.days)
        });
        spans.collect()
    }

    fn kinds(
        &self,
        frame: &Frame,
        found: &[MilestoneFinding],
    ) -> Vec<(&'static str, &'static str, usize, Address, bool)> {
        let first_page = frame.here.clone().without(&["cursor", "milestone"]);
        let kinds = Milestone::ALL.iter().map(|milestone| {
            let chosen = self.milestones.contains(milestone);
            let href = if chosen {
                first_page.clone()
            } else {
                first_page.clone().plus("milestone", milestone.id())
            };
            let count = found.iter().filter(|one| one.milestone == *milestone).count();
            (milestone.id(), frame.term(*milestone), count, href, chosen)
        });
        kinds.filter(|(_, _, count, _, _)| *count > 0).collect()
    }
}

fn item(frame: &Frame, one: MilestoneFinding) -> Item {
    Item {
        class: one.milestone.id(),
        word: frame.term(one.milestone),
        on: one.on,
        days: one.days,
        owner: frame.division(&one.owner),
        href: match (one.kind, &one.slug) {
            (Kind::Framework, Some(slug)) => frame.framework(slug),
            (Kind::Framework, None) => frame.framework(&one.id),
            (Kind::Standard, _) => frame.standard(&one.id),
        },
        number: one.number,
        title: frame.titled(&one.title),
    }
}
