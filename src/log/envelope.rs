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
    /// From here on the log is signed with this key (too).
    Key {
        actor: String,
        key: KeyRef,
        note: NoteRef,
        position: i64,
        recorded_at: String,
        request: String,
        v: u32,
    },
    /// Bytes named by earlier leaves were erased for a legal reason, which the note states.
    Redact {
        actor: String,
        erased: Vec<Erased>,
        note: NoteRef,
        position: i64,
        recorded_at: String,
        request: String,
        v: u32,
    },
    /// History was cut here on purpose, by restoring a backup: what was signed before may not be extended by this log.
    Epoch {
        actor: String,
        epoch: i64,
        note: NoteRef,
        position: i64,
        previous: TreeRef,
        recorded_at: String,
        request: String,
        v: u32,
    },
}

/// A key as verifiers need it: the note's key name, its id in hexadecimal and the Ed25519 public key in base64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRef {
    pub id: String,
    pub name: String,
    pub public_key: String,
}

/// What a redaction erased: bytes by their hash, and the revision of which they were the content or the note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Erased {
    #[schema(format = Uuid, example = "01938f5e-7b1a-7000-8000-000000000001")]
    pub entry: String,
    #[schema(example = "standard")]
    pub kind: String,
    pub part: ErasedPart,
    /// The log position of the revision.
    #[schema(example = 812)]
    pub position: i64,
    #[schema(example = 2)]
    pub revision: i64,
    /// Of the bytes that are gone, in hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: String,
}

/// What of a revision: its content, or the note with its reason and basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasedPart {
    Content,
    Note,
}

/// A tree as a checkpoint names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TreeRef {
    pub epoch: i64,
    pub root: String,
    pub size: i64,
}

/// An entry of the log that is no revision: what happened to the log itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Key(KeyRef),
    Redact(Vec<Erased>),
    Epoch { epoch: i64, previous: TreeRef },
}

/// Who, where and when: what every leaf but the first says besides its matter.
pub struct Circumstances<'a> {
    pub actor: &'a str,
    pub note_sha256: Hash,
    pub position: i64,
    pub recorded_at: Instant,
    pub request: &'a str,
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

    pub fn event(event: Event, circumstances: &Circumstances) -> Self {
        let actor = circumstances.actor.to_owned();
        let note = NoteRef {
            sha256: to_hex(&circumstances.note_sha256),
        };
        let position = circumstances.position;
        let recorded_at = circumstances.recorded_at.to_rfc3339();
        let request = circumstances.request.to_owned();
        let v = VERSION;
        match event {
            Event::Key(key) => Self::Key {
                actor,
                key,
                note,
                position,
                recorded_at,
                request,
                v,
            },
            Event::Redact(erased) => Self::Redact {
                actor,
                erased,
                note,
                position,
                recorded_at,
                request,
                v,
            },
            Event::Epoch { epoch, previous } => Self::Epoch {
                actor,
                epoch,
                note,
                position,
                previous,
                recorded_at,
                request,
                v,
            },
        }
    }

    /// The position the leaf says it stands at.
    pub fn position(&self) -> i64 {
        match self {
            Self::Genesis { position, .. }
            | Self::Revision { position, .. }
            | Self::Key { position, .. }
            | Self::Redact { position, .. }
            | Self::Epoch { position, .. } => *position,
        }
    }

    /// When the leaf says it was recorded.
    pub fn recorded_at(&self) -> &str {
        match self {
            Self::Genesis { recorded_at, .. }
            | Self::Revision { recorded_at, .. }
            | Self::Key { recorded_at, .. }
            | Self::Redact { recorded_at, .. }
            | Self::Epoch { recorded_at, .. } => recorded_at,
        }
    }

    /// The hash of the note kept beside the leaf; the first leaf has none.
    pub fn note(&self) -> Option<&str> {
        match self {
            Self::Genesis { .. } => None,
            Self::Revision { note, .. }
            | Self::Key { note, .. }
            | Self::Redact { note, .. }
            | Self::Epoch { note, .. } => Some(&note.sha256),
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

    #[test]
    fn the_bytes_of_events_never_change() {
        let circumstances = Circumstances {
            actor: "root",
            note_sha256: [0x33; 32],
            position: 9,
            recorded_at: Instant(1_795_230_245_000_123),
            request: "req-2",
        };
        let bytes = |event| {
            let envelope = Envelope::event(event, &circumstances);
            let bytes = envelope.to_bytes().unwrap();
            assert_eq!(Envelope::from_bytes(&bytes).unwrap(), envelope);
            String::from_utf8(bytes).unwrap()
        };
        let note = "33".repeat(32);
        let hash = "44".repeat(32);
        assert_eq!(
            bytes(Event::Key(KeyRef {
                id: "0a1b2c3d".to_owned(),
                name: "qingdao/1".to_owned(),
                public_key: "AAAA".to_owned(),
            })),
            format!(
                r#"{{"actor":"root","key":{{"id":"0a1b2c3d","name":"qingdao/1","public_key":"AAAA"}},"note":{{"sha256":"{note}"}},"position":9,"recorded_at":"2026-11-21T03:04:05.000123Z","request":"req-2","type":"key","v":1}}"#
            )
        );
        assert_eq!(
            bytes(Event::Redact(vec![Erased {
                entry: "01938f5e-7b1a-7000-8000-000000000001".to_owned(),
                kind: "standard".to_owned(),
                part: ErasedPart::Content,
                position: 4,
                revision: 2,
                sha256: hash.clone(),
            }])),
            format!(
                r#"{{"actor":"root","erased":[{{"entry":"01938f5e-7b1a-7000-8000-000000000001","kind":"standard","part":"content","position":4,"revision":2,"sha256":"{hash}"}}],"note":{{"sha256":"{note}"}},"position":9,"recorded_at":"2026-11-21T03:04:05.000123Z","request":"req-2","type":"redact","v":1}}"#
            )
        );
        let previous = TreeRef {
            epoch: 1,
            root: hash.clone(),
            size: 12,
        };
        assert_eq!(
            bytes(Event::Epoch { epoch: 2, previous }),
            format!(
                r#"{{"actor":"root","epoch":2,"note":{{"sha256":"{note}"}},"position":9,"previous":{{"epoch":1,"root":"{hash}","size":12}},"recorded_at":"2026-11-21T03:04:05.000123Z","request":"req-2","type":"epoch","v":1}}"#
            )
        );
    }
}
