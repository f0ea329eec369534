//! The log for those who check it: signed checkpoints, tiles, proofs, keys.

pub mod checkpoint;
pub mod entries;
pub mod keys;
pub mod proofs;
pub mod tiles;
pub mod tlog_proof;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Plain text, as signed notes are.
const TEXT: &str = "text/plain; charset=utf-8";

/// As RFC 6962 writes hashes.
fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
