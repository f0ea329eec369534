//! What an evidence bundle is made of: leaves in the order of the log, and the bytes they name.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::sql_types::BigInt;

use crate::domain::problem::{Problem, ProblemType};
use crate::log::envelope::{Envelope, Erased};
use crate::log::hash::from_hex;
use crate::registry::read::push_reach;
use crate::store::content;
use crate::store::error::StoreError;
use crate::store::leaf::{self, Leaf};
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;
use crate::text;

/// Which leaves a bundle holds.
#[derive(Clone, Debug)]
pub enum Selection {
    /// Everything below a size.
    All { size: i64 },
    /// These positions, in order.
    Part { positions: Vec<i64> },
}

/// Which part of the log is asked for.
#[derive(Clone, Debug)]
pub enum Part {
    Entry(String),
    /// With everything below it.
    Owner(String),
}

/// The bytes one leaf names; empty where it names none or they were erased.
#[derive(Clone, Debug, Default)]
pub struct Named {
    pub content: Vec<u8>,
    pub note: Vec<u8>,
}

#[derive(QueryableByName)]
struct Position {
    #[diesel(sql_type = BigInt)]
    position: i64,
}

/// The leaves of whole entries, and all that happened to the log itself, below a size.
pub fn select(snapshot: &mut Snapshot, part: &Part, size: i64) -> Result<Selection, Problem> {
    let mut sql = Sql::new("SELECT v.from_position AS position FROM entry_version v WHERE ");
    match part {
        Part::Entry(id) => sql.bind("v.entry_id = ?", [id.as_str()]),
        // What moved in or out keeps all its revisions, so that their links have no hole.
        Part::Owner(code) => {
            sql.push("v.entry_id IN (SELECT w.entry_id FROM entry_version w WHERE ");
            push_reach(&mut sql, "w.owner", [code.as_str()]);
            sql.push(")")
        }
    };
    sql.bind(" AND v.from_position < ?", [size]);
    let revisions: Vec<Position> = sql.load(snapshot.conn)?;
    if revisions.is_empty() {
        return Err(Problem::new(
            ProblemType::NotFound,
            text!("没有可供举证的修订", "there is no revision to give evidence of"),
        ));
    }
    let events = leaf::events(snapshot.conn, -1, size - 1)?;
    let mut positions: Vec<i64> = revisions.into_iter().map(|row| row.position).collect();
    positions.extend(events.into_iter().map(|leaf| leaf.position));
    positions.sort_unstable();
    Ok(Selection::Part { positions })
}

impl Selection {
    /// How many leaves there are.
    pub fn count(&self) -> u64 {
        match self {
            Self::All { size } => u64::try_from(*size).unwrap_or(0),
            Self::Part { positions } => positions.len() as u64,
        }
    }

    /// Whether the leaf at a position is among them.
    pub fn holds(&self, position: i64) -> bool {
        match self {
            Self::All { size } => position < *size,
            Self::Part { positions } => positions.binary_search(&position).is_ok(),
        }
    }

    /// At most `limit` leaves, `skip` of them left out.
    pub fn leaves(&self, snapshot: &mut Snapshot, skip: u64, limit: u64) -> Result<Vec<Leaf>, Problem> {
        let end = self.count().min(skip.saturating_add(limit));
        let wanted = end.saturating_sub(skip);
        let leaves = match self {
            Self::All { .. } => {
                let from = i64::try_from(skip).map_err(Problem::internal)?;
                let limit = i64::try_from(wanted).map_err(Problem::internal)?;
                leaf::range(snapshot.conn, from, limit)?
            }
            Self::Part { positions } => {
                let from = usize::try_from(skip).map_err(Problem::internal)?;
                let to = usize::try_from(end).map_err(Problem::internal)?;
                let mut leaves = leaf::at(snapshot.conn, positions.get(from..to).unwrap_or_default())?;
                leaves.sort_unstable_by_key(|leaf| leaf.position);
                leaves
            }
        };
        if leaves.len() as u64 == wanted {
            Ok(leaves)
        } else {
            Err(StoreError::Corrupt("the log has lost leaves".to_owned()).into())
        }
    }
}

/// The contents and notes that leaves name, in their order.
pub fn named_by(snapshot: &mut Snapshot, leaves: &[Leaf]) -> Result<Vec<Named>, Problem> {
    let envelopes = leaves.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let content_of = |envelope: &Envelope| match envelope {
        Envelope::Revision { content, .. } => from_hex(&content.sha256).map(|hash| hash.to_vec()),
        _ => None,
    };
    let note_of = |envelope: &Envelope| envelope.note().and_then(from_hex).map(|hash| hash.to_vec());
    let mut wanted: Vec<Vec<u8>> = envelopes
        .iter()
        .flat_map(|envelope| [content_of(envelope), note_of(envelope)])
        .flatten()
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    let rows = content::by_hashes(snapshot.conn, &wanted)?;
    let bytes: HashMap<Vec<u8>, Vec<u8>> = rows
        .into_iter()
        .filter_map(|row| Some((row.sha256, row.bytes?)))
        .collect();
    let kept = |hash: Option<Vec<u8>>| {
        hash.and_then(|hash| bytes.get(&hash).cloned())
            .unwrap_or_default()
    };
    Ok(envelopes
        .iter()
        .map(|envelope| Named {
            content: kept(content_of(envelope)),
            note: kept(note_of(envelope)),
        })
        .collect())
}

/// What the leaves say was erased, with the position that says so.
pub fn erased_by(leaves: &[Leaf]) -> Result<Vec<(Erased, i64)>, Problem> {
    let mut found = Vec::new();
    for leaf in leaves {
        if let Envelope::Redact { erased, .. } = read(leaf)? {
            found.extend(erased.into_iter().map(|erased| (erased, leaf.position)));
        }
    }
    Ok(found)
}

/// A leaf as it reads.
pub fn read(leaf: &Leaf) -> Result<Envelope, StoreError> {
    Envelope::from_bytes(&leaf.envelope)
        .map_err(|error| StoreError::Corrupt(format!("position {}: {error}", leaf.position)))
}
