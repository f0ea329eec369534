//! The checkpoints of a copy: those its source has signed, as they were received.

use std::sync::Arc;

use crate::domain::problem::Problem;
use crate::registry::signing::guard::Signed;
use crate::registry::signing::refusal::Refusal;
use crate::store::pool::Snapshot;
use crate::store::witnessed::{self, Witnessed};
use crate::text;

/// The newest one whose leaves the copy holds.
pub fn newest(snapshot: &mut Snapshot) -> Result<Arc<Signed>, Problem> {
    let newest = witnessed::newest_covered(snapshot.conn, snapshot.head.size)?;
    read(newest.ok_or_else(|| {
        Refusal::of_key(text!(
            "本副本尚未见过来源的检查点",
            "this copy has not seen a checkpoint of its source yet"
        ))
    })?)
}

/// The one of a size: a copy signs nothing, so there is one only where the source had just signed.
pub fn at(snapshot: &mut Snapshot, size: u64) -> Result<Arc<Signed>, Problem> {
    let newest = newest(snapshot)?;
    if newest.size() <= size {
        return Ok(newest);
    }
    let wanted = i64::try_from(size).map_err(Problem::internal)?;
    let found = witnessed::newest_covered(snapshot.conn, wanted)?.filter(|found| found.size == wanted);
    let reached = newest.size();
    read(found.ok_or_else(|| {
        Refusal::of_key(text!(
            "本副本没有来源在 {size} 条时的检查点；最新者为 {reached} 条",
            "this copy has no checkpoint of its source at {size} entries; the newest is at {reached}"
        ))
    })?)
}

fn read(found: Witnessed) -> Result<Arc<Signed>, Problem> {
    Signed::of(&found.note).map(Arc::new).map_err(Problem::internal)
}
