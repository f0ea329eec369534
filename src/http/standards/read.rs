//! Reading one standard: now, then, and through its revisions.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::problem::Problem;
use crate::domain::vocabulary::{Kind, RelationType};
use crate::http::answer;
use crate::http::context;
use crate::http::entries::{self, StandardEntry, StandardRevisions, id_in_path};
use crate::http::export::{self, Layout};
use crate::http::params::Params;
use crate::http::state::Shared;
use crate::http::tables;
use crate::registry::read::history::{self, Name, RevisionDiff};
use crate::registry::read::relations::{self, Relations, Scope, USUAL_IMPACT};

const KIND: Kind = Kind::Standard;

/// How many steps an impact can be asked for.
const FARTHEST: i64 = 100;

/// How many entries an impact can be asked for.
const MOST_IMPACT: i64 = 10_000;

fn name(id: &str) -> Result<Name, Problem> {
    id_in_path(id, KIND).map(Name::Id)
}

/// Get a standard
///
/// The entry as it stands, or as it stood at `as_of`, with its validity on `valid_at`. A withdrawn entry answers 410
/// with directions to its history.
#[utoipa::path(
    get, path = "/v1/standards/{id}", operation_id = "get_standard", tag = "standards",
    params(("id" = String, Path, format = Uuid, description = "The entry's id")),
    responses((status = 200, description = "The entry", body = StandardEntry))
)]
pub async fn get(
    request: HttpRequest,
    state: Shared,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    entries::get(&request, &state, KIND, name(&id)?).await
}

/// List a standard's revisions
///
/// Every revision ever made, oldest first, withdrawn entries included.
#[utoipa::path(
    get, path = "/v1/standards/{id}/revisions", operation_id = "list_standard_revisions", tag = "history",
    params(
        ("id" = String, Path, format = Uuid, description = "The entry's id"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before", example = "812.100"),
        ("limit" = Option<i64>, Query, description = "Revisions a page, 1 to 1,000", example = 100),
        ("count" = Option<bool>, Query, description = "Whether to count all revisions"),
    ),
    responses((status = 200, description = "Revisions, oldest first", body = StandardRevisions))
)]
pub async fn revisions(
    request: HttpRequest,
    state: Shared,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    entries::revisions(&request, &state, KIND, name(&id)?).await
}

/// Get one revision of a standard
///
/// One revision whole: who, when, why, under which document, and what it said.
#[utoipa::path(
    get, path = "/v1/standards/{id}/revisions/{revision}", operation_id = "get_standard_revision", tag = "history",
    params(
        ("id" = String, Path, format = Uuid, description = "The entry's id"),
        ("revision" = i64, Path, description = "1, 2, 3 …", example = 2),
    ),
    responses((status = 200, description = "The revision", body = StandardEntry))
)]
pub async fn revision(
    request: HttpRequest,
    state: Shared,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, revision) = path.into_inner();
    entries::revision(&request, &state, KIND, name(&id)?, &revision).await
}

/// Compare two revisions of a standard
///
/// Field by field, and as an RFC 6902 patch. Without `from` and `to`: the newest revision with the one before it.
#[utoipa::path(
    get, path = "/v1/standards/{id}/diff", operation_id = "diff_standard", tag = "history",
    params(
        ("id" = String, Path, format = Uuid, description = "The entry's id"),
        ("from" = Option<i64>, Query, description = "The earlier revision", example = 1),
        ("to" = Option<i64>, Query, description = "The later revision", example = 2),
    ),
    responses((status = 200, description = "What changed", body = RevisionDiff))
)]
pub async fn diff(
    request: HttpRequest,
    state: Shared,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    entries::diff(&request, &state, KIND, name(&id)?).await
}

/// Get a standard's relations
///
/// What it points to, what points to it, and everything that rests on it, directly or through others, step by step.
/// `truncated` says whether `depth` or `limit` left anything out of `impact`.
#[utoipa::path(
    get, path = "/v1/standards/{id}/relations", operation_id = "get_standard_relations", tag = "standards",
    params(
        ("id" = String, Path, format = Uuid, description = "The entry's id"),
        ("type" = Option<Vec<RelationType>>, Query, description = "Only relations of these types, in all three parts", example = json!(["derives_from"])),
        ("depth" = Option<i64>, Query, minimum = 1, maximum = 100, description = "How many steps away an impact may be, 1 to 100; all when absent", example = 3),
        ("limit" = Option<i64>, Query, description = "How many entries `impact` names at most, 1 to 10,000; 1,000 when absent", example = 1000),
    ),
    responses((status = 200, description = "Both ends of every relation", body = Relations))
)]
pub async fn relations(
    request: HttpRequest,
    state: Shared,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let name = name(&id)?;
    let mut params = Params::of(&request);
    let size = |number: Option<i64>| number.and_then(|number| usize::try_from(number).ok());
    let scope = Scope {
        types: params.terms::<RelationType>("type"),
        depth: size(params.integer("depth", 1..=FARTHEST)).unwrap_or(usize::MAX),
        limit: size(params.integer("limit", 1..=MOST_IMPACT)).unwrap_or(USUAL_IMPACT),
    };
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
            let version = history::version_at(snapshot, KIND, &name, view.at.at)?;
            let relations = relations::read(snapshot, &cache, &version, &view.at, &scope)?;
            let rows = tables::relations::rows(&relations);
            export::document(&layout, &relations, tables::relations::table(), &view.at, &rows)
        },
    )
    .await
}
