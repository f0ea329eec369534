//! What exists, what is being drafted and what is still to be made: by part of the framework, and by catalogue.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use askama::Template;

use crate::domain::framework::matrix::{Breakdown, Matrix, MatrixCount};
use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::vocabulary::Supply;
use crate::http::explorer::address::Address;
use crate::http::explorer::bar::{self, Piece};
use crate::http::explorer::facets::title;
use crate::http::explorer::frame::{Frame, Section};
use crate::http::explorer::grid::Drawing;
use crate::http::explorer::heat::Shown;
use crate::http::explorer::page::{Desk, Page, rendered};
use crate::http::explorer::review::gaps::narrowed;
use crate::http::explorer::review::scope::{Head, Looked, Scope};
use crate::http::explorer::sheets;
use crate::http::params::Params;
use crate::registry::read::filter::{Column, Filter};
use crate::registry::read::list::{Facet, ListQuery, Sort};
use crate::registry::read::matrix;

/// How many catalogues are drawn; the rest is reached by choosing one.
const MOST_OWNERS: usize = 20;

/// What the page is asked for.
pub struct Asked(Scope);

#[derive(Template)]
#[template(path = "review/supply.html")]
struct SupplyPage {
    frame: Frame,
    head: Head,
    looked: Looked,
    legend: Vec<(&'static str, &'static str)>,
    whole: Mix,
    parts: Vec<(String, Vec<Mix>)>,
    owners: Vec<Mix>,
    more_owners: usize,
    downloads: Vec<(&'static str, Address)>,
}

/// How many rows are in each state, as a bar.
pub struct Mix {
    pub title: String,
    pub href: Address,
    pub rows: u64,
    pub pieces: Vec<Piece>,
    /// Each state with the list of its rows.
    pub counts: Vec<(&'static str, u64, Address)>,
}

impl Mix {
    /// Drawn beside others, of which the largest has `most` rows.
    fn of(frame: &Frame, title: String, href: Address, rows: &Rows, most: u64) -> Self {
        let parts = Supply::ALL
            .iter()
            .map(|supply| (supply.id(), frame.term(*supply), rows.of(*supply)));
        Self {
            pieces: bar::pieces(parts.clone(), most),
            counts: parts
                .filter(|(_, _, count)| *count > 0)
                .map(|(id, label, count)| (label, count, href.clone().with("supply", id)))
                .collect(),
            rows: rows.all(),
            title,
            href,
        }
    }
}

/// How many rows are in each state.
#[derive(Clone, Debug, Default)]
pub struct Rows(BTreeMap<String, u64>);

impl Rows {
    pub fn counted(count: &MatrixCount) -> Self {
        let shares = count.by.supply.iter().flatten();
        let shares = shares.filter_map(|share| Some((share.value.clone()?, share.count)));
        Self(shares.collect())
    }

    fn of(&self, supply: Supply) -> u64 {
        self.0.get(supply.id()).copied().unwrap_or(0)
    }

    fn all(&self) -> u64 {
        self.0.values().sum()
    }

    fn plus(mut self, other: &Self) -> Self {
        for (supply, count) in &other.0 {
            *self.0.entry(supply.clone()).or_default() += count;
        }
        self
    }
}

/// A whole catalogue, placed or not.
pub fn whole(frame: &Frame, matrix: &Matrix, href: Address) -> Mix {
    let rows = Rows::counted(&matrix.total).plus(&Rows::counted(&matrix.unplaced));
    let all = rows.all();
    Mix::of(frame, String::new(), href, &rows, all)
}

fn legend(frame: &Frame) -> Vec<(&'static str, &'static str)> {
    Supply::ALL
        .iter()
        .map(|supply| (supply.id(), frame.term(*supply)))
        .collect()
}

impl Page for Asked {
    const SECTION: Section = Section::Review;

    fn ask(_: &HttpRequest, params: &mut Params) -> Result<Self, Problem> {
        Ok(Self(Scope::ask(params)))
    }

    fn write(self, desk: &mut Desk) -> Result<String, Problem> {
        let framework = self.0.open(desk)?;
        let head = self.0.head(desk)?;
        let by = [Breakdown::Supply];
        let counted = matrix::count(desk.snapshot, &framework, &self.0.filters(), &by, &desk.at)?;
        let owned = self.by_owner(desk)?;
        let frame = desk.frame.clone();
        let narrowed = narrowed(&frame);
        let drawing = Drawing {
            frame: &frame,
            slug: &framework.slug,
            shown: Shown::Count,
            narrowed: &narrowed,
        };
        let list = narrowed.iter().fold(frame.to("/"), |list, (name, value)| {
            list.plus(name, value.clone())
        });
        let owners = by_size(&frame, &owned);
        let page = SupplyPage {
            looked: Looked::at(&frame, &framework),
            legend: legend(&frame),
            whole: whole(&frame, &counted, list.with("sort", "number")),
            parts: parts(&drawing, &counted),
            more_owners: owners.len().saturating_sub(MOST_OWNERS),
            owners: owners.into_iter().take(MOST_OWNERS).collect(),
            downloads: downloads(&frame, &framework.slug),
            head,
            frame: frame.clone(),
        };
        rendered(&page)
    }
}

impl Asked {
    /// Rows of each catalogue by state, in one count for each state.
    fn by_owner(&self, desk: &mut Desk) -> Result<BTreeMap<String, Rows>, Problem> {
        let mut owned: BTreeMap<String, Rows> = BTreeMap::new();
        for supply in Supply::ALL {
            let mut filters = self.0.filters();
            filters
                .all
                .push(Filter::Column(Column::Supply, vec![supply.id().to_owned()]));
            let owner = Facet::Column(Column::Owner);
            // One row is read because lists need one; the counts beside it are what is asked for.
            let list = ListQuery {
                filters,
                sort: Sort::Position,
                descending: true,
                facets: vec![owner],
                count: false,
                limit: 1,
                after: None,
            };
            let page = list.page(desk.snapshot, desk.cache, &desk.at)?;
            let counts = page.facets.and_then(|mut facets| facets.remove(owner.name()));
            // A facet looks beyond its own filter.
            let counts = counts.into_iter().flatten();
            for counted in counts.filter(|counted| self.0.holds(&counted.value)) {
                let rows = owned.entry(counted.value).or_default();
                rows.0
                    .insert(supply.id().to_owned(), counted.count.unsigned_abs());
            }
        }
        Ok(owned)
    }
}

/// Catalogues, the largest first.
fn by_size(frame: &Frame, owned: &BTreeMap<String, Rows>) -> Vec<Mix> {
    let most = owned.values().map(Rows::all).max().unwrap_or_default();
    let mut owners: Vec<Mix> = owned
        .iter()
        .map(|(code, rows)| {
            let href = frame.to("/").plus("owner_exact", code.clone());
            Mix::of(frame, frame.division(code), href, rows, most)
        })
        .collect();
    owners.sort_by_key(|mix| std::cmp::Reverse(mix.rows));
    owners
}

/// Every value of every axis.
fn parts(drawing: &Drawing, matrix: &Matrix) -> Vec<(String, Vec<Mix>)> {
    // A framework of one axis has no margins besides its cells.
    let margins = if matrix.axes.len() < 2 {
        &matrix.cells
    } else {
        &matrix.margins
    };
    let axes = matrix.axes.iter().map(|axis| {
        let counts: Vec<_> = axis
            .values
            .iter()
            .filter_map(|value| {
                let cell = BTreeMap::from([(axis.id.clone(), value.id.clone())]);
                let margin = margins.iter().find(|margin| margin.cell == cell)?;
                Some((value, cell, Rows::counted(&margin.count)))
            })
            .collect();
        let most = counts
            .iter()
            .map(|(_, _, rows)| rows.all())
            .max()
            .unwrap_or_default();
        let mixes = counts.iter().map(|(value, cell, rows)| {
            let name = title(drawing.frame, *value).to_owned();
            Mix::of(drawing.frame, name, drawing.rows_in(cell), rows, most)
        });
        (title(drawing.frame, axis).to_owned(), mixes.collect())
    });
    axes.collect()
}

fn downloads(frame: &Frame, slug: &str) -> Vec<(&'static str, Address)> {
    let matrix = frame.here.clone().without(&["framework"]).plus("by", "supply");
    sheets::forms(frame, &matrix.at(format!("/v1/frameworks/{slug}/matrix")))
}
