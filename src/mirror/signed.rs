//! A checkpoint as it was received: what it says, and who vouches for it.

use crate::log::checkpoint::{Checkpoint, parts_of};
use crate::log::hash::Hash;
use crate::log::note::{NoteFault, VerifierKey};

/// A public key, whatever name it signs under.
pub type PublicKey = [u8; 32];

/// A checkpoint and the note it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The log's name, without the epoch.
    pub log: String,
    pub epoch: i64,
    pub size: i64,
    pub root: Hash,
    pub note: String,
    origin: String,
}

impl Signed {
    /// Reads the note without looking at its signatures.
    pub fn read(note: &str) -> Result<Self, NoteFault> {
        let Checkpoint { origin, size, root } = Checkpoint::peek(note)?;
        let (log, epoch) =
            parts_of(&origin).ok_or(NoteFault::Malformed("the log's name ends in no epoch"))?;
        Ok(Self {
            log: log.to_owned(),
            epoch,
            size: i64::try_from(size).map_err(|_| NoteFault::Malformed("no tree is so large"))?,
            root,
            note: note.to_owned(),
            origin,
        })
    }

    /// The log's name with the epoch: the checkpoint's first line, and the name of the key that signs it.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether one of the keys vouches for it under the log's name.
    pub fn check(&self, keys: &[PublicKey]) -> Result<(), NoteFault> {
        let trusted: Vec<VerifierKey> = keys
            .iter()
            .map(|key| VerifierKey {
                name: self.origin.clone(),
                public: *key,
            })
            .collect();
        Checkpoint::open(&self.note, &trusted).map(|_| ())
    }
}
