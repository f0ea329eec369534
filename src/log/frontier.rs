//! The right edge of the tree: all that is needed to append a leaf and to know the root.

use crate::log::hash::{Hash, empty_root, node_hash};

/// How many levels of the tree lie between two stored levels: tiles are 256 hashes wide.
pub const TILE_HEIGHT: u32 = 8;

/// A full subtree of 256^level leaves that an append has completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedNode {
    pub level: u32,
    pub index: u64,
    pub hash: Hash,
}

/// The roots of the perfect subtrees a tree of `size` leaves falls into, largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    subtrees: Vec<Hash>,
}

impl Frontier {
    /// Reads the stored form: one hash for every bit set in `size`.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let (subtrees, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || subtrees.len() != size.count_ones() as usize {
            return None;
        }
        Some(Self {
            size,
            subtrees: subtrees.to_vec(),
        })
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        self.subtrees.concat()
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends one leaf and hands every tile node it completes to `completed`.
    pub fn append(&mut self, leaf: Hash, mut completed: impl FnMut(CompletedNode)) {
        let mut hash = leaf;
        let mut height = 0;
        // Like a carry in binary counting: each set low bit is a subtree as large as the one at hand.
        while self.size >> height & 1 == 1 {
            if let Some(left) = self.subtrees.pop() {
                hash = node_hash(&left, &hash);
            }
            height += 1;
            if height % TILE_HEIGHT == 0 {
                completed(CompletedNode {
                    level: height / TILE_HEIGHT,
                    index: self.size >> height,
                    hash,
                });
            }
        }
        self.subtrees.push(hash);
        self.size += 1;
    }

    pub fn root(&self) -> Hash {
        let mut subtrees = self.subtrees.iter().rev().copied();
        let Some(smallest) = subtrees.next() else {
            return empty_root();
        };
        subtrees.fold(smallest, |right, left| node_hash(&left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::hash::leaf_hash;

    /// RFC 6962 §2.1 word for word: split at the largest power of two below n.
    fn root_by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [only] => *only,
            many => {
                let split = many.len().next_power_of_two() / 2;
                node_hash(
                    &root_by_definition(&many[..split]),
                    &root_by_definition(&many[split..]),
                )
            }
        }
    }

    #[test]
    fn the_root_is_that_of_the_definition_at_every_size() {
        let leaves: Vec<Hash> = (0..600u32).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let mut frontier = Frontier::default();
        let mut nodes = Vec::new();
        for (size, leaf) in leaves.iter().enumerate() {
            assert_eq!(
                frontier.root(),
                root_by_definition(&leaves[..size]),
                "size {size}"
            );
            frontier.append(*leaf, |node| nodes.push(node));
            let restored = Frontier::from_bytes(frontier.size(), &frontier.to_bytes());
            assert_eq!(restored.as_ref(), Some(&frontier));
        }
        let expected: Vec<_> = (0..)
            .zip(leaves.chunks_exact(256))
            .map(|(index, leaves)| CompletedNode {
                level: 1,
                index,
                hash: root_by_definition(leaves),
            })
            .collect();
        assert_eq!(nodes, expected);
    }

    #[test]
    fn a_stored_edge_of_the_wrong_length_is_refused() {
        assert_eq!(Frontier::from_bytes(3, &[0; 32]), None);
        assert_eq!(Frontier::from_bytes(1, &[0; 31]), None);
    }
}
