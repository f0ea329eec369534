//! Duplicates over HTTP.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::domain::likeness::SAME;
use crate::domain::problem::Problem;
use crate::domain::sheet::Words;
use crate::domain::term::Term;
use crate::http::coverage::{self, listed};
use crate::http::export::{Cell, Column};
use crate::http::findings::{Asked, Finding, Found};
use crate::http::params::Params;
use crate::http::state::Shared;
use crate::registry::read::coverage::duplicates::{self, DuplicateGroup, Question};
use crate::registry::read::places;
use crate::text;

/// How alike titles must be unless asked otherwise, in thousandths.
pub const USUAL_THRESHOLD: u32 = 800;

/// Below this, titles share a word and nothing else.
const LEAST_THRESHOLD: u32 = 500;

/// What a page of duplicates says besides its items.
#[derive(Serialize)]
struct Summary {
    framework: String,
    threshold: f64,
}

/// List duplicates
///
/// Groups of rows that look like one standard: one number with differing titles or dates, wherever it stands; and
/// within one cell of the framework one number twice, two editions, or nearly the same title. How alike titles are is
/// Dice's coefficient of their pairs of neighbouring characters, width, case, blanks and marks left out; titles whose
/// numerals differ (第1部分, 第2部分) are not alike. Rows of one number count as one title.
#[utoipa::path(
    get, path = "/v1/coverage/duplicates", operation_id = "list_duplicates", tag = "coverage",
    params(
        ("framework" = Option<String>, Query, description = "Slug or id; `qingdao` when absent", example = "qingdao"),
        ("owner" = Option<Vec<String>>, Query, description = "Rows of these divisions and all below them", example = json!(["370200"])),
        ("owner_exact" = Option<Vec<String>>, Query, description = "Rows of exactly these divisions", example = json!(["370214"])),
        ("reason" = Option<String>, Query, description = "Comma-separated: only groups of these reasons, see the vocabulary `duplicate_reason`", example = "number_differs,near_title"),
        ("threshold" = Option<f64>, Query, description = "How alike titles must be, 0.5 to 1; 0.8 when absent", example = 0.8),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<i64>, Query, description = "Groups a page, 1 to 1,000", example = 100),
        ("count" = Option<bool>, Query, description = "Whether to count all groups"),
    ),
    responses((status = 200, description = "Groups, the surest reasons first", content(
        (super::schema::DuplicatePage = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    )))
)]
pub async fn list(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let framework = coverage::framework(&mut params);
    let (owner, owner_exact) = coverage::owners(&mut params);
    let question = Question {
        framework,
        filters: coverage::rows_of(owner, owner_exact),
        reasons: listed(&mut params, "reason"),
        threshold: threshold(&mut params),
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
                    items: duplicates::find(snapshot, &framework, &question, moment)?,
                    summary: Summary {
                        framework: framework.slug,
                        threshold: f64::from(question.threshold) / f64::from(SAME),
                    },
                    other_position: None,
                })
            },
        )
        .await
}

/// A share in decimals, in thousandths.
fn threshold(params: &mut Params) -> u32 {
    let Some(words) = params.single("threshold") else {
        return USUAL_THRESHOLD;
    };
    let thousandths = match words.split_once('.') {
        None => words
            .parse::<u32>()
            .ok()
            .and_then(|whole| whole.checked_mul(SAME)),
        Some((whole, decimals))
            if (1..=3).contains(&decimals.len()) && decimals.bytes().all(|b| b.is_ascii_digit()) =>
        {
            let whole: Option<u32> = whole.parse().ok();
            let decimals: Option<u32> = format!("{decimals:0<3}").parse().ok();
            whole
                .and_then(|whole| whole.checked_mul(SAME))
                .zip(decimals)
                .and_then(|(whole, rest)| whole.checked_add(rest))
        }
        Some(_) => None,
    };
    thousandths
        .filter(|share| (LEAST_THRESHOLD..=SAME).contains(share))
        .unwrap_or_else(|| {
            let detail = text!(
                "应为 0.5 到 1 之间、最多三位的小数",
                "must be a decimal between 0.5 and 1, with three places at most"
            );
            params.fault("threshold", "out_of_range", detail);
            USUAL_THRESHOLD
        })
}

impl Finding for DuplicateGroup {
    fn columns() -> &'static [Column<Self>] {
        COLUMNS
    }

    const TITLE: Words = Words::fixed("duplicates", "疑似重复", "Likely duplicates");
}

const COLUMNS: &[Column<DuplicateGroup>] = &[
    Column::new("缘由", "Reason", "reason", 16, |row| {
        Cell::text(row.reason.id())
    }),
    Column::new("缘由名称", "Reason in words", "reason_label", 24, |row| {
        Cell::text(row.reason.zh())
    }),
    Column::new("位置", "Place", "label", 30, |row| {
        Cell::optional(row.label.as_ref())
    }),
    Column::new("相近度", "Likeness", "score", 8, |row| {
        Cell::text(row.score.to_string())
    }),
    Column::new("不一之处", "Differs in", "differs", 24, |row| {
        Cell::text(row.differs.join("; "))
    }),
    Column::new("条目数", "Rows", "rows", 8, |row| {
        i64::try_from(row.rows).map_or(Cell::Empty, Cell::Integer)
    }),
    Column::new("条目", "Entries", "items", 80, |row| Cell::text(lines(row))),
    Column::new("条目标识", "Entry ids", "ids", 40, |row| {
        let ids: Vec<&str> = row.items.iter().map(|item| item.row.id.as_str()).collect();
        Cell::text(ids.join("\n"))
    }),
];

/// One row a line: its number, title, dates and owner.
fn lines(group: &DuplicateGroup) -> String {
    let lines = group.items.iter().map(|item| {
        let number = item.row.number.as_deref().unwrap_or("（无编号）");
        let implemented = item.implemented_on.as_deref().unwrap_or("—");
        format!("{number} {} {implemented} [{}]", item.row.title, item.row.owner)
    });
    lines.collect::<Vec<_>>().join("\n")
}
