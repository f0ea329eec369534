//! The log's newest state: signed, and in words.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::time::Instant;
use crate::http::answer;
use crate::http::document::Document;
use crate::http::log::{TEXT, base64};
use crate::http::params::Params;
use crate::http::state::Shared;
use crate::store::leaf;

/// How far the log has come.
#[derive(Serialize, ToSchema)]
pub struct LogHead {
    /// How many entries the log holds; the newest is at `size - 1`.
    #[schema(example = 813)]
    size: u64,
    /// The root of their tree (RFC 6962 §2.1), in base64.
    #[schema(example = "yIr3bRiQcV0yH2RTtD6gcnEAqGJoDVu9P2PLVnJIhgI=")]
    root: String,
    /// When the newest entry was recorded.
    #[schema(format = DateTime, example = "2026-11-21T03:04:05.000123Z")]
    recorded_at: String,
    /// The same, signed; null while the log cannot be signed, for which `/readyz` gives the reason.
    #[schema(
        example = "standards-registry/5f2c9a1e/1\n813\nyIr3bRiQcV0yH2RTtD6gcnEAqGJoDVu9P2PLVnJIhgI=\n\n— standards-registry/5f2c9a1e/1 n4Nf8w…\n"
    )]
    checkpoint: Option<String>,
}

/// Get the checkpoint
///
/// Size and root of the log, signed: a C2SP checkpoint (`c2sp.org/tlog-checkpoint`), a signed note with an Ed25519
/// signature. It covers everything written before the request. Keep it: with it you can later show that nothing in
/// the log was changed since.
#[utoipa::path(
    get, path = "/log/checkpoint", operation_id = "get_checkpoint", tag = "proofs",
    responses((status = 200, description = "The signed note", content_type = "text/plain", body = String,
        example = "standards-registry/5f2c9a1e/1\n813\nyIr3bRiQcV0yH2RTtD6gcnEAqGJoDVu9P2PLVnJIhgI=\n\n— standards-registry/5f2c9a1e/1 n4Nf8w…\n"))
)]
pub async fn checkpoint(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    let signed = state.registry.checkpoint().await?;
    answer::fixed(&request, Document::of(TEXT, signed.note.clone())).await
}

/// Get the head of the log
///
/// Size, root and time of the newest entry, with the checkpoint that vouches for them.
#[utoipa::path(
    get, path = "/v1/log/head", operation_id = "get_log_head", tag = "proofs",
    responses((status = 200, description = "The head", body = LogHead))
)]
pub async fn head(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    let signed = match state.registry.checkpoint().await {
        Ok(signed) => Some(signed),
        Err(problem) if problem.kind == ProblemType::Unsigned => None,
        Err(problem) => return Err(problem),
    };
    let work = move |snapshot: &mut crate::store::pool::Snapshot| {
        let (size, root) = match &signed {
            Some(signed) => (signed.size(), signed.checkpoint.root.to_vec()),
            None => (
                u64::try_from(snapshot.head.size).map_err(Problem::internal)?,
                snapshot.head.root.clone(),
            ),
        };
        let newest = i64::try_from(size).map_err(Problem::internal)? - 1;
        let recorded_at = leaf::recorded_at(snapshot.conn, newest)?
            .ok_or_else(|| Problem::internal(format!("position {newest}: the leaf is missing")))?;
        Document::json(&LogHead {
            size,
            root: base64(&root),
            recorded_at: Instant(recorded_at).to_rfc3339(),
            checkpoint: signed.map(|signed| signed.note.clone()),
        })
    };
    let document = state.registry.read(work).await?;
    answer::fixed(&request, document).await
}
