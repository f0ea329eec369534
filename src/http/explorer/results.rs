//! What a search found: a page of the list, its counts, and the conditions it was narrowed by.

use askama::Template;

use crate::domain::problem::Problem;
use crate::http::explorer::address::Address;
use crate::http::explorer::facets::{self, Condition, FacetGroup};
use crate::http::explorer::frame::Frame;
use crate::http::explorer::matrix;
use crate::http::explorer::page::{Desk, rendered};
use crate::http::explorer::row::Row;
use crate::registry::read::list::{DEFAULT_FRAMEWORK, ListQuery};
use crate::registry::read::places;

/// Orders offered, with the words for them.
const ORDERS: &[(&str, &str, &str)] = &[
    ("relevance", "相关度", "Relevance"),
    ("number", "编号", "Number"),
    ("-published_on", "最新发布", "Newest publication"),
    ("-implemented_on", "最新实施", "Newest implementation"),
    ("title", "名称", "Title"),
    ("-position", "最近登记", "Last recorded"),
];

#[derive(Template)]
#[template(path = "results.html")]
struct Results {
    frame: Frame,
    rows: Vec<Row>,
    total: i64,
    facets: Vec<FacetGroup>,
    conditions: Vec<Condition>,
    orders: Vec<(String, Address, bool)>,
    next: Option<Address>,
    first: Option<Address>,
    words: String,
    downloads: Vec<(&'static str, Address)>,
}

pub fn write(mut list: ListQuery, desk: &mut Desk) -> Result<String, Problem> {
    list.facets = facets::COUNTED.to_vec();
    list.count = true;
    places::settle(&mut list.filters, desk.snapshot, desk.cache, &desk.at)?;
    let page = list.page(desk.snapshot, desk.cache, &desk.at)?;
    let framework = matrix::framework_at(desk, DEFAULT_FRAMEWORK)?;
    let frame = desk.frame.clone();
    let here = &frame.here;
    let rows = page.items.iter();
    let rows: Result<Vec<Row>, Problem> = rows
        .map(|entry| Row::of(&frame, entry, framework.as_ref()))
        .collect();
    let first_page = here.clone().without(&["cursor"]);
    let searches = here.first("q").is_some();
    let usual = if searches { "relevance" } else { "number" };
    let sorted = here.first("sort").unwrap_or(usual);
    let offered = ORDERS
        .iter()
        .filter(|(sort, _, _)| searches || *sort != "relevance");
    let orders = offered.map(|(sort, zh, en)| {
        let href = first_page.clone().with("sort", *sort);
        (frame.t(zh, en).to_owned(), href, *sort == sorted)
    });
    let results = Results {
        rows: rows?,
        total: page.total.unwrap_or_default(),
        facets: facets::groups(&frame, &page.facets.unwrap_or_default(), framework.as_ref()),
        conditions: facets::conditions(&frame, framework.as_ref()),
        orders: orders.collect(),
        next: page.next.map(|next| here.clone().with("cursor", next)),
        first: here.first("cursor").map(|_| first_page.clone()),
        words: here.first("q").unwrap_or_default().to_owned(),
        downloads: downloads(&frame),
        frame,
    };
    rendered(&results)
}

/// The same list as data.
fn downloads(frame: &Frame) -> Vec<(&'static str, Address)> {
    let list = frame.here.clone().without(&["lang", "cursor", "limit"]);
    vec![
        ("JSON", list.clone().at("/v1/standards")),
        ("CSV", list.at("/standards.csv")),
    ]
}
