//! Whether the process lives and whether it should get traffic.

use actix_web::HttpResponse;
use actix_web::http::header;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::text::Text;
use crate::http::mirror::MirrorStanding;
use crate::http::state::Shared;

/// That the process answers at all.
#[derive(Serialize, ToSchema)]
pub struct Health {
    #[schema(example = "alive")]
    status: &'static str,
    /// The version of the software.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// Whether the instance should get traffic, and if not, why.
#[derive(Serialize, ToSchema)]
pub struct Readiness {
    ready: bool,
    /// Why not, or what is wrong without standing in the way of reads.
    reasons: Vec<Reason>,
    /// The newest log position, where the database answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 812)]
    position: Option<i64>,
    /// How a mirror stands to its source.
    #[serde(skip_serializing_if = "Option::is_none")]
    mirror: Option<MirrorStanding>,
}

/// A sentence in both languages.
#[derive(Serialize, ToSchema)]
pub struct Reason {
    zh: String,
    en: String,
}

impl From<Text> for Reason {
    fn from(text: Text) -> Self {
        Self {
            zh: text.zh,
            en: text.en,
        }
    }
}

/// Liveness
///
/// Answers as long as the process runs; looks at nothing else.
#[utoipa::path(
    get, path = "/healthz", operation_id = "health", tag = "operation",
    responses((status = 200, description = "The process runs", body = Health))
)]
pub async fn health() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Health {
            status: "alive",
            version: env!("CARGO_PKG_VERSION"),
        })
}

/// Readiness
///
/// Whether this instance should get traffic: the database answers and the writer runs. A log that cannot be signed is
/// no reason to send readers away; it is named in `reasons` of an instance that is ready.
#[utoipa::path(
    get, path = "/readyz", operation_id = "readiness", tag = "operation",
    responses(
        (status = 200, description = "Ready", body = Readiness),
        (status = 503, description = "Not ready; `reasons` says why", body = Readiness,
            headers(("Retry-After" = i64, description = "Seconds until a retry makes sense"))),
    )
)]
pub async fn readiness(state: Shared) -> HttpResponse {
    let mut reasons: Vec<Reason> = state
        .registry
        .faults()
        .await
        .into_iter()
        .map(Reason::from)
        .collect();
    let head = state.registry.head().await;
    let position = head.as_ref().ok().map(|head| head.position);
    if let Err(problem) = head {
        tracing::error!(cause = problem.cause, "not ready: the head cannot be read");
        reasons.push(problem.detail.into());
    }
    let mirror = state.mirror.as_ref().map(|status| status.standing());
    if let Some(fork) = mirror.as_ref().and_then(|standing| standing.fork.clone()) {
        reasons.push(fork.into());
    }
    let ready = reasons.is_empty();
    reasons.extend(state.registry.concerns().into_iter().map(Reason::from));
    // What is held can be read whether or not there is more to be had.
    let trouble = mirror.as_ref().and_then(|standing| standing.trouble.clone());
    reasons.extend(trouble.map(Reason::from));
    let loading = state.registry.loading();
    reasons.extend(loading.map(|loading| loading.refusal().detail.into()));
    let mut response = if ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    if !ready {
        response.insert_header((header::RETRY_AFTER, "5"));
    }
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Readiness {
            ready,
            reasons,
            position,
            mirror: mirror.as_ref().map(MirrorStanding::from),
        })
}
