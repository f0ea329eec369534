//! Gaps over HTTP.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::domain::coverage::GapBy;
use crate::domain::problem::Problem;
use crate::domain::sheet::Words;
use crate::domain::term::Term;
use crate::http::coverage::{self, listed};
use crate::http::export::{Cell, Column};
use crate::http::findings::{Asked, Finding, Found};
use crate::http::params::Params;
use crate::http::state::Shared;
use crate::registry::read::coverage::RowRef;
use crate::registry::read::coverage::gaps::{self, Candidates, GapFinding, Question};
use crate::registry::read::places;

/// What a page of gaps says besides its items.
#[derive(Serialize)]
struct Summary {
    framework: String,
}

/// List gaps
///
/// Every cell of a framework (and with `by=node` every node) in which nothing is in force, and why: nothing at all, only
/// plans, only drafts, all of it ended. With what the owner has there, what the divisions above and beside it have
/// there that could be referenced, in force before all others. Cells of retired values are no gaps. NDJSON, CSV and
/// XLSX hold everything in one answer unless `limit` is given.
#[utoipa::path(
    get, path = "/v1/coverage/gaps", operation_id = "list_gaps", tag = "coverage",
    params(
        ("framework" = Option<String>, Query, description = "Slug or id; `qingdao` when absent", example = "qingdao"),
        ("owner" = Option<Vec<String>>, Query, description = "Rows of these divisions and all below them", example = json!(["370214"])),
        ("owner_exact" = Option<Vec<String>>, Query, description = "Rows of exactly these divisions", example = json!(["370214"])),
        ("by" = Option<String>, Query, description = "Comma-separated: `cell` (when absent), `node`", example = "cell,node"),
        ("gap" = Option<String>, Query, description = "Comma-separated: only gaps of these kinds, see the vocabulary `gap`", example = "empty,only_planned"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<i64>, Query, description = "Gaps a page, 1 to 1,000", example = 100),
        ("count" = Option<bool>, Query, description = "Whether to count all gaps"),
    ),
    responses((status = 200, description = "Gaps, in the order of the framework", content(
        (super::schema::GapPage = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    )))
)]
pub async fn list(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let framework = coverage::framework(&mut params);
    let (owner, owner_exact) = coverage::owners(&mut params);
    let by = listed::<GapBy>(&mut params, "by");
    let question = Question {
        framework,
        owner,
        owner_exact,
        by: if by.is_empty() { vec![GapBy::Cell] } else { by },
        gaps: listed(&mut params, "gap"),
    };
    let asked = Asked::of(&request, &mut params)?;
    params.finish()?;
    let fingerprinted = question.clone();
    asked
        .answer(
            &request,
            &state,
            &fingerprinted,
            move |snapshot, cache, moment, _| {
                let framework = places::framework(snapshot, cache, &question.framework, moment)?;
                Ok(Found {
                    items: gaps::find(snapshot, &framework, &question, moment)?,
                    summary: Summary {
                        framework: framework.slug,
                    },
                    other_position: None,
                })
            },
        )
        .await
}

impl Finding for GapFinding {
    fn columns() -> &'static [Column<Self>] {
        COLUMNS
    }

    const TITLE: Words = Words::fixed("gaps", "空白与缺口", "Gaps");
}

const COLUMNS: &[Column<GapFinding>] = &[
    Column::new("位置", "Place", "label", 40, |row| Cell::text(&row.label)),
    Column::new("缺口", "Gap", "gap", 16, |row| Cell::text(row.gap.id())),
    Column::new("缺口名称", "Gap in words", "gap_label", 20, |row| {
        Cell::text(row.gap.zh())
    }),
    Column::new("类别", "Kind", "by", 8, |row| Cell::text(row.by.id())),
    Column::new("节点", "Node", "node", 24, |row| {
        Cell::optional(row.node.as_ref())
    }),
    Column::new("应予制定", "To be made", "planned", 8, |row| {
        count(row.stock.planned)
    }),
    Column::new("正在制定", "Being drafted", "drafting", 8, |row| {
        count(row.stock.drafting)
    }),
    Column::new("即将实施", "Upcoming", "upcoming", 8, |row| {
        count(row.stock.upcoming)
    }),
    Column::new("被代替", "Superseded", "superseded", 8, |row| {
        count(row.stock.superseded)
    }),
    Column::new("废止", "Abolished", "abolished", 8, |row| {
        count(row.stock.abolished)
    }),
    Column::new("时效不详", "Unknown validity", "unknown", 8, |row| {
        count(row.stock.unknown)
    }),
    Column::new("本级条目", "Own entries", "own", 50, |row| {
        Cell::text(lines(&row.own))
    }),
    Column::new(
        "上级可引用数",
        "Quotable above, count",
        "above_standards",
        10,
        |row| candidates(&row.above),
    ),
    Column::new("上级可引用", "Quotable above", "above", 50, |row| {
        Cell::text(lines(&row.above.items))
    }),
    Column::new(
        "同级可引用数",
        "Quotable beside, count",
        "beside_standards",
        10,
        |row| candidates(&row.beside),
    ),
    Column::new("同级可引用", "Quotable beside", "beside", 50, |row| {
        Cell::text(lines(&row.beside.items))
    }),
];

fn count(rows: u64) -> Cell {
    Cell::Integer(rows.cast_signed())
}

fn candidates(candidates: &Candidates) -> Cell {
    i64::try_from(candidates.standards).map_or(Cell::Empty, Cell::Integer)
}

/// One row a line: its number, title and owner.
fn lines(rows: &[RowRef]) -> String {
    let lines = rows.iter().map(|row| {
        let number = row.number.as_deref().unwrap_or("（无编号）");
        format!("{number} {} [{}]", row.title, row.owner)
    });
    lines.collect::<Vec<_>>().join("\n")
}
