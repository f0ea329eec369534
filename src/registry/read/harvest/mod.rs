//! Standards as harvesters see them: by whole seconds and sets, each entry once, deletions for ever.
//!
//! A harvester asks for what changed between two seconds, so it may only be shown seconds that are over. The horizon is
//! the end of those; everything here is read at the last position before it, and so a list goes on unchanged for as
//! long as its reader likes.

pub mod list;
pub mod set;
pub mod set_list;

use crate::domain::problem::Problem;
use crate::domain::time::Instant;
use crate::store::leaf;
use crate::store::pool::Snapshot;

/// The state a harvest speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// Everything recorded before it is seen, nothing else.
    pub before: Instant,
    /// The last position that is seen; one before the first when nothing is.
    pub position: i64,
}

impl Horizon {
    pub fn at(snapshot: &mut Snapshot, before: Instant) -> Result<Self, Problem> {
        let position = leaf::position_at(snapshot.conn, before.0 - 1)?;
        Ok(Self {
            before,
            position: position.unwrap_or(-1),
        })
    }
}

/// When the log began: nothing was recorded earlier.
pub fn earliest(snapshot: &mut Snapshot) -> Result<Instant, Problem> {
    let genesis = leaf::recorded_at(snapshot.conn, 0)?;
    genesis
        .map(Instant)
        .ok_or_else(|| Problem::internal("the log has no first leaf"))
}
