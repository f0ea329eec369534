//! One framework's placements of a standard, as a resource of their own.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::problem::Problem;
use crate::domain::standard::Placement;
use crate::domain::vocabulary::Kind;
use crate::http::auth::Caller;
use crate::http::body::JsonBody;
use crate::http::entries::{StandardEntry, Writing, id_in_path, words_in_query};
use crate::http::params::Params;
use crate::http::request_id::RequestId;
use crate::http::state::Shared;
use crate::registry::intake::body::read_placements;
use crate::registry::operation::{Change, Operation, Revising, Target};

/// Where a standard stands in one framework. `framework` may be left out of each placement.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({
    "reason": "归入市级体系",
    "placements": [{"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}}]
}))]
pub struct PlacementsWrite {
    pub reason: String,
    pub basis: Option<String>,
    #[schema(example = "update")]
    pub action: Option<String>,
    pub placements: Vec<Placement>,
}

/// Set a standard's placements in one framework
///
/// Replaces the placements in this framework and leaves those in others alone.
#[utoipa::path(
    put, path = "/v1/standards/{id}/placements/{framework}", operation_id = "put_standard_placements", tag = "standards",
    params(
        ("id" = String, Path, format = Uuid, description = "The entry's id"),
        ("framework" = String, Path, description = "The framework's slug or id", example = "qingdao"),
    ),
    request_body = PlacementsWrite,
    responses((status = 200, description = "Placed or unchanged", body = StandardEntry))
)]
pub async fn put(
    request: HttpRequest,
    state: Shared,
    caller: Caller,
    request_id: RequestId,
    path: web::Path<(String, String)>,
    body: JsonBody,
) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    let (id, framework) = path.into_inner();
    let id = id_in_path(&id, Kind::Standard)?;
    let writing = Writing::new(&request, &state, caller, request_id, Some(&body));
    let expected = writing.expected()?;
    let read = read_placements(&body.value, &framework)?;
    let operation = Operation {
        kind: Kind::Standard,
        target: Target::Id(id),
        expected,
        change: read.change,
        words: read.words,
    };
    writing.one(operation).await
}

/// Take a standard out of one framework
///
/// Removes its placements in this framework; the standard stays in the catalogue.
#[utoipa::path(
    delete, path = "/v1/standards/{id}/placements/{framework}", operation_id = "delete_standard_placements", tag = "standards",
    params(
        ("id" = String, Path, format = Uuid, description = "The entry's id"),
        ("framework" = String, Path, description = "The framework's slug or id", example = "qingdao"),
        ("reason" = String, Query, description = "Why", example = "不属于该子体系"),
        ("basis" = Option<String>, Query, description = "The document (文号) this rests on"),
    ),
    responses((status = 200, description = "The entry without these placements", body = StandardEntry))
)]
pub async fn delete(
    request: HttpRequest,
    state: Shared,
    caller: Caller,
    request_id: RequestId,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, framework) = path.into_inner();
    let id = id_in_path(&id, Kind::Standard)?;
    let words = words_in_query(&request)?;
    let writing = Writing::new(&request, &state, caller, request_id, None);
    let operation = Operation {
        kind: Kind::Standard,
        target: Target::Id(id),
        expected: writing.expected()?,
        change: Change::Place {
            framework,
            placements: Vec::new(),
            action: Revising::Update,
        },
        words,
    };
    writing.one(operation).await
}
