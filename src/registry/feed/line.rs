//! One line of a feed: JSON around stored bytes, each line with its own cursor and good by itself.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::domain::problem::Problem;
use crate::domain::time::Instant;
use crate::log::cursor::Cursor;
use crate::log::envelope::Envelope;
use crate::log::hash::to_hex;
use crate::registry::feed::object::Object;
use crate::registry::feed::rows::Row;
use crate::registry::stored::as_hash;
use crate::store::error::StoreError;
use crate::store::leaf::Leaf;

/// Room for what a line says besides its content.
const AROUND_CONTENT: usize = 768;

/// One item.
#[derive(Clone, Debug)]
pub struct Line {
    pub position: i64,
    /// Absent where lines have none, as in a snapshot.
    pub cursor: Option<Cursor>,
    pub json: Vec<u8>,
}

/// The words of a note, as they stand in its bytes.
#[derive(Deserialize)]
struct Words<'n> {
    #[serde(borrow)]
    reason: Option<&'n RawValue>,
    #[serde(borrow)]
    basis: Option<&'n RawValue>,
}

impl Line {
    /// A revision or, where a selection was left by it, only that.
    pub fn of_row(row: &Row, cursor: Option<Cursor>) -> Result<Self, Problem> {
        let content = row.content.as_deref().filter(|_| row.selected != 0);
        let mut item = Object::with_capacity(AROUND_CONTENT + content.map_or(0, <[u8]>::len));
        if let Some(cursor) = cursor {
            item.plain("cursor", &cursor.to_string());
        }
        item.plain("type", if row.selected == 0 { "leave" } else { "revision" })
            .plain("id", &row.entry_id)
            .plain("kind", &row.kind)
            .integer("revision", row.revision)
            .integer("position", row.position)
            .plain("recorded_at", &Instant(row.recorded_at).to_rfc3339());
        if row.selected == 0 {
            item.plain("action", "leave");
        } else {
            item.plain("owner", &row.owner)
                .plain("action", &row.action)
                .text("actor", &row.actor);
            add_words(&mut item, row.note.as_deref())?;
            item.plain("content_sha256", &to_hex(&row.content_sha256))
                .boolean("withdrawn", row.withdrawn);
        }
        if let Some(content) = content {
            item.raw("content", content);
        }
        if let Some(position) = row.redacted_by.filter(|_| row.selected != 0) {
            item.integer("redacted_by", position);
        }
        if let (Some(leaf_hash), Some(envelope)) = (&row.leaf_hash, &row.envelope) {
            add_leaf(&mut item, leaf_hash, envelope, row.note.as_deref());
        }
        Ok(Self {
            position: row.position,
            cursor,
            json: item.end(),
        })
    }

    /// Something that happened to the log itself.
    pub fn of_event(leaf: &Leaf, epoch: i64, note: Option<&[u8]>, with_leaf: bool) -> Result<Self, Problem> {
        let cursor = Cursor::new(leaf.position, epoch, &as_hash(&leaf.leaf_hash)?);
        let envelope = event(leaf)?;
        let (kind, actor) = match &envelope {
            Envelope::Key { actor, .. } => ("key", actor),
            Envelope::Redact { actor, .. } => ("redact", actor),
            Envelope::Epoch { actor, .. } => ("epoch", actor),
            Envelope::Genesis { .. } | Envelope::Revision { .. } => {
                return Err(no_event(leaf).into());
            }
        };
        let mut item = Object::with_capacity(AROUND_CONTENT + leaf.envelope.len());
        item.plain("cursor", &cursor.to_string())
            .plain("type", kind)
            .plain("action", kind)
            .integer("position", leaf.position)
            .plain("recorded_at", &Instant(leaf.recorded_at).to_rfc3339())
            .text("actor", actor);
        add_words(&mut item, note)?;
        match &envelope {
            Envelope::Key { key, .. } => {
                item.raw("key", &json(key)?);
            }
            Envelope::Redact { erased, .. } => {
                item.raw("erased", &json(erased)?);
            }
            Envelope::Epoch { epoch, previous, .. } => {
                item.integer("epoch", *epoch).raw("previous", &json(previous)?);
            }
            Envelope::Genesis { .. } | Envelope::Revision { .. } => {}
        }
        if with_leaf {
            add_leaf(&mut item, &leaf.leaf_hash, &leaf.envelope, note);
        }
        Ok(Self {
            position: leaf.position,
            cursor: Some(cursor),
            json: item.end(),
        })
    }
}

/// What the leaf of an event says.
pub fn event(leaf: &Leaf) -> Result<Envelope, StoreError> {
    Envelope::from_bytes(&leaf.envelope).map_err(|_| no_event(leaf))
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(value).map_err(Problem::internal)
}

fn no_event(leaf: &Leaf) -> StoreError {
    StoreError::Corrupt(format!("position {}: the leaf does not read", leaf.position))
}

fn add_words(item: &mut Object, note: Option<&[u8]>) -> Result<(), Problem> {
    let Some(note) = note else {
        return Ok(());
    };
    let words: Words = serde_json::from_slice(note)
        .map_err(|error| StoreError::Corrupt(format!("a stored note does not read: {error}")))?;
    for (name, said) in [("reason", words.reason), ("basis", words.basis)] {
        if let Some(said) = said {
            item.raw(name, said.get().as_bytes());
        }
    }
    Ok(())
}

/// All that proves the line: the leaf's bytes and the salted note, both as they were hashed.
fn add_leaf(item: &mut Object, leaf_hash: &[u8], envelope: &[u8], note: Option<&[u8]>) {
    let mut leaf = Object::with_capacity(AROUND_CONTENT + envelope.len() * 2);
    leaf.plain("hash", &to_hex(leaf_hash))
        .plain("envelope", &STANDARD.encode(envelope));
    if let Some(note) = note {
        leaf.raw("note", note);
    }
    item.raw("leaf", &leaf.end());
}
