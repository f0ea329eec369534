//! The log itself, pure: what an entry's bytes are, how they hash into one tree, and how that is shown to others.

pub mod checkpoint;
pub mod cursor;
pub mod envelope;
pub mod frontier;
pub mod hash;
pub mod merkle;
pub mod note;
pub mod state_digest;
pub mod tile;
pub mod tlog_proof;
