//! The bytes of a log entry: a small JSON envelope, canonicalised once (RFC 8785), stored and served as those bytes.

use serde::{Deserialize, Serialize};

use crate::domain::time::Instant;
use crate::log::hash::{Hash, to_hex};

/// The largest envelope the log takes.
pub const MAX_ENVELOPE_BYTES: usize = 16 * 1024;

/// The only version of the envelope so far.
const VERSION: u32 = 1;

/// What one leaf says. The order of the members is that of RFC 8785, which sorts them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[allow(
    clippy::large_enum_variant,
    reason = "one genesis among millions of revisions"
)]
pub enum Envelope {
    /// Leaf 0: which log this is.
    Genesis {
        origin: String,
        position: i64,
        recorded_at: String,
        software: String,
        v: u32,
    },
    /// One revision of one entry.
    Revision {
        action: String,
        actor: String,
        content: ContentRef,
        entry: EntryRef,
        note: NoteRef,
        owner: String,
        position: i64,
        recorded_at: String,
        request: String,
        v: u32,
    },
}

/// The content is not in the leaf, only its hash, so that it can be erased while every proof still holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentRef {
    pub sha256: String,
    pub size: u64,
    #[serde(rename = "type")]
    pub media_type: String,
}

/// `previous` is the leaf hash of the revision before, so revisions 1…n with matching links have no hole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryRef {
    pub id: String,
    pub kind: String,
    pub previous: Option<String>,
    pub revision: i64,
}

/// The salted note, by its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteRef {
    pub sha256: String,
}

/// All that a revision's envelope is made of.
pub struct RevisionFacts<'a> {
    pub action: &'static str,
    pub actor: &'a str,
    pub content_sha256: Hash,
    pub content_size: usize,
    pub content_type: &'static str,
    pub entry_id: &'a str,
    pub kind: &'static str,
    pub previous: Option<Hash>,
    pub revision: i64,
    pub note_sha256: Hash,
    pub owner: &'a str,
    pub position: i64,
    pub recorded_at: Instant,
    pub request: &'a str,
}

impl Envelope {
    pub fn genesis(origin: &str, recorded_at: Instant) -> Self {
        Self::Genesis {
            origin: origin.to_owned(),
            position: 0,
            recorded_at: recorded_at.to_rfc3339(),
            software: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned(),
            v: VERSION,
        }
    }

    pub fn revision(facts: &RevisionFacts) -> Self {
        Self::Revision {
            action: facts.action.to_owned(),
            actor: facts.actor.to_owned(),
            content: ContentRef {
                sha256: to_hex(&facts.content_sha256),
                size: facts.content_size as u64,
                media_type: facts.content_type.to_owned(),
            },
            entry: EntryRef {
                id: facts.entry_id.to_owned(),
                kind: facts.kind.to_owned(),
                previous: facts.previous.map(|hash| to_hex(&hash)),
                revision: facts.revision,
            },
            note: NoteRef {
                sha256: to_hex(&facts.note_sha256),
            },
            owner: facts.owner.to_owned(),
            position: facts.position,
            recorded_at: facts.recorded_at.to_rfc3339(),
            request: facts.request.to_owned(),
            v: VERSION,
        }
    }

    /// The canonical bytes. Made once, at the append; afterwards only ever read back.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json_canonicalizer::to_vec(self)
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

/// Who writes words has them kept beside the log, by hash, so that they too can be erased.
/// The salt keeps short reasons from being guessed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub salt: String,
}

impl Note {
    pub fn new(reason: Option<String>, basis: Option<String>, salt: [u8; 16]) -> Self {
        Self {
            basis,
            reason,
            salt: to_hex(&salt),
        }
    }

    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json_canonicalizer::to_vec(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_an_envelope_never_change() {
        let facts = RevisionFacts {
            action: "update",
            actor: "市市场监管局",
            content_sha256: [0x11; 32],
            content_size: 321,
            content_type: "application/vnd.standards-registry.standard+json",
            entry_id: "01938f5e-7b1a-7000-8000-000000000001",
            kind: "standard",
            previous: Some([0x22; 32]),
            revision: 2,
            note_sha256: [0x33; 32],
            owner: "370214",
            position: 812,
            recorded_at: Instant(1_795_230_245_000_123),
            request: "req-1",
        };
        let bytes = Envelope::revision(&facts).to_bytes().unwrap();
        let one = "11".repeat(32);
        let two = "22".repeat(32);
        let three = "33".repeat(32);
        assert_eq!(
            String::from_utf8(bytes.clone()).unwrap(),
            format!(
                r#"{{"action":"update","actor":"市市场监管局","content":{{"sha256":"{one}","size":321,"type":"application/vnd.standards-registry.standard+json"}},"entry":{{"id":"01938f5e-7b1a-7000-8000-000000000001","kind":"standard","previous":"{two}","revision":2}},"note":{{"sha256":"{three}"}},"owner":"370214","position":812,"recorded_at":"2026-11-21T03:04:05.000123Z","request":"req-1","type":"revision","v":1}}"#
            )
        );
        assert_eq!(Envelope::from_bytes(&bytes).unwrap(), Envelope::revision(&facts));
    }
}
