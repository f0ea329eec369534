//! The audit trail: every revision of everything, in the order of the log, with what its leaf says of it.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::domain::problem::Problem;
use crate::domain::time::Instant;
use crate::log::envelope::{Envelope, Note};
use crate::log::hash::to_hex;
use crate::registry::read::push_reach;
use crate::registry::read::view::EntryView;
use crate::registry::stored::kind_of;
use crate::store::content;
use crate::store::error::StoreError;
use crate::store::leaf::{self, Leaf};
use crate::store::pool::Snapshot;
use crate::store::redaction;
use crate::store::sql::Sql;
use crate::store::version::Version;

/// What narrows the trail. Several values of one condition mean "or", several conditions "and".
#[derive(Clone, Debug, Default, Serialize)]
pub struct AuditFilters {
    pub actors: Vec<String>,
    /// Divisions; each stands for its subtree.
    pub owners: Vec<String>,
    pub actions: Vec<&'static str>,
    pub kinds: Vec<&'static str>,
    pub entry: Option<String>,
}

/// One revision with what proves it.
#[derive(Debug, Serialize)]
pub struct AuditRow {
    #[serde(flatten)]
    pub entry: EntryView,
    /// The request that wrote it, as `X-Request-Id` named it.
    pub request: String,
    pub leaf_hash: String,
    #[serde(skip)]
    pub recorded_at: Instant,
    #[serde(skip)]
    pub number: Option<String>,
    #[serde(skip)]
    pub title: String,
}

impl AuditFilters {
    fn push(&self, sql: &mut Sql) {
        for (column, values) in [
            ("actor", &self.actors),
            ("entry_id", &self.entry.iter().cloned().collect()),
        ] {
            if !values.is_empty() {
                sql.push(&format!(" AND v.{column} IN "));
                sql.bind_list(values.iter().map(String::as_str));
            }
        }
        for (column, values) in [("action", &self.actions), ("kind", &self.kinds)] {
            if !values.is_empty() {
                sql.push(&format!(" AND v.{column} IN "));
                sql.bind_list(values.iter().copied());
            }
        }
        if !self.owners.is_empty() {
            sql.push(" AND ");
            push_reach(sql, "v.owner", self.owners.iter().map(String::as_str));
        }
    }
}

/// At most `limit` revisions after a position and up to another, in order.
pub fn revisions(
    snapshot: &mut Snapshot,
    filters: &AuditFilters,
    (after, until): (i64, i64),
    limit: i64,
) -> Result<Vec<AuditRow>, Problem> {
    let mut sql = Sql::new("SELECT v.* FROM entry_version v WHERE ");
    sql.bind("v.from_position > ? AND v.from_position <= ?", [after, until]);
    filters.push(&mut sql);
    sql.bind(" ORDER BY v.from_position LIMIT ?", [limit]);
    let versions: Vec<Version> = sql.load(snapshot.conn)?;
    let positions: Vec<i64> = versions.iter().map(|version| version.from_position).collect();
    let leaves: HashMap<i64, Leaf> = leaf::at(snapshot.conn, &positions)?
        .into_iter()
        .map(|leaf| (leaf.position, leaf))
        .collect();
    let bytes = stored_bytes(snapshot, &versions)?;
    let erased: Vec<Vec<u8>> = versions
        .iter()
        .flat_map(|version| [&version.content_sha256, &version.note_sha256])
        .filter(|hash| !bytes.contains_key(*hash))
        .cloned()
        .collect();
    let redacted_by = redaction::redacted_by(snapshot.conn, &erased)?;
    versions
        .into_iter()
        .map(|version| row(version, &leaves, &bytes, &redacted_by))
        .collect()
}

/// Contents and notes by their hashes. The cache of opened contents is left alone: a long export would empty it.
fn stored_bytes(snapshot: &mut Snapshot, versions: &[Version]) -> Result<HashMap<Vec<u8>, Vec<u8>>, Problem> {
    let hashes = versions
        .iter()
        .flat_map(|version| [&version.content_sha256, &version.note_sha256]);
    let mut hashes: Vec<Vec<u8>> = hashes.cloned().collect();
    hashes.sort_unstable();
    hashes.dedup();
    let rows = content::by_hashes(snapshot.conn, &hashes)?;
    let kept = rows.into_iter().filter_map(|row| Some((row.sha256, row.bytes?)));
    Ok(kept.collect())
}

fn row(
    version: Version,
    leaves: &HashMap<i64, Leaf>,
    bytes: &HashMap<Vec<u8>, Vec<u8>>,
    redacted_by: &HashMap<Vec<u8>, i64>,
) -> Result<AuditRow, Problem> {
    let position = version.from_position;
    let corrupt = |what: &str| Problem::from(StoreError::Corrupt(format!("position {position}: {what}")));
    let leaf = leaves.get(&position).ok_or_else(|| corrupt("no leaf"))?;
    let Ok(Envelope::Revision { request, .. }) = Envelope::from_bytes(&leaf.envelope) else {
        return Err(corrupt("the leaf is no revision"));
    };
    let content = bytes
        .get(&version.content_sha256)
        .map(|bytes| serde_json::from_slice::<Box<RawValue>>(bytes))
        .transpose()
        .map_err(|_| corrupt("the content does not read"))?;
    let note = bytes
        .get(&version.note_sha256)
        .map(|bytes| serde_json::from_slice::<Note>(bytes))
        .transpose()
        .map_err(|_| corrupt("the note does not read"))?;
    let (reason, basis) = note.map_or((None, None), |note| (note.reason, note.basis));
    let recorded_at = Instant(version.recorded_at);
    let kind = kind_of(&version)?;
    Ok(AuditRow {
        leaf_hash: to_hex(&leaf.leaf_hash),
        request,
        recorded_at,
        number: version.number,
        title: version.title,
        entry: EntryView {
            id: version.entry_id,
            kind,
            revision: version.revision,
            position,
            recorded_at: recorded_at.to_rfc3339(),
            owner: version.owner,
            action: version.action,
            actor: version.actor,
            reason,
            basis,
            content_sha256: to_hex(&version.content_sha256),
            withdrawn: version.withdrawn,
            content,
            redacted_by: redacted_by.get(&version.content_sha256).copied(),
            note_redacted_by: redacted_by.get(&version.note_sha256).copied(),
            computed: None,
            found: None,
        },
    })
}
