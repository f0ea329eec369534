//! The declarative push of a whole catalogue.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::problem::Problem;
use crate::domain::standard::StandardContent;
use crate::http::body::JsonBody;
use crate::http::bulk::read_off_worker;
use crate::http::conditional::{self, Condition};
use crate::http::document::Document;
use crate::http::negotiate;
use crate::http::params::Params;
use crate::http::writing::{Writing, durable};
use crate::registry::catalogue::Plan;
use crate::registry::intake::push::{self, PushTerms};
use crate::registry::work::{Answer, Work};
use crate::text;

/// Everything an owner wants in its catalogue, and nothing else.
#[derive(Deserialize, ToSchema)]
pub struct CatalogueWrite {
    #[schema(example = "2026 年第四季度目录")]
    pub reason: String,
    #[schema(example = "青城市监〔2026〕31 号")]
    pub basis: Option<String>,
    /// The log position the sender's copy was taken at: what others changed since is a conflict.
    #[schema(example = 812)]
    pub base: Option<i64>,
    /// How many rows may leave; also a query parameter.
    pub max_withdrawals: Option<i64>,
    /// Contents, each with the entry's `id` beside its members if the sender knows it.
    pub standards: Vec<StandardContent>,
}

/// Push a catalogue
///
/// Says what the catalogue of exactly this owner shall be. Rows are matched by `id`, `external_id` or number,
/// withdrawn ones included; what is not named is withdrawn. `dry_run=true` answers the plan; its `plan_etag` sent as
/// `If-Match` applies exactly that plan. Applying is one atomic append.
#[utoipa::path(
    put, path = "/v1/catalogue", operation_id = "push_catalogue", tag = "sync",
    params(
        ("owner" = String, Query, description = "Whose catalogue, exactly", example = "370214"),
        ("dry_run" = Option<bool>, Query, description = "Answer the plan, write nothing"),
        ("max_withdrawals" = Option<i64>, Query, description = "How many rows may leave; by default a tenth of the live rows, at least 10", example = 25),
        ("If-Match" = Option<String>, Header, description = "The `plan_etag` of the plan to apply"),
    ),
    request_body = CatalogueWrite,
    responses((status = 200, description = "The plan, applied unless it was a dry run", body = Plan))
)]
pub async fn push(request: HttpRequest, writing: Writing, body: JsonBody) -> Result<HttpResponse, Problem> {
    let terms = read_terms(&request)?;
    let body_sha256 = body.sha256;
    let push = read_off_worker(move || push::read(&body.value, terms)).await?;
    let accepted = writing.submit(Work::Push(Box::new(push)), body_sha256).await?;
    let Answer::Push(plan) = accepted.answer else {
        return Err(Problem::internal("a push was answered as something else"));
    };
    let document = Document::json(&plan.into_shown())?;
    Ok(durable(document, accepted.position, accepted.replayed))
}

fn read_terms(request: &HttpRequest) -> Result<PushTerms, Problem> {
    let mut params = Params::of(request);
    let owner = owner(&mut params);
    let dry_run = params.boolean("dry_run").unwrap_or(false);
    let max_withdrawals = params.integer("max_withdrawals", 0..=i64::MAX);
    params.finish()?;
    Ok(PushTerms {
        owner: owner.unwrap_or_default(),
        max_withdrawals: max_withdrawals.and_then(|most| usize::try_from(most).ok()),
        dry_run,
        expected_plan: expected_plan(request)?,
        language: negotiate::language(request.headers()),
    })
}

/// Whose catalogue a request is about; it has to say.
pub fn owner(params: &mut Params) -> Option<String> {
    let owner = params.division("owner");
    if owner.is_none() && params.faults.is_empty() {
        params.fault("owner", "required", text!("须给出 owner", "say whose catalogue"));
    }
    owner
}

/// The tag of the plan to be applied, where only that one is meant.
pub fn expected_plan(request: &HttpRequest) -> Result<Option<String>, Problem> {
    Ok(match conditional::read(request.headers(), &header::IF_MATCH)? {
        Some(Condition::Tags(tags)) => tags.first().map(|tag| format!("\"{}\"", tag.opaque)),
        Some(Condition::Any) | None => None,
    })
}
