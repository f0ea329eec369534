//! Whose signature counts where a key was given: that key's, and of those it has handed over to, one after the other.

use crate::evidence::verifier::HandOver;
use crate::log::checkpoint::{Checkpoint, parts_of};
use crate::log::note::VerifierKey;

/// A key that came along, with the note by which the one before is said to have announced it.
pub struct Announced {
    pub key: VerifierKey,
    pub note: String,
}

/// The hand-overs that lead on from a key. What they sign is still to be held against the log.
pub fn lead_on(from: &VerifierKey, announced: Vec<Announced>) -> Vec<HandOver> {
    let mut trusted = vec![from.clone()];
    let mut hand_overs = Vec::new();
    for Announced { key, note } in announced {
        if trusted.contains(&key) {
            continue;
        }
        if let Some(checkpoint) = vouched_for(&note, &trusted) {
            trusted.push(key.clone());
            hand_overs.push(HandOver { checkpoint, to: key });
        }
    }
    hand_overs
}

/// What a note says, if one of the keys has signed it. A new epoch has a name of its own; the key stays the same.
fn vouched_for(note: &str, trusted: &[VerifierKey]) -> Option<Checkpoint> {
    let origin = Checkpoint::peek(note).ok()?.origin;
    let log = |name: &str| parts_of(name).map(|(log, _)| log.to_owned());
    let of_this_log = trusted.iter().filter(|key| log(&key.name) == log(&origin));
    let keys: Vec<VerifierKey> = of_this_log
        .map(|key| VerifierKey {
            name: origin.clone(),
            public: key.public,
        })
        .collect();
    Checkpoint::open(note, &keys).ok()
}
