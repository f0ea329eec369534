//! What follows from the end of an attempt.

use std::time::Duration;

use crate::domain::term::Term;
use crate::domain::time::Instant;
use crate::domain::webhook::{DeliveryStatus, DisabledBecause};
use crate::registry::webhooks::schedule;
use crate::registry::webhooks::sender::{Answered, Reply};
use crate::store::conn::Conn;
use crate::store::delivery::{self, Attempted, DeliveryRow};
use crate::store::error::StoreError;
use crate::store::webhook;

/// The target wants no more hints (RFC 9110 §15.5.11, and the Standard Webhooks specification).
const GONE: u16 = 410;

/// The target wants to be left alone for a while.
const BUSY: [u16; 2] = [429, 503];

/// A target's wish is followed up to the longest wait of the schedule.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// The longest reason that is kept.
const LONGEST_ERROR: usize = 500;

/// An attempt that has ended.
pub struct Outcome {
    pub row: DeliveryRow,
    /// Until when it was claimed.
    pub claimed_until: i64,
    pub answered: Answered,
}

/// Writes an attempt's end down, and what it means for the webhook. Repeating it changes nothing.
pub fn record(conn: &mut Conn, outcome: &Outcome, base: Duration) -> Result<(), StoreError> {
    let Outcome { row, answered, .. } = outcome;
    let now = Instant::now().0;
    let status = answered.as_ref().ok().map(|reply| reply.status);
    let delivered = matches!(status, Some(200..=299));
    let gone = status == Some(GONE);
    let attempts = row.attempts.saturating_add(1);
    let wait = match delivered || gone {
        true => None,
        false => schedule::wait_after(attempts, base, random()).map(|wait| wait.max(wished(answered))),
    };
    let next_attempt_at = wait.map(|wait| now.saturating_add(micros(wait)));
    let standing = match (delivered, next_attempt_at) {
        (true, _) => DeliveryStatus::Delivered,
        (false, Some(_)) => DeliveryStatus::Pending,
        (false, None) => DeliveryStatus::Failed,
    };
    let attempted = Attempted {
        status: standing.id().to_owned(),
        attempts,
        attempted_at: Some(now),
        response_status: status.map(i32::from),
        error: error(answered),
        next_attempt_at,
        claimed_until: 0,
    };
    if delivered {
        webhook::works(conn, &row.webhook_id)?;
    } else {
        webhook::fails(conn, &row.webhook_id, now)?;
    }
    if standing == DeliveryStatus::Failed {
        let why = if gone {
            DisabledBecause::Gone
        } else {
            DisabledBecause::Failing
        };
        if webhook::disable(conn, &row.webhook_id, why.id())? {
            tracing::warn!(webhook = row.webhook_id, reason = why.id(), "webhook disabled");
        }
    }
    // Last, because it gives up the claim by which a failed recording is done again.
    delivery::attempted(conn, &row.id, outcome.claimed_until, &attempted)?;
    Ok(())
}

/// How long a target that is busy wants to be left alone.
fn wished(answered: &Answered) -> Duration {
    match answered {
        Ok(reply) if BUSY.contains(&reply.status) => reply.retry_after.unwrap_or_default().min(LONGEST_WAIT),
        _ => Duration::ZERO,
    }
}

fn error(answered: &Answered) -> Option<String> {
    match answered {
        Ok(Reply {
            status: 200..=299, ..
        }) => None,
        Ok(Reply {
            status: 300..=399, ..
        }) => Some("redirects are not followed".to_owned()),
        Ok(Reply { status, .. }) => Some(format!("the target answered {status}")),
        Err(reason) => Some(reason.chars().take(LONGEST_ERROR).collect()),
    }
}

fn micros(wait: Duration) -> i64 {
    i64::try_from(wait.as_micros()).unwrap_or(i64::MAX)
}

/// For jitter alone: without randomness there is none.
fn random() -> u32 {
    let mut bytes = [0; 4];
    let _ = getrandom::fill(&mut bytes);
    u32::from_le_bytes(bytes)
}
