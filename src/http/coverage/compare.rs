//! Comparing catalogues over HTTP.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::domain::problem::Problem;
use crate::domain::sheet::Words;
use crate::domain::term::Term;
use crate::domain::time::AsOf;
use crate::http::coverage::{self, listed};
use crate::http::export::{Cell, Column};
use crate::http::findings::{Asked, Finding, Found};
use crate::http::params::Params;
use crate::http::standards::query;
use crate::http::state::Shared;
use crate::registry::moment::{self, Moment, ReadAt};
use crate::registry::read::coverage::compare::{
    self, ComparedStandard, ComparisonSummary, Side, SideOfStandard,
};
use crate::registry::read::{places, span};
use crate::text;

/// What a page of a comparison says besides its items.
#[derive(Serialize)]
struct Summary {
    framework: String,
    this: SideEcho,
    with: SideEcho,
    #[serde(flatten)]
    summary: ComparisonSummary,
}

/// What one side is.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SideEcho {
    /// With all below them; everybody's rows where both are empty.
    #[schema(example = json!(["370214"]))]
    pub owner: Vec<String>,
    #[schema(example = json!([]))]
    pub owner_exact: Vec<String>,
    #[schema(example = 812)]
    pub position: i64,
    #[schema(format = Date)]
    pub valid_at: String,
}

/// Compare two catalogues, or one at two moments
///
/// `owner` and `as_of` name this side, `with` and `with_as_of` the other; what the other side does not say is as on
/// this one, and at least one of its parameters is needed. Each cell with both counts, then each standard: on one side
/// only, on both alike, or on both with another number, origin, supply, validity or placement. Rows of one number, or
/// of one entry, are one standard. NDJSON, CSV and XLSX hold every standard in one answer unless `limit` is given.
#[utoipa::path(
    get, path = "/v1/coverage/compare", operation_id = "compare_catalogues", tag = "coverage",
    params(
        ("framework" = Option<String>, Query, description = "Slug or id; `qingdao` when absent", example = "qingdao"),
        ("owner" = Option<Vec<String>>, Query, description = "This side: rows of these divisions and all below them", example = json!(["370214"])),
        ("owner_exact" = Option<Vec<String>>, Query, description = "This side: rows of exactly these divisions"),
        ("with" = Option<Vec<String>>, Query, description = "The other side: rows of these divisions and all below them", example = json!(["370213"])),
        ("with_exact" = Option<Vec<String>>, Query, description = "The other side: rows of exactly these divisions"),
        ("with_as_of" = Option<String>, Query, description = "The other side's moment: a log position, a day or an RFC 3339 instant; that of this side when absent", example = "2026-10-31"),
        ("with_valid_at" = Option<String>, Query, format = Date, description = "The day on which the other side's validity is computed; `valid_at`, or the day of `with_as_of`, when absent", example = "2026-10-31"),
        ("standing" = Option<String>, Query, description = "Comma-separated: only standards that stand so, see the vocabulary `standing`", example = "only_this,only_with,differs"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<i64>, Query, description = "Standards a page, 1 to 1,000", example = 100),
        ("count" = Option<bool>, Query, description = "Whether to count all standards"),
    ),
    responses((status = 200, description = "Both sides", content(
        (super::schema::ComparisonPage = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    )))
)]
pub async fn list(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let framework = coverage::framework(&mut params);
    let (owner, owner_exact) = coverage::owners(&mut params);
    let with = query::divisions(&mut params, "with");
    let with_exact = query::divisions(&mut params, "with_exact");
    let with_as_of = params.as_of("with_as_of");
    let with_valid_at = params.date("with_valid_at");
    if with.is_empty()
        && with_exact.is_empty()
        && with_as_of.is_none()
        && with_valid_at.is_none()
        && params.faults.is_empty()
    {
        let detail = text!(
            "须指明与何者比较：with、with_exact、with_as_of 或 with_valid_at",
            "say what to compare with: with, with_exact, with_as_of or with_valid_at"
        );
        params.fault("with", "required", detail);
    }
    let standings = listed(&mut params, "standing");
    let asked = Asked::of(&request, &mut params)?;
    params.finish()?;
    let (with, with_exact) = if with.is_empty() && with_exact.is_empty() {
        (owner.clone(), owner_exact.clone())
    } else {
        (with, with_exact)
    };
    let read_at = asked.read_at;
    let words = |as_of: Option<AsOf>| as_of.map(|as_of| format!("{as_of:?}"));
    let question = (
        (
            framework.clone(),
            owner.clone(),
            owner_exact.clone(),
            with.clone(),
            with_exact.clone(),
        ),
        (words(with_as_of), with_valid_at, read_at.valid_at),
        &standings,
    );
    let fingerprinted = serde_json::to_value(question).map_err(Problem::internal)?;
    asked
        .answer(
            &request,
            &state,
            &fingerprinted,
            move |snapshot, cache, moment, pinned| {
                let other = match (pinned, with_as_of) {
                    (Some(position), _) => Some(AsOf::Position(position)),
                    (None, Some(as_of)) => Some(as_of),
                    (None, None) => Some(AsOf::Position(moment.position)),
                };
                // Where the other side names no moment of its own, it is judged on this side's day.
                let same_day = with_as_of.is_none().then_some(moment.valid_at);
                let other = ReadAt {
                    as_of: other,
                    valid_at: with_valid_at.or(read_at.valid_at).or(same_day),
                    min_position: None,
                };
                let other = moment::resolve(snapshot, &other)
                    .map_err(|problem| span::speaking_of("with_as_of", problem))?;
                let later = if other.position > moment.position {
                    &other
                } else {
                    moment
                };
                let framework = places::framework(snapshot, cache, &framework, later)?;
                let this = echo(&owner, &owner_exact, moment);
                let side = |owner: Vec<String>, exact: Vec<String>, moment| Side {
                    filters: coverage::rows_of(owner, exact),
                    moment,
                };
                let echo_with = echo(&with, &with_exact, &other);
                let compared = compare::compare(
                    snapshot,
                    &framework,
                    &side(owner, owner_exact, *moment),
                    &side(with, with_exact, other),
                )?;
                let mut items = compared.standards;
                items.retain(|one| standings.is_empty() || standings.contains(&one.standing));
                Ok(Found {
                    items,
                    summary: Summary {
                        framework: framework.slug,
                        this,
                        with: echo_with,
                        summary: compared.summary,
                    },
                    other_position: Some(other.position),
                })
            },
        )
        .await
}

fn echo(owner: &[String], owner_exact: &[String], moment: &Moment) -> SideEcho {
    SideEcho {
        owner: owner.to_vec(),
        owner_exact: owner_exact.to_vec(),
        position: moment.position,
        valid_at: moment.valid_at.to_string(),
    }
}

impl Finding for ComparedStandard {
    fn columns() -> &'static [Column<Self>] {
        COLUMNS
    }

    const TITLE: Words = Words::fixed("compare", "目录比较", "Comparison");
}

const COLUMNS: &[Column<ComparedStandard>] = &[
    Column::new("异同", "Standing", "standing", 12, |row| {
        Cell::text(row.standing.id())
    }),
    Column::new("异同名称", "Standing in words", "standing_label", 14, |row| {
        Cell::text(row.standing.zh())
    }),
    Column::new("编号", "Number", "number", 20, |row| {
        Cell::optional(row.number.as_ref())
    }),
    Column::new("名称", "Title", "title", 40, |row| Cell::text(&row.title)),
    Column::new("不一之处", "Differs in", "differs", 24, |row| {
        Cell::text(row.differs.join("; "))
    }),
    Column::new("此方来源", "This one's origin", "this_origins", 10, |row| {
        joined(&row.this, |side| &side.origins)
    }),
    Column::new("对方来源", "Other's origin", "with_origins", 10, |row| {
        joined(&row.with, |side| &side.origins)
    }),
    Column::new("此方供给", "This one's supply", "this_supplies", 10, |row| {
        joined(&row.this, |side| &side.supplies)
    }),
    Column::new("对方供给", "Other's supply", "with_supplies", 10, |row| {
        joined(&row.with, |side| &side.supplies)
    }),
    Column::new(
        "此方时效",
        "This one's validity",
        "this_validities",
        10,
        |row| joined(&row.this, |side| &side.validities),
    ),
    Column::new("对方时效", "Other's validity", "with_validities", 10, |row| {
        joined(&row.with, |side| &side.validities)
    }),
    Column::new("此方位置", "This one's places", "this_placements", 30, |row| {
        joined(&row.this, |side| &side.placements)
    }),
    Column::new("对方位置", "Other's places", "with_placements", 30, |row| {
        joined(&row.with, |side| &side.placements)
    }),
    Column::new("此方条目", "This one's entries", "this_ids", 38, |row| {
        joined(&row.this, |side| &side.ids)
    }),
    Column::new("对方条目", "Other's entries", "with_ids", 38, |row| {
        joined(&row.with, |side| &side.ids)
    }),
];

fn joined(side: &Option<SideOfStandard>, values: fn(&SideOfStandard) -> &BTreeSet<String>) -> Cell {
    side.as_ref().map_or(Cell::Empty, |side| {
        let values: Vec<&str> = values(side).iter().map(String::as_str).collect();
        Cell::text(values.join("; "))
    })
}
