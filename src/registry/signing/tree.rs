//! The tree as the database keeps it: leaf hashes, and the roots of full subtrees of 256^level leaves.

use std::ops::Range;

use crate::domain::problem::Problem;
use crate::log::hash::Hash;
use crate::log::merkle::{self, Nodes};
use crate::registry::stored::as_hash;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::leaf;

pub struct StoredTree<'c>(pub &'c mut Conn);

impl Nodes for StoredTree<'_> {
    type Fault = Problem;

    fn hashes(&mut self, level: u32, range: Range<u64>) -> Result<Vec<Hash>, Problem> {
        let first = i64::try_from(range.start).map_err(Problem::internal)?;
        let count = i64::try_from(range.end - range.start).map_err(Problem::internal)?;
        let stored = leaf::nodes(self.0, level, first, count)?;
        let hashes = stored
            .iter()
            .map(|hash| as_hash(hash))
            .collect::<Result<Vec<Hash>, StoreError>>()?;
        if u64::try_from(hashes.len()) == Ok(range.end - range.start) {
            Ok(hashes)
        } else {
            Err(Problem::internal(format!(
                "the tree has a hole on level {level} between {first} and {}",
                range.end
            )))
        }
    }
}

/// The root of the first `size` leaves.
pub fn root_at(conn: &mut Conn, size: u64) -> Result<Hash, Problem> {
    merkle::root(&mut StoredTree(conn), size)
}
