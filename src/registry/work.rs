//! A write request as the writer takes it, and the answer it gives.

use serde::{Deserialize, Serialize};

use crate::log::hash::Hash;
use crate::registry::bulk::{Batch, BatchOutcome};
use crate::registry::catalogue::{Plan, Push};
use crate::registry::decide::Author;
use crate::registry::operation::{Effect, Operation, Written};
use crate::registry::redaction::{Redacted, Redaction};

/// One write, whole: all of it is accepted or none (except a batch that asked otherwise).
pub struct Request {
    pub author: Author,
    /// Present when the sender may retry.
    pub retry: Option<Retry>,
    pub work: Work,
}

/// The sender's key for a retry, with what it was first used for.
#[derive(Clone, Debug)]
pub struct Retry {
    /// Subject, method, path and key.
    pub key: [String; 4],
    pub body_sha256: Hash,
}

/// What is to be done.
pub enum Work {
    One(Box<Operation>),
    Batch(Batch),
    Push(Box<Push>),
    /// Runs in a transaction of its own.
    Redact(Box<Redaction>),
}

impl Request {
    /// Roughly how many changes it holds.
    pub fn size(&self) -> usize {
        match &self.work {
            Work::One(_) | Work::Redact(_) => 1,
            Work::Batch(batch) => batch.items.len(),
            Work::Push(push) => push.rows.len(),
        }
    }
}

/// The answer to an accepted write, small enough to be kept for retries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    One(Written),
    Batch(BatchOutcome),
    Push(Plan),
    Redacted(Redacted),
}

impl Answer {
    /// Writes in the positions of the revisions this answer speaks of, in the order they were staged.
    pub fn fill_positions(&mut self, positions: &[i64]) {
        let mut positions = positions.iter().copied();
        let mut next = |written: &mut Written| {
            if written.effect != Effect::Unchanged {
                written.position = positions.next().unwrap_or_default();
            }
        };
        match self {
            Self::One(written) => next(written),
            Self::Batch(outcome) => outcome.written_mut().for_each(next),
            Self::Push(plan) => plan.written_mut().for_each(next),
            // Written alone, it knew its position all along.
            Self::Redacted(_) => {}
        }
    }
}

/// An answer and how it came about.
#[derive(Clone, Debug)]
pub struct Accepted {
    pub answer: Answer,
    /// The log's position right after the work was done first.
    pub position: i64,
    /// Whether this is a kept answer to an earlier request.
    pub replayed: bool,
}
