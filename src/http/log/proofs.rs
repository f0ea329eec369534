//! Proofs as JSON, each with the checkpoint it leads to.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::problem::{Problem, ProblemType};
use crate::http::answer;
use crate::http::document::Document;
use crate::http::log::base64;
use crate::http::params::Params;
use crate::http::state::{Shared, State};
use crate::registry::read::proofs;
use crate::registry::signing::guard::Signed;
use crate::text;

/// That an entry is in the log, in the terms of RFC 6962 §4.5.
#[derive(Serialize, ToSchema)]
pub struct InclusionProof {
    /// The entry's position.
    #[schema(example = 2)]
    leaf_index: i64,
    /// The size of the tree it is in: that of the checkpoint.
    #[schema(example = 3)]
    tree_size: u64,
    /// SHA-256 of a zero byte and the entry's bytes, in base64.
    #[schema(example = "RkP6oXPEZJCnVQoV7ULJCJ0nYQSCk1RWRAgHq4dQTJk=")]
    leaf_hash: String,
    /// The hashes beside the way from the leaf to the root, in base64.
    #[schema(example = json!(["dW7kZzpDDuSWoOBe2yp3IUgl3LdQ8Kxzrj0I8sD2e9s="]))]
    audit_path: Vec<String>,
    /// The signed note with the root.
    checkpoint: String,
}

/// That a tree is the beginning of another, in the terms of RFC 6962 §4.4.
#[derive(Serialize, ToSchema)]
pub struct ConsistencyProof {
    /// The size of the earlier tree.
    #[schema(example = 2)]
    first: u64,
    /// The size of the later tree: that of the checkpoint.
    #[schema(example = 3)]
    second: u64,
    /// The hashes that show it, in base64.
    #[schema(example = json!(["RkP6oXPEZJCnVQoV7ULJCJ0nYQSCk1RWRAgHq4dQTJk="]))]
    consistency: Vec<String>,
    /// The signed note with the later root.
    checkpoint: String,
}

/// Prove that an entry is in the log
///
/// The hashes that lead from the entry at `position` to the root in the checkpoint given along (RFC 6962 §2.1.1). Every
/// write can be proved at once.
#[utoipa::path(
    get, path = "/v1/log/proofs/inclusion", operation_id = "prove_inclusion", tag = "proofs",
    params(
        ("position" = u64, Query, description = "The entry's position", example = 2),
        ("size" = Option<u64>, Query, description = "How much of the log the proof is for; all of it when absent", example = 3),
    ),
    responses((status = 200, description = "The proof and the checkpoint", body = InclusionProof))
)]
pub async fn inclusion(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let position = required(&mut params, "position");
    let size = params.integer("size", 1..=i64::MAX);
    if let (Some(position), Some(size)) = (position, size)
        && position >= size
    {
        params.fault(
            "position",
            "beyond_size",
            text!("应小于 size（{size}）", "must be less than size, {size}"),
        );
    }
    params.finish()?;
    let position = position.unwrap_or_default();
    let signed = checkpoint(&state, size).await?;
    must_reach("position", position + 1, &signed)?;
    let document = state
        .registry
        .read(move |snapshot| {
            let included = proofs::inclusion(snapshot, position, &signed)?;
            Document::json(&InclusionProof {
                leaf_index: position,
                tree_size: signed.size(),
                leaf_hash: base64(&included.leaf_hash),
                audit_path: included.path.iter().map(|hash| base64(hash)).collect(),
                checkpoint: signed.note.clone(),
            })
        })
        .await?;
    answer::fixed(&request, document).await
}

/// Prove that nothing was rewritten
///
/// The hashes that show that the log, as it was when it held `from` entries, is the beginning of the log in the
/// checkpoint given along (RFC 6962 §2.1.2). Whoever kept an earlier checkpoint can hold the registry to it.
#[utoipa::path(
    get, path = "/v1/log/proofs/consistency", operation_id = "prove_consistency", tag = "proofs",
    params(
        ("from" = u64, Query, description = "The size of the checkpoint that was kept", example = 2),
        ("to" = Option<u64>, Query, description = "The size of the later one; all of the log when absent", example = 3),
    ),
    responses((status = 200, description = "The proof and the checkpoint", body = ConsistencyProof))
)]
pub async fn consistency(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let from = required(&mut params, "from");
    let to = params.integer("to", 0..=i64::MAX);
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        params.fault(
            "from",
            "beyond_to",
            text!("不得大于 to（{to}）", "must not be more than to, {to}"),
        );
    }
    params.finish()?;
    let from = from.unwrap_or_default();
    let signed = checkpoint(&state, to).await?;
    must_reach("from", from, &signed)?;
    let first = u64::try_from(from).map_err(Problem::internal)?;
    let document = state
        .registry
        .read(move |snapshot| {
            let proof = proofs::consistency(snapshot, first, &signed)?;
            Document::json(&ConsistencyProof {
                first,
                second: signed.size(),
                consistency: proof.iter().map(|hash| base64(hash)).collect(),
                checkpoint: signed.note.clone(),
            })
        })
        .await?;
    answer::fixed(&request, document).await
}

fn required(params: &mut Params, name: &'static str) -> Option<i64> {
    let faults = params.faults.0.len();
    let number = params.integer(name, 0..=i64::MAX);
    if number.is_none() && params.faults.0.len() == faults {
        params.fault(name, "required", text!("必须给出", "is required"));
    }
    number
}

/// The checkpoint of a size, or the newest.
async fn checkpoint(state: &State, size: Option<i64>) -> Result<Arc<Signed>, Problem> {
    let Some(size) = size else {
        return state.registry.checkpoint().await;
    };
    let wanted = u64::try_from(size).map_err(Problem::internal)?;
    let signed = state.registry.checkpoint_at(wanted).await?;
    must_reach("size", size, &signed)?;
    Ok(signed)
}

/// The log must have come so far.
fn must_reach(name: &str, size: i64, signed: &Signed) -> Result<(), Problem> {
    let reached = signed.size();
    if u64::try_from(size).is_ok_and(|size| size <= reached) {
        return Ok(());
    }
    let problem = Problem::new(
        ProblemType::BeyondHead,
        text!(
            "{name} 超出日志：日志现有 {reached} 条",
            "{name} lies beyond the log, which holds {reached} entries"
        ),
    );
    Err(problem.with("head", reached.saturating_sub(1)))
}
