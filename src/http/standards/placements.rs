//! One framework's placements of a standard, as a resource of their own.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::problem::Problem;
use crate::domain::standard::Placement;
use crate::domain::vocabulary::{Kind, RevisionAction};
use crate::http::body::JsonBody;
use crate::http::entries::{StandardEntry, id_in_path};
use crate::http::writing::Writing;
use crate::registry::intake::body::read_placements;
use crate::registry::operation::{Change, Revising, Target};

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
    pub action: Option<RevisionAction>,
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
    writing: Writing,
    path: web::Path<(String, String)>,
    body: JsonBody,
) -> Result<HttpResponse, Problem> {
    let (id, framework) = path.into_inner();
    let target = Target::Id(id_in_path(&id, Kind::Standard)?);
    let read = |value: &Value| read_placements(value, &framework);
    writing.revise(Kind::Standard, target, &body, read).await
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
pub async fn delete(writing: Writing, path: web::Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (id, framework) = path.into_inner();
    let target = Target::Id(id_in_path(&id, Kind::Standard)?);
    let change = Change::Place {
        framework,
        placements: Vec::new(),
        action: Revising::Update,
    };
    writing.remove(Kind::Standard, target, change).await
}
