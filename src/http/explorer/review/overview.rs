//! The state of a catalogue at a glance: one card for each page of the review.

use actix_web::HttpRequest;
use askama::Template;

use crate::domain::coverage::{GapBy, Milestone};
use crate::domain::drift::Severity;
use crate::domain::framework::matrix::Breakdown;
use crate::domain::problem::Problem;
use crate::http::coverage::duplicates::USUAL_THRESHOLD;
use crate::http::coverage::trials::USUAL_DAYS;
use crate::http::explorer::address::Address;
use crate::http::explorer::bar::Piece;
use crate::http::explorer::frame::{Frame, Section};
use crate::http::explorer::grid::Drawing;
use crate::http::explorer::heat::Shown;
use crate::http::explorer::page::{Desk, Page, rendered};
use crate::http::explorer::review::gap_map::GapMap;
use crate::http::explorer::review::gaps::narrowed;
use crate::http::explorer::review::scope::{Head, Looked, Scope};
use crate::http::explorer::review::supply::{self, Mix};
use crate::http::explorer::review::{self, drift};
use crate::http::explorer::sheets;
use crate::http::params::Params;
use crate::registry::read::coverage::{duplicates, gaps, milestones};
use crate::registry::read::matrix;

/// What the page is asked for.
pub struct Asked(Scope);

#[derive(Template)]
#[template(path = "review/overview.html")]
struct Overview {
    frame: Frame,
    head: Head,
    looked: Looked,
    map: Option<GapMap>,
    supply: Mix,
    /// Nothing where working it out takes longer than anybody waits for a page.
    drift: Option<Drifting>,
    duplicates: Option<usize>,
    /// Days that are near, and trials that are over.
    ahead: usize,
    overdue: usize,
    downloads: Vec<(&'static str, Address)>,
}

struct Drifting {
    count: usize,
    pressing: usize,
    pieces: Vec<Piece>,
}

impl Page for Asked {
    const SECTION: Section = Section::Review;

    fn ask(_: &HttpRequest, params: &mut Params) -> Result<Self, Problem> {
        Ok(Self(Scope::ask(params)))
    }

    fn write(self, desk: &mut Desk) -> Result<String, Problem> {
        let scope = self.0;
        let framework = scope.open(desk)?;
        let head = scope.head(desk)?;
        let by = [Breakdown::Supply, Breakdown::Validity];
        let counted = matrix::count(desk.snapshot, &framework, &scope.filters(), &by, &desk.at)?;
        let question = gaps::Question {
            framework: framework.slug.clone(),
            owner: scope.owner.clone(),
            owner_exact: scope.owner_exact.clone(),
            by: vec![GapBy::Cell],
            gaps: Vec::new(),
        };
        let lacking = gaps::find(desk.snapshot, &framework, &question, &desk.at)?;
        let (drift, duplicates) = if head.is_too_much() {
            (None, None)
        } else {
            (Some(drifting(desk, &scope)?), Some(twins(desk, &scope)?))
        };
        let question = milestones::Question {
            framework: None,
            owner: scope.owner.clone(),
            owner_exact: scope.owner_exact.clone(),
            days: USUAL_DAYS,
            milestones: Vec::new(),
        };
        let days = milestones::find(desk.snapshot, desk.cache, None, &question, &desk.at)?;
        let is_over = |one: &&milestones::MilestoneFinding| one.milestone == Milestone::TrialEnded;
        let overdue = days.iter().filter(is_over).count();
        let frame = desk.frame.clone();
        let narrowed = narrowed(&frame);
        let drawing = Drawing {
            frame: &frame,
            slug: &framework.slug,
            shown: Shown::Count,
            narrowed: &narrowed,
        };
        let page = Overview {
            looked: Looked::at(&frame, &framework),
            map: GapMap::draw(&drawing, &framework, &lacking, &counted),
            supply: supply::whole(&frame, &counted, review::page(&frame, "/coverage/supply")),
            ahead: days.len() - overdue,
            overdue,
            drift,
            duplicates,
            downloads: sheets::of(&frame, "/v1/coverage/gaps"),
            head,
            frame: frame.clone(),
        };
        rendered(&page)
    }
}

impl Overview {
    fn page(&self, path: &str) -> Address {
        review::page(&self.frame, path)
    }
}

fn drifting(desk: &mut Desk, scope: &Scope) -> Result<Drifting, Problem> {
    let found = drift::find(desk, scope)?;
    let high = found.iter().filter(|one| one.severity == Severity::High);
    Ok(Drifting {
        count: found.len(),
        pressing: high.count(),
        pieces: drift::pressing(&desk.frame, &found, found.len() as u64),
    })
}

fn twins(desk: &mut Desk, scope: &Scope) -> Result<usize, Problem> {
    let framework = scope.open(desk)?;
    let question = duplicates::Question {
        framework: framework.slug.clone(),
        filters: scope.filters(),
        reasons: Vec::new(),
        threshold: USUAL_THRESHOLD,
    };
    Ok(duplicates::find(desk.snapshot, &framework, &question, &desk.at)?.len())
}
