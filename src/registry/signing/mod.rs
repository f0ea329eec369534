//! Signing the log: a key outside the database, a guard against contradicting oneself, and what happens when either
//! changes.

pub mod announce;
pub mod continuity;
pub mod epoch;
pub mod examine;
pub mod guard;
pub mod key_source;
pub mod named_key;
mod refusal;
pub mod rotation;
pub mod signer;
pub mod tree;
mod verified;
