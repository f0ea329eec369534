//! Answers kept so that a request sent again gets the first one's. They are kept in the write's own transaction, so that
//! neither stands without the other.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::time::Instant;
use crate::registry::retention;
use crate::registry::work::Retry;
use crate::store::conn::Conn;
use crate::store::idempotency::{self, KeptAnswer};
use crate::text;

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
pub struct Kept<A> {
    pub answer: A,
    /// The log's position right after the work was done.
    pub position: i64,
}

/// What an earlier request under the same key was told; refused when that asked for something else.
pub fn earlier<A: DeserializeOwned>(conn: &mut Conn, retry: &Retry) -> Result<Option<Kept<A>>, Problem> {
    let [subject, method, path, key] = &retry.key;
    let Some(kept) = idempotency::find(conn, (subject, method, path, key))? else {
        return Ok(None);
    };
    if kept.created_at < retention::kept_since() {
        idempotency::forget(conn, &kept)?;
        return Ok(None);
    }
    if kept.body_sha256 != retry.body_sha256 {
        return Err(Problem::new(
            ProblemType::IdempotencyMismatch,
            text!(
                "此 Idempotency-Key 已用于内容不同的请求",
                "this Idempotency-Key was used for a request with another body"
            ),
        ));
    }
    let kept = serde_json::from_slice(&kept.answer).map_err(Problem::internal)?;
    Ok(Some(kept))
}

/// Keeps an answer for whoever sends the same request again.
pub fn keep<A: Serialize>(conn: &mut Conn, retry: &Retry, kept: &Kept<A>) -> Result<(), Problem> {
    let [subject, method, path, key] = retry.key.clone();
    let answer = KeptAnswer {
        subject,
        method,
        path,
        key,
        body_sha256: retry.body_sha256.to_vec(),
        created_at: Instant::now().0,
        answer: serde_json::to_vec(kept).map_err(Problem::internal)?,
    };
    idempotency::keep(conn, &answer).map_err(|error| match error.is_duplicate() {
        true => in_flight(),
        false => error.into(),
    })
}

/// Two requests with one key must not both be on their way: the second is told to ask again.
pub fn in_flight() -> Problem {
    Problem {
        retry_after: Some(1),
        ..Problem::new(
            ProblemType::IdempotencyInFlight,
            text!(
                "使用此 Idempotency-Key 的请求仍在处理",
                "a request with this Idempotency-Key is still being handled"
            ),
        )
    }
}
