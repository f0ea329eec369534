//! Finding standards by number, one or thousands at a time.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::number::{self, NumberProblem, Reference, StandardNumber};
use crate::domain::problem::{Problem, ProblemType};
use crate::domain::shape::{Fields, read_text};
use crate::domain::time::AsOf;
use crate::http::answer::{self, JSON};
use crate::http::body::JsonBody;
use crate::http::context;
use crate::http::document::Document;
use crate::http::entries::StandardEntry;
use crate::http::negotiate;
use crate::http::params::Params;
use crate::http::state::Shared;
use crate::registry::intake::body::all_or_faults;
use crate::registry::moment::{self, ReadAt};
use crate::registry::read::citations::{self, CheckedCitation, MAX_NUMBERS};
use crate::registry::read::lookup::{Index, Match};
use crate::registry::read::view::{self, EntryView};
use crate::text;

/// The longest number that is looked at.
const MAX_NUMBER: usize = 200;

#[derive(Serialize)]
struct Lookup {
    parsed: StandardNumber,
    items: Vec<Matched>,
}

#[derive(Serialize)]
struct Matched {
    entry: EntryView,
    #[serde(rename = "match")]
    matched: Match,
}

/// What a number leads to.
#[derive(Serialize, ToSchema)]
pub struct LookupAnswer {
    pub parsed: StandardNumber,
    /// The owner's own row first, then those of the divisions above it.
    pub items: Vec<LookupItem>,
}

/// An entry and how the number leads to it.
#[derive(Serialize, ToSchema)]
pub struct LookupItem {
    pub entry: StandardEntry,
    #[serde(rename = "match")]
    pub matched: Match,
}

/// Look a number up
///
/// Any spelling finds the entry that bears the number, bore it, or bears it in another edition; without a year the
/// newest. 404 when nothing is registered, 422 when it does not parse.
#[utoipa::path(
    get, path = "/v1/standards/lookup", operation_id = "lookup_standard", tag = "standards",
    params(
        ("number" = String, Query, description = "The number as somebody wrote it", example = "GB／T 35796—2017"),
        ("owner" = Option<String>, Query, description = "Whose line of catalogues to look in", example = "370214"),
    ),
    responses((status = 200, description = "What it leads to", body = LookupAnswer))
)]
pub async fn lookup(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let written = params.text("number", MAX_NUMBER);
    if written.is_none() && params.faults.is_empty() {
        params.fault("number", "required", text!("须给出编号", "give a number"));
    }
    let owner = params.division("owner");
    let read_at = context::read_at(&request, &mut params);
    params.finish()?;
    let parsed = parse(&written.unwrap_or_default())?;
    let cache = state.registry.cache().clone();
    answer::read(&request, &state, JSON, read_at, move |snapshot, view| {
        let index = Index::load(snapshot.conn, view.at.at, &[&parsed])?;
        let found = index.find(&parsed, owner.as_deref());
        if found.is_empty() {
            let canonical = &parsed.canonical;
            return Err(Problem::new(
                ProblemType::NotFound,
                text!("没有登记 {canonical}", "{canonical} is not registered"),
            )
            .next(text!(
                "可用 GET /v1/standards?q= 查找相近的编号",
                "`GET /v1/standards?q=` finds numbers near it"
            ))
            .with(
                "parsed",
                serde_json::to_value(&parsed).map_err(Problem::internal)?,
            ));
        }
        let versions: Vec<_> = found.iter().map(|found| found.version.clone()).collect();
        let entries = view::show(snapshot, &cache, &versions, &view.at)?;
        let items = entries
            .into_iter()
            .zip(found)
            .map(|(entry, found)| Matched {
                entry,
                matched: found.matched,
            })
            .collect();
        Document::json(&Lookup { parsed, items })
    })
    .await
}

fn parse(written: &str) -> Result<StandardNumber, Problem> {
    match number::parse_reference(written) {
        Ok(Reference::Number(number) | Reference::Undated(number)) => Ok(number),
        Ok(Reference::Range { .. } | Reference::Series { .. }) => Err(unparsable(
            written,
            &NumberProblem {
                code: "not_one_number",
                detail: text!(
                    "这是一组编号，请逐个查询",
                    "this names several numbers; look each of them up"
                ),
            },
        )),
        Err(problem) => Err(unparsable(written, &problem)),
    }
}

fn unparsable(written: &str, problem: &NumberProblem) -> Problem {
    let mut refused =
        Problem::new(ProblemType::UnparsableNumber, problem.detail.clone()).with("number", written);
    refused
        .errors
        .push("?number", problem.code, problem.detail.clone());
    refused
}

/// Numbers to check, as they are cited somewhere.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"numbers": ["GB/T 35796-2017", "GB 50016—2014", "GB/T 22239", "民政部令第66号"], "owner": "370214"}))]
pub struct CitationsRequest {
    /// At most 5,000.
    pub numbers: Vec<String>,
    /// Whose line of catalogues to look in; all when absent.
    pub owner: Option<String>,
    #[schema(format = Date)]
    pub valid_at: Option<String>,
    /// A position, a day or an instant.
    pub as_of: Option<String>,
}

/// Checked citations.
#[derive(Serialize, ToSchema)]
pub struct CitationsAnswer {
    pub position: i64,
    #[schema(format = Date)]
    pub valid_at: String,
    /// In the order of the request, duplicates kept.
    pub items: Vec<CheckedCitation>,
}

/// Check citations
///
/// For each number: whether it is registered, under another number today, replaced, undated, or no number at all.
#[utoipa::path(
    post, path = "/v1/citations/check", operation_id = "check_citations", tag = "standards",
    request_body = CitationsRequest,
    responses((status = 200, description = "One outcome for each number", body = CitationsAnswer))
)]
pub async fn check(request: HttpRequest, state: Shared, body: JsonBody) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let min_position = context::min_position(&request, &mut params);
    params.finish()?;
    let (numbers, owner, read_at) = read_request(&body.value)?;
    let language = negotiate::language(request.headers());
    if let Some(position) = min_position {
        state.registry.wait_for(position, answer::PATIENCE).await?;
    }
    let cache = state.registry.cache().clone();
    let (document, position) = state
        .registry
        .read(move |snapshot| {
            let moment = moment::resolve(snapshot, &read_at)?;
            let items = citations::check(snapshot, &cache, &numbers, owner.as_deref(), &moment, language)?;
            let answer = CitationsAnswer {
                position: moment.position,
                valid_at: moment.valid_at.to_string(),
                items,
            };
            Ok((Document::json(&answer)?, moment.position))
        })
        .await?;
    Ok(answer::written(document, position))
}

fn read_request(value: &Value) -> Result<(Vec<String>, Option<String>, ReadAt), Problem> {
    all_or_faults(|faults| {
        let mut fields = Fields::open(value, "", faults)?;
        if !fields.has("numbers") {
            fields.required::<()>("numbers", None);
        }
        let numbers = fields.list("numbers", MAX_NUMBERS, |item, pointer, faults| {
            // What is blank or no number is an outcome, not a fault of the request.
            match item {
                Value::String(words) if words.trim().is_empty() => Some(words.clone()),
                other => read_text(other, pointer, MAX_NUMBER, faults),
            }
        });
        let owner = fields.division("owner");
        let valid_at = fields.date("valid_at");
        let as_of = fields.text("as_of", 64);
        let resolved = as_of.as_deref().map(AsOf::parse);
        if resolved == Some(None) {
            fields.fault(
                "as_of",
                "not_a_time",
                text!(
                    "应为位置、日期或 RFC 3339 时刻",
                    "write a position, a date or an RFC 3339 instant"
                ),
            );
        }
        fields.finish();
        let read_at = ReadAt {
            as_of: resolved.flatten(),
            valid_at,
            min_position: None,
        };
        Some((numbers, owner, read_at))
    })
}
