//! The one byte form of a value (RFC 8785), so that equal content has equal hashes on every machine and in every
//! language.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::domain::problem::Problem;

/// The value as canonical JSON: members in order, no blanks, one spelling of every text and number.
pub fn canonical_bytes(value: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json_canonicalizer::to_vec(value)
        .map_err(|error| Problem::internal(format!("no canonical form: {error}")))
}

/// The SHA-256 of bytes in lower-case hexadecimal, as `sha256sum` prints it.
pub fn sha256_hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
