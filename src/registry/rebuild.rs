//! The projection as a fold of the log: made again from nothing, or compared with what is stored.

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::time::Instant;
use crate::domain::vocabulary::{Action, Kind};
use crate::log::envelope::{ContentRef, EntryRef, Envelope};
use crate::log::hash::{Hash, from_hex, leaf_hash, to_hex};
use crate::registry::check::{Finding, at};
use crate::registry::erasures::Erasures;
use crate::registry::projection::{self, Recorded};
use crate::registry::sealed::Sealed;
use crate::registry::search_index;
use crate::registry::stored::as_hash;
use crate::store::conn::Conn;
use crate::store::leaf::{self, Leaf};
use crate::store::version::{self, Projected};
use crate::store::{content, dialect};

/// How many leaves are folded at a time.
const LEAVES_PER_STEP: i64 = 2_000;

/// The fold so far: the newest revision of every entry, and when earlier ones ended.
#[derive(Default)]
pub struct Fold {
    newest: HashMap<String, Newest>,
    ends: HashMap<i64, i64>,
    claimed_ends: HashMap<i64, Option<i64>>,
    revisions: i64,
    erasures: Erasures,
}

struct Newest {
    position: i64,
    revision: i64,
    leaf_hash: Hash,
}

impl Fold {
    /// Folds leaves in, in order; breaks in the chain of an entry's revisions are findings.
    pub fn add(
        &mut self,
        conn: &mut Conn,
        leaves: &[Leaf],
        findings: &mut Vec<Finding>,
    ) -> Result<Vec<Projected>, Problem> {
        let mut envelopes = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            match Envelope::from_bytes(&leaf.envelope) {
                Ok(envelope) => envelopes.push((leaf, envelope)),
                Err(error) => {
                    findings.push(at(leaf.position, &format!("the envelope does not read: {error}")));
                }
            }
        }
        let contents = load_contents(conn, &envelopes)?;
        let mut projected = Vec::with_capacity(leaves.len());
        for (leaf, envelope) in envelopes {
            let said = envelope.position();
            if said != leaf.position {
                findings.push(at(leaf.position, &format!("the envelope says position {said}")));
            }
            if let Envelope::Redact { erased, .. } = &envelope {
                self.erasures.hear(leaf.position, erased);
            }
            let Envelope::Revision {
                action,
                actor,
                content,
                entry,
                note,
                owner,
                ..
            } = envelope
            else {
                continue;
            };
            self.follow(&entry, leaf, findings);
            self.revisions += 1;
            let Some(sealed) = contents.get(&content.sha256) else {
                findings.push(at(leaf.position, "the content is not to be had"));
                continue;
            };
            let (Ok(id), Some(kind), Some(action), Some(content_sha256), Some(note_sha256)) = (
                Uuid::parse_str(&entry.id),
                Kind::from_id(&entry.kind),
                Action::from_id(&action),
                from_hex(&content.sha256),
                from_hex(&note.sha256),
            ) else {
                findings.push(at(leaf.position, "the envelope names something unknown"));
                continue;
            };
            if sealed.is_none() {
                self.erasures.miss(leaf.position, content_sha256.to_vec());
            }
            projected.push(projection::project(&Recorded {
                position: leaf.position,
                recorded_at: Instant(leaf.recorded_at),
                id,
                kind,
                revision: entry.revision,
                owner: &owner,
                action,
                actor: &actor,
                withdrawn: action == Action::Withdraw,
                content_sha256,
                content: sealed.as_ref(),
                note_sha256,
            })?);
        }
        Ok(projected)
    }

    /// Revisions of an entry count up by one and each names the leaf before it.
    fn follow(&mut self, entry: &EntryRef, leaf: &Leaf, findings: &mut Vec<Finding>) {
        let before = self.newest.get(&entry.id);
        let (expected, previous) = match before {
            None => (1, None),
            Some(newest) => (newest.revision + 1, Some(to_hex(&newest.leaf_hash))),
        };
        if entry.revision != expected {
            let found = entry.revision;
            findings.push(at(
                leaf.position,
                &format!("revision {found} where {expected} is due"),
            ));
        }
        if entry.previous != previous {
            findings.push(at(
                leaf.position,
                "the link to the previous revision does not hold",
            ));
        }
        if let Some(newest) = before {
            self.ends.insert(newest.position, leaf.position);
        }
        self.newest.insert(
            entry.id.clone(),
            Newest {
                position: leaf.position,
                revision: entry.revision,
                leaf_hash: leaf_hash(&leaf.envelope),
            },
        );
    }

    /// Remembers what the stored projection says of a version's end.
    pub fn claim_end(&mut self, position: i64, end: Option<i64>) {
        self.claimed_ends.insert(position, end);
    }

    /// Versions whose stored end is not the one the log tells.
    pub fn wrong_ends(&self) -> Vec<Finding> {
        let mut wrong: Vec<Finding> = self
            .claimed_ends
            .iter()
            .filter(|(position, end)| self.ends.get(position).copied() != **end)
            .map(|(position, _)| {
                at(
                    *position,
                    "the projection ends this version elsewhere than the log",
                )
            })
            .collect();
        wrong.sort_by_key(|finding| finding.position);
        wrong
    }

    /// What was erased, as far as has been folded.
    pub fn erasures(&mut self) -> &mut Erasures {
        &mut self.erasures
    }

    /// How many revisions have been folded.
    pub fn revisions(&self) -> i64 {
        self.revisions
    }
}

/// The contents that envelopes name, by their hash; nothing for those that were erased.
fn load_contents(
    conn: &mut Conn,
    envelopes: &[(&Leaf, Envelope)],
) -> Result<HashMap<String, Option<Sealed>>, Problem> {
    let mut wanted: HashMap<Hash, Kind> = HashMap::new();
    for (_, envelope) in envelopes {
        if let Envelope::Revision {
            content: ContentRef { sha256, .. },
            entry,
            ..
        } = envelope
            && let (Some(hash), Some(kind)) = (from_hex(sha256), Kind::from_id(&entry.kind))
        {
            wanted.insert(hash, kind);
        }
    }
    let hashes: Vec<Vec<u8>> = wanted.keys().map(|hash| hash.to_vec()).collect();
    let mut contents = HashMap::with_capacity(hashes.len());
    for row in content::by_hashes(conn, &hashes)? {
        let hash = as_hash(&row.sha256)?;
        let sealed = match (row.bytes, wanted.get(&hash)) {
            (None, _) => None,
            (Some(bytes), Some(kind)) => match Sealed::open(*kind, bytes) {
                Ok(sealed) => Some(sealed),
                Err(_) => continue,
            },
            (Some(_), None) => continue,
        };
        contents.insert(to_hex(&hash), sealed);
    }
    Ok(contents)
}

/// Drops the projection and makes it again from the log, in one transaction. Answers how many revisions that took.
pub fn rebuild(conn: &mut Conn, progress: &mut dyn FnMut(i64, i64)) -> Result<i64, Problem> {
    dialect::begin_write(conn)?;
    match rebuild_locked(conn, progress) {
        Ok(revisions) => {
            dialect::commit(conn)?;
            Ok(revisions)
        }
        Err(problem) => {
            dialect::rollback(conn);
            Err(problem)
        }
    }
}

fn rebuild_locked(conn: &mut Conn, progress: &mut dyn FnMut(i64, i64)) -> Result<i64, Problem> {
    let head = dialect::lock_head(conn)?.ok_or_else(|| Problem::internal("the log has no head row"))?;
    // Known beforehand, no version is ever open that the log has ended: keys change hands in whatever order they are
    // recorded, and however far apart.
    let ends = ends(conn, head.size)?;
    version::clear(conn)?;
    search_index::remember_version(conn)?;
    let mut fold = Fold::default();
    let mut findings = Vec::new();
    let mut from = 0;
    while from < head.size {
        let leaves = leaf::range(conn, from, LEAVES_PER_STEP)?;
        let Some(last) = leaves.last() else {
            break;
        };
        from = last.position + 1;
        let mut projected = fold.add(conn, &leaves, &mut findings)?;
        if let Some(first) = findings.first() {
            return Err(Problem::internal(format!("the log cannot be folded: {first}")));
        }
        for row in &mut projected {
            row.version.to_position = ends.get(&row.version.from_position).copied();
        }
        version::insert(conn, projected)?;
        progress(from, head.size);
    }
    // Blank rows are for what was erased on the record; bytes that are merely lost must not pass for that.
    if let Some(first) = fold.erasures.unexplained().first() {
        return Err(Problem::internal(format!("the log cannot be folded: {first}")));
    }
    fold.erasures.write(conn)?;
    Ok(fold.revisions())
}

/// Where each superseded version ends, by its own position. What does not read is found when the log is folded.
fn ends(conn: &mut Conn, size: i64) -> Result<HashMap<i64, i64>, Problem> {
    let mut newest: HashMap<String, i64> = HashMap::new();
    let mut ends = HashMap::new();
    let mut from = 0;
    while from < size {
        let leaves = leaf::range(conn, from, LEAVES_PER_STEP)?;
        let Some(last) = leaves.last() else {
            break;
        };
        from = last.position + 1;
        for leaf in &leaves {
            if let Ok(Envelope::Revision { entry, .. }) = Envelope::from_bytes(&leaf.envelope)
                && let Some(before) = newest.insert(entry.id, leaf.position)
            {
                ends.insert(before, leaf.position);
            }
        }
    }
    Ok(ends)
}
