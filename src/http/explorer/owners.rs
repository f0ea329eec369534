//! Whose catalogues there are: the divisions that own rows, under those above them.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use askama::Template;

use crate::domain::division::{COUNTRY, Divisions};
use crate::domain::problem::Problem;
use crate::http::explorer::address::Address;
use crate::http::explorer::frame::{Frame, Section};
use crate::http::explorer::page::{Desk, Page, rendered};
use crate::http::explorer::sheets;
use crate::http::params::Params;
use crate::registry::read::filter::{Column, Filters};
use crate::registry::read::list::{Facet, ListQuery, Sort};

/// A division with rows of its own, or above one.
#[derive(Clone)]
pub struct Owner {
    pub code: String,
    pub name: String,
    /// How far below the highest shown.
    pub depth: usize,
    /// Blanks before its name where nothing else can show the tree.
    pub indent: String,
    /// Rows of its own.
    pub own: i64,
    /// With all below it.
    pub rows: i64,
    pub chosen: bool,
    pub href: Address,
    pub matrix: Address,
}

/// The list of owners.
pub struct Asked;

#[derive(Template)]
#[template(path = "owners.html")]
struct OwnersPage {
    frame: Frame,
    owners: Vec<Owner>,
    downloads: Vec<(&'static str, Address)>,
}

impl Page for Asked {
    const SECTION: Section = Section::Matrix;

    fn ask(_: &HttpRequest, _: &mut Params) -> Result<Self, Problem> {
        Ok(Self)
    }

    fn write(self, desk: &mut Desk) -> Result<String, Problem> {
        let owners = choices(desk)?;
        // The tree of divisions is the same whatever day rows are looked at.
        let divisions = Address::new("/v1/divisions");
        rendered(&OwnersPage {
            downloads: sheets::forms(&desk.frame, &divisions),
            frame: desk.frame.clone(),
            owners,
        })
    }
}

/// Every division that owns rows at the page's moment, and those above up to where they meet, in the order of the tree.
pub fn choices(desk: &mut Desk) -> Result<Vec<Owner>, Problem> {
    let owned = owned(desk)?;
    let divisions = Divisions::built_in();
    let mut rows: BTreeMap<String, (Vec<String>, i64)> = BTreeMap::new();
    for (code, count) in &owned {
        let above = divisions.ancestors(code);
        let above = above.iter().map(|division| division.code.as_str());
        let line: Vec<&str> = [code.as_str()]
            .into_iter()
            .chain(above)
            .filter(|code| *code != COUNTRY)
            .collect();
        for (index, code) in line.iter().enumerate() {
            let way = line.iter().skip(index).rev().map(|code| (*code).to_owned());
            let entry = rows.entry((*code).to_owned()).or_insert((way.collect(), 0));
            entry.1 += count;
        }
    }
    let mut rows: Vec<(String, Vec<String>, i64)> = rows
        .into_iter()
        .map(|(code, (way, count))| (code, way, count))
        .collect();
    rows.sort_by(|(_, one, _), (_, other, _)| one.cmp(other));
    let frame = &desk.frame;
    let owners = rows.into_iter().map(|(code, way, count)| {
        let depth = way.len().saturating_sub(1);
        Owner {
            name: frame.division(&code),
            indent: "\u{3000}".repeat(depth),
            depth,
            own: owned.get(&code).copied().unwrap_or(0),
            rows: count,
            chosen: frame.here.has("owner", &code),
            href: frame.to("/").plus("owner", &*code),
            matrix: frame.framework("qingdao").plus("owner", &*code),
            code,
        }
    });
    Ok(owners.collect())
}

fn owned(desk: &mut Desk) -> Result<BTreeMap<String, i64>, Problem> {
    let owner = Facet::Column(Column::Owner);
    let list = ListQuery {
        filters: Filters::default(),
        sort: Sort::Position,
        descending: true,
        facets: vec![owner],
        count: false,
        limit: 1,
        after: None,
    };
    let page = list.page(desk.snapshot, desk.cache, &desk.at)?;
    let counts = page.facets.and_then(|mut facets| facets.remove(owner.name()));
    let counts = counts.into_iter().flatten();
    Ok(counts.map(|counted| (counted.value, counted.count)).collect())
}
