//! The root of the log's tree at any size it has had.

use std::ops::Range;

use crate::domain::problem::Problem;
use crate::log::hash::Hash;
use crate::log::merkle::{self, Nodes};
use crate::registry::stored::as_hash;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::leaf;

/// The root of the first `size` leaves.
pub fn root_at(conn: &mut Conn, size: i64) -> Result<Hash, Problem> {
    let size = u64::try_from(size).map_err(Problem::internal)?;
    Ok(merkle::root(&mut Stored(conn), size)?)
}

/// The nodes and leaves that are stored.
struct Stored<'c>(&'c mut Conn);

impl Nodes for Stored<'_> {
    type Fault = StoreError;

    fn hashes(&mut self, level: u32, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        let missing = || StoreError::Corrupt(format!("nodes {range:?} of level {level} are missing"));
        let first = i64::try_from(range.start).map_err(|_| missing())?;
        let count = i64::try_from(range.end - range.start).map_err(|_| missing())?;
        let nodes = leaf::nodes(self.0, level, first, count)?;
        if i64::try_from(nodes.len()) != Ok(count) {
            return Err(missing());
        }
        nodes.iter().map(|node| as_hash(node)).collect()
    }
}
