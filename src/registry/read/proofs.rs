//! What shows others that the log is what it is said to be: tiles, entries as they were hashed, and proofs.

use crate::domain::problem::{Problem, ProblemType};
use crate::log::hash::Hash;
use crate::log::merkle;
use crate::log::tile::{Tile, TileOf};
use crate::registry::signing::guard::Signed;
use crate::registry::stored::as_hash;
use crate::registry::tree::StoredTree;
use crate::store::leaf::{self, Leaf};
use crate::store::pool::Snapshot;
use crate::text;

/// That one entry is in a signed tree.
pub struct Included {
    pub leaf: Leaf,
    pub leaf_hash: Hash,
    pub path: Vec<Hash>,
}

/// The bytes of a tile, if the log holds that much.
pub fn tile(snapshot: &mut Snapshot, tile: &Tile) -> Result<Option<Vec<u8>>, Problem> {
    let size = u64::try_from(snapshot.head.size).map_err(Problem::internal)?;
    let Some(span) = tile.span(size) else {
        return Ok(None);
    };
    let first = i64::try_from(span.start).map_err(Problem::internal)?;
    let width = i64::try_from(tile.width).map_err(Problem::internal)?;
    let bytes = match tile.of {
        TileOf::Hashes(level) => leaf::nodes(snapshot.conn, level, first, width)?.concat(),
        TileOf::Entries => bundle(&leaf::range(snapshot.conn, first, width)?)?,
    };
    Ok(Some(bytes))
}

/// Entries one after the other, each behind its length in two bytes.
fn bundle(leaves: &[Leaf]) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    for leaf in leaves {
        let length = u16::try_from(leaf.envelope.len()).map_err(Problem::internal)?;
        bytes.extend(length.to_be_bytes());
        bytes.extend(&leaf.envelope);
    }
    Ok(bytes)
}

/// Proves that an entry is in the signed tree, which holds its position.
pub fn inclusion(snapshot: &mut Snapshot, position: i64, signed: &Signed) -> Result<Included, Problem> {
    let index = u64::try_from(position).map_err(Problem::internal)?;
    if index >= signed.size() {
        // A copy may hold what it has seen no signature for yet.
        return Err(Problem::new(
            ProblemType::Unsigned,
            text!(
                "尚无涵盖位置 {position} 的检查点",
                "no checkpoint covers position {position} yet"
            ),
        ));
    }
    let leaf = leaf::range(snapshot.conn, position, 1)?.into_iter().next();
    let leaf = leaf
        .filter(|leaf| leaf.position == position)
        .ok_or_else(|| Problem::internal(format!("position {position}: the leaf is missing")))?;
    let leaf_hash = as_hash(&leaf.leaf_hash)?;
    let path = merkle::inclusion(&mut StoredTree::new(snapshot.conn), index, signed.size())?;
    // Nobody is shown a proof that does not hold.
    merkle::verify_inclusion(&leaf_hash, index, signed.size(), &path, &signed.checkpoint.root).map_err(
        |fault| {
            Problem::internal(format!(
                "position {position}: the stored nodes are damaged: {fault}"
            ))
        },
    )?;
    Ok(Included {
        leaf,
        leaf_hash,
        path,
    })
}

/// Proves that the first `from` entries are the beginning of the signed tree, which is no smaller.
pub fn consistency(snapshot: &mut Snapshot, from: u64, signed: &Signed) -> Result<Vec<Hash>, Problem> {
    let (to, root) = (signed.size(), &signed.checkpoint.root);
    let mut tree = StoredTree::new(snapshot.conn);
    let old_root = merkle::root(&mut tree, from)?;
    let proof = merkle::consistency(&mut tree, from, to)?;
    merkle::verify_consistency(from, to, &old_root, root, &proof).map_err(|fault| {
        Problem::internal(format!("the stored nodes below size {from} are damaged: {fault}"))
    })?;
    Ok(proof)
}
