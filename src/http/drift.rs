//! Drift over HTTP.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::problem::Problem;
use crate::domain::sheet::Words;
use crate::domain::term::Term;
use crate::http::coverage::schema::FindingsPage;
use crate::http::coverage::{self, listed};
use crate::http::export::{Cell, Column};
use crate::http::findings::{Asked, Finding, Found};
use crate::http::params::Params;
use crate::http::state::Shared;
use crate::registry::read::drift::{self, DriftFinding, Question, RestsOn};
use crate::registry::read::filter::{Filter, Place};
use crate::registry::read::places;

/// How many steps away is looked unless asked otherwise.
pub const USUAL_DEPTH: usize = 5;

/// How many steps can be asked for.
pub const MOST_DEPTH: i64 = 20;

/// How many days ahead an end counts as near unless asked otherwise.
pub const USUAL_DAYS: u64 = 180;

/// Ten years.
pub const MOST_DAYS: i64 = 3_660;

/// One page of drift.
#[derive(Serialize, ToSchema)]
pub struct DriftPage {
    pub items: Vec<DriftFinding>,
    #[serde(flatten)]
    pub page: FindingsPage,
}

/// What a page says besides its items: nothing.
#[derive(Serialize)]
struct Summary {}

/// List drift
///
/// Rows that rest on something that was superseded, abolished, renumbered or withdrawn from its catalogue, soon will be,
/// has a newer edition, or was never registered. A row rests on the standard it stands for, if it is `referenced`
/// (depth 0), on what it `derives_from`, `adopts`, `cites` or `implements` (depth 1), and on what that rests on in turn;
/// each standard is told once, by the nearest way. What is known in anybody's catalogue counts; `known_by` says how near
/// it is. The gravest come first. NDJSON, CSV and XLSX hold everything in one answer unless `limit` is given.
#[utoipa::path(
    get, path = "/v1/drift", operation_id = "list_drift", tag = "coverage",
    params(
        ("owner" = Option<Vec<String>>, Query, description = "Rows of these divisions and all below them", example = json!(["370214"])),
        ("owner_exact" = Option<Vec<String>>, Query, description = "Rows of exactly these divisions", example = json!(["370214"])),
        ("framework" = Option<String>, Query, description = "Slug or id: only rows placed in this framework", example = "qingdao"),
        ("since" = Option<String>, Query, description = "Only what was recorded, or came to pass, since a log position, a day or an RFC 3339 instant", example = "2026-10-31"),
        ("severity" = Option<String>, Query, description = "Comma-separated: `high`, `medium`, `low`", example = "high,medium"),
        ("drift" = Option<String>, Query, description = "Comma-separated: only these, see the vocabulary `drift`", example = "superseded,abolished"),
        ("depth" = Option<i64>, Query, minimum = 0, maximum = 20, description = "How many steps away, 0 to 20; 5 when absent", example = 1),
        ("days" = Option<i64>, Query, minimum = 1, maximum = 3660, description = "How many days ahead an end counts as near, 1 to 3,660; 180 when absent", example = 180),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<i64>, Query, description = "Findings a page, 1 to 1,000", example = 100),
        ("count" = Option<bool>, Query, description = "Whether to count all findings"),
    ),
    responses((status = 200, description = "Findings, the gravest first", content(
        (DriftPage = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    )))
)]
pub async fn list(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let (owner, owner_exact) = coverage::owners(&mut params);
    let framework = coverage::framework_if_given(&mut params);
    let depth = params.integer("depth", 0..=MOST_DEPTH);
    let days = params.integer("days", 1..=MOST_DAYS);
    let mut question = Question {
        filters: coverage::rows_of(owner, owner_exact),
        since: params.as_of("since"),
        severities: listed(&mut params, "severity"),
        drifts: listed(&mut params, "drift"),
        depth: depth
            .and_then(|depth| usize::try_from(depth).ok())
            .unwrap_or(USUAL_DEPTH),
        days: days.map_or(USUAL_DAYS, i64::unsigned_abs),
    };
    let asked = Asked::of(&request, &mut params)?;
    params.finish()?;
    let since = question.since.map(|since| format!("{since:?}"));
    let fingerprinted = (question.clone(), framework.clone(), since);
    asked
        .answer(
            &request,
            &state,
            &fingerprinted,
            move |snapshot, cache, moment, _| {
                if let Some(words) = &framework {
                    let framework = places::framework(snapshot, cache, words, moment)?;
                    question.filters.all.push(Filter::Placed(Place {
                        framework: framework.slug,
                        ..Place::default()
                    }));
                }

                Ok(Found {
                    items: drift::find(snapshot, &question, moment)?,
                    summary: Summary {},
                    other_position: None,
                })
            },
        )
        .await
}

impl Finding for DriftFinding {
    fn columns() -> &'static [Column<Self>] {
        COLUMNS
    }

    const TITLE: Words = Words::fixed("drift", "引用漂移", "Drift");
}

const COLUMNS: &[Column<DriftFinding>] = &[
    Column::new("轻重", "Severity", "severity", 8, |one| {
        Cell::text(one.severity.id())
    }),
    Column::new("情形", "Drift", "drift", 14, |one| Cell::text(one.drift.id())),
    Column::new("情形名称", "Drift in words", "drift_label", 18, |one| {
        Cell::text(one.drift.zh())
    }),
    Column::new("行政区划代码", "Division code", "owner", 12, |one| {
        Cell::text(&one.row.owner)
    }),
    Column::new("行政区划", "Division", "owner_name", 14, |one| {
        Cell::division(&one.row.owner)
    }),
    Column::new("编号", "Number", "number", 20, |one| {
        Cell::optional(one.row.number.as_ref())
    }),
    Column::new("名称", "Title", "title", 36, |one| Cell::text(&one.row.title)),
    Column::new(
        "所依据编号",
        "Rests on, number",
        "rests_on_number",
        20,
        |one| Cell::optional(one.rests_on.number.as_ref()),
    ),
    Column::new("所依据名称", "Rests on, title", "rests_on_title", 36, |one| {
        Cell::optional(one.rests_on.title.as_ref())
    }),
    Column::new("层数", "Depth", "depth", 6, |one| {
        i64::try_from(one.depth).map_or(Cell::Empty, Cell::Integer)
    }),
    Column::new("路径", "Path", "path", 40, |one| Cell::text(path(one))),
    Column::new("起始日期", "Since", "since", 12, |one| {
        one.since.map_or(Cell::Empty, Cell::Day)
    }),
    Column::new(
        "记录位置",
        "Recorded at position",
        "recorded_position",
        10,
        |one| {
            one.recorded
                .as_ref()
                .map_or(Cell::Empty, |recorded| Cell::Integer(recorded.position))
        },
    ),
    Column::new("据何目录", "Known by", "known_by", 10, |one| {
        Cell::text(one.known_by.id())
    }),
    Column::new("代替标准", "Replaced by", "successors", 50, |one| {
        Cell::text(successors(one))
    }),
    Column::new("建议", "Suggested action", "action", 20, |one| {
        Cell::text(one.action.zh())
    }),
    Column::new("条目标识", "Entry id", "id", 38, |one| {
        Cell::text(&one.row.id)
    }),
];

fn path(one: &DriftFinding) -> String {
    let name = |to: &RestsOn| {
        to.number
            .clone()
            .or_else(|| to.title.clone())
            .or_else(|| to.id.clone())
    };
    let steps = one.path.iter().map(|step| {
        let relation = step.relation.map_or("", Term::zh);
        format!("{relation} {}", name(&step.to).unwrap_or_default())
    });
    steps.collect::<Vec<_>>().join(" → ")
}

/// One standard a line.
fn successors(one: &DriftFinding) -> String {
    let lines = one.successors.iter().map(|successor| {
        let number = successor.number.as_deref().unwrap_or("（无编号）");
        let implemented = successor.implemented_on.as_deref().unwrap_or("—");
        format!("{number} {} {implemented}", successor.title)
    });
    lines.collect::<Vec<_>>().join("\n")
}
