//! What an evidence bundle holds.
//!
//! The n-th line of each file of lines speaks of the same leaf. Canonical JSON holds no line break, so a line without
//! its end is exactly the bytes that were hashed, and common tools can take them out.

use serde::{Deserialize, Serialize};

use crate::log::envelope::ErasedPart;

pub const FORMAT: &str = "standards-registry-evidence/1";

/// Read first by people.
pub const VERIFY: &str = "VERIFY.md";
/// The signed note over size and root.
pub const CHECKPOINT: &str = "checkpoint";
/// Verifier keys, one a line.
pub const KEYS: &str = "keys.txt";
/// The leaves' exact bytes, one a line.
pub const ENVELOPES: &str = "envelopes.ndjson";
/// The canonical content of each leaf; an empty line where it has none or was erased.
pub const CONTENTS: &str = "contents.ndjson";
/// The canonical note of each leaf, likewise.
pub const NOTES: &str = "notes.ndjson";
/// What was erased: which bytes of which leaf, and the `redact` leaf that says why.
pub const ERASED: &str = "erased.ndjson";
/// The hash of every leaf of the log, 32 bytes each; in bundles of everything.
pub const LEAF_HASHES: &str = "leaf-hashes.bin";
/// An inclusion proof for each leaf; in bundles of a part.
pub const PROOFS: &str = "proofs.ndjson";
/// Written last: what the bundle is and what its files hash to.
pub const MANIFEST: &str = "manifest.json";

/// What a bundle speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every leaf of the log.
    All,
    /// One entry, with what happened to the log itself.
    Entry(String),
    /// Every entry that ever belonged to a division or to one below it, likewise.
    Owner(String),
}

/// What a bundle says of itself. Nothing in it needs to be believed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: String,
    pub scope: Scope,
    /// The checkpoint's first line.
    pub origin: String,
    /// How many leaves the checkpoint counts.
    pub size: u64,
    /// How many leaves are in the bundle.
    pub leaves: u64,
    pub files: Vec<FileDigest>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDigest {
    pub name: String,
    pub sha256: String,
    pub size: u64,
}

/// One line of the erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedLine {
    /// The leaf that names the bytes.
    pub position: i64,
    pub part: ErasedPart,
    pub sha256: String,
    /// The `redact` leaf.
    pub redacted_by: i64,
}
