//! What follows from the end of an attempt.

use std::time::Duration;

use crate::domain::term::Term;
use crate::domain::time::Instant;
use crate::domain::webhook::{DeliveryStatus, DisabledBecause};
use crate::registry::webhooks::schedule;
use crate::registry::webhooks::sender::Answered;
use crate::store::conn::Conn;
use crate::store::delivery::{self, Attempted, DeliveryRow};
use crate::store::error::StoreError;
use crate::store::webhook;

/// The target wants no more hints (RFC 9110 §15.5.11, and the Standard Webhooks specification).
const GONE: u16 = 410;

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
    let delivered = matches!(answered, Ok(200..=299));
    let gone = matches!(answered, Ok(GONE));
    let attempts = row.attempts.saturating_add(1);
    let wait = match delivered || gone {
        true => None,
        false => schedule::wait_after(attempts, base, random()),
    };
    let next_attempt_at = wait.map(|wait| now.saturating_add(micros(wait)));
    let status = match (delivered, next_attempt_at) {
        (true, _) => DeliveryStatus::Delivered,
        (false, Some(_)) => DeliveryStatus::Pending,
        (false, None) => DeliveryStatus::Failed,
    };
    let attempted = Attempted {
        status: status.id().to_owned(),
        attempts,
        attempted_at: Some(now),
        response_status: answered.as_ref().ok().map(|status| i32::from(*status)),
        error: error(answered),
        next_attempt_at,
        claimed_until: 0,
    };
    if delivered {
        webhook::works(conn, &row.webhook_id)?;
    } else {
        webhook::fails(conn, &row.webhook_id, now)?;
    }
    if status == DeliveryStatus::Failed {
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

fn error(answered: &Answered) -> Option<String> {
    match answered {
        Ok(200..=299) => None,
        Ok(300..=399) => Some("redirects are not followed".to_owned()),
        Ok(status) => Some(format!("the target answered {status}")),
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
