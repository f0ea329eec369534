//! One write transaction: lock the head, decide every request in memory, append once, commit.

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::time::Instant;
use crate::registry::append::{self, Appended};
use crate::registry::redaction::Redaction;
use crate::registry::retention;
use crate::registry::sealed::Matter;
use crate::registry::state::{Needs, State};
use crate::registry::stored::ContentCache;
use crate::registry::work::{Accepted, Answer, Kept, Request, Retry, Work};
use crate::registry::{bulk, catalogue, decide, redaction};
use crate::store::conn::{Conn, Location, Purpose};
use crate::store::error::StoreError;
use crate::store::head::Head;
use crate::store::idempotency::{self, KeptAnswer};
use crate::store::{dialect, leaf};
use crate::text;

/// A committed transaction: the head it left and what each request is told.
pub struct Committed {
    pub head: Head,
    pub answers: Vec<Result<Accepted, Problem>>,
}

/// A request's fate before positions are known.
enum Decision {
    /// Accepted; its revisions are those staged from `first` on, and `position` is the log's once they are written:
    /// what neighbours in the transaction write after it, its sender has not seen.
    New {
        answer: Answer,
        first: usize,
        position: i64,
    },
    Replay(Kept),
    Refused(Box<Problem>),
}

/// Runs all requests in one transaction. An error means that nothing was written.
pub fn run(
    conn: &mut Conn,
    location: &Location,
    cache: &ContentCache,
    requests: &[Request],
) -> Result<Committed, Problem> {
    dialect::begin_write(conn)?;
    let prepared = prepare(conn, cache, requests);
    let (appended, decisions) = match prepared {
        Ok(prepared) => prepared,
        Err(problem) => {
            dialect::rollback(conn);
            return Err(problem);
        }
    };
    if let Err(error) = dialect::commit(conn) {
        // If it still stands, it must not keep the lock from the connection that looks it up.
        dialect::rollback(conn);
        confirm(location, &appended, error)?;
    }
    let Appended { head, positions, .. } = appended;
    let answers = decisions
        .into_iter()
        .map(|decision| conclude(decision, &positions))
        .collect();
    Ok(Committed { head, answers })
}

/// Everything up to the commit.
fn prepare(
    conn: &mut Conn,
    cache: &ContentCache,
    requests: &[Request],
) -> Result<(Appended, Vec<Decision>), Problem> {
    let head = dialect::lock_head(conn)?.ok_or_else(|| Problem::internal("the log has no head row"))?;
    if let [request] = requests
        && let Work::Redact(redaction) = &request.work
    {
        let (appended, decision) = prepare_redaction(conn, cache, &head, request, redaction)?;
        return Ok((appended, vec![decision]));
    }
    let (decisions, staged) = {
        let mut state = State::new(conn, cache, head.position());
        state.prefetch(&needs(requests))?;
        let decisions = requests
            .iter()
            .map(|request| decide_one(&mut state, request))
            .collect::<Result<Vec<_>, Problem>>()?;
        (decisions, state.into_staged())
    };
    let appended = append::append(conn, &head, &staged)?;
    for (request, decision) in requests.iter().zip(&decisions) {
        if let (
            Some(retry),
            Decision::New {
                answer,
                first,
                position,
            },
        ) = (&request.retry, decision)
        {
            keep(conn, retry, answer.clone(), *first, *position, &appended)?;
        }
    }
    for revision in &staged {
        if let Matter::Whole(sealed) = &revision.content {
            cache.put(sealed);
        }
    }
    Ok((appended, decisions))
}

/// A redaction erases what others in its transaction might just have decided upon: it runs alone.
fn prepare_redaction(
    conn: &mut Conn,
    cache: &ContentCache,
    head: &Head,
    request: &Request,
    redaction: &Redaction,
) -> Result<(Appended, Decision), Problem> {
    let untouched = Appended {
        head: head.clone(),
        positions: Vec::new(),
        last_leaf: None,
    };
    if let Some(retry) = &request.retry
        && let Some(decision) = earlier_answer(conn, retry)?
    {
        return Ok((untouched, decision));
    }
    let erasure = match redaction::decide(conn, &request.author, redaction) {
        Ok(erasure) => erasure,
        Err(problem) if problem.kind.status() >= 500 => return Err(problem),
        Err(problem) => return Ok((untouched, Decision::Refused(Box::new(problem)))),
    };
    let (appended, redacted) = erasure.carry_out(conn, head, &request.author, redaction)?;
    redacted.forget_in(cache);
    let position = redacted.position;
    let answer = Answer::Redacted(redacted);
    if let Some(retry) = &request.retry {
        keep(conn, retry, answer.clone(), 0, position, &appended)?;
    }
    let decision = Decision::New {
        answer,
        first: 0,
        position,
    };
    Ok((appended, decision))
}

fn needs(requests: &[Request]) -> Needs {
    let mut needs = Needs::default();
    for request in requests {
        match &request.work {
            Work::One(operation) => operation.needs(&mut needs),
            Work::Batch(batch) => batch.needs(&mut needs),
            // Its keys come with its owner's whole catalogue.
            Work::Push(push) => push.needs(&mut needs),
            Work::Redact(_) => {}
        }
    }
    needs
}

/// Decides one request; a refusal leaves no trace in the state. Only failures of the store end the transaction.
fn decide_one(state: &mut State, request: &Request) -> Result<Decision, Problem> {
    if let Some(retry) = &request.retry
        && let Some(decision) = earlier_answer(state.conn(), retry)?
    {
        return Ok(decision);
    }
    let mark = state.mark();
    let first = state.staged().len();
    let outcome = match &request.work {
        Work::One(operation) => decide::decide(state, &request.author, operation).map(Answer::One),
        Work::Batch(batch) => bulk::decide(state, &request.author, batch).map(Answer::Batch),
        Work::Push(push) => catalogue::decide(state, &request.author, push).map(Answer::Push),
        Work::Redact(_) => Err(Problem::internal("a redaction is a transaction of its own")),
    };
    match outcome {
        Ok(answer) => Ok(Decision::New {
            answer,
            first,
            position: state.staged_position(),
        }),
        Err(problem) if problem.kind.status() >= 500 => Err(problem),
        Err(problem) => {
            state.go_back(mark);
            Ok(Decision::Refused(Box::new(problem)))
        }
    }
}

fn earlier_answer(conn: &mut Conn, retry: &Retry) -> Result<Option<Decision>, Problem> {
    let [subject, method, path, key] = &retry.key;
    let Some(kept) = idempotency::find(conn, (subject, method, path, key))? else {
        return Ok(None);
    };
    if kept.created_at < retention::kept_since() {
        idempotency::forget(conn, &kept)?;
        return Ok(None);
    }
    if kept.body_sha256 != retry.body_sha256 {
        return Ok(Some(Decision::Refused(Box::new(Problem::new(
            ProblemType::IdempotencyMismatch,
            text!(
                "此 Idempotency-Key 已用于内容不同的请求",
                "this Idempotency-Key was used for a request with another body"
            ),
        )))));
    }
    let kept = serde_json::from_slice(&kept.answer).map_err(Problem::internal)?;
    Ok(Some(Decision::Replay(kept)))
}

fn keep(
    conn: &mut Conn,
    retry: &Retry,
    mut answer: Answer,
    first: usize,
    position: i64,
    appended: &Appended,
) -> Result<(), Problem> {
    answer.fill_positions(appended.positions.get(first..).unwrap_or_default());
    let kept = Kept { answer, position };
    let [subject, method, path, key] = retry.key.clone();
    idempotency::keep(
        conn,
        &KeptAnswer {
            subject,
            method,
            path,
            key,
            body_sha256: retry.body_sha256.to_vec(),
            created_at: Instant::now().0,
            answer: serde_json::to_vec(&kept).map_err(Problem::internal)?,
        },
    )?;
    Ok(())
}

fn conclude(decision: Decision, positions: &[i64]) -> Result<Accepted, Problem> {
    match decision {
        Decision::New {
            mut answer,
            first,
            position,
        } => {
            answer.fill_positions(positions.get(first..).unwrap_or_default());
            Ok(Accepted {
                answer,
                position,
                replayed: false,
            })
        }
        Decision::Replay(kept) => Ok(Accepted {
            answer: kept.answer,
            position: kept.position,
            replayed: true,
        }),
        Decision::Refused(problem) => Err(*problem),
    }
}

/// A commit whose answer was lost is looked up, never repeated: the log says whether it happened.
fn confirm(location: &Location, appended: &Appended, error: StoreError) -> Result<(), Problem> {
    let Some(last) = appended.positions.last() else {
        return Err(error.into());
    };
    let unknown = |cause: &dyn std::fmt::Display| {
        Problem::new(
            ProblemType::OutcomeUnknown,
            text!(
                "提交结果未知，请先查询再重试",
                "whether the write was committed is not known; read before retrying"
            ),
        )
        .because(cause)
    };
    let mut conn = Conn::establish(location, Purpose::Write).map_err(|lost| unknown(&lost))?;
    let mut look = || -> Result<bool, StoreError> {
        // The lock waits for the lost transaction to end one way or the other.
        dialect::begin_write(&mut conn)?;
        dialect::lock_head(&mut conn)?;
        let found = leaf::hash_at(&mut conn, *last)?;
        dialect::rollback(&mut conn);
        Ok(found.is_some() && found == appended.last_leaf)
    };
    match look() {
        Ok(true) => Ok(()),
        Ok(false) => Err(error.into()),
        Err(lost) => Err(unknown(&lost)),
    }
}
