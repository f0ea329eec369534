//! Who vouches for a copy: its source, by the checkpoints of which the copy holds the leaves. Nothing is signed here.

use std::sync::Arc;

use crate::domain::problem::Problem;
use crate::registry::signing::guard::Signed;
use crate::registry::signing::refusal::Refusal;
use crate::store::pool::Snapshot;
use crate::store::witnessed::{self, Witnessed};
use crate::text;

/// The source's newest checkpoint that this copy holds the leaves of.
pub fn newest(snapshot: &mut Snapshot) -> Result<Arc<Signed>, Problem> {
    let size = snapshot.head.size;
    match witnessed::newest_covered(snapshot.conn, size)? {
        Some(witnessed) => read(&witnessed),
        None => Err(Refusal::of_key(text!(
            "此副本尚未核验来源的检查点",
            "this copy has not verified a checkpoint of its source yet"
        ))
        .into()),
    }
}

/// The source's checkpoint of the first `size` entries; the newest where the copy is not so large.
pub fn at(snapshot: &mut Snapshot, size: u64) -> Result<Arc<Signed>, Problem> {
    let newest = newest(snapshot)?;
    if newest.size() <= size {
        return Ok(newest);
    }
    let wanted = i64::try_from(size).map_err(Problem::internal)?;
    match witnessed::covered_at(snapshot.conn, wanted)? {
        Some(witnessed) => read(&witnessed),
        None => Err(Refusal::of_key(text!(
            "此副本没有来源就前 {size} 条签署的检查点：请省略该参数，或向来源查询",
            "this copy has no checkpoint of its source for the first {size} entries: leave the size out, or ask the source"
        ))
        .into()),
    }
}

fn read(witnessed: &Witnessed) -> Result<Arc<Signed>, Problem> {
    Signed::of(&witnessed.note).map(Arc::new).map_err(Problem::internal)
}
