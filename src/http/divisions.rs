//! The tree of administrative divisions.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::division::{Division, Divisions};
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
/// filtered.
#[utoipa::path(
    get, path = "/v1/divisions", operation_id = "list_divisions", tag = "reference",
    params(
        ("parent" = Option<String>, Query, description = "Only those directly below this code", example = "370200"),
        ("q" = Option<String>, Query, description = "Only those whose code begins so or whose name holds this", example = "城阳"),
        ("valid_at" = Option<String>, Query, description = "Only those that existed on this day (YYYY-MM-DD)", example = "2026-11-21"),
    ),
    responses((status = 200, description = "Divisions in the order of codes", body = DivisionList))
)]
pub async fn list(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let parent = params.text("parent", 32);
    let words = params.text("q", 64);
    let day = params.date("valid_at");
    let layout = Layout::read(&request, &mut params, tables::FORMATS)?;
    params.finish()?;
    let items: Vec<_> = Divisions::built_in()
        .all()
        .filter(|division| parent.is_none() || division.parent == parent)
        .filter(|division| words.as_deref().is_none_or(|words| is_called(division, words)))
        .filter(|division| day.is_none_or(|day| existed(division, day)))
        .collect();
    let document = if layout.format == Format::Json {
        Document::json(&DivisionList { items })?
    } else {
        // They come with the program, not from the log.
        let closing = Closing::end(0, items.len() as u64);
        export::page_of(&layout, tables::divisions::table(), None, &items, &closing)?
    };
    answer::fixed(&request, document).await
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
