//! One change of webhooks: a short transaction on a connection of its own, apart from the writer's, because webhooks
//! are no part of the log. Sent again under its key it does not happen again.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::problem::Problem;
use crate::registry::replay::{self, Kept};
use crate::registry::webhooks::Webhooks;
use crate::registry::webhooks::dispatcher::Event;
use crate::registry::work::Retry;
use crate::store::conn::{Conn, Purpose};
use crate::store::dialect;
use crate::store::head::{self, Head};

/// What a change came to.
pub struct Done<A> {
    pub answer: A,
    /// The log's position when it was made.
    pub position: i64,
    /// Whether this is a kept answer to an earlier request.
    pub replayed: bool,
}

impl Webhooks {
    /// Runs `work` in one write transaction, off the async workers, and lets the thread know.
    pub(super) async fn write<A: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        retry: Option<Retry>,
        work: impl FnOnce(&mut Conn, &Head) -> Result<A, Problem> + Send + 'static,
    ) -> Result<Done<A>, Problem> {
        let location = Arc::clone(&self.location);
        let transaction = move || {
            let mut conn = Conn::establish(&location, Purpose::Write)?;
            dialect::begin_write(&mut conn)?;
            let outcome = once(&mut conn, retry.as_ref(), work).and_then(|done| {
                dialect::commit(&mut conn)?;
                Ok(done)
            });
            if outcome.is_err() {
                dialect::rollback(&mut conn);
            }
            outcome
        };
        let done = tokio::task::spawn_blocking(transaction).await;
        let done = done.map_err(Problem::internal)??;
        self.wake(Event::Changed);
        Ok(done)
    }
}

/// Does the work, unless the same was asked for before.
fn once<A: Serialize + DeserializeOwned>(
    conn: &mut Conn,
    retry: Option<&Retry>,
    work: impl FnOnce(&mut Conn, &Head) -> Result<A, Problem>,
) -> Result<Done<A>, Problem> {
    if let Some(retry) = retry
        && let Some(Kept { answer, position }) = replay::earlier(conn, retry)?
    {
        return Ok(Done {
            answer,
            position,
            replayed: true,
        });
    }
    let head = head::read(conn)?.ok_or_else(|| Problem::internal("the log has no head row"))?;
    let kept = Kept {
        answer: work(conn, &head)?,
        position: head.position(),
    };
    if let Some(retry) = retry {
        replay::keep(conn, retry, &kept)?;
    }
    Ok(Done {
        answer: kept.answer,
        position: kept.position,
        replayed: false,
    })
}
