//! Inclusion and consistency proofs: built as RFC 6962 §2.1 defines them, checked as RFC 9162 §2.1 says.

use std::ops::Range;

use crate::log::frontier::TILE_HEIGHT;
use crate::log::hash::{Hash, empty_root, node_hash};

/// Where the hashes of a tree are kept: roots of full subtrees of 256^level leaves, level 0 being the leaves.
pub trait Nodes {
    type Fault;

    /// The hashes of a level at consecutive indexes within one tile of 256, all of them or a fault.
    fn hashes(&mut self, level: u32, range: Range<u64>) -> Result<Vec<Hash>, Self::Fault>;
}

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofFault {
    /// It speaks of a leaf or a tree beyond the tree it is checked against.
    OutOfRange,
    /// It has more or fewer hashes than such a proof has.
    WrongLength,
    /// It leads to another root.
    WrongRoot,
}

impl std::fmt::Display for ProofFault {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match self {
            Self::OutOfRange => "it speaks of something beyond the tree",
            Self::WrongLength => "it has too many or too few hashes",
            Self::WrongRoot => "it leads to another root",
        })
    }
}

/// The root of the first `size` leaves.
pub fn root<N: Nodes>(nodes: &mut N, size: u64) -> Result<Hash, N::Fault> {
    if size == 0 {
        return Ok(empty_root());
    }
    subtree(nodes, 0..size)
}

/// `PATH(index, D[size])`: what is needed beside the leaf to make the root. The caller has checked `index < size`.
pub fn inclusion<N: Nodes>(nodes: &mut N, index: u64, size: u64) -> Result<Vec<Hash>, N::Fault> {
    let (mut leaves, mut siblings) = (0..size, Vec::new());
    while leaves.end - leaves.start > 1 {
        let middle = leaves.start + split(leaves.end - leaves.start);
        if index < middle {
            siblings.push(middle..leaves.end);
            leaves.end = middle;
        } else {
            siblings.push(leaves.start..middle);
            leaves.start = middle;
        }
    }
    // Found from the root down, told from the leaf up.
    siblings
        .into_iter()
        .rev()
        .map(|leaves| subtree(nodes, leaves))
        .collect()
}

/// `PROOF(from, D[to])`: what shows that the first `from` leaves of a tree are a tree's. The caller has checked
/// `from <= to`.
pub fn consistency<N: Nodes>(nodes: &mut N, from: u64, to: u64) -> Result<Vec<Hash>, N::Fault> {
    if from == 0 || from == to {
        return Ok(Vec::new());
    }
    let (mut leaves, mut parts) = (0..to, Vec::new());
    while leaves.end != from {
        let middle = leaves.start + split(leaves.end - leaves.start);
        if from <= middle {
            parts.push(middle..leaves.end);
            leaves.end = middle;
        } else {
            parts.push(leaves.start..middle);
            leaves.start = middle;
        }
    }
    // The old root itself needs no telling.
    if leaves.start > 0 {
        parts.push(leaves);
    }
    parts
        .into_iter()
        .rev()
        .map(|leaves| subtree(nodes, leaves))
        .collect()
}

/// Checks that a leaf stands at an index of the tree with this size and root.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofFault> {
    if index >= size {
        return Err(ProofFault::OutOfRange);
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return Err(ProofFault::WrongLength);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            climb_past_missing(&mut node, &mut last);
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofFault::WrongLength);
    }
    if hash == *root {
        Ok(())
    } else {
        Err(ProofFault::WrongRoot)
    }
}

/// Checks that the tree of `from` leaves is the beginning of the tree of `to` leaves.
pub fn verify_consistency(
    from: u64,
    to: u64,
    old_root: &Hash,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofFault> {
    if from > to {
        return Err(ProofFault::OutOfRange);
    }
    if from == to || from == 0 {
        let same = if from == to { new_root } else { &empty_root() };
        return match (proof, old_root == same) {
            ([], true) => Ok(()),
            ([], false) => Err(ProofFault::WrongRoot),
            _ => Err(ProofFault::WrongLength),
        };
    }
    // A full tree is its own first part, which the proof therefore leaves out.
    let mut parts = from
        .is_power_of_two()
        .then_some(*old_root)
        .into_iter()
        .chain(proof.iter().copied());
    let first = parts.next().ok_or(ProofFault::WrongLength)?;
    let (mut node, mut last) = (from - 1, to - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old, mut new) = (first, first);
    for part in parts {
        if last == 0 {
            return Err(ProofFault::WrongLength);
        }
        if node & 1 == 1 || node == last {
            old = node_hash(&part, &old);
            new = node_hash(&part, &new);
            climb_past_missing(&mut node, &mut last);
        } else {
            new = node_hash(&new, &part);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofFault::WrongLength);
    }
    if old == *old_root && new == *new_root {
        Ok(())
    } else {
        Err(ProofFault::WrongRoot)
    }
}

/// At the right edge levels without a sibling are passed over.
fn climb_past_missing(node: &mut u64, last: &mut u64) {
    while *node & 1 == 0 && *node != 0 {
        *node >>= 1;
        *last >>= 1;
    }
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The root of the leaves in a range as the definition cuts them: it begins at a multiple of its own rounded size.
fn subtree<N: Nodes>(nodes: &mut N, leaves: Range<u64>) -> Result<Hash, N::Fault> {
    let count = leaves.end - leaves.start;
    if count.is_power_of_two() {
        return full_subtree(nodes, count.ilog2(), leaves.start / count);
    }
    let middle = leaves.start + split(count);
    let left = subtree(nodes, leaves.start..middle)?;
    let right = subtree(nodes, middle..leaves.end)?;
    Ok(node_hash(&left, &right))
}

/// The roots of the perfect subtrees that the first `size` leaves fall into, largest first: the tree's right edge.
pub fn edge<N: Nodes>(nodes: &mut N, size: u64) -> Result<Vec<Hash>, N::Fault> {
    let mut covered = 0;
    (0..u64::BITS)
        .rev()
        .filter(|height| size >> height & 1 == 1)
        .map(|height| {
            let root = full_subtree(nodes, height, covered >> height)?;
            covered += 1 << height;
            Ok(root)
        })
        .collect()
}

/// The root above neighbouring hashes of one level, as many as a power of two.
pub fn above(mut hashes: Vec<Hash>) -> Hash {
    while hashes.len() > 1 {
        let (pairs, _) = hashes.as_chunks::<2>();
        hashes = pairs.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    hashes.into_iter().next().unwrap_or_else(empty_root)
}

/// The root of a full subtree of 2^height leaves, from at most 128 hashes of the level kept below it.
fn full_subtree<N: Nodes>(nodes: &mut N, height: u32, index: u64) -> Result<Hash, N::Fault> {
    let (level, above) = (height / TILE_HEIGHT, height % TILE_HEIGHT);
    let hashes = nodes.hashes(level, index << above..(index + 1) << above)?;
    Ok(self::above(hashes))
}
