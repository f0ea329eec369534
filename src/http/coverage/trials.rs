//! Trials and other days to come, over HTTP.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::domain::problem::Problem;
use crate::domain::sheet::Words;
use crate::domain::term::Term;
use crate::http::coverage::{self, listed};
use crate::http::export::{Cell, Column};
use crate::http::findings::{Asked, Finding, Found};
use crate::http::params::Params;
use crate::http::state::Shared;
use crate::registry::read::coverage::milestones::{self, MilestoneFinding, Question};
use crate::registry::read::places;

/// How many days ahead is looked unless asked otherwise.
pub const USUAL_DAYS: u32 = 180;

/// Ten years.
pub const MOST_DAYS: i64 = 3_660;

/// What a page says besides its items.
#[derive(Serialize)]
struct Summary {
    days: u32,
}

/// List trials that end and other days to come
///
/// Trials of frameworks that end within `days` of `valid_at` or have ended without a final edition, standards about to
/// be implemented, standards about to be abolished: by day. A framework concerns the divisions below its owner, too. A
/// trial is over with a final edition or with another framework that `replaces` it.
#[utoipa::path(
    get, path = "/v1/coverage/trials", operation_id = "list_trials", tag = "coverage",
    params(
        ("framework" = Option<String>, Query, description = "Slug or id: only this framework and the standards placed in it", example = "qingdao"),
        ("owner" = Option<Vec<String>>, Query, description = "Rows of these divisions and all below them", example = json!(["370200"])),
        ("owner_exact" = Option<Vec<String>>, Query, description = "Rows of exactly these divisions", example = json!(["370214"])),
        ("days" = Option<i64>, Query, minimum = 1, maximum = 3660, description = "How many days ahead, 1 to 3,660; 180 when absent", example = 180),
        ("milestone" = Option<String>, Query, description = "Comma-separated: only these, see the vocabulary `milestone`", example = "trial_ends,trial_ended"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<i64>, Query, description = "Rows a page, 1 to 1,000", example = 100),
        ("count" = Option<bool>, Query, description = "Whether to count all rows"),
    ),
    responses((status = 200, description = "In the order of their days", content(
        (super::schema::TrialPage = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    )))
)]
pub async fn list(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let framework = coverage::framework_if_given(&mut params);
    let (owner, owner_exact) = coverage::owners(&mut params);
    let days = params.integer("days", 1..=MOST_DAYS);
    let question = Question {
        framework,
        owner,
        owner_exact,
        days: days
            .and_then(|days| u32::try_from(days).ok())
            .unwrap_or(USUAL_DAYS),
        milestones: listed(&mut params, "milestone"),
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
                let framework = match &question.framework {
                    Some(words) => Some(places::framework(snapshot, cache, words, moment)?),
                    None => None,
                };
                Ok(Found {
                    items: milestones::find(snapshot, cache, framework.as_ref(), &question, moment)?,
                    summary: Summary { days: question.days },
                    other_position: None,
                })
            },
        )
        .await
}

impl Finding for MilestoneFinding {
    fn columns() -> &'static [Column<Self>] {
        COLUMNS
    }

    const TITLE: Words = Words::fixed("trials", "期限提醒", "Dates to mind");
}

const COLUMNS: &[Column<MilestoneFinding>] = &[
    Column::new("日期", "On", "on", 12, |row| Cell::Day(row.on)),
    Column::new("距今天数", "Days from today", "days", 10, |row| {
        Cell::Integer(row.days)
    }),
    Column::new("事项", "Milestone", "milestone", 16, |row| {
        Cell::text(row.milestone.id())
    }),
    Column::new(
        "事项名称",
        "Milestone in words",
        "milestone_label",
        20,
        |row| Cell::text(row.milestone.zh()),
    ),
    Column::new("类别", "Kind", "kind", 10, |row| Cell::text(row.kind.id())),
    Column::new("编号", "Number", "number", 20, |row| {
        Cell::optional(row.number.as_ref().or(row.slug.as_ref()))
    }),
    Column::new("名称", "Title", "title", 40, |row| Cell::text(&row.title)),
    Column::new("行政区划代码", "Division code", "owner", 12, |row| {
        Cell::text(&row.owner)
    }),
    Column::new("行政区划", "Division", "owner_name", 14, |row| {
        Cell::division(&row.owner)
    }),
    Column::new("条目标识", "Entry id", "id", 38, |row| Cell::text(&row.id)),
];
