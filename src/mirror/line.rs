//! One line of the feed: what it brings, and whether its parts belong together.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::log::envelope::{ContentRef, Envelope, MAX_ENVELOPE_BYTES, Note};
use crate::log::hash::{Hash, from_hex, leaf_hash, sha256};
use crate::registry::absorb::Incoming;
use crate::registry::check::{Finding, at};

/// A line that came whole.
#[derive(Debug)]
pub enum Line {
    Leaf(Box<Incoming>),
    Closing(Closing),
}

/// The last line of a body.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Closing {
    /// Whether the source had nothing more when it answered.
    pub end: bool,
    /// Its newest position then.
    pub position: i64,
    /// How many entries are live there, and their digest; only at the end.
    pub count: Option<u64>,
    pub digest: Option<String>,
}

/// Only what is verified is read: the members that merely show what the envelope says are not looked at.
#[derive(Deserialize)]
struct Item<'l> {
    position: i64,
    #[serde(borrow)]
    content: Option<&'l RawValue>,
    leaf: LeafPart,
}

#[derive(Deserialize)]
struct LeafPart {
    hash: String,
    envelope: String,
    note: Option<Note>,
}

/// Tells the two kinds of lines apart.
#[derive(Deserialize)]
struct Shape {
    end: Option<bool>,
}

/// Reads a line and verifies it by itself. `due` is the position that should come, for the message.
pub fn read(line: &str, due: i64) -> Result<Line, Finding> {
    let unreadable = |error: serde_json::Error| at(due, &format!("the line does not read: {error}"));
    let shape: Shape = serde_json::from_str(line).map_err(unreadable)?;
    if shape.end.is_some() {
        return serde_json::from_str(line).map(Line::Closing).map_err(unreadable);
    }
    let item: Item = serde_json::from_str(line).map_err(unreadable)?;
    let wrong = |cause: &str| at(item.position, cause);
    let bytes = STANDARD
        .decode(&item.leaf.envelope)
        .ok()
        .filter(|bytes| bytes.len() <= MAX_ENVELOPE_BYTES)
        .ok_or_else(|| wrong("the envelope is no base64 of fitting length"))?;
    let hash = leaf_hash(&bytes);
    if from_hex(&item.leaf.hash) != Some(hash) {
        return Err(wrong("the envelope does not have the leaf's hash"));
    }
    let envelope = Envelope::from_bytes(&bytes)
        .map_err(|error| wrong(&format!("the envelope does not read: {error}")))?;
    let said = envelope.position();
    if said != item.position {
        return Err(wrong(&format!("the envelope says position {said}")));
    }
    let content = match &envelope {
        Envelope::Revision { content, .. } => verified_content(item.content, content).map_err(&wrong)?,
        _ => None,
    };
    let note = verified_note(item.leaf.note, &envelope).map_err(&wrong)?;
    Ok(Line::Leaf(Box::new(Incoming {
        envelope,
        bytes,
        leaf_hash: hash,
        content,
        note,
    })))
}

/// The content's bytes as they stand in the line.
fn verified_content(sent: Option<&RawValue>, named: &ContentRef) -> Result<Option<Vec<u8>>, &'static str> {
    let Some(sent) = sent else {
        return Ok(None);
    };
    let bytes = sent.get().as_bytes();
    has_hash(bytes, &named.sha256).ok_or("the content does not have the hash the leaf names")?;
    Ok(Some(bytes.to_vec()))
}

fn verified_note(sent: Option<Note>, envelope: &Envelope) -> Result<Option<Vec<u8>>, &'static str> {
    let (Some(note), Some(named)) = (sent, envelope.note()) else {
        return Ok(None);
    };
    let bytes = note.to_bytes().map_err(|_| "the note does not read")?;
    has_hash(&bytes, named).ok_or("the note does not have the hash the leaf names")?;
    Ok(Some(bytes))
}

fn has_hash(bytes: &[u8], hex: &str) -> Option<Hash> {
    from_hex(hex).filter(|named| *named == sha256(bytes))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::time::Instant;
    use crate::log::envelope::RevisionFacts;
    use crate::log::hash::to_hex;

    const CONTENT: &str = r#"{"number":"GB 38600-2019","title":"养老机构服务安全基本规范"}"#;

    /// A revision as the feed shows it.
    fn line() -> Value {
        let note = Note::new(Some("列入目录".to_owned()), None, [7; 16]);
        let envelope = Envelope::revision(&RevisionFacts {
            action: "create",
            actor: "city",
            content_sha256: sha256(CONTENT.as_bytes()),
            content_size: CONTENT.len(),
            content_type: "application/vnd.standards-registry.standard+json",
            entry_id: "01938f5e-7b1a-7000-8000-000000000001",
            kind: "standard",
            previous: None,
            revision: 1,
            note_sha256: sha256(&note.to_bytes().unwrap()),
            owner: "370200",
            position: 2,
            recorded_at: Instant(1_795_230_245_000_123),
            request: "req-1",
        });
        let bytes = envelope.to_bytes().unwrap();
        json!({
            "cursor": "c", "type": "revision", "position": 2, "action": "create",
            "content": serde_json::from_str::<Value>(CONTENT).unwrap(),
            "leaf": {"hash": to_hex(&leaf_hash(&bytes)), "envelope": STANDARD.encode(&bytes), "note": note},
        })
    }

    fn refusal(line: &Value) -> String {
        read(&line.to_string(), 2).unwrap_err().to_string()
    }

    #[test]
    fn a_line_brings_the_bytes_its_leaf_names() {
        let Ok(Line::Leaf(leaf)) = read(&line().to_string(), 2) else {
            panic!("a leaf");
        };
        assert_eq!(leaf.content.as_deref(), Some(CONTENT.as_bytes()));
        assert_eq!(leaf.envelope.position(), 2);
        assert!(leaf.note.is_some());
    }

    #[test]
    fn what_was_changed_in_any_part_is_refused_with_its_position() {
        for (pointer, by, cause) in [
            (
                "/content/title",
                json!("养老机构服务安全"),
                "the content does not have the hash",
            ),
            (
                "/leaf/note/reason",
                json!("列出目录"),
                "the note does not have the hash",
            ),
            (
                "/leaf/hash",
                json!("00".repeat(32)),
                "the envelope does not have the leaf's hash",
            ),
            (
                "/leaf/envelope",
                json!("e30="),
                "the envelope does not have the leaf's hash",
            ),
            ("/leaf/envelope", json!("#"), "no base64"),
            ("/position", json!(3), "the envelope says position 2"),
        ] {
            let mut line = line();
            *line.pointer_mut(pointer).unwrap() = by;
            let told = refusal(&line);
            assert!(told.starts_with("position ") && told.contains(cause), "{told}");
        }
        assert!(
            read("{\"cursor\":", 2)
                .unwrap_err()
                .to_string()
                .starts_with("position 2: ")
        );
    }

    #[test]
    fn the_closing_line_is_told_from_the_others() {
        let closing = json!({"end": true, "next": "c", "position": 2, "count": 1, "digest": "ab"});
        let Ok(Line::Closing(closing)) = read(&closing.to_string(), 3) else {
            panic!("a closing line");
        };
        assert!(closing.end);
        assert_eq!(closing.count, Some(1));
    }
}
