//! Two catalogues beside each other, or one on two dates: cell by cell as a picture, then standard by standard.

use actix_web::HttpRequest;
use askama::Template;

use crate::domain::coverage::Standing;
use crate::domain::framework::FrameworkContent;
use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::time::AsOf;
use crate::http::coverage::{listed, rows_of};
use crate::http::explorer::address::Address;
use crate::http::explorer::bar::{self, Piece};
use crate::http::explorer::fields;
use crate::http::explorer::frame::{Frame, Section};
use crate::http::explorer::page::{Desk, Page, rendered};
use crate::http::explorer::review::pairs::Table;
use crate::http::explorer::review::scope::{Head, Scope};
use crate::http::explorer::review::turn::{self, Part, Turn};
use crate::http::explorer::sheets;
use crate::http::params::Params;
use crate::http::standards::query;
use crate::registry::moment::{self, ReadAt};
use crate::registry::read::coverage::compare::{self, ComparedStandard, Comparison, Side};
use crate::registry::read::span;

/// Parameters that say what to compare with.
const OTHER: [&str; 4] = ["with", "with_exact", "with_as_of", "with_valid_at"];

/// What the page is asked for.
pub struct Asked {
    scope: Scope,
    with: Vec<String>,
    with_as_of: Option<AsOf>,
    standings: Vec<Standing>,
    turn: Option<Turn>,
}

#[derive(Template)]
#[template(path = "review/compare.html")]
struct ComparePage {
    frame: Frame,
    head: Head,
    /// Names of both sides.
    this: String,
    with: String,
    compared: Option<Compared>,
    downloads: Vec<(&'static str, Address)>,
}

struct Compared {
    rows: (u64, u64),
    bar: Vec<Piece>,
    standings: Vec<(&'static str, &'static str, usize, Address, bool)>,
    /// Nothing where there are too many cells to draw.
    table: Option<Table>,
    part: Part<Item>,
}

struct Item {
    class: &'static str,
    word: &'static str,
    number: Option<String>,
    title: String,
    href: Option<Address>,
    differs: Vec<String>,
}

impl Page for Asked {
    const SECTION: Section = Section::Review;

    fn ask(_: &HttpRequest, params: &mut Params) -> Result<Self, Problem> {
        Ok(Self {
            scope: Scope::ask(params),
            with: query::divisions(params, "with"),
            with_as_of: params.as_of("with_as_of"),
            standings: listed(params, "standing"),
            turn: Turn::ask(params),
        })
    }

    fn pinned(&self) -> Option<ReadAt> {
        self.turn.as_ref().map(Turn::read_at)
    }

    fn write(self, desk: &mut Desk) -> Result<String, Problem> {
        let framework = self.scope.open(desk)?;
        let head = self.scope.head(desk)?;
        let asked = !self.with.is_empty() || self.with_as_of.is_some();
        let compared = if asked && !head.is_too_much() {
            Some(self.compare(desk, &framework)?)
        } else {
            None
        };
        let frame = desk.frame.clone();
        let compared = compared.map(|compared| self.told(desk, &framework, compared));
        rendered(&ComparePage {
            this: named(&frame, &self.scope.owner, frame.as_of()),
            with: named(&frame, self.other(), frame.here.first("with_as_of")),
            downloads: if asked {
                sheets::of(&frame, "/v1/coverage/compare")
            } else {
                Vec::new()
            },
            head,
            compared,
            frame,
        })
    }
}

impl ComparePage {
    /// What the form hands on besides its own fields.
    fn kept(&self) -> Vec<&(String, String)> {
        let own =
            |name: &str| ["owner", "as_of", "cursor", "standing"].contains(&name) || OTHER.contains(&name);
        let pairs = self.frame.here.pairs().iter();
        pairs.filter(|(name, _)| !own(name)).collect()
    }

    fn is_with(&self, code: &str) -> bool {
        self.frame.here.has("with", code)
    }
}

impl Asked {
    /// Whose rows the other side is; those of this side on another date unless said otherwise.
    fn other(&self) -> &[String] {
        if self.with.is_empty() {
            &self.scope.owner
        } else {
            &self.with
        }
    }

    fn compare(&self, desk: &mut Desk, framework: &FrameworkContent) -> Result<Comparison, Problem> {
        let other = ReadAt {
            as_of: Some(self.with_as_of.unwrap_or(AsOf::Position(desk.at.position))),
            // Where the other side names no moment of its own, it is judged on this side's day.
            valid_at: self.with_as_of.is_none().then_some(desk.at.valid_at),
            min_position: None,
        };
        let other = moment::resolve(desk.snapshot, &other)
            .map_err(|problem| span::speaking_of("with_as_of", problem))?;
        let this = Side {
            filters: self.scope.filters(),
            moment: desk.at,
        };
        let exact = if self.with.is_empty() {
            self.scope.owner_exact.clone()
        } else {
            Vec::new()
        };
        let with = Side {
            filters: rows_of(self.other().to_vec(), exact),
            moment: other,
        };
        compare::compare(desk.snapshot, framework, &this, &with)
    }

    fn told(&self, desk: &Desk, framework: &FrameworkContent, compared: Comparison) -> Compared {
        let frame = &desk.frame;
        let summary = &compared.summary;
        let count = |standing: Standing| {
            let found = summary.standings.iter().find(|one| one.standing == standing);
            found.map_or(0, |one| one.count)
        };
        let parts = Standing::ALL
            .iter()
            .map(|standing| (standing.id(), frame.term(*standing), count(*standing) as u64));
        let first_page = frame.here.clone().without(&["cursor", "standing"]);
        let standings = Standing::ALL.iter().map(|standing| {
            let chosen = self.standings.contains(standing);
            let href = if chosen {
                first_page.clone()
            } else {
                first_page.clone().plus("standing", standing.id())
            };
            (
                standing.id(),
                frame.term(*standing),
                count(*standing),
                href,
                chosen,
            )
        });
        let rows = (summary.totals.this.rows, summary.totals.with.rows);
        let bar = bar::pieces(parts, compared.standards.len() as u64);
        let table = Table::of(frame, framework, &summary.cells);
        let standings = standings.filter(|(_, _, count, _, _)| *count > 0).collect();
        let listed = compared.standards.iter().filter(|one| self.lists(one.standing));
        let items = listed.map(|one| item(frame, one)).collect();
        Compared {
            rows,
            bar,
            standings,
            table,
            part: turn::part(frame, desk.at, self.turn, items),
        }
    }

    /// What both have alike is no news, unless it is asked for.
    fn lists(&self, standing: Standing) -> bool {
        if self.standings.is_empty() {
            standing != Standing::Both
        } else {
            self.standings.contains(&standing)
        }
    }
}

/// A side in words: whose catalogue, and when.
fn named(frame: &Frame, owners: &[String], as_of: Option<&str>) -> String {
    let names = owners.iter().map(|code| frame.division(code));
    let whose = names.collect::<Vec<_>>().join(frame.t("、", ", "));
    let whose = if whose.is_empty() {
        frame.t("全部目录", "All catalogues").to_owned()
    } else {
        whose
    };
    match as_of {
        Some(when) => format!("{whose} · {when}"),
        None => whose,
    }
}

fn item(frame: &Frame, one: &ComparedStandard) -> Item {
    let side = one.this.as_ref().or(one.with.as_ref());
    let id = side.and_then(|side| side.ids.first());
    Item {
        class: one.standing.id(),
        word: frame.term(one.standing),
        number: one.number.clone(),
        title: frame.titled(&one.title),
        href: id.map(|id| frame.standard(id)),
        differs: one
            .differs
            .iter()
            .map(|member| fields::label(frame.language, member))
            .collect(),
    }
}
