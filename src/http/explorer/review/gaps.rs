//! Where nothing is in force, why, and what others have there that could be referenced.

use actix_web::HttpRequest;
use askama::Template;

use crate::domain::coverage::{Gap, GapBy};
use crate::domain::framework::FrameworkContent;
use crate::domain::framework::matrix::Breakdown;
use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::http::coverage::listed;
use crate::http::explorer::address::Address;
use crate::http::explorer::facets::title;
use crate::http::explorer::frame::{Frame, Section};
use crate::http::explorer::grid::Drawing;
use crate::http::explorer::heat::Shown;
use crate::http::explorer::page::{Desk, Page, rendered};
use crate::http::explorer::review::gap_map::{self, GapMap};
use crate::http::explorer::review::scope::{Head, Looked, Scope, place};
use crate::http::explorer::review::turn::{self, Part, Turn};
use crate::http::explorer::sheets;
use crate::http::params::Params;
use crate::registry::moment::ReadAt;
use crate::registry::read::coverage::RowRef;
use crate::registry::read::coverage::gaps::{self, Candidates, GapFinding, Question};
use crate::registry::read::matrix;

/// How many standards of others one gap names.
const MOST_NAMED: usize = 3;

/// What the page is asked for.
pub struct Asked {
    scope: Scope,
    by: GapBy,
    kinds: Vec<Gap>,
    turn: Option<Turn>,
}

#[derive(Template)]
#[template(path = "review/gaps.html")]
struct GapsPage {
    frame: Frame,
    head: Head,
    looked: Looked,
    map: Option<GapMap>,
    legend: Vec<(&'static str, &'static str)>,
    switch: Vec<(&'static str, Address, bool)>,
    kinds: Vec<Kind>,
    part: Part<Item>,
    downloads: Vec<(&'static str, Address)>,
}

/// One kind of gap, with the list of those alone.
struct Kind {
    class: &'static str,
    label: &'static str,
    count: usize,
    href: Address,
    chosen: bool,
}

struct Item {
    class: &'static str,
    word: &'static str,
    place: String,
    href: Address,
    own: Vec<Named>,
    others: Vec<Others>,
}

/// What others have in the place.
struct Others {
    whose: &'static str,
    count: usize,
    named: Vec<Named>,
}

struct Named {
    number: Option<String>,
    title: String,
    owner: String,
    href: Address,
}

impl Page for Asked {
    const SECTION: Section = Section::Review;

    fn ask(_: &HttpRequest, params: &mut Params) -> Result<Self, Problem> {
        Ok(Self {
            scope: Scope::ask(params),
            by: params.term("by").unwrap_or(GapBy::Cell),
            kinds: listed(params, "gap"),
            turn: Turn::ask(params),
        })
    }

    fn pinned(&self) -> Option<ReadAt> {
        self.turn.as_ref().map(Turn::read_at)
    }

    fn write(self, desk: &mut Desk) -> Result<String, Problem> {
        let framework = self.scope.open(desk)?;
        let head = self.scope.head(desk)?;
        let question = Question {
            framework: framework.slug.clone(),
            owner: self.scope.owner.clone(),
            owner_exact: self.scope.owner_exact.clone(),
            by: vec![self.by],
            gaps: Vec::new(),
        };
        let mut found = gaps::find(desk.snapshot, &framework, &question, &desk.at)?;
        let by = [Breakdown::Validity];
        let counted = matrix::count(desk.snapshot, &framework, &self.scope.filters(), &by, &desk.at)?;
        let frame = desk.frame.clone();
        let narrowed = narrowed(&frame);
        let drawing = Drawing {
            frame: &frame,
            slug: &framework.slug,
            shown: Shown::Count,
            narrowed: &narrowed,
        };
        let map = GapMap::draw(&drawing, &framework, &found, &counted).filter(|_| self.by == GapBy::Cell);
        let kinds = self.kinds(&frame, &found);
        found.retain(|one| self.kinds.is_empty() || self.kinds.contains(&one.gap));
        let items = found.iter().map(|one| item(&drawing, &framework, one)).collect();
        let page = GapsPage {
            looked: Looked::at(&frame, &framework),
            legend: gap_map::legend(&frame),
            switch: switch(&frame, &framework, self.by),
            part: turn::part(&frame, desk.at, self.turn, items),
            downloads: sheets::of(&frame, "/v1/coverage/gaps"),
            head,
            map,
            kinds,
            frame: frame.clone(),
        };
        rendered(&page)
    }
}

impl Asked {
    fn kinds(&self, frame: &Frame, found: &[GapFinding]) -> Vec<Kind> {
        let first_page = frame.here.clone().without(&["cursor", "gap"]);
        let kinds = Gap::ALL.iter().map(|gap| {
            let chosen = self.kinds.contains(gap);
            Kind {
                class: gap.id(),
                label: frame.term(*gap),
                count: found.iter().filter(|one| one.gap == *gap).count(),
                href: if chosen {
                    first_page.clone()
                } else {
                    first_page.clone().with("gap", gap.id())
                },
                chosen,
            }
        });
        kinds.filter(|kind| kind.count > 0).collect()
    }
}

/// Cells or nodes, where there are nodes.
fn switch(frame: &Frame, framework: &FrameworkContent, by: GapBy) -> Vec<(&'static str, Address, bool)> {
    if framework.nodes.is_empty() {
        return Vec::new();
    }
    let first_page = frame.here.clone().without(&["cursor", "gap", "by"]);
    let choices = GapBy::ALL.iter().map(|choice| {
        (
            frame.term(*choice),
            first_page.clone().plus("by", choice.id()),
            *choice == by,
        )
    });
    choices.collect()
}

/// Whose rows are looked at, for links to lists of them.
pub fn narrowed(frame: &Frame) -> Vec<(String, String)> {
    let pairs = frame.here.pairs().iter();
    pairs
        .filter(|(name, _)| ["owner", "owner_exact"].contains(&name.as_str()))
        .cloned()
        .collect()
}

fn item(drawing: &Drawing, framework: &FrameworkContent, one: &GapFinding) -> Item {
    let frame = drawing.frame;
    let node = one.node.as_deref().and_then(|id| framework.node(id));
    let href = match node {
        None => drawing.rows_in(&one.cell),
        Some(node) => drawing
            .rows_in(&std::collections::BTreeMap::new())
            .plus("node", &*node.id),
    };
    let place = place(frame, framework, &one.cell);
    Item {
        class: one.gap.id(),
        word: frame.term(one.gap),
        place: match node {
            None => place,
            Some(node) => format!("{place} · {}", title(frame, node)),
        },
        href,
        own: one
            .own
            .iter()
            .take(MOST_NAMED)
            .map(|row| named(frame, row))
            .collect(),
        others: [
            (frame.t("上级已有", "Above"), &one.above),
            (frame.t("同级已有", "Beside"), &one.beside),
        ]
        .into_iter()
        .filter(|(_, candidates)| candidates.standards > 0)
        .map(|(whose, candidates)| others(frame, whose, candidates))
        .collect(),
    }
}

fn others(frame: &Frame, whose: &'static str, candidates: &Candidates) -> Others {
    let items = candidates.items.iter().take(MOST_NAMED);
    Others {
        whose,
        count: candidates.standards,
        named: items.map(|row| named(frame, row)).collect(),
    }
}

fn named(frame: &Frame, row: &RowRef) -> Named {
    Named {
        number: row.number.clone(),
        title: frame.titled(&row.title),
        owner: frame.division(&row.owner),
        href: frame.standard(&row.id),
    }
}
