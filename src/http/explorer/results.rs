//! What a search found: a page of the list, its counts, and the conditions it was narrowed by.

use askama::Template;

use crate::domain::problem::Problem;
use crate::http::explorer::address::Address;
use crate::http::explorer::facets::{self, Condition, FacetGroup};
use crate::http::explorer::frame::Frame;
use crate::http::explorer::matrix;
use crate::http::explorer::page::{Desk, rendered};
use crate::http::explorer::row::Row;
use crate::http::explorer::sheets;
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

/// How many numbers are offered for one that nothing bears.
const MOST_MEANT: usize = 3;

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
    /// Numbers near the one searched for, which nothing bears.
    meant: Vec<(String, Address)>,
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
    let rows = rows?;
    let results = Results {
        meant: meant(&frame, &rows),
        rows,
        total: page.total.unwrap_or_default(),
        facets: facets::groups(&frame, &page.facets.unwrap_or_default(), framework.as_ref()),
        conditions: facets::conditions(&frame, framework.as_ref()),
        orders: orders.collect(),
        next: page.next.map(|next| here.clone().with("cursor", next)),
        first: here.first("cursor").map(|_| first_page.clone()),
        words: here.first("q").unwrap_or_default().to_owned(),
        downloads: sheets::of(&frame, "/v1/standards"),
        frame,
    };
    rendered(&results)
}

/// What may have been meant by a number that nothing bears, the nearest first.
fn meant(frame: &Frame, rows: &[Row]) -> Vec<(String, Address)> {
    let near = rows.iter().filter(|row| row.near);
    let mut numbers: Vec<String> = Vec::new();
    for row in near {
        let number: String = row.number.iter().map(|part| part.words.as_str()).collect();
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers.truncate(MOST_MEANT);
    let links = numbers.into_iter().map(|number| {
        let href = frame.here.clone().without(&["cursor"]).with("q", &*number);
        (number, href)
    });
    links.collect()
}
