//! The tree of administrative divisions.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::division::{Division, Divisions, MAX_CODE};
use crate::domain::problem::Problem;
use crate::http::document::Document;
use crate::http::export::{self, Closing, Layout};
use crate::http::negotiate::Format;
use crate::http::params::Params;
use crate::http::{answer, problem, tables};
use crate::text;

/// Divisions in the order of codes.
#[derive(Serialize, ToSchema)]
pub struct DivisionList {
    items: Vec<&'static Division>,
    /// The cursor of the next page; null at the end.
    #[schema(required)]
    next: Option<&'static str>,
}

/// A division and its place in the tree.
#[derive(Serialize, ToSchema)]
pub struct DivisionDetail {
    #[serde(flatten)]
    division: &'static Division,
    /// What lies above it, nearest first.
    ancestors: Vec<&'static Division>,
    /// What lies below it, one step down.
    children: Vec<&'static Division>,
    /// Whose territory it took over.
    predecessors: Vec<&'static Division>,
}

/// List divisions
///
/// Codes of GB/T 2260 down to counties, past ones included, and functional zones. Every division at once unless
/// `limit` is given.
#[utoipa::path(
    get, path = "/v1/divisions", operation_id = "list_divisions", tag = "reference",
    params(
        ("parent" = Option<String>, Query, description = "Only those directly below this code", example = "370200"),
        ("q" = Option<String>, Query, description = "Only those whose code begins so or whose name holds this", example = "城阳"),
        ("valid_at" = Option<String>, Query, description = "Only those that existed on this day (YYYY-MM-DD)", example = "2026-11-21"),
        ("limit" = Option<i64>, Query, description = "Divisions a page, 1 to 1,000; all at once when absent", example = 100),
        ("cursor" = Option<String>, Query, description = "`next` of the page before", example = "370283"),
    ),
    responses((status = 200, description = "Divisions in the order of codes", body = DivisionList))
)]
pub async fn list(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let parent = params.division("parent");
    let words = params.text("q", 64);
    let day = params.date("valid_at");
    let limit = params.integer("limit", 1..=1000);
    let after = params.text("cursor", MAX_CODE);
    if after
        .as_deref()
        .is_some_and(|after| Divisions::built_in().get(after).is_none())
    {
        let detail = text!(
            "cursor 须原样使用上一页的 next",
            "use the `next` of the page before as it is"
        );
        params.fault("cursor", "malformed_cursor", detail);
    }
    let layout = Layout::read(&request, &mut params, tables::FORMATS)?;
    params.finish()?;
    let mut items: Vec<_> = Divisions::built_in()
        .all()
        .filter(|division| parent.is_none() || division.parent == parent)
        .filter(|division| words.as_deref().is_none_or(|words| is_called(division, words)))
        .filter(|division| day.is_none_or(|day| existed(division, day)))
        .filter(|division| after.as_ref().is_none_or(|after| division.code > *after))
        .collect();
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    let more = limit.is_some_and(|limit| items.len() > limit);
    items.truncate(limit.unwrap_or(usize::MAX));
    let next = items.last().filter(|_| more).map(|last| last.code.as_str());
    let document = if layout.format == Format::Json {
        Document::json(&DivisionList { items, next })?
    } else {
        let closing = Closing {
            end: !more,
            next: next.map(str::to_owned),
            // They come with the program, not from the log.
            ..Closing::end(0, items.len() as u64)
        };
        export::page_of(&layout, tables::divisions::table(), None, &items, &closing)?
    };
    answer::fixed(&request, document.leading_on(request.uri(), next)).await
}

/// Get a division
///
/// One division with everything above it, what lies directly below, and whose territory it took over.
#[utoipa::path(
    get, path = "/v1/divisions/{code}", operation_id = "get_division", tag = "reference",
    params(("code" = String, Path, description = "The division's code", example = "370214")),
    responses((status = 200, description = "The division", body = DivisionDetail))
)]
pub async fn get(request: HttpRequest, code: web::Path<String>) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    let divisions = Divisions::built_in();
    let division = divisions
        .get(&code)
        .ok_or_else(|| problem::nothing_at(&text!("行政区划", "division")))?;
    let detail = DivisionDetail {
        division,
        ancestors: divisions.ancestors(&code),
        children: divisions.children(&code),
        predecessors: divisions.predecessors(&code),
    };
    answer::fixed(&request, Document::json(&detail)?).await
}

fn is_called(division: &Division, words: &str) -> bool {
    let english = division.name_en.as_deref().unwrap_or_default().to_lowercase();
    division.code.starts_with(words)
        || division.name.contains(words)
        || english.contains(&words.to_lowercase())
}

fn existed(division: &Division, day: NaiveDate) -> bool {
    division.valid_from.is_none_or(|from| from <= day) && division.valid_to.is_none_or(|to| day < to)
}
