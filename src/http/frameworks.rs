//! Frameworks over HTTP: entries like standards, named by id or slug, and the matrix.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::framework::FrameworkContent;
use crate::domain::framework::matrix::Breakdown;
use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::vocabulary::{Kind, RevisionAction};
use crate::http::answer;
use crate::http::body::JsonBody;
use crate::http::context;
use crate::http::document::Document;
use crate::http::entries::{self, FrameworkEntry, FrameworkRevisions};
use crate::http::export::{self, Layout};
use crate::http::negotiate::Format;
use crate::http::params::Params;
use crate::http::standards::query;
use crate::http::state::Shared;
use crate::http::tables;
use crate::http::writing::Writing;
use crate::registry::intake::body::read_patch;
use crate::registry::operation::{Change, Target};
use crate::registry::read::frameworks;
use crate::registry::read::history::{self, Name, RevisionDiff};
use crate::registry::read::matrix::{self, MatrixAnswer};
use crate::registry::read::places;
use crate::registry::read::view::EntryView;
use crate::text;

const KIND: Kind = Kind::Framework;

/// A framework to register or to put in an earlier revision's place.
#[derive(Deserialize, ToSchema)]
pub struct FrameworkWrite {
    /// The division whose framework it is; it and everything below may place standards in it.
    #[schema(example = "370214")]
    pub owner: String,
    /// Why; required except when a framework is created.
    #[schema(example = "试行期满，转为正式")]
    pub reason: Option<String>,
    pub basis: Option<String>,
    #[schema(example = "update")]
    pub action: Option<RevisionAction>,
    pub content: FrameworkContent,
}

/// A merge patch (RFC 7396): `owner` and `content` merge, arrays are replaced whole, null removes.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"reason": "试行期满，转为正式", "content": {"trial_to": null}}))]
pub struct FrameworkPatch {
    pub owner: Option<String>,
    pub reason: String,
    pub basis: Option<String>,
    #[schema(example = "update")]
    pub action: Option<RevisionAction>,
    /// The members to change.
    #[schema(schema_with = content_patch, required = false)]
    pub content: Option<serde_json::Value>,
}

fn content_patch() -> utoipa::openapi::Ref {
    utoipa::openapi::Ref::from_schema_name("FrameworkContentPatch")
}

#[derive(Serialize)]
struct Frameworks {
    items: Vec<EntryView>,
    next: Option<String>,
    position: i64,
    valid_at: String,
}

/// Every framework there is.
#[derive(Serialize, ToSchema)]
pub struct FrameworkList {
    pub items: Vec<FrameworkEntry>,
    /// Always null: all frameworks fit one page.
    #[schema(required)]
    pub next: Option<String>,
    pub position: i64,
    #[schema(format = Date)]
    pub valid_at: String,
}

/// What a path names: an id if it looks like one, else a slug.
pub fn name(words: &str) -> Name {
    match Uuid::parse_str(words) {
        Ok(id) => Name::Id(id),
        Err(_) => Name::Slug(words.to_owned()),
    }
}

fn target(words: &str) -> Target {
    match name(words) {
        Name::Id(id) => Target::Id(id),
        Name::Slug(slug) => Target::Slug(slug),
    }
}

/// List frameworks
///
/// All of them, in the order of their slugs, each whole.
#[utoipa::path(
    get, path = "/v1/frameworks", operation_id = "list_frameworks", tag = "frameworks",
    responses((status = 200, description = "Frameworks", body = FrameworkList))
)]
pub async fn list(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let read_at = context::read_at(&request, &mut params);
    let layout = Layout::read(&request, &mut params, tables::FORMATS)?;
    params.finish()?;
    let cache = state.registry.cache().clone();
    answer::read(
        &request,
        &state,
        tables::FORMATS,
        read_at,
        move |snapshot, view| {
            let items = frameworks::all(snapshot, &cache, &view.at)?;
            let list = Frameworks {
                items,
                next: None,
                position: view.at.position,
                valid_at: view.at.valid_at.to_string(),
            };
            let table = tables::frameworks::table();
            export::document(&layout, &list, table, &view.at, &list.items)
        },
    )
    .await
}

/// Get a framework
///
/// As it stands, or as it stood at `as_of`, with its status on `valid_at`.
#[utoipa::path(
    get, path = "/v1/frameworks/{framework}", operation_id = "get_framework", tag = "frameworks",
    params(("framework" = String, Path, description = "Slug or id", example = "qingdao")),
    responses((status = 200, description = "The framework", body = FrameworkEntry))
)]
pub async fn get(
    request: HttpRequest,
    state: Shared,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    entries::get(&request, &state, KIND, name(&path)).await
}

/// List a framework's revisions
///
/// Every revision ever made, oldest first.
#[utoipa::path(
    get, path = "/v1/frameworks/{framework}/revisions", operation_id = "list_framework_revisions", tag = "history",
    params(
        ("framework" = String, Path, description = "Slug or id", example = "qingdao"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before", example = "812.100"),
        ("limit" = Option<i64>, Query, description = "Revisions a page, 1 to 1,000", example = 100),
        ("count" = Option<bool>, Query, description = "Whether to count all revisions"),
    ),
    responses((status = 200, description = "Revisions, oldest first", body = FrameworkRevisions))
)]
pub async fn revisions(
    request: HttpRequest,
    state: Shared,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    entries::revisions(&request, &state, KIND, name(&path)).await
}

/// Get one revision of a framework
///
/// One revision whole.
#[utoipa::path(
    get, path = "/v1/frameworks/{framework}/revisions/{revision}", operation_id = "get_framework_revision", tag = "history",
    params(
        ("framework" = String, Path, description = "Slug or id", example = "qingdao"),
        ("revision" = i64, Path, description = "1, 2, 3 …", example = 1),
    ),
    responses((status = 200, description = "The revision", body = FrameworkEntry))
)]
pub async fn revision(
    request: HttpRequest,
    state: Shared,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (framework, revision) = path.into_inner();
    entries::revision(&request, &state, KIND, name(&framework), &revision).await
}

/// Compare two revisions of a framework
///
/// Field by field, and as an RFC 6902 patch.
#[utoipa::path(
    get, path = "/v1/frameworks/{framework}/diff", operation_id = "diff_framework", tag = "history",
    params(
        ("framework" = String, Path, description = "Slug or id", example = "qingdao"),
        ("from" = Option<i64>, Query, description = "The earlier revision", example = 1),
        ("to" = Option<i64>, Query, description = "The later revision", example = 1),
    ),
    responses((status = 200, description = "What changed", body = RevisionDiff))
)]
pub async fn diff(
    request: HttpRequest,
    state: Shared,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    entries::diff(&request, &state, KIND, name(&path)).await
}

/// Count a framework's cells
///
/// How many standards stand in every cell, zeros included, with margins, a total and what is not placed. Takes the
/// filters of the list of standards, too.
#[utoipa::path(
    get, path = "/v1/frameworks/{framework}/matrix", operation_id = "get_framework_matrix", tag = "frameworks",
    params(
        ("framework" = String, Path, description = "Slug or id", example = "qingdao"),
        ("by" = Option<String>, Query, description = "Comma-separated: `origin`, `level`, `supply`, `validity`; all when absent", example = "origin,supply"),
        ("owner" = Option<String>, Query, description = "Only rows of this division and everything below it", example = "370214"),
    ),
    responses((status = 200, description = "The matrix", body = MatrixAnswer))
)]
pub async fn matrix(
    request: HttpRequest,
    state: Shared,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let by = breakdowns(&mut params);
    let mut filters = query::filters(&mut params);
    let read_at = context::read_at(&request, &mut params);
    let layout = Layout::read(&request, &mut params, tables::FORMATS)?;
    params.finish()?;
    let name = name(&path);
    let cache = state.registry.cache().clone();
    answer::read(
        &request,
        &state,
        tables::FORMATS,
        read_at,
        move |snapshot, view| {
            let version = history::version_at(snapshot, KIND, &name, view.at.at)?;
            let framework = frameworks::open(snapshot, &cache, &version)?;
            places::settle(&mut filters, snapshot, &cache, &view.at)?;
            let matrix = matrix::count(snapshot, &framework, &filters, &by, &view.at)?;
            match layout.format {
                Format::Json => Document::json(&MatrixAnswer {
                    framework: framework.slug,
                    position: view.at.position,
                    valid_at: view.at.valid_at,
                    matrix,
                }),
                Format::Ndjson => export::lines(&matrix.cells),
                _ => {
                    let sheets = vec![tables::matrix::grid(&matrix), tables::matrix::flat(&matrix)];
                    export::book(&layout, sheets, &view.at)
                }
            }
        },
    )
    .await
}

fn breakdowns(params: &mut Params) -> Vec<Breakdown> {
    let given = params.texts("by", 100);
    let names: Vec<&str> = given
        .iter()
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .collect();
    if names.is_empty() {
        return Breakdown::ALL.to_vec();
    }
    let mut by = Vec::new();
    for name in names {
        match Breakdown::from_id(name) {
            Some(breakdown) if !by.contains(&breakdown) => by.push(breakdown),
            Some(_) => {}
            None => {
                let choices = Breakdown::choices();
                params.fault(
                    "by",
                    "unknown_value",
                    text!(
                        "「{name}」不在可选值之中：{choices}",
                        "\"{name}\" is not one of: {choices}"
                    ),
                );
            }
        }
    }
    by
}

/// Register a framework
///
/// Axes, values and nodes are free; a cell is one value on each axis.
#[utoipa::path(
    post, path = "/v1/frameworks", operation_id = "create_framework", tag = "frameworks",
    request_body = FrameworkWrite,
    responses((status = 201, description = "Registered", body = FrameworkEntry))
)]
pub async fn create(writing: Writing, body: JsonBody) -> Result<HttpResponse, Problem> {
    writing.create(KIND, &body).await
}

/// Replace, restore or register a framework
///
/// What rows stand in cannot be removed (409 with counts): retire it instead. Another set of axes is a new framework.
#[utoipa::path(
    put, path = "/v1/frameworks/{framework}", operation_id = "put_framework", tag = "frameworks",
    params(("framework" = String, Path, description = "Slug or id; an id to register under a chosen one", example = "qingdao")),
    request_body = FrameworkWrite,
    responses(
        (status = 200, description = "Revised, restored or unchanged", body = FrameworkEntry),
        (status = 201, description = "Registered under the chosen id", body = FrameworkEntry),
    )
)]
pub async fn put(writing: Writing, path: web::Path<String>, body: JsonBody) -> Result<HttpResponse, Problem> {
    writing.put(KIND, target(&path), &body).await
}

/// Patch a framework
///
/// Merges into the current revision named by `If-Match`.
#[utoipa::path(
    patch, path = "/v1/frameworks/{framework}", operation_id = "patch_framework", tag = "frameworks",
    params(("framework" = String, Path, description = "Slug or id", example = "qingdao")),
    request_body(content = FrameworkPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "Revised or unchanged", body = FrameworkEntry))
)]
pub async fn patch(
    writing: Writing,
    path: web::Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, Problem> {
    writing.revise(KIND, target(&path), &body, read_patch).await
}

/// Withdraw a framework
///
/// Refused while standards stand in it.
#[utoipa::path(
    delete, path = "/v1/frameworks/{framework}", operation_id = "withdraw_framework", tag = "frameworks",
    params(
        ("framework" = String, Path, description = "Slug or id", example = "qingdao"),
        ("reason" = String, Query, description = "Why it leaves", example = "由新框架代替"),
        ("basis" = Option<String>, Query, description = "The document (文号) this rests on"),
    ),
    responses((status = 200, description = "The withdrawn framework", body = FrameworkEntry))
)]
pub async fn withdraw(writing: Writing, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    writing.remove(KIND, target(&path), Change::Withdraw).await
}
