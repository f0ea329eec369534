//! The log itself, pure: what an entry's bytes are and how they hash into one tree.

pub mod cursor;
pub mod envelope;
pub mod frontier;
pub mod hash;
pub mod state_digest;
