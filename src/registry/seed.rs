//! A copy that begins with the present: the tree without its leaves, then what is live, with the leaves that prove it.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::time::Instant;
use crate::domain::vocabulary::{Action, Kind};
use crate::log::envelope::Envelope;
use crate::log::hash::{from_hex, leaf_hash};
use crate::log::merkle;
use crate::registry::absorb::{Incoming, Refused};
use crate::registry::append::Rows;
use crate::registry::check::at;
use crate::registry::projection::{self, Recorded};
use crate::registry::redaction;
use crate::registry::sealed::Sealed;
use crate::registry::setup;
use crate::registry::tree::{StoredTree, root_at};
use crate::store::conn::Conn;
use crate::store::dialect;
use crate::store::error::StoreError;
use crate::store::head::{self, Head};
use crate::store::leaf::{self, Leaf, Node};
use crate::store::{loading, setting};

/// The name of the setting that holds, while a copy is seeded, the checkpoint it is seeded from.
const SEEDING: &str = "seeding";

/// A tree as it is known before its leaves are.
#[derive(Clone, Debug)]
pub struct Trunk {
    pub origin: String,
    pub epoch: i64,
    pub size: i64,
    /// The note that vouches for the root.
    pub checkpoint: String,
    /// All nodes above the leaves.
    pub nodes: Vec<Node>,
    /// The bytes of some entries, those of the last tile among them, with their positions.
    pub entries: Vec<(i64, Vec<u8>)>,
}

/// The checkpoint a copy is being seeded from; nothing before it has begun and once it is whole.
pub fn checkpoint(conn: &mut Conn) -> Result<Option<String>, StoreError> {
    setting::read(conn, SEEDING)
}

/// Begins a copy with a tree. Whether it is the tree that was signed is for the caller to see.
pub fn begin(conn: &mut Conn, source: &str, trunk: &Trunk) -> Result<(), Problem> {
    let leaves = trunk
        .entries
        .iter()
        .map(|(position, bytes)| leaf_of(*position, bytes))
        .collect::<Option<Vec<Leaf>>>()
        .ok_or_else(|| Problem::internal("an entry of the source does not read"))?;
    let newest = leaves
        .iter()
        .map(|leaf| leaf.recorded_at)
        .max()
        .ok_or_else(|| Problem::internal("a log without entries"))?;
    let size = u64::try_from(trunk.size).map_err(Problem::internal)?;
    dialect::in_write(conn, |conn| {
        leaf::insert(conn, &leaves, &trunk.nodes)?;
        let frontier = merkle::edge(&mut StoredTree::new(conn), size)?.concat();
        let root = root_at(conn, size)?.to_vec();
        head::create(
            conn,
            &Head {
                id: 1,
                origin: trunk.origin.clone(),
                epoch: trunk.epoch,
                size: trunk.size,
                root,
                frontier,
                last_recorded_at: newest,
            },
        )?;
        setup::mark_copy(conn, source)?;
        loading::begin_with(conn, trunk.size - 1)?;
        Ok(setting::write(conn, SEEDING, &trunk.checkpoint)?)
    })
}

fn leaf_of(position: i64, bytes: &[u8]) -> Option<Leaf> {
    let envelope = Envelope::from_bytes(bytes).ok()?;
    Some(Leaf {
        position: Some(envelope.position()).filter(|said| *said == position)?,
        recorded_at: Instant::parse(envelope.recorded_at())?.0,
        leaf_hash: leaf_hash(bytes).to_vec(),
        envelope: bytes.to_vec(),
    })
}

/// Takes over live entries, each in its newest revision. Whoever hands them in has found their leaves in the tree.
pub fn plant(conn: &mut Conn, live: &[Incoming]) -> Result<(), Refused> {
    let mut rows = Rows::default();
    for entry in live {
        plant_one(&mut rows, entry)?;
    }
    leave_out_held(conn, &mut rows)?;
    dialect::in_write(conn, |conn| Ok(rows.write(conn)?))?;
    Ok(())
}

/// Some leaves are there already: those of tiles that were fetched whole.
fn leave_out_held(conn: &mut Conn, rows: &mut Rows) -> Result<(), StoreError> {
    let positions: Vec<i64> = rows.leaves.iter().map(|leaf| leaf.position).collect();
    let held = leaf::hashes_at(conn, &positions)?;
    let held: BTreeSet<i64> = held.into_iter().map(|(position, _)| position).collect();
    rows.leaves.retain(|leaf| !held.contains(&leaf.position));
    Ok(())
}

fn plant_one(rows: &mut Rows, entry: &Incoming) -> Result<(), Refused> {
    let position = entry.envelope.position();
    let wrong = |cause: &str| Refused::Wrong(at(position, cause));
    let Envelope::Revision {
        action,
        actor,
        content,
        entry: named,
        note,
        owner,
        recorded_at,
        ..
    } = &entry.envelope
    else {
        return Err(wrong("no revision, though it is said to be live"));
    };
    let (Ok(id), Some(kind), Some(action), Some(note_sha256), Some(content_sha256), Some(recorded_at)) = (
        Uuid::parse_str(&named.id),
        Kind::from_id(&named.kind),
        Action::from_id(action).filter(|action| *action != Action::Withdraw),
        from_hex(&note.sha256),
        from_hex(&content.sha256),
        Instant::parse(recorded_at),
    ) else {
        return Err(wrong("the envelope names something unknown, or a withdrawal"));
    };
    let sealed = entry
        .content
        .as_ref()
        .map(|bytes| Sealed::open(kind, bytes.clone()))
        .transpose()
        .map_err(|_| wrong("the content does not read"))?;
    rows.leaves.push(Leaf {
        position,
        recorded_at: recorded_at.0,
        leaf_hash: entry.leaf_hash.to_vec(),
        envelope: entry.bytes.clone(),
    });
    rows.keep(content_sha256, entry.content.as_deref());
    rows.keep(note_sha256, entry.note.as_deref());
    rows.versions.push(projection::project(&Recorded {
        position,
        recorded_at,
        id,
        kind,
        revision: named.revision,
        owner,
        action,
        actor,
        withdrawn: false,
        content_sha256,
        content: sealed.as_ref(),
        note_sha256,
    })?);
    Ok(())
}

/// Ends the seeding: what earlier redactions erased is explained by their leaves, and the copy can be read.
pub fn finish(conn: &mut Conn, redactions: &[Incoming]) -> Result<(), Refused> {
    let mut rows = Rows::default();
    let mut erasures = Vec::new();
    for redaction in redactions {
        let position = redaction.envelope.position();
        let (Envelope::Redact { erased, note, .. }, Some(recorded_at)) = (
            &redaction.envelope,
            Instant::parse(redaction.envelope.recorded_at()),
        ) else {
            return Err(Refused::Wrong(at(
                position,
                "no redaction, though it is listed as one",
            )));
        };
        rows.leaves.push(Leaf {
            position,
            recorded_at: recorded_at.0,
            leaf_hash: redaction.leaf_hash.to_vec(),
            envelope: redaction.bytes.clone(),
        });
        if let Some(hash) = from_hex(&note.sha256) {
            rows.keep(hash, redaction.note.as_deref());
        }
        erasures.push((position, recorded_at, erased));
    }
    leave_out_held(conn, &mut rows)?;
    dialect::in_write(conn, |conn| {
        rows.write(conn)?;
        for (position, recorded_at, erased) in erasures {
            redaction::erase(conn, erased, position, recorded_at)?;
        }
        Ok(setting::remove(conn, SEEDING)?)
    })?;
    Ok(())
}
