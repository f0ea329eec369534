//! Inclusion proofs as they are written, with RFC 6962's names.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::log::checkpoint::Checkpoint;
use crate::log::hash::Hash;
use crate::log::merkle;

/// That a leaf stands in the tree of a size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion {
    pub leaf_index: u64,
    pub tree_size: u64,
    pub leaf_hash: String,
    pub audit_path: Vec<String>,
}

impl Inclusion {
    pub fn new(index: u64, size: u64, leaf: &Hash, path: &[Hash]) -> Self {
        Self {
            leaf_index: index,
            tree_size: size,
            leaf_hash: STANDARD.encode(leaf),
            audit_path: path.iter().map(|hash| STANDARD.encode(hash)).collect(),
        }
    }

    /// Whether it shows that a leaf stands at a position of the tree that a checkpoint names.
    pub fn shows(&self, leaf: &Hash, position: i64, checkpoint: &Checkpoint) -> bool {
        let path: Option<Vec<Hash>> = self
            .audit_path
            .iter()
            .map(|words| STANDARD.decode(words).ok()?.try_into().ok())
            .collect();
        let (size, root) = (checkpoint.size, &checkpoint.root);
        u64::try_from(position) == Ok(self.leaf_index)
            && self.tree_size == size
            && path.is_some_and(|path| {
                merkle::verify_inclusion(leaf, self.leaf_index, size, &path, root).is_ok()
            })
    }
}
