//! Inclusion proofs of many leaves to one tree, told in the order of the log.

use std::collections::HashMap;
use std::ops::Range;

use crate::domain::problem::Problem;
use crate::log::hash::Hash;
use crate::log::merkle::{self, Nodes};
use crate::registry::stored::as_hash;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::leaf::{self, Leaf};
use crate::store::pool::Snapshot;

/// Hashes kept together at one level.
const TILE: u64 = 256;

/// How many tiles are remembered: leaves come in order, so only the newest of each level are asked for again.
const REMEMBERED: usize = 64;

/// Makes paths to the root of the tree of one size.
pub struct Paths {
    size: u64,
    /// By level and index: what never changes is read once.
    tiles: HashMap<(u32, u64), Vec<Hash>>,
}

/// What one leaf needs beside it to make the root.
pub struct Path {
    pub position: u64,
    pub size: u64,
    pub leaf: Hash,
    pub siblings: Vec<Hash>,
}

impl Paths {
    pub fn to(size: u64) -> Self {
        Self {
            size,
            tiles: HashMap::new(),
        }
    }

    /// The paths of leaves below the size.
    pub fn of(&mut self, snapshot: &mut Snapshot, leaves: &[Leaf]) -> Result<Vec<Path>, Problem> {
        let size = self.size;
        let mut stored = Stored {
            conn: snapshot.conn,
            paths: self,
        };
        leaves
            .iter()
            .map(|leaf| {
                let position = u64::try_from(leaf.position).map_err(Problem::internal)?;
                Ok(Path {
                    position,
                    size,
                    leaf: as_hash(&leaf.leaf_hash)?,
                    siblings: merkle::inclusion(&mut stored, position, size)?,
                })
            })
            .collect()
    }
}

/// The hashes in the database, behind those remembered.
struct Stored<'s> {
    conn: &'s mut Conn,
    paths: &'s mut Paths,
}

impl Nodes for Stored<'_> {
    type Fault = StoreError;

    /// What is asked for together lies in one tile.
    fn hashes(&mut self, level: u32, range: Range<u64>) -> Result<Vec<Hash>, StoreError> {
        let tile = range.start / TILE;
        let first = tile * TILE;
        if !self.paths.tiles.contains_key(&(level, tile)) {
            if self.paths.tiles.len() >= REMEMBERED {
                self.paths.tiles.clear();
            }
            let hashes = read_tile(self.conn, level, first)?;
            self.paths.tiles.insert((level, tile), hashes);
        }
        let place = |index: u64| usize::try_from(index - first).unwrap_or(usize::MAX);
        let hashes = self.paths.tiles.get(&(level, tile));
        let wanted = hashes.and_then(|hashes| hashes.get(place(range.start)..place(range.end)));
        wanted.map(<[Hash]>::to_vec).ok_or_else(|| {
            StoreError::Corrupt(format!("level {level} of the tree ends before {}", range.end))
        })
    }
}

fn read_tile(conn: &mut Conn, level: u32, first: u64) -> Result<Vec<Hash>, StoreError> {
    let out_of_range = |_| StoreError::Corrupt("a tree larger than any log".to_owned());
    let first = i64::try_from(first).map_err(out_of_range)?;
    let count = i64::try_from(TILE).map_err(out_of_range)?;
    let hashes = leaf::nodes(conn, level, first, count)?;
    hashes.iter().map(|hash| as_hash(hash)).collect()
}
