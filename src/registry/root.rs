//! The root of the log's tree at any size it has had.

use crate::domain::problem::Problem;
use crate::log::frontier::TILE_HEIGHT;
use crate::log::hash::{Hash, empty_root, node_hash};
use crate::registry::stored::as_hash;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::leaf;

/// The root of the first `size` leaves, from stored nodes and, at the right edge, leaves.
pub fn root_at(conn: &mut Conn, size: i64) -> Result<Hash, Problem> {
    let mut subtrees = Vec::new();
    let mut start = 0;
    // A tree falls into perfect subtrees, one for each bit of its size, the largest first.
    for height in (0..i64::BITS - 1).rev().filter(|height| size >> height & 1 == 1) {
        let level = height / TILE_HEIGHT;
        let first = start >> (level * TILE_HEIGHT);
        let count = 1 << (height % TILE_HEIGHT);
        let nodes = leaf::nodes(conn, level, first, count)?;
        if i64::try_from(nodes.len()) != Ok(count) {
            return Err(
                StoreError::Corrupt(format!("nodes of level {level} from {first} on are missing")).into(),
            );
        }
        let nodes = nodes.iter().map(|node| as_hash(node)).collect::<Result<_, _>>()?;
        subtrees.extend(perfect(nodes));
        start += 1 << height;
    }
    let mut from_right = subtrees.into_iter().rev();
    let smallest = from_right.next().unwrap_or_else(empty_root);
    Ok(from_right.fold(smallest, |right, left| node_hash(&left, &right)))
}

/// The root of 2^n hashes.
fn perfect(mut hashes: Vec<Hash>) -> Option<Hash> {
    while hashes.len() > 1 {
        let (pairs, _) = hashes.as_chunks::<2>();
        hashes = pairs.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    hashes.pop()
}
