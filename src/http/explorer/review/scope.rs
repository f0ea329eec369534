//! Whose catalogue a review looks at, and in which framework.

use crate::domain::division::Divisions;
use crate::domain::framework::FrameworkContent;
use crate::domain::problem::Problem;
use crate::http::coverage;
use crate::http::explorer::address::Address;
use crate::http::explorer::facets::title;
use crate::http::explorer::frame::Frame;
use crate::http::explorer::frameworks::framework_title;
use crate::http::explorer::owners::{self, Owner};
use crate::http::explorer::page::Desk;
use crate::http::explorer::review;
use crate::http::params::Params;
use crate::registry::read::coverage::Cell;
use crate::registry::read::filter::Filters;
use crate::registry::read::list::DEFAULT_FRAMEWORK;
use crate::registry::read::places;

/// So many rows are compared with each other while somebody waits for a page; more are to be had as a table.
const MOST_COMPARED: i64 = 20_000;

/// How many catalogues are offered to somebody who asked for too much.
const MOST_OFFERED: usize = 40;

/// Whose rows, in which framework.
pub struct Scope {
    pub framework: Option<String>,
    pub owner: Vec<String>,
    pub owner_exact: Vec<String>,
}

/// What the head of every page of a review shows.
pub struct Head {
    pub tabs: Vec<(&'static str, Address, bool)>,
    pub owners: Vec<Owner>,
    /// Whose rows these are, in words.
    pub whose: String,
    rows: i64,
}

impl Scope {
    pub fn ask(params: &mut Params) -> Self {
        let (owner, owner_exact) = coverage::owners(params);
        Self {
            framework: coverage::framework_if_given(params),
            owner,
            owner_exact,
        }
    }

    pub fn filters(&self) -> Filters {
        coverage::rows_of(self.owner.clone(), self.owner_exact.clone())
    }

    /// Whether a division's own rows are among those looked at.
    pub fn holds(&self, code: &str) -> bool {
        let divisions = Divisions::built_in();
        let below = |owner: &String| divisions.reaches(owner, code);
        (self.owner.is_empty() || self.owner.iter().any(below))
            && (self.owner_exact.is_empty() || self.owner_exact.iter().any(|owner| owner == code))
    }

    /// The framework asked for, else the default one.
    pub fn open(&self, desk: &mut Desk) -> Result<FrameworkContent, Problem> {
        let words = self.framework.as_deref().unwrap_or(DEFAULT_FRAMEWORK);
        places::framework(desk.snapshot, desk.cache, words, &desk.at)
    }

    pub fn head(&self, desk: &mut Desk) -> Result<Head, Problem> {
        let owners = owners::choices(desk)?;
        let frame = &desk.frame;
        let chosen: Vec<&String> = self.owner.iter().chain(&self.owner_exact).collect();
        let rows = owners.iter().map(|owner| {
            if self.owner.contains(&owner.code) || (chosen.is_empty() && owner.depth == 0) {
                owner.rows
            } else if self.owner_exact.contains(&owner.code) {
                owner.own
            } else {
                0
            }
        });
        let names = chosen.iter().map(|code| frame.division(code));
        let whose = names.collect::<Vec<_>>().join(frame.t("、", ", "));
        Ok(Head {
            tabs: review::tabs(frame),
            rows: rows.sum(),
            whose: if whose.is_empty() {
                frame.t("全部目录", "All catalogues").to_owned()
            } else {
                whose
            },
            owners,
        })
    }
}

impl Head {
    /// Whether comparing every row with others would keep people waiting.
    pub fn is_too_much(&self) -> bool {
        self.rows > MOST_COMPARED
    }

    /// Catalogues small enough for this page, the largest first.
    pub fn narrower(&self, frame: &Frame) -> Vec<(String, i64, Address)> {
        let mut small: Vec<&Owner> = self
            .owners
            .iter()
            .filter(|owner| owner.rows <= MOST_COMPARED)
            .collect();
        small.sort_by_key(|owner| std::cmp::Reverse(owner.rows));
        let small = small.into_iter().take(MOST_OFFERED);
        let offered = small.map(|owner| {
            let here = frame.here.clone().without(&["owner", "owner_exact", "cursor"]);
            let href = here.plus("owner", &*owner.code);
            (owner.name.clone(), owner.rows, href)
        });
        offered.collect()
    }
}

/// What a page says of the framework it looks at.
pub struct Looked {
    pub title: String,
    pub href: Address,
}

impl Looked {
    pub fn at(frame: &Frame, framework: &FrameworkContent) -> Self {
        Self {
            title: framework_title(frame, framework).to_owned(),
            href: frame.framework(&framework.slug),
        }
    }
}

/// A place of a framework in the page's language.
pub fn place(frame: &Frame, framework: &FrameworkContent, cell: &Cell) -> String {
    let values = framework.axes.iter().filter_map(|axis| {
        let id = cell.get(&axis.id)?;
        Some(axis.value(id).map_or(id.as_str(), |value| title(frame, value)))
    });
    values.collect::<Vec<_>>().join(" · ")
}
