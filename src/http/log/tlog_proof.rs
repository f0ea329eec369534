//! The proof of one revision as a file that can be checked alone.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::problem::Problem;
use crate::domain::vocabulary::Kind;
use crate::http::answer;
use crate::http::document::Document;
use crate::http::entries::id_in_path;
use crate::http::frameworks;
use crate::http::log::TEXT;
use crate::http::params::Params;
use crate::http::state::{Shared, State};
use crate::log::tlog_proof::TlogProof;
use crate::registry::moment::{self, ReadAt};
use crate::registry::read::history::{self, Name};
use crate::registry::read::proofs;

/// Prove a revision of a standard
///
/// One file (`c2sp.org/tlog-proof@v1`) with all it takes to check that the revision is in the log: the entry's
/// envelope as extra data, its position, the hashes up to the root, and the signed checkpoint. The envelope names the
/// SHA-256 of the content.
#[utoipa::path(
    get, path = "/v1/standards/{id}/revisions/{revision}/tlog-proof", operation_id = "prove_standard_revision",
    tag = "proofs",
    params(
        ("id" = String, Path, format = Uuid, description = "The entry's id"),
        ("revision" = i64, Path, description = "1, 2, 3 …", example = 2),
    ),
    responses((status = 200, description = "The proof; keep it as a `.tlog-proof` file", content_type = "text/plain", body = String))
)]
pub async fn of_standard(
    request: HttpRequest,
    state: Shared,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, revision) = path.into_inner();
    let name = id_in_path(&id, Kind::Standard).map(Name::Id)?;
    prove(&request, &state, Kind::Standard, name, &revision).await
}

/// Prove a revision of a framework
///
/// As for standards.
#[utoipa::path(
    get, path = "/v1/frameworks/{framework}/revisions/{revision}/tlog-proof", operation_id = "prove_framework_revision",
    tag = "proofs",
    params(
        ("framework" = String, Path, description = "The framework's id or slug", example = "qingdao"),
        ("revision" = i64, Path, description = "1, 2, 3 …", example = 1),
    ),
    responses((status = 200, description = "The proof; keep it as a `.tlog-proof` file", content_type = "text/plain", body = String))
)]
pub async fn of_framework(
    request: HttpRequest,
    state: Shared,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (framework, revision) = path.into_inner();
    prove(
        &request,
        &state,
        Kind::Framework,
        frameworks::name(&framework),
        &revision,
    )
    .await
}

async fn prove(
    request: &HttpRequest,
    state: &State,
    kind: Kind,
    name: Name,
    number: &str,
) -> Result<HttpResponse, Problem> {
    Params::of(request).finish()?;
    let number: i64 = number.parse().map_err(|_| history::not_found(kind))?;
    let version = state
        .registry
        .read(move |snapshot| {
            let now = moment::resolve(snapshot, &ReadAt::default())?;
            let current = history::version_at(snapshot, kind, &name, now.at)?;
            history::revision(snapshot, &current, number, &now)
        })
        .await?;
    // Signed after the revision was seen, so it is in it.
    let signed = state.registry.checkpoint().await?;
    let position = version.from_position;
    let proof = state
        .registry
        .read(move |snapshot| {
            let included = proofs::inclusion(snapshot, position, &signed)?;
            Ok(TlogProof {
                extra: Some(included.leaf.envelope),
                index: u64::try_from(position).map_err(Problem::internal)?,
                hashes: included.path,
                checkpoint: signed.note.clone(),
            })
        })
        .await?;
    let file = format!("inline; filename=\"{}-{number}.tlog-proof\"", version.entry_id);
    let document = Document::of(TEXT, proof.to_text()).header(header::CONTENT_DISPOSITION, &file);
    answer::fixed(request, document).await
}
