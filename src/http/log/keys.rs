//! The keys the log was and is signed with.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::problem::Problem;
use crate::http::answer;
use crate::http::document::Document;
use crate::http::params::Params;
use crate::http::state::Shared;
use crate::registry::signing::named_key;
use crate::store::hand_over;
use crate::store::pool::Snapshot;

/// A key and the part of the log it has signed.
#[derive(Serialize, ToSchema)]
pub struct LogKey {
    /// The log's name with the epoch, as in the checkpoint's first line.
    #[schema(example = "standards-registry/5f2c9a1e/1")]
    name: String,
    /// The key's id in signed notes, in hexadecimal.
    #[schema(example = "9f835ff3")]
    id: String,
    /// The Ed25519 public key, in base64.
    #[schema(example = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")]
    public_key: String,
    /// The same, as verifiers of signed notes take it.
    #[schema(
        example = "standards-registry/5f2c9a1e/1+9f835ff3+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
    )]
    verifier_key: String,
    /// The position of the leaf that names it: from there on it signs.
    #[schema(example = 2)]
    from: i64,
    /// The position of the leaf that names the next; null while it signs.
    to: Option<i64>,
    /// The checkpoint that ends with that leaf, signed by this key and by the one before: who trusts the earlier learns
    /// from it to trust this one.
    hand_over: Option<String>,
}

/// The log's keys, oldest first.
#[derive(Serialize, ToSchema)]
pub struct LogKeys {
    items: Vec<LogKey>,
}

/// List the log's keys
///
/// Every key the log names as its own, oldest first; the last one signs now. To be worth anything, the first key you
/// trust must reach you in another way than this one.
#[utoipa::path(
    get, path = "/v1/log/keys", operation_id = "list_log_keys", tag = "proofs",
    responses((status = 200, description = "Keys, oldest first", body = LogKeys))
)]
pub async fn list(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    let items = state.registry.read(log_keys).await?;
    answer::fixed(&request, Document::json(&LogKeys { items })?).await
}

fn log_keys(snapshot: &mut Snapshot) -> Result<Vec<LogKey>, Problem> {
    let named = named_key::all(snapshot.conn, snapshot.head.position())?;
    let mut hand_overs: HashMap<i64, String> = hand_over::all(snapshot.conn)?
        .into_iter()
        .map(|hand_over| (hand_over.position, hand_over.note))
        .collect();
    let ends = named.iter().skip(1).map(|next| Some(next.position));
    let ends: Vec<Option<i64>> = ends.chain([None]).collect();
    Ok(named
        .into_iter()
        .zip(ends)
        .map(|(named, to)| {
            let key = named.key.to_ref();
            LogKey {
                id: key.id,
                public_key: key.public_key,
                verifier_key: named.key.to_string(),
                name: key.name,
                from: named.position,
                to,
                hand_over: hand_overs.remove(&named.position),
            }
        })
        .collect())
}
