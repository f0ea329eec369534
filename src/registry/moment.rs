//! The moment a read speaks of: which prefix of the log it sees, and on which day it asks what is in force.

use chrono::NaiveDate;

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::time::{AsOf, Instant};
use crate::registry::read::At;
use crate::store::error::StoreError;
use crate::store::leaf;
use crate::store::pool::Snapshot;
use crate::text;

/// What a request says about time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadAt {
    /// Transaction time; the newest state when absent.
    pub as_of: Option<AsOf>,
    /// Valid time; the Shanghai day of `as_of`, or today, when absent.
    pub valid_at: Option<NaiveDate>,
    /// The answer must hold at least this much of the log.
    pub min_position: Option<i64>,
}

impl ReadAt {
    /// The moment of one position, on its own day.
    pub fn position(position: i64) -> Self {
        Self {
            as_of: Some(AsOf::Position(position)),
            ..Self::default()
        }
    }
}

/// What it means in this log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The last position that is seen.
    pub position: i64,
    /// How rows that hold there are found.
    pub at: At,
    /// The instant the answer speaks of.
    pub as_of: Instant,
    pub valid_at: NaiveDate,
}

/// Finds the position a read speaks of, within the state it reads.
pub fn resolve(snapshot: &mut Snapshot, read_at: &ReadAt) -> Result<Moment, Problem> {
    let head = snapshot.head.position();
    let (position, as_of, default_day) = match read_at.as_of {
        None => {
            let recorded_at = Instant(snapshot.head.last_recorded_at);
            (head, recorded_at, Instant::now().shanghai_day())
        }
        Some(AsOf::Position(position)) if position > head => return Err(beyond_head(head)),
        Some(AsOf::Position(position)) if position == head => {
            let recorded_at = Instant(snapshot.head.last_recorded_at);
            (position, recorded_at, recorded_at.shanghai_day())
        }
        Some(AsOf::Position(position)) => {
            snapshot.must_hold(position)?;
            let recorded_at = leaf::recorded_at(snapshot.conn, position)?
                .map(Instant)
                .ok_or_else(|| StoreError::Corrupt(format!("the log has no leaf {position}")))?;
            (position, recorded_at, recorded_at.shanghai_day())
        }
        Some(AsOf::Day(day)) => {
            // Today's date means the day so far; a later one has nothing to say yet.
            let until = if day == Instant::now().shanghai_day() {
                Instant::now()
            } else {
                Instant::end_of_day(day)
            };
            (position_at(snapshot, until)?, until, day)
        }
        Some(AsOf::Instant(instant)) => (position_at(snapshot, instant)?, instant, instant.shanghai_day()),
    };
    Ok(Moment {
        position,
        at: if position == head {
            At::Head
        } else {
            At::Position(position)
        },
        as_of,
        valid_at: read_at.valid_at.unwrap_or(default_day),
    })
}

/// The newest position at an instant; before the log began nothing was registered, as right after its first leaf. What
/// has not come yet could still change, so nothing is said about it.
fn position_at(snapshot: &mut Snapshot, instant: Instant) -> Result<i64, Problem> {
    let newest = Instant(snapshot.head.last_recorded_at);
    if instant > newest.max(Instant::now()) {
        return Err(beyond_head(snapshot.head.position()));
    }
    if instant >= newest {
        return Ok(snapshot.head.position());
    }
    // Before it began the registry held what it holds at its first leaf: nothing.
    let position = leaf::position_at(snapshot.conn, instant.0)?.unwrap_or(0);
    // A copy that lacks leaves cannot tell which of them was the newest then, nor that there was none.
    snapshot.must_hold(position)?;
    Ok(position)
}

fn beyond_head(head: i64) -> Problem {
    Problem::new(
        ProblemType::BeyondHead,
        text!(
            "as_of 尚未到来；当前最新位置为 {head}，要读取最新状态请省略 as_of",
            "as_of has not come yet; the newest position is {head}, leave as_of out to read the newest state"
        ),
    )
    .with("head", head)
}
