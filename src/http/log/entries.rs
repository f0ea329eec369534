//! The entries of the log as they were hashed.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::problem::Problem;
use crate::http::answer;
use crate::http::document::Document;
use crate::http::log::base64;
use crate::http::params::Params;
use crate::http::state::Shared;
use crate::store::leaf::{self, Leaf};
use crate::text;

/// How many entries one page holds at most.
const ENTRIES_PER_PAGE: i64 = 1_000;

/// One entry as it was hashed.
#[derive(Serialize, ToSchema)]
pub struct LogEntry {
    #[schema(example = 2)]
    position: i64,
    /// SHA-256 of a zero byte and the envelope, in base64.
    #[schema(example = "RkP6oXPEZJCnVQoV7ULJCJ0nYQSCk1RWRAgHq4dQTJk=")]
    leaf_hash: String,
    /// The envelope's exact bytes, in base64.
    #[schema(example = "eyJhY3RvciI6InJlZ2lzdHJ5IiwiLi4uIjoiLi4uIn0=")]
    envelope: String,
}

/// Entries in the order of the log.
#[derive(Serialize, ToSchema)]
pub struct LogEntries {
    items: Vec<LogEntry>,
    /// The `from` of the next page; null when all that was asked for is there.
    #[schema(example = 1000)]
    next: Option<i64>,
    /// The newest position of the log.
    #[schema(example = 812)]
    position: i64,
}

impl From<Leaf> for LogEntry {
    fn from(leaf: Leaf) -> Self {
        Self {
            position: leaf.position,
            leaf_hash: base64(&leaf.leaf_hash),
            envelope: base64(&leaf.envelope),
        }
    }
}

/// List entries of the log
///
/// The envelopes that were hashed into the tree, from `from` up to but not including `to`, at most 1,000 at a time.
/// Contents and notes are not in them, only their hashes.
#[utoipa::path(
    get, path = "/v1/log/entries", operation_id = "list_log_entries", tag = "proofs",
    params(
        ("from" = Option<u64>, Query, description = "The first position; 0 when absent", example = 0),
        ("to" = Option<u64>, Query, description = "The position before which to end; that after the newest when absent", example = 3),
    ),
    responses((status = 200, description = "Entries in the order of the log", body = LogEntries))
)]
pub async fn list(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let from = params.integer("from", 0..=i64::MAX).unwrap_or(0);
    let to = params.integer("to", 0..=i64::MAX);
    if let Some(to) = to
        && from > to
    {
        params.fault(
            "from",
            "beyond_to",
            text!("不得大于 to（{to}）", "must not be more than to, {to}"),
        );
    }
    params.finish()?;
    let document = state
        .registry
        .read(move |snapshot| {
            let size = snapshot.head.size;
            let end = to.unwrap_or(size).min(size);
            let count = end.saturating_sub(from).clamp(0, ENTRIES_PER_PAGE);
            let leaves = leaf::range(snapshot.conn, from, count)?;
            let reached = from.saturating_add(count);
            Document::json(&LogEntries {
                items: leaves.into_iter().map(LogEntry::from).collect(),
                next: (reached < end).then_some(reached),
                position: snapshot.head.position(),
            })
        })
        .await?;
    answer::fixed(&request, document).await
}
