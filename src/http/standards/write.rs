//! Registering, revising, withdrawing and restoring a standard.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::problem::Problem;
use crate::domain::standard::StandardContent;
use crate::domain::vocabulary::{Kind, RevisionAction};
use crate::http::body::JsonBody;
use crate::http::entries::{StandardEntry, id_in_path};
use crate::http::writing::Writing;
use crate::registry::intake::body::read_patch;
use crate::registry::operation::{Change, Target};

const KIND: Kind = Kind::Standard;

/// A standard to register or to put in an earlier revision's place.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!(crate::http::entries::write_example()))]
pub struct StandardWrite {
    /// The division whose catalogue the row belongs to.
    pub owner: String,
    /// Why; required except when an entry is created.
    pub reason: Option<String>,
    /// The document (文号) the change rests on.
    pub basis: Option<String>,
    /// `correct` when the earlier revision was wrong and the world did not change.
    #[schema(example = "update")]
    pub action: Option<RevisionAction>,
    pub content: StandardContent,
}

/// A merge patch (RFC 7396): `owner` and `content` merge, arrays are replaced whole, null removes.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"reason": "发布日期录入有误", "action": "correct", "content": {"published_on": "2017-12-29"}}))]
pub struct StandardPatch {
    pub owner: Option<String>,
    pub reason: String,
    pub basis: Option<String>,
    #[schema(example = "correct")]
    pub action: Option<RevisionAction>,
    /// The members to change.
    #[schema(schema_with = content_patch, required = false)]
    pub content: Option<serde_json::Value>,
}

fn content_patch() -> utoipa::openapi::Ref {
    utoipa::openapi::Ref::from_schema_name("StandardContentPatch")
}

/// Register a standard
///
/// Adds a row to an owner's catalogue. Every fault of the content is named at once.
#[utoipa::path(
    post, path = "/v1/standards", operation_id = "create_standard", tag = "standards",
    request_body = StandardWrite,
    responses((status = 201, description = "Registered", body = StandardEntry))
)]
pub async fn create(writing: Writing, body: JsonBody) -> Result<HttpResponse, Problem> {
    writing.create(KIND, &body).await
}

/// Replace, restore or register a standard
///
/// With `If-Match` the content is replaced whole, and a withdrawn entry comes back. With `If-None-Match: *` an entry
/// is registered under an id of the sender's choice. What equals the current revision appends nothing.
#[utoipa::path(
    put, path = "/v1/standards/{id}", operation_id = "put_standard", tag = "standards",
    params(("id" = String, Path, format = Uuid, description = "The entry's id")),
    request_body = StandardWrite,
    responses(
        (status = 200, description = "Revised, restored or unchanged", body = StandardEntry),
        (status = 201, description = "Registered under the chosen id", body = StandardEntry),
    )
)]
pub async fn put(writing: Writing, id: web::Path<String>, body: JsonBody) -> Result<HttpResponse, Problem> {
    let target = Target::Id(id_in_path(&id, KIND)?);
    writing.put(KIND, target, &body).await
}

/// Patch a standard
///
/// Merges into the current revision named by `If-Match`. `reason` and `basis` are never inherited.
#[utoipa::path(
    patch, path = "/v1/standards/{id}", operation_id = "patch_standard", tag = "standards",
    params(("id" = String, Path, format = Uuid, description = "The entry's id")),
    request_body(content = StandardPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "Revised or unchanged", body = StandardEntry))
)]
pub async fn patch(writing: Writing, id: web::Path<String>, body: JsonBody) -> Result<HttpResponse, Problem> {
    let target = Target::Id(id_in_path(&id, KIND)?);
    writing.revise(KIND, target, &body, read_patch).await
}

/// Withdraw a standard
///
/// The row leaves its owner's catalogue (移出目录), which says nothing about the standard itself. Its history stays.
#[utoipa::path(
    delete, path = "/v1/standards/{id}", operation_id = "withdraw_standard", tag = "standards",
    params(
        ("id" = String, Path, format = Uuid, description = "The entry's id"),
        ("reason" = String, Query, description = "Why it leaves", example = "不再列入城阳区目录"),
        ("basis" = Option<String>, Query, description = "The document (文号) this rests on"),
    ),
    responses((status = 200, description = "The withdrawn entry", body = StandardEntry))
)]
pub async fn withdraw(writing: Writing, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let target = Target::Id(id_in_path(&id, KIND)?);
    writing.remove(KIND, target, Change::Withdraw).await
}
