//! When a question is asked about: a log position and a day, resolved once for each answer.

use chrono::NaiveDate;

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::time::{AsOf, Instant};
use crate::registry::read::At;
use crate::store::leaf;
use crate::store::pool::Snapshot;
use crate::text;

/// The moment an answer speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub position: i64,
    pub at: At,
    pub valid_at: NaiveDate,
    /// When the entry at `position` was recorded; for the newest state, now.
    pub as_of: Option<Instant>,
}

impl Moment {
    /// Resolves what a request named. Without `as_of` it is the newest state and today.
    pub fn resolve(
        snapshot: &mut Snapshot,
        as_of: Option<AsOf>,
        valid_at: Option<NaiveDate>,
    ) -> Result<Self, Problem> {
        let head = snapshot.head.position();
        let Some(as_of) = as_of else {
            return Ok(Self {
                position: head,
                at: At::Head,
                valid_at: valid_at.unwrap_or_else(|| Instant::now().shanghai_day()),
                as_of: None,
            });
        };
        let (position, day) = match as_of {
            AsOf::Position(position) => {
                if position > head {
                    return Err(beyond_head(head));
                }
                (position, recorded_at(snapshot, position)?.shanghai_day())
            }
            AsOf::Day(day) => (position_at(snapshot, Instant::end_of_day(day))?, day),
            AsOf::Instant(instant) => (position_at(snapshot, instant)?, instant.shanghai_day()),
        };
        Ok(Self {
            position,
            at: if position == head { At::Head } else { At::Position(position) },
            valid_at: valid_at.unwrap_or(day),
            as_of: Some(recorded_at(snapshot, position)?),
        })
    }

    /// The moment right after a write: what the answer to it shows, now and when it is replayed.
    pub fn after_write(snapshot: &mut Snapshot, position: i64) -> Result<Self, Problem> {
        Self::resolve(snapshot, Some(AsOf::Position(position)), None)
    }
}

fn recorded_at(snapshot: &mut Snapshot, position: i64) -> Result<Instant, Problem> {
    let recorded_at = leaf::recorded_at(snapshot.conn, position)?;
    recorded_at
        .map(Instant)
        .ok_or_else(|| Problem::internal(format!("no leaf at position {position}")))
}

fn position_at(snapshot: &mut Snapshot, instant: Instant) -> Result<i64, Problem> {
    // A day that is not over yet, or an instant to come, cannot be answered once and for all.
    if instant > Instant::now().max(Instant(snapshot.head.last_recorded_at)) && !is_today(instant) {
        return Err(beyond_head(snapshot.head.position()));
    }
    leaf::position_at(snapshot.conn, instant.0)?.ok_or_else(|| {
        let mut faults = crate::domain::fault::Faults::default();
        faults.push(
            "?as_of",
            "before_genesis",
            text!("此时日志尚未开始", "the log had not begun by then"),
        );
        Problem::parameters(faults)
    })
}

/// Today's date means the day so far.
fn is_today(end_of_day: Instant) -> bool {
    end_of_day == Instant::end_of_day(Instant::now().shanghai_day())
}

fn beyond_head(head: i64) -> Problem {
    let mut problem = Problem::new(
        ProblemType::BeyondHead,
        text!("as_of 在日志最新位置 {head} 之后", "as_of lies beyond the log's head {head}"),
    )
    .with("head", head);
    let detail = problem.detail.clone();
    problem.errors.push("?as_of", "beyond_head", detail);
    problem
}
