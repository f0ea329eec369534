//! Many changes in one request.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::problem::Problem;
use crate::domain::vocabulary::RevisionAction;
use crate::http::body::{JSON, RawBody};
use crate::http::document::Document;
use crate::http::negotiate;
use crate::http::params::Params;
use crate::http::writing::{Writing, durable};
use crate::registry::bulk::Batch;
use crate::registry::intake::bulk::{self, BulkOp};
use crate::registry::work::{Answer, Work};

/// One operation a line.
const NDJSON: &str = "application/x-ndjson";

/// Changes to apply in order, all or none unless `atomic` is false.
#[derive(Deserialize, ToSchema)]
pub struct BulkRequest {
    /// Whether one failure undoes all; true when absent.
    pub atomic: Option<bool>,
    /// 1 to 10,000.
    pub operations: Vec<BulkOperation>,
}

/// One change. `{"ref": "a"}` anywhere stands for the id of the earlier creation named `a`.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({
    "op": "create", "kind": "standard", "ref": "new", "owner": "370214",
    "content": {"number": "GB 38600-2019", "title": "养老机构服务安全基本规范", "origin": "referenced"}
}))]
pub struct BulkOperation {
    pub op: BulkOp,
    pub kind: crate::domain::vocabulary::Kind,
    /// The entry; for a creation, one of the sender's choice.
    #[schema(format = Uuid)]
    pub id: Option<String>,
    /// The revision the change rests on.
    pub if_revision: Option<i64>,
    /// A name for the entry, for later operations of this request.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    pub owner: Option<String>,
    pub reason: Option<String>,
    pub basis: Option<String>,
    pub action: Option<RevisionAction>,
    /// As in the single write: whole for `create` and `put`, a merge patch for `patch`.
    #[schema(schema_with = content_patch, required = false)]
    pub content: Option<Value>,
}

fn content_patch() -> utoipa::openapi::Ref {
    utoipa::openapi::Ref::from_schema_name("EntryContentPatch")
}

/// What became of each operation.
#[derive(Serialize, ToSchema)]
pub struct BulkAnswer {
    pub dry_run: bool,
    pub results: Vec<BulkResult>,
}

/// What became of one operation.
#[derive(Serialize, ToSchema)]
pub struct BulkResult {
    pub index: usize,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The status the operation would have had as a request of its own; 424 when another one of an atomic batch failed.
    #[schema(example = 201)]
    pub status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid)]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
    /// Absent after a dry run and where nothing changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
    /// A problem document.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = problem, required = false)]
    pub problem: Option<Value>,
}

fn problem() -> utoipa::openapi::Ref {
    utoipa::openapi::Ref::from_schema_name("Problem")
}

#[derive(Serialize)]
struct Results {
    dry_run: bool,
    results: Vec<Value>,
}

/// Apply many changes
///
/// Creations, replacements, patches and withdrawals of standards and frameworks, in order, as JSON or one operation a
/// line (NDJSON). An atomic batch with a failure answers 422 with the same results and writes nothing.
#[utoipa::path(
    post, path = "/v1/bulk", operation_id = "bulk", tag = "sync",
    params(
        ("dry_run" = Option<bool>, Query, description = "Check everything, write nothing"),
        ("atomic" = Option<bool>, Query, description = "For NDJSON, which has no member of this name; true when absent"),
    ),
    request_body(content((BulkRequest = "application/json"), (String = "application/x-ndjson"))),
    responses((status = 200, description = "Processed", body = BulkAnswer))
)]
pub async fn bulk(
    request: HttpRequest,
    writing: Writing,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let dry_run = params.boolean("dry_run").unwrap_or(false);
    let atomic = params.boolean("atomic").unwrap_or(true);
    params.finish()?;
    let language = negotiate::language(request.headers());
    let body = RawBody::read(request.headers(), payload.into_inner(), &[JSON, NDJSON]).await?;
    let body_sha256 = body.sha256;
    let batch = read_off_worker(move || -> Result<Batch, Problem> {
        if body.media_type == NDJSON {
            return bulk::read_lines(&body.bytes, atomic, dry_run, language);
        }
        let value = crate::domain::json::parse(&body.bytes)?;
        bulk::read(&value, dry_run, language)
    })
    .await?;
    let accepted = writing.submit(Work::Batch(batch), body_sha256).await?;
    let Answer::Batch(outcome) = accepted.answer else {
        return Err(Problem::internal("a batch was answered as something else"));
    };
    let results = outcome.results.iter();
    let document = Document::json(&Results {
        dry_run: outcome.dry_run,
        results: results.map(|result| result.to_value(outcome.dry_run)).collect(),
    })?;
    Ok(durable(document, accepted.position, accepted.replayed))
}

/// Reading thousands of contents takes its time: it happens beside the async workers.
pub async fn read_off_worker<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(read)
        .await
        .map_err(Problem::internal)?
}
