//! Redactions as the log has them, and the refusal to show what they erased.

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::time::Instant;
use crate::log::envelope::{Envelope, Note};
use crate::log::hash::from_hex;
use crate::registry::redaction::Redacted;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::leaf::{self, Leaf};
use crate::store::pool::Snapshot;
use crate::store::version::Version;
use crate::store::{content, redaction};
use crate::text;

/// At most `limit` redactions after a position, in order.
pub fn page(snapshot: &mut Snapshot, after: i64, limit: i64) -> Result<Vec<Redacted>, Problem> {
    let positions = redaction::positions_after(snapshot.conn, after, limit)?;
    let mut redactions = Vec::with_capacity(positions.len());
    for position in positions {
        redactions.push(read(snapshot.conn, position)?.ok_or_else(|| corrupt(position))?);
    }
    Ok(redactions)
}

/// How many there are.
pub fn count(snapshot: &mut Snapshot) -> Result<i64, Problem> {
    Ok(redaction::count(snapshot.conn)?)
}

/// The redaction at a position, if that is what stands there.
pub fn at(snapshot: &mut Snapshot, position: i64) -> Result<Option<Redacted>, Problem> {
    if position > snapshot.head.position() {
        return Ok(None);
    }
    read(snapshot.conn, position)
}

/// Refuses to show a version whose content was erased: by what, when and why.
pub fn refuse_erased(snapshot: &mut Snapshot, version: &Version) -> Result<(), Problem> {
    if !version.is_erased() {
        return Ok(());
    }
    let hash = &version.content_sha256;
    let erased = redaction::redacted_by(snapshot.conn, std::slice::from_ref(hash))?;
    let revision = version.revision;
    let Some(position) = erased.get(hash).copied() else {
        // A copy under way has not come to the redaction yet.
        return Err(Problem::new(
            ProblemType::Redacted,
            text!(
                "第 {revision} 版的内容已依法删除",
                "the content of revision {revision} was erased for a legal reason"
            ),
        ));
    };
    let redacted = read(snapshot.conn, position)?.ok_or_else(|| corrupt(position))?;
    Err(Problem::new(
        ProblemType::Redacted,
        text!(
            "第 {revision} 版的内容已由位置 {position} 的记录依法删除",
            "the content of revision {revision} was erased for a legal reason by the entry at position {position}"
        ),
    )
    .with("id", version.entry_id.as_str())
    .with("revision", revision)
    .with("redacted_by", position)
    .with("redacted_at", redacted.recorded_at)
    .with("reason", redacted.reason)
    .with("basis", redacted.basis))
}

fn read(conn: &mut Conn, position: i64) -> Result<Option<Redacted>, Problem> {
    let leaves = leaf::range(conn, position, 1)?;
    let Some(leaf) = leaves.first().filter(|leaf| leaf.position == position) else {
        return Ok(None);
    };
    let envelope = Envelope::from_bytes(&leaf.envelope).map_err(|_| corrupt(position))?;
    let Envelope::Redact {
        actor, erased, note, ..
    } = envelope
    else {
        return Ok(None);
    };
    let note = read_note(conn, &note.sha256, leaf)?;
    Ok(Some(Redacted {
        position,
        recorded_at: Instant(leaf.recorded_at).to_rfc3339(),
        actor,
        reason: note.as_ref().and_then(|note| note.reason.clone()),
        basis: note.and_then(|note| note.basis),
        erased,
    }))
}

fn read_note(conn: &mut Conn, sha256: &str, leaf: &Leaf) -> Result<Option<Note>, Problem> {
    let hash = from_hex(sha256).ok_or_else(|| corrupt(leaf.position))?;
    let rows = content::by_hashes(conn, &[hash.to_vec()])?;
    let bytes = rows.into_iter().next().and_then(|row| row.bytes);
    let note = bytes.map(|bytes| serde_json::from_slice(&bytes)).transpose();
    note.map_err(|_| corrupt(leaf.position).into())
}

fn corrupt(position: i64) -> StoreError {
    StoreError::Corrupt(format!("position {position}: the redaction does not read"))
}
