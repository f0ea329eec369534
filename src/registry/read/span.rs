//! Two ends of a stretch of the log, each named by a position, a day or an instant.

use chrono::Days;

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::time::{AsOf, Instant};
use crate::registry::moment::{self, Moment, ReadAt};
use crate::store::leaf;
use crate::store::pool::Snapshot;
use crate::text;

/// The first position at or after a point in time; one beyond the head when there is none yet.
pub fn since(snapshot: &mut Snapshot, from: AsOf) -> Result<i64, Problem> {
    let last_before = match from {
        AsOf::Position(position) => return Ok(position),
        AsOf::Day(day) => match day.checked_sub_days(Days::new(1)) {
            Some(eve) => Instant::end_of_day(eve),
            None => return Ok(0),
        },
        AsOf::Instant(instant) => Instant(instant.0 - 1),
    };
    Ok(leaf::position_at(snapshot.conn, last_before.0)?.map_or(0, |position| position + 1))
}

/// The moment a parameter names, or the newest one; refusals speak of that parameter.
pub fn until(snapshot: &mut Snapshot, name: &str, to: Option<AsOf>) -> Result<Moment, Problem> {
    let read_at = ReadAt {
        as_of: to,
        ..ReadAt::default()
    };
    moment::resolve(snapshot, &read_at).map_err(|problem| speaking_of(name, problem))
}

/// A refusal of `as_of` as one of another parameter that names a moment.
pub fn speaking_of(name: &str, problem: Problem) -> Problem {
    match problem.kind {
        ProblemType::BeyondHead if !problem.extra.contains_key(PARAMETER) => Problem {
            detail: text!(
                "{name} 尚未到来；`head` 为当前最新位置",
                "{name} has not come yet; `head` is the newest position"
            ),
            ..problem
        }
        .with(PARAMETER, name),
        _ => problem,
    }
}

/// The member that names the parameter a refusal speaks of.
const PARAMETER: &str = "parameter";
