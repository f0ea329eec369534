//! The tree as the database keeps it: leaf hashes, and the roots of full subtrees of 256^level leaves.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

use crate::domain::problem::Problem;
use crate::log::hash::Hash;
use crate::log::merkle::{self, Nodes};
use crate::log::tile::TILE_WIDTH;
use crate::registry::stored::as_hash;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::leaf;

/// Reads a tile at a time and keeps it: the hashes of a proof stand side by side in a few tiles, and one question for
/// each of them would cost more than the rest of the proof.
pub struct StoredTree<'c> {
    conn: &'c mut Conn,
    tiles: HashMap<(u32, u64), Vec<Hash>>,
}

impl<'c> StoredTree<'c> {
    /// The tree behind a connection that sees one state for as long as this is used.
    pub fn new(conn: &'c mut Conn) -> Self {
        Self {
            conn,
            tiles: HashMap::new(),
        }
    }

    /// The hashes of a tile, as many as there are.
    fn tile(&mut self, level: u32, index: u64) -> Result<&[Hash], Problem> {
        match self.tiles.entry((level, index)) {
            Entry::Occupied(read) => Ok(read.into_mut()),
            Entry::Vacant(unread) => {
                let first = i64::try_from(index * TILE_WIDTH).map_err(Problem::internal)?;
                let width = i64::try_from(TILE_WIDTH).map_err(Problem::internal)?;
                let hashes = leaf::nodes(self.conn, level, first, width)?
                    .iter()
                    .map(|hash| as_hash(hash))
                    .collect::<Result<Vec<Hash>, StoreError>>()?;
                Ok(unread.insert(hashes))
            }
        }
    }
}

impl Nodes for StoredTree<'_> {
    type Fault = Problem;

    fn hashes(&mut self, level: u32, range: Range<u64>) -> Result<Vec<Hash>, Problem> {
        let index = range.start / TILE_WIDTH;
        let within = |at: u64| usize::try_from(at - index * TILE_WIDTH).map_err(Problem::internal);
        let (start, end) = (within(range.start)?, within(range.end)?);
        let hashes = self.tile(level, index)?.get(start..end);
        hashes.map(<[Hash]>::to_vec).ok_or_else(|| {
            Problem::internal(format!(
                "the tree has a hole on level {level} between {} and {}",
                range.start, range.end
            ))
        })
    }
}

/// The root of the first `size` leaves.
pub fn root_at(conn: &mut Conn, size: u64) -> Result<Hash, Problem> {
    merkle::root(&mut StoredTree::new(conn), size)
}
